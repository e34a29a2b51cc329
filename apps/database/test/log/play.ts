/**
 * One play of the messages under faults, by a seed, and what is judged at its end.
 *
 * People write with keys and ask again until they are answered; readers go on from what they have seen. Nodes crash and lose what was not synced, come back, and are cut
 * off. Then everything is whole again, and everything that was acknowledged is there, once, in one order, in both copies.
 */
import type { Process } from '@agner/core'
import type { VirtualRuntime } from '@agner/testing'
import { expect } from 'vitest'
import { database, type Message } from '../../src/database.api.ts'
import { toPage } from '../../src/pages.ts'
import { MessageCluster, type MessageClusterOptions } from './message-cluster.ts'

const rounds = 4
const writers = 3
const again = { timeoutMs: 20_000, repeat: 'safe' } as const

interface History {
  readonly sent: Map<string, { readonly room: string; readonly text: string }>
  readonly acknowledged: Map<string, Message>
  /** By the reader. */
  readonly seen: Message[]
  isOver: boolean
}

export async function play(
  runtime: VirtualRuntime,
  seed: number,
  planted: Pick<MessageClusterOptions, 'logsLie'> = {},
): Promise<void> {
  const draw = (n: number): number => Math.floor(runtime.random() * n)
  const few = seed % 2 === 0
  const all = await MessageCluster.start({
    runtime,
    ...planted,
    // What is looked up in the copy must be as good as what is remembered; what the log has forgotten comes from the other copy.
    ...(few ? { windowSize: 600, limits: { snapshotEntries: 20, heldEntries: 40 } } : {}),
  })
  const { cluster, client } = all
  const history: History = { sent: new Map(), acknowledged: new Map(), seen: [], isOver: false }
  const { node } = cluster.node('http')
  for (let writer = 0; writer < writers; writer++) node.spawn((self: Process<never>) => write(self, writer))
  const reader = node.spawn(read)

  for (let round = 0; round < rounds; round++) {
    await cluster.run(200 + draw(1500))
    const victims = ['db1', 'db2', 'log'].filter(() => draw(2) === 0)
    const how = draw(4)
    if (how === 0)
      for (const name of victims)
        cluster.partition(
          [name],
          ['db1', 'db2', 'log', 'http'].filter((one) => one !== name),
        )
    else if (how === 1 && victims[0] !== undefined) cluster.hold(victims[0], 500 + draw(4000))
    else for (const name of victims) all.crash(name, draw(2) === 0 ? 'reset' : 'silence')
    await cluster.run(draw(6000))
    cluster.heal()
    for (const name of ['db1', 'db2', 'log']) if (!cluster.up.some((one) => one.name === name)) await all.up(name)
  }
  history.isOver = true
  await cluster.until(node.exited(reader))
  await cluster.run(10_000)
  judge(all, history)
  await cluster.stop()

  async function write(self: Process<never>, writer: number): Promise<void> {
    for (let n = 1; !history.isOver; n++) {
      const key = `${writer} ${n}`
      const message = { room: `room ${draw(3)}`, user: `user ${writer}`, text: `text ${key}`, key }
      history.sent.set(key, message)
      for (;;) {
        const appended = await self.wait(client.call(self, database, 'append', message, again).catch(() => null))
        if (appended !== null && 'ok' in appended) {
          history.acknowledged.set(key, appended.ok)
          break
        }
        await self.sleep(50)
      }
      if (draw(3) === 0) await self.sleep(draw(100))
    }
  }

  async function read(self: Process<never>): Promise<void> {
    for (let wasOver = false; ;) {
      const known = [...history.acknowledged.values()]
      const after = history.seen.at(-1)?.id ?? 0
      const page = await self.wait(
        client.call(self, database, 'since', { after, limit: 1000 }, again).catch(() => null),
      )
      if (page === null) continue
      history.seen.push(...toPage(page, 1000).messages)
      const last = history.seen.at(-1)?.id ?? 0
      const missed = known.find(({ id }) => id > last)
      if (missed !== undefined) throw new Error(`a reader that came after it did not see message ${missed.id}`)
      if (wasOver) return
      wasOver = history.isOver
      await self.sleep(40)
    }
  }
}

function judge(all: MessageCluster, { sent, acknowledged, seen }: History): void {
  expect(all.cluster.up.flatMap(({ reports }) => reports.crashes.map(({ reason }) => reason))).toEqual([])
  const [one, other] = [...all.copies.values()].map(({ rows }) => rows)
  expect(one!.length).toBe(other!.length)
  expect(one).toEqual(other)
  expect(one!.map(({ id }) => id)).toEqual(one!.map((_, place) => place + 1))
  const stored = new Map(one!.map((row) => [row.key, row]))
  expect(stored.size).toBe(one!.length)
  for (const { key, room, text } of one!) expect(sent.get(key!)).toMatchObject({ room, text })
  for (const [key, message] of acknowledged) expect(stored.get(key)).toMatchObject(message)
  const last = new Map<string, number>()
  for (const { room, id, previous } of one!) {
    expect(previous).toBe(last.get(room) ?? 0)
    last.set(room, id)
  }
  expect(seen).toEqual(one!.slice(0, seen.length).map(({ key: _, previous: __, ...message }) => message))
  expect(acknowledged.size).toBeGreaterThan(20)
}
