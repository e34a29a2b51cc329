/**
 * `npm run restart`: every node gets a new OS process while people write, read and listen. Nobody sees an error, and nothing is lost, doubled or out of order.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { Chat } from './chat.ts'
import { Load, type Stored } from './load.ts'

const withinMs = 60_000
const program = fileURLToPath(new URL('../../src/restart.ts', import.meta.url))

describe('a rolling restart under load', () => {
  it('of no chat at all says so, and sends no signal to anybody', async () => {
    const dataFolder = await mkdtemp(join(tmpdir(), 'agner-no-chat-'))
    // As a launcher that was killed leaves it behind; the OS pid is this test's own by now.
    const told = { url: 'http://127.0.0.1:1', launcherOsPid: process.pid }
    await writeFile(join(dataFolder, 'agner-cluster.json'), JSON.stringify(told))
    expect(await restart({ dataFolder })).toBe(1)
    await rm(dataFolder, { recursive: true })
  })

  it('fails no request that can safely be retried', { timeout: 2 * withinMs }, async () => {
    await using chat = await Chat.start()
    const before = await chat.until(({ nodes }) => nodes.every(({ up }) => up), 10_000)
    const load = new Load(chat.url, 'lobby', { writers: 4, readers: 2, listeners: 3 })
    const code = await restart(chat)
    await chat.says(/^rolling restart: all nodes were restarted$/, 10_000)
    await load.stop()

    expect(code).toBe(0)
    const after = await chat.cluster()
    const osPids = new Map(before.nodes.map(({ name, osPid }) => [name, osPid]))
    expect(after.nodes.filter(({ name, up, osPid }) => !up || osPid === osPids.get(name))).toEqual([])
    // A few of them say what the rest would repeat.
    expect(load.failures.slice(0, 10)).toEqual([])
    expect(load.acknowledged.length).toBeGreaterThan(100)

    const stored = await history(chat, 'lobby')
    const ids = stored.map(({ id }) => id)
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b))
    expect(new Set(stored.map(({ text }) => text)).size).toBe(stored.length)
    const acknowledged = load.acknowledged.map(({ id, text }) => ({ id, text })).sort((a, b) => a.id - b.id)
    expect(stored).toEqual(acknowledged)
    for (const heard of load.heard) expect(heard).toEqual(stored)
  })
})

/** What `npm run restart` runs; its exit code. */
async function restart({ dataFolder }: Pick<Chat, 'dataFolder'>): Promise<unknown> {
  const child = spawn(process.execPath, ['--conditions=@agner/source', program], {
    env: { ...process.env, CHAT_DATA: dataFolder },
    stdio: 'ignore',
    timeout: withinMs,
  })
  const [code] = (await once(child, 'exit')) as [unknown]
  return code
}

async function history(chat: Chat, room: string): Promise<Stored[]> {
  const all: Stored[] = []
  for (;;) {
    const answer = await fetch(`${chat.url}/api/rooms/${room}/messages?limit=1000&after=${all.at(-1)?.id ?? 0}`)
    const { messages } = (await answer.json()) as { messages: Stored[] }
    all.push(...messages.map(({ id, text }) => ({ id, text })))
    if (messages.length < 1000) return all
  }
}
