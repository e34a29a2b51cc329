/**
 * `kill -9` of any one node while messages are being posted.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Chat } from './chat.ts'

interface Stored {
  readonly id: number
  readonly text: string
}

/** A node is back so soon; on a machine that needed longer than that for the start of all seven, no later than that. */
const goalMs = 5000

/** While another node takes over, is on its own for a moment, or cannot keep up. */
const refusals: ReadonlySet<string> = new Set(['database_unavailable', 'database_read_only', 'database_busy'])

describe('kill -9 while messages are posted', () => {
  let chat: Chat
  let backWithinMs = goalMs
  beforeAll(async () => {
    const startedMs = performance.now()
    chat = await Chat.start()
    await chat.until(({ nodes }) => nodes.every(({ up }) => up), 20_000)
    backWithinMs = Math.max(goalMs, performance.now() - startedMs)
  })
  afterAll(() => chat[Symbol.asyncDispose]())

  it.each(['http1', 'http2', 'db1', 'db2', 'log', 'reporting', 'analytics'])(
    '%s is back in time, and nothing acknowledged is lost, doubled or out of order',
    async (short) => {
      const name = `${short}@127.0.0.1`
      const room = `room-${short}`
      const before = (await chat.cluster()).nodes.find((node) => node.name === name)!
      const acknowledged: Stored[] = []
      const odd: string[] = []
      let posting = true
      const writers = [1, 2, 3].map(async (writer) => {
        for (let n = 1; posting; n++) {
          const text = `${short} ${writer} ${n}`
          // Broken connections and 503s are tried again with the same key; any other answer is wrong.
          for (let done = false; !done && posting;) {
            const response = await chat.post(room, `writer${writer}`, text, text).catch(() => null)
            if (response?.status === 201) acknowledged.push((await response.json()) as Stored)
            else if (response !== null && response.status !== 503)
              odd.push(`${response.status} ${await response.text()}`)
            else if (response !== null) {
              const { error } = (await response.json()) as { error?: { code: string } }
              if (!refusals.has(error?.code ?? '')) odd.push(`503 ${JSON.stringify(error)}`)
            }
            done = response?.status === 201
          }
        }
      })
      try {
        await until(() => acknowledged.length > 20)
        process.kill(before.osPid!, 'SIGKILL')
        const view = await chat.until(
          ({ nodes }) =>
            nodes.every(({ up }) => up) && nodes.find((node) => node.name === name)!.osPid !== before.osPid,
          backWithinMs,
        )
        expect(view.nodes.find((node) => node.name === name)!.osPid).not.toBe(before.osPid)
        const atReturn = acknowledged.length
        await until(() => acknowledged.length > atReturn + 20)
      } finally {
        posting = false
        await Promise.all(writers)
      }
      expect(odd).toEqual([])

      const { messages } = (await (await fetch(`${chat.url}/api/rooms/${room}/messages?limit=1000`)).json()) as {
        messages: Stored[]
      }
      const ids = messages.map(({ id }) => id)
      expect(ids).toEqual([...ids].sort((a, b) => a - b))
      expect(new Set(messages.map(({ text }) => text)).size).toBe(messages.length)
      const stored = new Map(messages.map(({ id, text }) => [id, text]))
      expect(acknowledged.filter(({ id, text }) => stored.get(id) !== text)).toEqual([])
    },
  )
})

async function until(reached: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + 20_000
  while (!reached()) {
    if (performance.now() > deadlineMs) throw new Error('nothing was acknowledged for too long')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
