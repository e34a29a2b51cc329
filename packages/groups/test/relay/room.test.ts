/**
 * Room: who awaits it gets it, for whichever limit refused; and destinations that nobody needs take none.
 */
import type { AnyPid, Down } from '@agner/core'
import { afterEach, describe, expect, it } from 'vitest'
import { collector, startRelayed, type Relayed, type RelayedOptions } from './relayed.ts'

let relayed: Relayed
afterEach(async () => {
  await relayed.cluster.stop()
})

const start = async (options?: RelayedOptions): Promise<Relayed> => (relayed = await startRelayed(options))
const run = (ms: number): Promise<void> => relayed.cluster.run(ms)
const nowhere = { name: 'x', node: 'zz@cluster' }
const codeOf = ({ code }: { readonly code: unknown }): unknown => code
const mute = (on: string): AnyPid =>
  relayed.node(on).spawn(async (self) => {
    for (;;) await self.receive()
  })

/** Sends until it is refused. */
function fill(to: AnyPid | typeof nowhere): void {
  for (let i = 0; i < 1000; i++) if (!relayed.relay('a').trySend(relayed.node('a'), to as never, i as never)) return
  throw new Error('never full')
}

function awaitRoom(to: AnyPid | typeof nowhere): { settled: boolean } {
  const waiting = { settled: false }
  void relayed
    .relay('a')
    .room(relayed.node('a'), to)
    .then(() => (waiting.settled = true))
  return waiting
}

/** As a program does that has something to send: but no more often than would show that it spins. */
function insist(to: AnyPid, message: unknown): { turns: number; sent: boolean } {
  const insisting = { turns: 0, sent: false }
  const [relay, a] = [relayed.relay('a'), relayed.node('a')]
  void (async () => {
    while (insisting.turns < 100) {
      if (relay.trySend(a, to as never, message as never)) return (insisting.sent = true)
      insisting.turns++
      await relay.room(a, to)
    }
    return false
  })()
  return insisting
}

const small = { queueMessages: 4, windowMessages: 2, mailboxMessages: 1 }

describe('room', () => {
  it('for another destination comes with a free place among them', async () => {
    await start({ limits: { destinations: 1 }, times: { idleMs: 1000 } })
    const [first, second] = [collector(relayed.node('c')), collector(relayed.node('d'))]
    relayed.relay('a').send(relayed.node('a'), first.pid as never, 1 as never)
    const insisting = insist(second.pid, 2)
    await run(5000)
    expect(insisting).toEqual({ turns: 1, sent: true })
    expect(second.got).toEqual([2])
  })

  it('for another request comes with an answer', async () => {
    await start({ limits: { requests: 1 } })
    const [relay, a, to] = [relayed.relay('a'), relayed.node('a'), mute('c')]
    const first = relay.request(a, to, 1, { timeoutMs: 1000 }).catch(codeOf)
    await run(100)
    expect(await relay.request(a, to, 2).catch(codeOf)).toBe('groups.relay_full')
    const waiting = awaitRoom(to)
    await run(500)
    expect(waiting.settled).toBe(false)
    await run(1000)
    expect([await first, waiting.settled]).toEqual(['groups.relay_timeout', true])
    const again = relay.request(a, to, 3, { timeoutMs: 10 }).catch(codeOf)
    expect(await relayed.cluster.until(again)).toBe('groups.relay_timeout')
  })

  it('for a large message comes when that one fits, and not when half is free', async () => {
    await start({ limits: { ...small, queueBytes: 1000 } })
    const slow = relayed.node('c').spawn(async (self) => {
      await self.sleep(1000)
      for (;;) await self.receive()
    })
    const [relay, a] = [relayed.relay('a'), relayed.node('a')]
    const large = new Uint8Array(700)
    for (let i = 0; i < 6; i++) {
      relay.trySend(a, slow as never, new Uint8Array(200) as never)
      await run(50)
    }
    const insisting = insist(slow, large)
    await run(5000)
    expect(insisting.sent).toBe(true)
    expect(insisting.turns).toBeLessThan(5)
  })

  it.each([
    ['the target has died', { ms: 3000 }],
    ['the relay is stopped', { ms: Infinity }],
  ])('comes when %s', async (_, { ms }) => {
    await start({ limits: small })
    const to = relayed.node('c').spawn(async (self) => {
      await self.sleep(Math.min(ms, 1e6))
    })
    for (let i = 0; i < 10; i++) {
      fill(to)
      await run(20)
    }
    const waiting = awaitRoom(to)
    await run(1000)
    expect(waiting.settled).toBe(false)
    if (ms === Infinity) relayed.relay('a').stop()
    await run(3000)
    expect(waiting.settled).toBe(true)
  })

  it('comes when no way is found', async () => {
    await start({ limits: small, times: { openTimeoutMs: 500 } })
    fill(nowhere)
    const waiting = awaitRoom(nowhere)
    await run(2000)
    expect(waiting.settled).toBe(true)
    expect(relayed.relay('a').trySend(relayed.node('a'), nowhere as never, 1 as never)).toBe(true)
    await run(2000)
    expect(relayed.relay('a').stats()).toMatchObject({ destinations: 0, unsent: 5 })
  })
})

describe('a destination', () => {
  it('is none before something is sent: what cannot be sent, and room, take no place', async () => {
    await start({ limits: { destinations: 1 } })
    const [relay, a] = [relayed.relay('a'), relayed.node('a')]
    const { pid, got } = collector(relayed.node('c'))
    const name = (number: number) => ({ name: `p${number}`, node: 'c@cluster' })
    for (let i = 0; i < 3; i++) {
      expect(() => relay.send(a, name(i), (() => 1) as never)).toThrow(/function/)
      await expect(relay.request(a, name(i), () => 1)).rejects.toMatchObject({ code: 'copy.unsendable' })
      await expect(relay.request(a, name(i), 1, { timeoutMs: NaN })).rejects.toMatchObject({ code: 'call.bad_timeout' })
      await relay.room(a, name(i))
    }
    expect(relay.stats().destinations).toBe(0)
    relay.send(a, pid as never, 1 as never)
    await run(200)
    expect(got).toEqual([1])
  })

  it('is forgotten when its name has moved and nobody uses it', async () => {
    await start({ limits: { destinations: 3 }, times: { idleMs: 1000 } })
    const [x, y] = [collector(relayed.node('c')), collector(relayed.node('c'))]
    for (let i = 0; i < 3; i++)
      for (const { pid } of [x, y]) {
        relayed.name('right', `n${i}`, pid)
        relayed.relay('a').send(relayed.node('a'), { group: 'right', name: `n${i}` }, i)
        await run(100)
      }
    await run(5000)
    expect(relayed.relay('a').stats().destinations).toBe(0)
  })

  it('is forgotten with its watcher, once nobody watches', async () => {
    await start({ times: { idleMs: 1000 } })
    const { pid } = collector(relayed.node('c'))
    relayed.node('a').spawn<Down>(async (self) => {
      relayed.relay('a').monitor(self, pid)
      await self.sleep(3000)
    })
    await run(2500)
    expect(relayed.relay('a').stats().destinations).toBe(1)
    await run(5000)
    expect(relayed.relay('a').stats().destinations).toBe(0)
  })

  it('takes new requests when those who asked have died, though no answer came', async () => {
    await start({ limits: { requests: 4 }, times: { idleMs: 1000 } })
    const [relay, a, to] = [relayed.relay('a'), relayed.node('a'), mute('c')]
    for (let i = 0; i < 4; i++) {
      const asker = a.spawn(async (self) => void (await relay.request(self, to, i, { timeoutMs: Infinity })))
      await run(100)
      a.sendExit(asker, 'kill')
    }
    await run(100)
    const asked = relay.request(a, to, 'later', { timeoutMs: 100 }).catch(codeOf)
    expect(await relayed.cluster.until(asked)).toBe('groups.relay_timeout')
    await run(5000)
    expect(relay.stats().destinations).toBe(0)
  })
})
