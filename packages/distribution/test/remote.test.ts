import {
  AgnerError,
  defineModule,
  reply,
  timedOut,
  type AnyPid,
  type Down,
  type Exit,
  type Pid,
  type Process,
  type Request,
} from '@agner/core'
import { refuse } from '@agner/core/kernel'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCluster, type Cluster, type Member } from './cluster.ts'

/** Sends back what it gets, and does as it is told. */
type Order =
  | { readonly do: 'echo'; readonly to: Pid<unknown>; readonly value: unknown }
  | { readonly do: 'end'; readonly reason: string }
  | { readonly do: 'crash' }
  | { readonly do: 'link'; readonly to: AnyPid }
  | { readonly do: 'unlink'; readonly to: AnyPid }

async function obey(self: Process<Order | Request>): Promise<void> {
  for (;;) {
    const order = await self.receive()
    if (!('do' in order)) {
      const { payload } = order as Request
      if (payload === 'never') continue
      if (payload === 'end') self.exit('asked to')
      if (payload === 'refuse me') {
        refuse(order as Request, new AgnerError('call.bad_argument', 'No.', { issues: [{ path: 'a', message: 'no' }] }))
        continue
      }
      reply(order as Request<unknown, unknown>, { you: (order as Request).from, said: payload })
    } else if (order.do === 'echo') self.send(order.to, order.value as never)
    else if (order.do === 'end') self.exit(order.reason)
    else if (order.do === 'crash') throw new RangeError('it broke')
    else if (order.do === 'link') self.link(order.to)
    else self.unlink(order.to)
  }
}

const Servant = defineModule('servant', '1', {
  obey: async (self: Process<Order | Request>, argument: unknown) => {
    if (typeof argument === 'string') self.register(argument)
    await obey(self)
  },
  crash: async () => {
    throw new TypeError('at once')
  },
})

let cluster: Cluster
let a: Member
let b: Member

beforeEach(async () => {
  cluster = createCluster()
  a = await cluster.start('a@127.0.0.1')
  b = await cluster.start('b@127.0.0.1', { modules: [Servant] })
})

afterEach(async () => {
  await cluster.stop()
  expect(cluster.runtime.pendingTimers).toBe(0)
  expect(cluster.network.streamCount).toBe(0)
})

const servant = (name = 'servant'): Pid<Order> => b.node.spawn<Order | Request>(obey, { name })

describe('remote processes', () => {
  it('are reached by pid, name and alias, and pids and refs are the same objects when they come back', async () => {
    const there = servant()
    await cluster.inProcess<unknown>(a, async (self) => {
      const ref = self.makeRef()
      self.send(there, { do: 'echo', to: self.pid as Pid<unknown>, value: { me: self.pid, you: there, ref } })
      const answer = (await self.receive()) as { me: unknown; you: unknown; ref: unknown }
      expect(answer.me).toBe(self.pid)
      expect(answer.you).toBe(there)
      expect(answer.ref).toBe(ref)
      const alias = self.alias()
      self.send({ name: 'servant', node: 'b@127.0.0.1' }, {
        do: 'echo',
        to: alias as never,
        value: 'by alias',
      } as never)
      expect(await self.receive()).toBe('by alias')
      self.unalias(alias)
      self.send(there, { do: 'echo', to: alias as never, value: 'too late' })
      self.send(there, { do: 'echo', to: self.pid as Pid<unknown>, value: 'in time' })
      expect(await self.receive()).toBe('in time')
    })
  })

  it('that do not exist swallow what is sent to them', async () => {
    await cluster.inProcess<unknown>(a, async (self) => {
      self.send({ name: 'nobody', node: 'b@127.0.0.1' }, 1 as never)
      self.send({ name: 'nobody', node: 'unheard@of' }, 1 as never)
      expect(await self.receive({ timeoutMs: 10_000 })).toBe(timedOut)
    })
  })

  it('answer requests, fail them when they end, and time out when they are silent', async () => {
    const there = servant()
    await cluster.inProcess(a, async (self) => {
      expect(await self.request(there, 'hello')).toEqual({ you: self.pid, said: 'hello' })
      await expect(self.request(there, 'never', { timeoutMs: 50 })).rejects.toMatchObject({ code: 'call.timeout' })
      const refused = await self.request(there, 'refuse me').catch((error: unknown) => error)
      expect(refused).toBeInstanceOf(AgnerError)
      expect(refused).toMatchObject({
        code: 'call.bad_argument',
        message: 'No.',
        details: { issues: [{ path: 'a', message: 'no' }] },
      })
      expect(await self.request(there, 'hello')).toEqual({ you: self.pid, said: 'hello' })
      await expect(self.request(there, 'end')).rejects.toMatchObject({
        code: 'call.exited',
        details: { reason: 'asked to' },
      })
      await expect(self.request(there, 'hello')).rejects.toMatchObject({ code: 'call.no_process' })
      await expect(self.request({ name: 'nobody', node: 'b@127.0.0.1' }, 1)).rejects.toMatchObject({
        code: 'call.no_process',
      })
      await expect(self.request({ name: 'nobody', node: 'unheard@of' }, 1)).rejects.toMatchObject({
        code: 'call.no_connection',
      })
    })
  })

  it('are found by the whole of their name: U+FEFF in front makes it another', async () => {
    const seen: string[] = []
    for (const name of ['servant', '\ufeffservant'])
      b.node.spawn<string>(async (self) => void seen.push(`${JSON.stringify(name)} ${await self.receive()}`), { name })
    a.node.send({ name: '\ufeffservant', node: 'b@127.0.0.1' }, 'with' as never)
    await cluster.runtime.advance(1000)
    a.node.send({ name: 'servant', node: 'b@127.0.0.1' }, 'without' as never)
    await cluster.runtime.advance(1000)
    expect(seen).toEqual(['"\ufeffservant" with', '"servant" without'])
  })

  it('can be monitored, by pid and by name: one DOWN each, with the reason and its error', async () => {
    const there = servant()
    await cluster.inProcess<Down>(a, async (self) => {
      const byPid = self.monitor(there)
      const byName = self.monitor({ name: 'servant', node: 'b@127.0.0.1' })
      const lifted = self.monitor(there)
      expect(self.demonitor(lifted)).toBe(true)
      self.send(there, { do: 'crash' })
      const [first, second] = [await self.receive(), await self.receive()]
      expect([first.ref, second.ref]).toEqual([byPid, byName])
      expect(first.process).toBe(there)
      expect(second.process).toEqual({ name: 'servant', node: 'b@127.0.0.1' })
      expect(first.reason).toMatchObject({ name: 'RangeError', message: 'it broke' })
      expect(await self.receive({ timeoutMs: 1000 })).toBe(timedOut)
      const again = self.monitor(there)
      expect(await self.receive()).toEqual({ type: 'down', ref: again, process: there, reason: 'noproc' })
      const unreachable = self.monitor({ name: 'x', node: 'unheard@of' })
      expect(await self.receive()).toMatchObject({ ref: unreachable, reason: 'noconnection' })
    })
  })

  it('can be linked, either way, and unlinked', async () => {
    const there = servant()
    const other = servant('other')
    await cluster.inProcess<Exit>(a, async (self) => {
      self.trapExits(true)
      self.link(there)
      self.send(there, { do: 'end', reason: 'enough' })
      expect(await self.receive()).toEqual({ type: 'exit', from: there, reason: 'enough' })
      self.send(other, { do: 'link', to: self.pid })
      self.send(other, { do: 'end', reason: 'as well' })
      expect(await self.receive()).toEqual({ type: 'exit', from: other, reason: 'as well' })
      self.link(other)
      expect(await self.receive()).toEqual({ type: 'exit', from: other, reason: 'noproc' })
      const third = servant('third')
      self.link(third)
      self.unlink(third)
      self.send(third, { do: 'end', reason: 'unseen' })
      expect(await self.receive({ timeoutMs: 1000 })).toBe(timedOut)
    })
  })

  it('end by exit signals', async () => {
    const there = servant()
    await cluster.inProcess<Down>(a, async (self) => {
      self.monitor(there)
      self.sendExit(there, 'normal')
      self.sendExit(there, 'kill')
      expect(await self.receive()).toMatchObject({ reason: 'killed' })
    })
  })

  it('are spawned from registered modules, linked and monitored before they run', async () => {
    await cluster.inProcess<Down | Exit>(a, async (self) => {
      self.trapExits(true)
      const { pid } = await self.spawnAt('b@127.0.0.1', 'servant', 'obey', 'named')
      expect(pid.node).toBe('b@127.0.0.1')
      expect(b.node.whereis('named')).toBe(pid)
      const { ref } = await self.spawnAt('b@127.0.0.1', 'servant', 'crash', null, { link: true, monitor: true })
      const seen = [await self.receive(), await self.receive()]
      expect(seen.map((message) => message.type).sort()).toEqual(['down', 'exit'])
      expect(seen.find((message): message is Down => message.type === 'down')?.ref).toBe(ref)
      await expect(self.spawnAt('b@127.0.0.1', 'unknown', 'obey', null)).rejects.toMatchObject({
        code: 'module.unknown',
      })
      await expect(self.spawnAt('b@127.0.0.1', 'servant', 'nothing', null)).rejects.toMatchObject({
        code: 'module.no_function',
      })
      await expect(self.spawnAt('b@127.0.0.1', 'servant', 'obey', null, { version: '9' })).rejects.toMatchObject({
        code: 'module.unknown',
      })
      await expect(self.spawnAt('unheard@of', 'servant', 'obey', null)).rejects.toMatchObject({
        code: 'spawn.no_connection',
      })
    })
  })

  it('see everything from one process in the order of sending, whatever the address', async () => {
    await cluster.inProcess<unknown>(a, async (self) => {
      const collector = b.node.spawn<unknown>(
        async (there) => {
          const seen: unknown[] = []
          while (seen.length < 30) seen.push(await there.receive())
          there.send(self.pid as Pid<unknown>, seen as never)
        },
        { name: 'collector' },
      )
      for (let i = 0; i < 30; i++)
        self.send((i % 2 === 0 ? collector : { name: 'collector', node: 'b@127.0.0.1' }) as Pid<unknown>, i as never)
      expect(await self.receive()).toEqual(Array.from({ length: 30 }, (_, i) => i))
    })
  })

  it('of a third node travel through the second and stay themselves', async () => {
    const c = await cluster.start('c@127.0.0.1')
    const there = servant()
    const atC = c.node.spawn<unknown>(async (self) => {
      const { to, own } = (await self.receive()) as { to: Pid<unknown>; own: unknown }
      self.send(to, { own, isSelf: own === self.pid } as never)
    })
    await cluster.inProcess<unknown>(a, async (self) => {
      self.send(there, { do: 'echo', to: atC as Pid<unknown>, value: { to: self.pid, own: atC } })
      expect(await self.receive()).toEqual({ own: atC, isSelf: true })
    })
    expect(a.distribution.nodes().sort()).toEqual(['b@127.0.0.1', 'c@127.0.0.1'])
  })
})

describe('a lost connection', () => {
  it('fails links, monitors and requests with noconnection, once each, on both sides; new ones work', async () => {
    const there = servant()
    await cluster.inProcess<Down | Exit>(a, async (self) => {
      self.trapExits(true)
      self.link(there)
      const ref = self.monitor(there)
      const asked = self.request(there, 'never', { timeoutMs: 1e9 })
      await self.sleep(1)
      cluster.network.cut()
      await expect(asked).rejects.toMatchObject({ code: 'call.no_connection' })
      const seen = [await self.receive(), await self.receive()]
      expect(seen.map(({ type }) => type).sort()).toEqual(['down', 'exit'])
      expect(seen.every(({ reason }) => reason === 'noconnection')).toBe(true)
      expect(await self.receive({ timeoutMs: 1000 })).toBe(timedOut)
      expect(b.node.isAlive(there)).toBe(false)
      const other = servant('other')
      const again = self.monitor(other)
      expect(again).not.toBe(ref)
      self.send(other, { do: 'end', reason: 'seen' })
      expect(await self.receive()).toMatchObject({ ref: again, reason: 'seen' })
    })
  })

  it('is told as nodedown after the DOWNs, with its reason, and nodeup comes before the first signal', async () => {
    const log: string[] = []
    a.distribution.onNodeChange((change) => log.push(`callback ${change.type} ${a.distribution.nodes().join()}`))
    await cluster.inProcess<unknown>(a, async (self) => {
      a.distribution.monitorNodes(self)
      a.distribution.monitorNodes(self)
      const there = servant()
      self.monitor(there)
      self.send(there, { do: 'echo', to: self.pid as Pid<unknown>, value: 'first' })
      for (let i = 0; i < 3; i++) {
        const message = await self.receive()
        log.push(typeof message === 'string' ? message : (message as { type: string }).type)
      }
      a.distribution.disconnect('b@127.0.0.1')
      for (let i = 0; i < 3; i++) {
        const { type, reason } = (await self.receive()) as { type: string; reason: unknown }
        log.push(`${type} ${String(reason)}`)
      }
      a.distribution.monitorNodes(self, false)
      await a.distribution.connect('b@127.0.0.1')
      expect(await self.receive({ timeoutMs: 1000 })).toBe(timedOut)
    })
    expect(log).toEqual([
      'callback nodeup b@127.0.0.1',
      'nodeup',
      'nodeup',
      'first',
      'callback nodedown ',
      'down noconnection',
      'nodedown disconnect',
      'nodedown disconnect',
      'callback nodeup b@127.0.0.1',
    ])
  })

  it('is seen as connection_closed by the other side of a disconnect, and as shutdown when the peer stops', async () => {
    const reasons: string[] = []
    b.distribution.onNodeChange((change) => reasons.push(change.type === 'nodedown' ? change.reason : change.type))
    expect(await cluster.runtime.runUntil(a.distribution.connect('b@127.0.0.1'))).toBe(true)
    expect(a.distribution.disconnect('b@127.0.0.1')).toBe(true)
    expect(a.distribution.disconnect('b@127.0.0.1')).toBe(false)
    await cluster.runtime.settle()
    await cluster.runtime.runUntil(a.distribution.connect('b@127.0.0.1'))
    await cluster.runtime.runUntil(a.distribution.stop())
    await cluster.runtime.settle()
    expect(reasons).toEqual(['nodeup', 'connection_closed', 'nodeup', 'shutdown'])
    expect(await cluster.runtime.runUntil(a.distribution.connect('b@127.0.0.1'))).toBe(false)
  })
})

describe('what cannot be carried', () => {
  it('a message over the limit is not sent, and is logged; what came before and after arrives', async () => {
    const small = await cluster.start('small@127.0.0.1', { limits: { messageBytes: 2000 } })
    const seen: unknown[] = []
    const there = small.node.spawn<unknown>(async (self) => {
      for (;;) seen.push(await self.receive())
    })
    a.node.send(there, 'before')
    a.node.send(there, 'x'.repeat(5000))
    a.node.send(there, 'after')
    await cluster.runtime.advance(100)
    expect(seen).toEqual(['before', 'after'])
    expect(a.notices().join()).toMatch(
      /A send of \d+ bytes to small@127.0.0.1 is over the limit of 2000 bytes per message/,
    )
    expect(a.distribution.nodes()).toEqual(['small@127.0.0.1'])
  })

  it('a request that is too large fails, a reply that is too large fails the request, a reason that is too large is cut', async () => {
    const small = await cluster.start('small@127.0.0.1', { limits: { messageBytes: 2000 } })
    const big = 'x'.repeat(5000)
    const there = small.node.spawn<Request<unknown, unknown>>(async (self) => {
      reply(await self.receive(), big)
      await self.receive()
      self.exit(big)
    })
    await cluster.inProcess<Down>(a, async (self) => {
      self.monitor(there)
      await expect(self.request(there, big)).rejects.toMatchObject({
        code: 'call.not_carried',
        cause: { code: 'distribution.message_too_large' },
      })
      await expect(self.request(there, 'small')).rejects.toMatchObject({
        code: 'call.not_carried',
        cause: { code: 'distribution.message_too_large' },
      })
      await expect(self.request(there, 'end')).rejects.toMatchObject({
        details: { reason: { code: 'distribution.reason_dropped' } },
      })
      expect(await self.receive()).toMatchObject({ type: 'down', reason: { code: 'distribution.reason_dropped' } })
    })
  })

  it('signals to an earlier life of a node meet noproc', async () => {
    const there = servant()
    await cluster.runtime.runUntil(a.distribution.connect('b@127.0.0.1'))
    await cluster.runtime.runUntil(b.distribution.stop())
    const second = await cluster.start('b@127.0.0.1')
    second.node.spawn<unknown>(async (self) => void (await self.receive()))
    await cluster
      .inProcess<Down>(a, async (self) => {
        const ref = self.monitor(there)
        expect(await self.receive()).toEqual({ type: 'down', ref, process: there, reason: 'noproc' })
        await expect(self.request(there, 1)).rejects.toMatchObject({ code: 'call.no_process' })
        self.send(there, { do: 'crash' })
        self.link(there)
        await self.sleep(1000)
      })
      .catch((error: unknown) => expect(String(error)).toContain('noproc'))
    expect(second.node.processCount()).toBe(1)
  })

  it('signals that wait for a connection that is never made fail together', async () => {
    await cluster.inProcess<Down>(a, async (self) => {
      for (let i = 0; i < 5; i++) self.monitor({ name: 'x', node: 'unheard@of' })
      for (let i = 0; i < 5; i++) expect(await self.receive()).toMatchObject({ reason: 'noconnection' })
      expect(await self.receive({ timeoutMs: 10_000 })).toBe(timedOut)
    })
    expect(a.distribution.stats().connectFailures).toBe(1)
  })

  it('too many of them are refused; what cannot be fails the attempt at twice as many', async () => {
    const few = await cluster.start('few@127.0.0.1', { limits: { queuedSignals: 10 } })
    const x = { name: 'x', node: 'b@127.0.0.1' }
    await cluster.inProcess<Down>(few, async (self) => {
      const ref = self.monitor(x)
      for (let i = 0; i < 9; i++) self.send(x, i as never)
      expect(() => self.send(x, 9 as never)).toThrow(expect.objectContaining({ code: 'send.peer_full' }) as Error)
      expect(self.trySend(x, 9 as never)).toBe('nosuspend')
      for (let i = 0; i < 6; i++) self.demonitor(self.monitor(x))
      expect(await self.receive()).toMatchObject({ ref, reason: 'noconnection' })
    })
    expect(few.distribution.stats().connectFailures).toBe(1)
  })

  it('who sends while half as many wait has to wait for the connection, and then goes on', async () => {
    const few = await cluster.start('few@127.0.0.1', { limits: { queuedSignals: 10 } })
    const seen: unknown[] = []
    const there = b.node.spawn<unknown>(async (self) => {
      for (;;) seen.push(await self.receive())
    })
    let phase = 'sending'
    await cluster.inProcess(few, async (self) => {
      for (let i = 0; i < 6; i++) self.send(there, i)
      phase = 'sent'
      await self.yield()
      phase = 'went on'
      expect(few.distribution.nodes()).toEqual(['b@127.0.0.1'])
    })
    expect(phase).toBe('went on')
    await cluster.runtime.advance(100)
    expect(seen).toEqual([0, 1, 2, 3, 4, 5])
  })
})
