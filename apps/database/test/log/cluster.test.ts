/** What the nodes of the messages do when one of them is away, behind, slow, or alone. */
import { call } from '@agner/behaviours'
import type { Process } from '@agner/core'
import { createVirtualRuntime } from '@agner/testing'
import { expect, it } from 'vitest'
import { database, type Appended, type NewMessage } from '../../src/database.api.ts'
import { replica } from '../../src/log/replica.api.ts'
import { toPage } from '../../src/pages.ts'
import { MemoryDisk } from '../memory-table.ts'
import { MessageCluster, type MessageClusterOptions } from './message-cluster.ts'

const message = (text: string, key: string | null = text): NewMessage => ({ room: 'lobby', user: 'ann', text, key })
const again = { timeoutMs: 30_000, repeat: 'safe' } as const

class Chat {
  readonly all: MessageCluster

  private constructor(all: MessageCluster) {
    this.all = all
  }

  static async start(seed: number, more: Omit<MessageClusterOptions, 'runtime'> = {}): Promise<Chat> {
    return new Chat(await MessageCluster.start({ runtime: createVirtualRuntime({ seed }), ...more }))
  }

  async append(...texts: string[]): Promise<Appended[]> {
    const { cluster, client } = this.all
    const { node } = cluster.node('http')
    return cluster.until(Promise.all(texts.map((text) => client.call(node, database, 'append', message(text), again))))
  }

  /** One after the other, so that each is an entry of the log. */
  async fill(name: string, count: number): Promise<void> {
    const { cluster, client } = this.all
    const writer = cluster.node('http').node.spawn(async (self: Process<never>) => {
      for (let n = 0; n < count; n++)
        await self.wait(client.call(self, database, 'append', message(`${name} ${n}`), again))
    })
    expect(await cluster.until(cluster.node('http').node.exited(writer))).toBe('normal')
  }

  async history(): Promise<string[]> {
    const { cluster, client } = this.all
    const query = { room: 'lobby', after: 0, limit: 1000 }
    const found = await cluster.until(client.call(cluster.node('http').node, database, 'history', query, again))
    return toPage(found, 1000).messages.map(({ text }) => text)
  }

  async until(holds: () => boolean): Promise<void> {
    for (let left = 600; !holds(); left--) {
      if (left === 0) throw new Error('it does not come to that')
      await this.all.cluster.run(100)
    }
  }
}

it('is served by db1, by db2 while that is away, and by db1 again once it has caught up', async () => {
  const chat = await Chat.start(1)
  const { all } = chat
  expect(await chat.append('a', 'b')).toMatchObject([{ ok: { id: 1 } }, { ok: { id: 2 }, previous: 1 }])
  await chat.until(() => all.leader === 'db1')
  all.crash('db1')
  expect(await chat.append('c')).toMatchObject([{ ok: { id: 3 }, previous: 2 }])
  expect(all.leader).toBe('db2')
  await all.up('db1')
  await chat.until(() => all.leader === 'db1')
  expect(await chat.history()).toEqual(['a', 'b', 'c'])
  expect(await chat.append('a', 'c')).toMatchObject([{ ok: { id: 1 } }, { ok: { id: 3 } }])
  await all.cluster.run(500)
  expect(all.part('db1').status()).toMatchObject({ role: 'leader', lag: 0, serves: 'readsAndWrites' })
  expect(all.part('db2').status()).toMatchObject({ role: 'follower', lag: 0, serves: 'nothing' })
  expect(all.part('log').status()).toMatchObject({ role: 'witness', lag: 0, serves: 'nothing' })
  await all.cluster.stop()
})

it('a node that was away for longer than the log goes back gets the rest from the other copy, and does not lead before', async () => {
  const chat = await Chat.start(2, {
    limits: { snapshotEntries: 10, heldEntries: 20 },
    settings: { batchEntries: 1, pipeline: 1 },
  })
  const { all } = chat
  await chat.fill('before', 3)
  all.crash('db2')
  await chat.fill('meanwhile', 60)
  await all.up('db2')
  // It has just heard that the log begins later; then the copy that has the rest is gone.
  for (let left = 5000; all.part('db2').copy!.hole === null; left--) {
    if (left === 0) throw new Error('it was told everything')
    await all.cluster.run(1)
  }
  all.crash('db1')
  await all.cluster.run(8000)
  expect(all.part('db2').status()).toMatchObject({ role: 'leader', serves: 'nothing' })
  expect(all.copies.get('db2')!.rows.length).toBeLessThan(63)
  await all.up('db1')
  await chat.until(() => all.copies.get('db2')!.rows.length === 63)
  await chat.fill('after', 3)
  await all.cluster.run(500)
  expect(all.copies.get('db2')!.rows).toEqual(all.copies.get('db1')!.rows)
  all.crash('db1')
  expect((await chat.history()).length).toBe(66)
  expect(all.leader).toBe('db2')
  expect(await chat.append('meanwhile 7')).toMatchObject([{ ok: { id: 11 } }])
  await all.cluster.stop()
})

it('alone, a node refuses to store and goes on answering readers, and says so', async () => {
  const chat = await Chat.start(3)
  const { all } = chat
  const { cluster, client } = all
  await chat.append('a')
  await chat.until(() => all.leader === 'db1')
  await cluster.run(500)
  all.crash('db1')
  all.crash('log')
  await cluster.run(500)
  const { node } = cluster.node('http')
  const copy = replica.at({ name: replica.module, node: 'db2@cluster' })
  expect(await cluster.until(call(node, copy, 'status'))).toMatchObject({ serves: 'reads', isWhole: true, lastId: 1 })
  const history = call(node, copy, 'history', { room: 'lobby', after: 0, limit: 10, atLeast: 0 })
  expect(await cluster.until(history)).toMatchObject([{ text: 'a' }])
  expect(await cluster.until(call(node, copy, 'rooms', { atLeast: 0 }))).toEqual([{ room: 'lobby', messages: 1 }])
  const appended = client.call(node, database, 'append', message('b'), { timeoutMs: 3000, repeat: 'safe' })
  expect(await cluster.until(appended.catch(({ code }: { code: string }) => code))).toBe('release.not_running')
  await all.up('log')
  expect(await chat.append('b')).toMatchObject([{ ok: { id: 2 } }])
  expect(all.part('db2').status().serves).toBe('readsAndWrites')
  await all.cluster.stop()
})

it.each([1, 2, 3, 4, 5])(
  'a copy that found a leader when it came answers no reader while another is elected (seed %i)',
  async (seed) => {
    const chat = await Chat.start(seed)
    const { all } = chat
    await chat.append('a')
    await chat.until(() => all.leader === 'db1')
    all.crash('db2')
    await all.cluster.run(1000)
    await all.up('db2')
    await all.cluster.run(5000)
    expect(all.leader).toBe('db1')
    all.crash('db1')
    for (let left = 300; all.leader === null; left--) {
      expect(left).toBeGreaterThan(0)
      expect(all.part('db2').serves()).toBe('nothing')
      await all.cluster.run(10)
    }
    await all.cluster.stop()
  },
)

it('a leader that is cut off answers no reader with what may be old', async () => {
  const chat = await Chat.start(4)
  const { all } = chat
  const { cluster } = all
  await chat.append('a')
  await chat.until(() => all.leader === 'db1')
  // It still has its clients, and does not know yet that another leads.
  cluster.cut('db1', 'db2')
  cluster.cut('db1', 'log')
  const { node } = cluster.node('http')
  const asked = call(node, database.at({ name: database.module, node: 'db1@cluster' }), 'history', {
    room: 'lobby',
    after: 0,
    limit: 10,
  })
  const answered = asked.then(
    () => 'answered',
    ({ code }: { code: string }) => code,
  )
  expect(await chat.append('b')).toMatchObject([{ ok: { id: 2 } }])
  expect(await cluster.until(answered)).not.toBe('answered')
  expect(await chat.history()).toEqual(['a', 'b'])
  await all.cluster.stop()
})

it('a copy that lags makes the server refuse, before the log forgets what the copy does not know; later all is well', async () => {
  const chat = await Chat.start(5, { windowSize: 1100 })
  const { all } = chat
  const { cluster, client } = all
  await chat.append('first')
  await chat.until(() => all.leader === 'db1')
  all.copies.get('db1')!.syncMs = 20_000
  const { node } = cluster.node('http')
  const texts = Array.from({ length: 1500 }, (_, n) => `text ${n}`)
  const answers: Appended[] = []
  for (let at = 0; at < texts.length; at += 100) {
    const page = texts.slice(at, at + 100)
    const asked = page.map((text) => client.call(node, database, 'append', message(text), { timeoutMs: 10_000 }))
    answers.push(...(await cluster.until(Promise.all(asked))))
  }
  expect(answers[0]).toMatchObject({ ok: { id: 2 } })
  expect(answers.at(-1)).toEqual({ error: 'busy' })
  const stored = answers.filter((answer) => 'ok' in answer).length
  expect(stored).toBeGreaterThan(500)
  expect(stored).toBeLessThan(800)
  all.copies.get('db1')!.syncMs = 5
  await cluster.run(60_000)
  for (let at = 0; at < texts.length; at += 100) await chat.append(...texts.slice(at, at + 100))
  await chat.append('first')
  await cluster.run(1000)
  expect(all.copies.get('db1')!.rows).toHaveLength(1501)
  expect(all.copies.get('db2')!.rows).toEqual(all.copies.get('db1')!.rows)
  await all.cluster.stop()
})

it('a table that fails is opened anew, and goes on where it was', async () => {
  const chat = await Chat.start(6)
  const { all } = chat
  await chat.append('a')
  await chat.until(() => all.leader === 'db1')
  const before = all.cluster.node('db1').node.whereis(replica.module)
  all.copies.get('db1')!.isBroken = true
  await chat.append('b')
  await chat.append('c')
  await all.cluster.run(2000)
  expect(all.cluster.node('db1').node.whereis(replica.module)).not.toBe(before)
  expect(all.cluster.node('db1').reports.crashes).toHaveLength(1)
  expect(all.copies.get('db1')!.rows.map(({ text }) => text)).toEqual(['a', 'b', 'c'])
  expect(await chat.history()).toEqual(['a', 'b', 'c'])
  expect(all.leader).toBe('db1')
  await all.cluster.stop()
})

it('a node whose copy is far behind leads the log, and serves nobody until it has caught up', async () => {
  const chat = await Chat.start(7)
  const { all } = chat
  const { cluster } = all
  await chat.until(() => all.leader === 'db1')
  all.copies.get('db2')!.syncMs = 30_000
  for (let at = 0; at < 1500; at += 100) await chat.append(...Array.from({ length: 100 }, (_, n) => `text ${at + n}`))
  all.crash('db1')
  await cluster.run(5000)
  expect(all.part('db2').status().role).toBe('leader')
  expect(cluster.node('db2').node.whereis(database.module)).toBe(undefined)
  await cluster.run(60_000)
  expect(cluster.node('db2').node.whereis(database.module)).not.toBe(undefined)
  all.copies.get('db2')!.syncMs = 5
  await cluster.run(31_000)
  expect((await chat.history()).length).toBe(1000)
  expect(await chat.append('text 1499')).toMatchObject([{ ok: { id: 1500 } }])
  await all.cluster.stop()
})

it('a copy that was deleted is made anew, from the log and from the other copy', async () => {
  for (const limits of [{}, { snapshotEntries: 10, heldEntries: 20 }]) {
    const chat = await Chat.start(8, { limits })
    const { all } = chat
    await chat.fill('before', 40)
    all.crash('db1')
    all.copies.set('db1', new MemoryDisk())
    await all.up('db1')
    await chat.until(() => all.copies.get('db1')!.rows.length === 40 && all.leader === 'db1')
    await chat.append('after')
    await all.cluster.run(500)
    expect(all.copies.get('db1')!.rows).toEqual(all.copies.get('db2')!.rows)
    expect(await chat.append('before 3')).toMatchObject([{ ok: { id: 4 } }])
    await all.cluster.stop()
  }
})
