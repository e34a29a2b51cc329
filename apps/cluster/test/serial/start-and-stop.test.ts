/**
 * The chat as a user meets it: started, used, stopped.
 */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { Chat, isFree, isRunning } from './chat.ts'

const execute = promisify(execFile)
const nodeNames = ['log', 'db1', 'db2', 'http1', 'http2', 'reporting', 'analytics'].map((name) => `${name}@127.0.0.1`)

describe('the chat', () => {
  it('comes up, carries messages between its http nodes, shows itself, and leaves nothing behind', async () => {
    await using chat = await Chat.start()
    const view = await chat.until(
      ({ nodes }) =>
        nodes.every(({ up, connections, groups }) => up && connections.length === (groups.length === 2 ? 6 : 4)),
      10_000,
    )
    expect(view.nodes.map(({ name }) => name).sort()).toEqual([...nodeNames].sort())
    expect(new Set(view.nodes.map(({ osPid }) => osPid)).size).toBe(nodeNames.length)
    // Two meshes of five that share three nodes: 10 + 10 links less the three that both have.
    expect(view.nodes.reduce((sum, { connections }) => sum + connections.length, 0) / 2).toBe(17)

    const [http1, http2] = view.nodes.filter(({ service }) => service === 'http').map(({ url }) => url!)
    const posted = await fetch(`${http1}/api/rooms/lobby/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"user":"ann","text":"hello"}',
    })
    expect(posted.status).toBe(201)
    const message: unknown = await posted.json()
    expect(message).toMatchObject({ room: 'lobby', user: 'ann', text: 'hello' })
    const read = await fetch(`${http2}/api/rooms/lobby/messages`)
    expect(await read.json()).toEqual({ messages: [message] })
    expect(await (await fetch(`${chat.url}/api/rooms`)).json()).toEqual({ rooms: [{ room: 'lobby', messages: 1 }] })
    expect(await (await fetch(`${chat.url}/metrics`)).text()).toContain('chat_messages_acknowledged_total')

    // The back counted it, and every node's events reached the log's file.
    await eventually(async () => {
      const figures = (await (await fetch(`${chat.url}/api/analytics`)).json()) as {
        totalMessages: number
        busiestRooms: unknown
      }
      expect(figures).toMatchObject({
        totalMessages: 1,
        activeUsers: 1,
        busiestRooms: [{ room: 'lobby', messages: 1 }],
      })
    })
    await eventually(async () => {
      const lines = (await readFile(join(chat.dataFolder, 'log', 'events.jsonl'), 'utf8')).trim().split('\n')
      const events = lines.map((line) => JSON.parse(line) as { node: string; kind: string })
      const started = events.filter(({ kind }) => kind === 'started').map(({ node }) => node)
      expect(started.sort()).toEqual([...nodeNames].sort())
    })
    // Reporting follows the log, and may be a moment behind it.
    await eventually(async () => {
      const reports = (await (await fetch(`${chat.url}/api/reports`)).json()) as {
        alarms: unknown[]
        events: unknown[]
      }
      expect(reports.alarms).toEqual([])
      expect(reports.events.length).toBeGreaterThan(0)
    })

    const top = await execute(process.execPath, [
      ...[
        '--conditions=@agner/source',
        fileURLToPath(new URL('../../../../packages/cli/src/main.ts', import.meta.url)),
      ],
      ...['top', 'db1', '--once', '--cluster', chat.dataFolder],
    ])
    expect(top.stdout).toContain('db1@127.0.0.1')

    const osPids = view.nodes.map(({ osPid }) => osPid!)
    const ports = [chat.url, http1!, http2!].map((url) => Number(new URL(url).port))
    const gone = chat.stop()
    // As a service manager does: every one of its OS processes hears it. None is started again.
    for (const osPid of osPids) process.kill(osPid, 'SIGTERM')
    expect(await gone).toBe(0)
    expect(osPids.filter(isRunning)).toEqual([])
    expect(chat.lines.filter((line) => line.includes('is up'))).toHaveLength(nodeNames.length)
    expect(await Promise.all(ports.map(isFree))).toEqual([true, true, true])
  })

  it('answers bad input with a clear error and stores nothing', async () => {
    await using chat = await Chat.start()
    const bad = [
      await chat.post('lobby', '', 'hello'),
      await chat.post('lobby', 'ann', ''),
      await chat.post('lobby', 'ann', 'x'.repeat(4001)),
      await chat.post('no%20spaces', 'ann', 'hello'),
      await fetch(`${chat.url}/api/rooms/lobby/messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"user":',
      }),
      await fetch(`${chat.url}/api/rooms/lobby/messages?after=-1`),
    ]
    for (const response of bad) {
      expect(response.status).toBeGreaterThanOrEqual(400)
      expect(response.status).toBeLessThan(500)
      expect(await response.json()).toMatchObject({
        error: { code: expect.any(String) as string, message: expect.any(String) as string },
      })
    }
    expect((await fetch(`${chat.url}/api/nothing`)).status).toBe(404)
    expect((await chat.post('lobby', 'ann', 'once', 'key-1')).status).toBe(201)
    expect((await chat.post('lobby', 'ann', 'once', 'key-1')).status).toBe(201)
    expect((await chat.post('lobby', 'ann', 'twice', 'key-1')).status).toBe(422)
    const { messages } = (await (await fetch(`${chat.url}/api/rooms/lobby/messages`)).json()) as {
      messages: { text: string }[]
    }
    expect(messages.map(({ text }) => text)).toEqual(['once'])
  })

  it('takes its nodes with it when it is killed itself', async () => {
    await using chat = await Chat.start()
    const { nodes } = await chat.cluster()
    await chat.stop('SIGKILL')
    const deadlineMs = performance.now() + 10_000
    while (nodes.some(({ osPid }) => osPid !== null && isRunning(osPid)) && performance.now() < deadlineMs)
      await new Promise((resolve) => setTimeout(resolve, 50))
    expect(nodes.filter(({ osPid }) => osPid !== null && isRunning(osPid))).toEqual([])
  })
})

/** Tries until it holds; fails with the last failure after five seconds. */
async function eventually(holds: () => Promise<void>): Promise<void> {
  const deadlineMs = performance.now() + 5000
  for (;;) {
    try {
      return await holds()
    } catch (error) {
      if (performance.now() > deadlineMs) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
