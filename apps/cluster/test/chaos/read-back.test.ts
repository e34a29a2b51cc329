import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Message } from '../../src/chaos/history.ts'
import { readBack } from '../../src/chaos/read-back.ts'

const message = (id: number, room: string): Message => ({ id, room, user: 'ann', text: `text ${id}`, at: 'now' })

describe('reading back', () => {
  afterEach(() => void vi.unstubAllGlobals())

  it('goes on until nothing comes any more and the listeners have all of it', async () => {
    // The third comes through while the second room is read, and is heard last.
    const stored = [message(1, 'lobby'), message(2, 'attic')]
    const heard = [message(1, 'lobby')]
    let late: Message[] = [message(3, 'lobby')]
    vi.stubGlobal('fetch', async (given: string) => {
      const { pathname, searchParams } = new URL(given)
      const room = pathname.split('/')[3]
      const after = Number(searchParams.get('after'))
      if (room === 'attic') {
        stored.push(...late)
        heard.push(...late)
        late = []
      }
      return Response.json({ messages: stored.filter((one) => one.room === room && one.id > after) })
    })
    const rooms = await readBack('http://chat', ['lobby', 'attic'], [{ name: 'r', room: 'lobby', messages: heard }])
    expect(rooms).toEqual(
      new Map([
        ['lobby', [message(1, 'lobby'), message(3, 'lobby')]],
        ['attic', [message(2, 'attic')]],
      ]),
    )
  })
})
