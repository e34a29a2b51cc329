/**
 * Names that come to stand for another process: what is sent to them, asked of them and who monitors them goes along.
 */
import { reply, type Down, type Request } from '@agner/core'
import { afterEach, describe, expect, it } from 'vitest'
import { collector, startRelayed, type Relayed, type RelayedOptions } from './relayed.ts'

let relayed: Relayed
afterEach(async () => {
  await relayed.cluster.stop()
})

const start = async (options?: RelayedOptions): Promise<Relayed> => (relayed = await startRelayed(options))
const run = (ms: number): Promise<void> => relayed.cluster.run(ms)
const to = { group: 'right', name: 'n' }

function watch(): Down[] {
  const downs: Down[] = []
  relayed.node('a').spawn<Down>(async (self) => {
    relayed.relay('a').monitor(self, to)
    for (;;) downs.push(await self.receive())
  })
  return downs
}

describe('a name that moves', () => {
  it('takes with it what is sent later, and new monitors; those made before stay', async () => {
    await start()
    const [relay, a] = [relayed.relay('a'), relayed.node('a')]
    const [x, y] = [collector(relayed.node('c')), collector(relayed.node('d'))]
    relayed.name('right', 'n', x.pid)
    relay.send(a, to, 'before')
    const first = watch()
    await run(1000)
    relayed.name('right', 'n', y.pid)
    const later = watch()
    for (let i = 0; i < 50; i++) relay.send(a, to, i)
    await run(1000)
    expect([x.got, y.got]).toEqual([['before'], Array.from({ length: 50 }, (__, i) => i)])
    relayed.node('d').sendExit(y.pid, 'over')
    await run(1000)
    expect([first.length, later.map(({ reason }) => reason)]).toEqual([0, ['over']])
    relayed.node('c').sendExit(x.pid, 'old')
    await run(1000)
    expect(first.map(({ reason }) => reason)).toEqual(['old'])
    expect(relay.stats()).toMatchObject({ inDoubt: 0, unsent: 0, undelivered: 0 })
  })

  it('is looked at though nothing is sent', async () => {
    await start()
    const [x, y] = [collector(relayed.node('c')), collector(relayed.node('d'))]
    relayed.name('right', 'n', x.pid)
    relayed.relay('a').send(relayed.node('a'), to, 1)
    await run(500)
    relayed.name('right', 'n', y.pid)
    await run(2000)
    expect(relayed.relay('a').stats().destinations).toBe(0)
    expect(relayed.relay('c').stats().targets).toBe(0)
  })

  it('while a window is under way: all arrive, in order, requests too, and none at who had it', async () => {
    await start({ limits: { windowMessages: 8, mailboxMessages: 1 } })
    const [relay, a] = [relayed.relay('a'), relayed.node('a')]
    const old: unknown[] = []
    const slow = relayed.node('c').spawn<unknown>(async (self) => {
      for (;;) {
        old.push(await self.receive())
        await self.sleep(1000)
      }
    })
    const got: unknown[] = []
    const now = relayed.node('d').spawn<unknown>(async (self) => {
      for (;;) {
        const message = await self.receive()
        if (typeof message === 'number') got.push(message)
        else reply(message as Request<unknown, unknown>, 'from the new one')
      }
    })
    relayed.name('right', 'n', slow)
    for (let i = 0; i < 4; i++) relay.send(a, to, i)
    await run(300)
    for (let i = 4; i < 20; i++) relay.send(a, to, i)
    relayed.name('right', 'n', now)
    const asked = relay.request(a, to, 'who?')
    expect(await relayed.cluster.until(asked)).toBe('from the new one')
    await run(5000)
    expect(old).toEqual([0, 1, 2, 3])
    expect(got).toEqual(Array.from({ length: 16 }, (_, i) => i + 4))
    expect(relay.paths().map(({ waiting, underWay }) => waiting + underWay)).toEqual([0])
  })

  it('to nobody: what is sent goes nowhere, and not to who had it', async () => {
    await start()
    const [relay, a] = [relayed.relay('a'), relayed.node('a')]
    const { pid, got } = collector(relayed.node('c'))
    relayed.name('right', 'n', pid)
    relay.send(a, to, 1)
    await run(500)
    relayed.names.delete('right/n')
    relay.send(a, to, 2)
    await run(1000)
    expect(got).toEqual([1])
    expect(relay.stats()).toMatchObject({ undelivered: 1, destinations: 0 })
  })
})
