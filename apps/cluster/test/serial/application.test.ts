/**
 * A node lives as long as its application.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '@agner/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toEnvironment } from '../../src/launcher/ipc.ts'

const program = fileURLToPath(new URL('short-lived.ts', import.meta.url))
let dataFolder: string

beforeAll(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'agner-application-'))
})
afterAll(() => rm(dataFolder, { recursive: true, force: true }))

/** How a node ended, and what it said. */
async function play(
  more: Record<string, string>,
  whenRunning: 'stop' | 'wait',
): Promise<{ code: unknown; said: string }> {
  const settings = {
    name: 'analytics@127.0.0.1',
    cookie: 'a cookie of this test',
    dataFolder,
    portMapperPort: await freePort(),
    addresses: null,
  }
  const child = fork(program, [], {
    env: { ...process.env, ...toEnvironment(settings), ...more },
    execArgv: ['--conditions=@agner/source'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let said = ''
  const hear = (text: Buffer): void => {
    said += String(text)
    if (whenRunning === 'stop' && said.includes('running\n')) child.send({ type: 'stop' })
  }
  child.stdout!.on('data', hear)
  child.stderr!.on('data', hear)
  const [code] = (await once(child, 'close')) as [unknown]
  return { code, said }
}

describe('a node', () => {
  it('goes down with an application that ends by itself, so that whoever started it starts it anew', async () => {
    const { code, said } = await play({ SHORT_LIVED: 'yes' }, 'wait')
    expect(said).toContain('short-lived ended (permanent): shutdown; it takes the node down')
    expect(said).toContain('stopped in order')
    expect(code).toBe(1)
  })

  it('stops its applications when it is asked to', async () => {
    const { code, said } = await play({}, 'stop')
    expect(said).toContain('stopped in order')
    expect(said).not.toContain('error')
    expect(code).toBe(0)
  })
})
