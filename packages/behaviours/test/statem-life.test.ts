/** State machines from the outside: started, supervised, looked into, changed, ended. */
import type { CrashReport, Down, ExitReason } from '@agner/core'
import { describe, expect, it } from 'vitest'
import {
  begin,
  call,
  cast,
  defineDynamicSupervisor,
  defineStatem,
  enterStatemLoop,
  hibernate,
  keepState,
  keepStateAndData,
  nextEvent,
  nextState,
  postpone,
  protocol,
  replyTo,
  startDynamicChild,
  startDynamicSupervisor,
  startStatem,
  startStatemMonitor,
  startSupervisor,
  stateTimeout,
  stop,
  stopAndReplyTo,
  stopServer,
  sys,
  timeout,
  type Begin,
  type Protocol,
  type Statem,
} from '../src/index.ts'
import { createWorld, failure } from './world.ts'

interface LampApi {
  calls: { state(): string; quit(): 'bye'; odd(): unknown }
  casts: { toggle(): void; crash(): void; nowhere(): void; round(): void; sleep(): void }
}
type State = 'off' | 'on'
interface Data {
  readonly secret: string
  readonly log: (what: string) => void
}
interface Own {
  internal: { round: number }
  stateTimeout: undefined
  timeouts: { later: number }
}
const lamp: Protocol<LampApi> = protocol('@acme/lamp')

const lampOf = (
  version: string,
  onCodeChange?: () => { state: State; data: Data },
): Statem<LampApi, Data, State, Data, Own> =>
  defineStatem(lamp, {
    version,
    init: async (data: Data): Promise<Begin<State, Data, Own>> => {
      await Promise.resolve()
      return begin('off', data)
    },
    states: {
      off: { casts: { toggle: (data) => nextState('on', data, stateTimeout(1000)) } },
      on: {
        casts: { toggle: (data) => nextState('off', data) },
        stateTimeout: (data) => nextState('off', data),
      },
    },
    any: {
      calls: {
        state: (_data, _, { from, state }) => keepStateAndData(replyTo(from, state)),
        quit: (_data, _, { from }) => stopAndReplyTo('normal', replyTo(from, 'bye')),
        odd: (_data, _, { from }) => keepStateAndData(replyTo(from, () => 'no data')),
      },
      casts: {
        crash: async () => {
          throw new Error('boom')
        },
        nowhere: (data) => nextState('dark' as State, data),
        round: () => keepStateAndData(nextEvent({ type: 'internal', name: 'round', content: 1 })),
        sleep: () => keepStateAndData(hibernate, postpone, timeout('later', 5, 1)),
      },
      internal: {
        round: (data, n) =>
          n < 100_000 ? keepState(data, nextEvent({ type: 'internal', name: 'round', content: n + 1 })) : stop('done'),
      },
    },
    terminate: (reason, state, { log }) => log(`terminate ${inWords(reason)} in ${state}`),
    formatStatus: ({ state, timeouts, postponed }) => ({ state, timeouts, postponed }),
    ...(onCodeChange !== undefined && { codeChange: onCodeChange }),
  })

const inWords = (reason: ExitReason): string => (reason instanceof Error ? reason.message : JSON.stringify(reason))
const Lamp = lampOf('1.0.0')

describe('a machine', () => {
  it('waits in its mailbox while an async callback is pending, and answers in order', async () => {
    const world = createWorld()
    const data: Data = { secret: 'x', log: (what) => world.log.push(what) }
    await world.inProcess(async (self) => {
      const pid = await startStatem(self, Lamp, data, { name: 'lamp' })
      cast(self, lamp.at('lamp'), 'toggle')
      expect(await call(self, pid, 'state')).toBe('on')
      await self.sleep(1001)
      expect(await call(self, pid, 'state')).toBe('off')
      expect(await call(self, pid, 'quit')).toBe('bye')
    })
    expect(world.log).toEqual(['terminate "normal" in off'])
  })

  it('is restarted by its supervisor, and its crash report shows no more than formatStatus does', async () => {
    const world = createWorld()
    const data: Data = { secret: 'hunter2', log: (what) => world.log.push(what) }
    await world.run(startSupervisor(world.node, { children: [Lamp.child({ arg: data, name: 'lamp' })] }))
    const { node } = world
    cast(node, lamp.at('lamp'), 'toggle')
    cast(node, lamp.at('lamp'), 'crash')
    await world.run(node.exited('lamp'))
    expect(await world.run(call(node, lamp.at('lamp'), 'state', undefined, { waitForNameMs: 1000 }))).toBe('off')
    expect(world.log).toEqual(['terminate boom in on'])
    const crash = world.reports.all.find((report): report is CrashReport => report.type === 'crash')!
    expect(JSON.stringify(crash)).toContain('"state":"on"')
    expect(JSON.stringify(crash)).not.toContain('hunter2')
  })

  it('is a child of a dynamic supervisor, each with data of its own', async () => {
    const world = createWorld()
    const data = (name: string): Data => ({ secret: name, log: (what) => world.log.push(`${name}: ${what}`) })
    const Lamps = defineDynamicSupervisor({ children: Lamp.children({ restart: 'temporary' }) })
    const pid = await world.run(startDynamicSupervisor(world.node, Lamps))
    const left = await world.run(startDynamicChild(world.node, pid, data('left')))
    const right = await world.run(startDynamicChild(world.node, pid, data('right')))
    cast(world.node, right!, 'toggle')
    expect(await world.run(call(world.node, left!, 'state'))).toBe('off')
    expect(await world.run(call(world.node, right!, 'state'))).toBe('on')
    expect(await world.run(call(world.node, left!, 'quit'))).toBe('bye')
    expect(world.log).toEqual(['left: terminate "normal" in off'])
  })

  it('started with a monitor, its end is a message', async () => {
    const world = createWorld()
    await world.inProcess<Down>(async (self) => {
      const { pid, ref } = await startStatemMonitor(self, Lamp, { secret: 'x', log: () => {} })
      expect(await call(self, pid, 'quit')).toBe('bye')
      expect(await self.receive()).toMatchObject({ type: 'down', ref, reason: 'normal' })
    })
  })

  it('that goes to a state that it does not have crashes, and says which it has', async () => {
    const world = createWorld()
    const data: Data = { secret: 'x', log: () => {} }
    await world.inProcess(async (self) => {
      self.trapExits(true)
      const pid = await startStatem(self, Lamp, data)
      const ended = world.node.exited(pid)
      cast(self, pid, 'nowhere')
      const reason = (await ended) as unknown as { code: string; message: string }
      expect(reason.code).toBe('statem.bad_state')
      expect(reason.message).toContain('"dark"')
      expect(reason.message).toContain('off, on')
    })
  })

  it('that answers with what cannot be sent crashes, and the caller hears why', async () => {
    const world = createWorld()
    await world.inProcess(async (self) => {
      self.trapExits(true)
      const pid = await startStatem(self, Lamp, { secret: 'x', log: () => {} })
      const { code, reason } = await failure(call(self, pid, 'odd')).then(({ code, details }) => ({
        code,
        reason: details['reason'] as { code: string },
      }))
      expect([code, reason.code]).toEqual(['call.exited', 'copy.unsendable'])
    })
  })

  it('that never runs out of its own events lets others go on', async () => {
    const world = createWorld()
    let turns = 0
    await world.inProcess(async (self) => {
      self.trapExits(true)
      const pid = await startStatem(self, Lamp, { secret: 'x', log: () => {} })
      cast(self, pid, 'round')
      while (self.isAlive(pid)) {
        turns++
        await self.yield()
      }
      expect(await world.node.exited(pid)).toBe('noproc')
    })
    expect(turns).toBeGreaterThan(50)
  })
})

describe('looking into a machine', () => {
  it('shows state and data, what is postponed and what runs; and hears of its transitions', async () => {
    const world = createWorld()
    await world.inProcess(async (self) => {
      const pid = await startStatem(self, Lamp, { secret: 'x', log: () => {} })
      await sys.log(self, pid, true)
      cast(self, pid, 'toggle')
      cast(self, pid, 'sleep')
      expect(await sys.getState(self, pid)).toMatchObject({ state: 'on', data: { secret: 'x' } })
      const { details } = await sys.getStatus(self, pid)
      expect(details).toEqual({
        state: 'on',
        postponed: [{ type: 'cast', name: 'sleep', payload: undefined }],
        timeouts: [
          { type: 'stateTimeout', content: undefined },
          { type: 'timeout', name: 'later', content: 1 },
        ],
      })
      const types = (await sys.getLog(self, pid)).map(({ type }) => type)
      expect(types).toEqual(['in', 'consume', 'in', 'postpone'])
    })
  })

  it('a state that is put in its place is no transition', async () => {
    const world = createWorld()
    await world.inProcess(async (self) => {
      const pid = await startStatem(self, Lamp, { secret: 'x', log: () => {} })
      const given = await failure(sys.replaceState(self, pid, () => 'neither'))
      expect(given.code).toBe('sys.state_not_replaced')
      await sys.replaceState<{ state: State; data: Data }>(self, pid, ({ data }) => ({ state: 'on', data }))
      expect(await call(self, pid, 'state')).toBe('on')
      await self.sleep(2000)
      expect(await call(self, pid, 'state')).toBe('on')
    })
  })

  it('goes on with another version of its code, or with the old one when that refuses', async () => {
    const world = createWorld()
    const data: Data = { secret: 'x', log: () => {} }
    world.node.register(lampOf('2.0.0', () => ({ state: 'on', data })))
    world.node.register(
      lampOf('3.0.0', () => {
        throw new Error('too new')
      }),
    )
    world.node.register(lampOf('4.0.0', () => ({ state: 'dark' as State, data })))
    await world.inProcess(async (self) => {
      const pid = await startStatem(self, Lamp, data)
      await sys.suspend(self, pid)
      for (const version of ['3.0.0', '4.0.0'])
        expect((await failure(sys.changeCode(self, pid, { version }))).code).toBe('sys.code_not_changed')
      await sys.changeCode(self, pid, { version: '2.0.0' })
      await sys.resume(self, pid)
      expect(await call(self, pid, 'state')).toBe('on')
      expect((await sys.getStatus(self, pid)).version).toBe('2.0.0')
    })
  })
})

describe('a process that was made by hand', () => {
  it('goes on as a machine: its actions first, then calls and sys', async () => {
    const world = createWorld()
    const data: Data = { secret: 'x', log: (what) => world.log.push(what) }
    await world.inProcess(async (self) => {
      const pid = self.spawn(async (me) => {
        await me.sleep(5)
        return enterStatemLoop(me, Lamp, 'on', data, { actions: [stateTimeout(100)] })
      })
      expect(await call(self, lamp.at(pid), 'state')).toBe('on')
      await self.sleep(150)
      expect(await sys.getState(self, pid)).toMatchObject({ state: 'off' })
      await stopServer(self, pid, 'shutdown')
    })
    expect(world.log).toEqual(['terminate "shutdown" in off'])
  })

  it('needs the name that it says it has', async () => {
    const world = createWorld()
    const pid = world.node.spawn((me) =>
      enterStatemLoop(me, Lamp, 'on', { secret: '', log: () => {} }, { name: 'lamp' }),
    )
    expect(await world.exited(pid)).toMatchObject({ code: 'server.not_named' })
  })
})
