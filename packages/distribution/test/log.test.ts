import { createVirtualRuntime } from '@agner/testing'
import { describe, expect, it } from 'vitest'
import { createLog } from '../src/log.ts'

describe('the log', () => {
  const world = () => {
    const runtime = createVirtualRuntime()
    const lines: string[] = []
    return { runtime, lines, log: createLog(runtime, (notice) => lines.push(notice.text)) }
  }

  it('says the same thing once in ten seconds, and how often it was held back', async () => {
    const { runtime, lines, log } = world()
    for (let i = 0; i < 5; i++) log('error', 'code', 'it happened')
    log('error', 'code', 'something else')
    await runtime.advance(10_000)
    log('error', 'code', 'it happened')
    expect(lines).toEqual(['it happened', 'something else', 'it happened (and 4 times more before)'])
  })

  it('takes lines about the same thing as the same, and one code cannot fill the disk', () => {
    const { lines, log } = world()
    for (let i = 0; i < 5; i++) log('error', 'code', `try ${i}`, { about: 'a@h' })
    for (let i = 0; i < 1000; i++) log('error', 'code', `somebody ${i}`)
    log('error', 'other', 'still heard')
    expect(lines.length).toBe(21)
    expect(lines.slice(0, 2)).toEqual(['try 0', 'somebody 0'])
    expect(lines.at(-1)).toBe('still heard')
  })
})
