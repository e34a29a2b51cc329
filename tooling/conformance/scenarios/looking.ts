/**
 * sys and proc_lib: looking into processes, changing them, and starting hand-written ones.
 */
import type { ExitReason, Process } from '../../../packages/core/src/index.ts'
import {
  call,
  cast,
  defineServer,
  info,
  noreply,
  protocol,
  reply,
  startProcess,
  startProcessMonitor,
  startServer,
  stopServer,
  sys,
  type InitAck,
  type Server,
  type ServerPid,
  type StartError,
} from '../../../packages/behaviours/src/index.ts'
import type { Scenario, Topic } from '../scenario.ts'
import { is, type Stage } from '../stage.ts'

interface Api {
  calls: { get(): number; add(by: number): number }
  casts: { add(by: number): void }
  info: { type: 'tick' }
}
interface State {
  readonly count: number
  readonly password: string
}
type Self = Process<unknown>
type Pid = ServerPid<Api>

const counter = protocol<Api>('looking')

/** A server that shows less than it has. */
function defineCounter(t: Stage, version: string, trapExits = false): Server<Api, number, State> {
  return defineServer(counter, {
    version,
    trapExits,
    init: (count: number): State => ({ count, password: 'secret' }),
    calls: {
      get: (state) => reply(state.count, state),
      add: (state, by) => reply(state.count + by, { ...state, count: state.count + by }),
    },
    casts: { add: (state, by) => noreply({ ...state, count: state.count + by }) },
    info: { tick: (state) => noreply({ ...state, count: state.count + 1000 }) },
    terminate: (reason, _, { self }) => t.emit(self, 'terminate', reason),
    codeChange: (oldVersion, state, extra, { self }) => {
      if (extra === 'refuse') throw new Error('refused')
      const old = state as State
      t.emit(self, 'code_change', [oldVersion, old.count, extra])
      return { ...old, count: old.count * 10 }
    },
    formatStatus: ({ state }) => ({ state: { ...state, password: 'hidden' } }),
  })
}

const start = async (self: Self, t: Stage): Promise<Pid> =>
  t.label('server', await startServer(self.node, defineCounter(t, 'v1'), 0))

const count = async (self: Self, pid: Pid): Promise<number> => ((await sys.getState(self, pid)) as State).count
const status = async (self: Self, pid: Pid): Promise<string> => (await sys.getStatus(self, pid)).status

const suspended: Scenario = {
  items: ['Y01'],
  faults: ['sys.suspends_nothing', 'sys.suspension_reverses'],
  play: async (self, t) => {
    const server = await start(self, t)
    await sys.suspend(self, server)
    t.emit(self, 'status', await status(self, server))
    const client = self.spawn(async (mine) => {
      t.emit(mine, 'added', await call(mine, server, 'add', 1))
      t.emit(mine, 'got', await call(mine, server, 'get'))
    })
    t.label('client', client)
    const ref = self.monitor(client)
    await t.quiet(self, 10)
    cast(self, server, 'add', 10)
    info(self, server, { type: 'tick' })
    t.emit(self, 'count', await count(self, server))
    await sys.suspend(self, server)
    await sys.resume(self, server)
    await t.reason(self, { ref })
    t.emit(self, 'status', await status(self, server))
    t.emit(self, 'count', await count(self, server))
  },
}

const suspended_is_ended: Scenario = {
  items: ['Y01', 'Y06'],
  faults: ['sys.suspended_hears_of_nothing'],
  play: async (self, t) => {
    const server = await start(self, t)
    await sys.suspend(self, server)
    t.emit(self, 'stopped', await stopServer(self, server, 'because').then(() => 'ok'))
    const parent = self.spawn<string>(async (mine) => {
      mine.node.send(self.pid, await startServer(mine, defineCounter(t, 'v1', true), 0))
      await mine.receive()
      mine.exit('gone')
    })
    t.label('parent', parent)
    const child = t.label('child', (await self.receive()) as Pid)
    await sys.suspend(self, child)
    self.monitor(child)
    self.send(parent, 'go')
    const down = (await t.quiet(self, 500)) as { readonly reason?: unknown }
    t.emit(self, 'ended', down.reason)
  },
}

const states: Scenario = {
  items: ['Y02'],
  faults: ['sys.state_stays'],
  play: async (self, t) => {
    const server = await start(self, t)
    t.emit(self, 'count', await count(self, server))
    const replaced = await sys.replaceState<State>(self, server, (state) => ({ ...state, count: 7 }))
    t.emit(self, 'replaced', (replaced as State).count)
    const fails = sys.replaceState(self, server, () => {
      throw new Error('boom')
    })
    t.emit(self, 'fails', await fails.then(() => 'ok').catch(() => 'failed'))
    t.emit(self, 'count', await call(self, server, 'get'))
  },
}

const statuses: Scenario = {
  items: ['Y02', 'S12'],
  faults: ['server.status_shows_all'],
  play: async (self, t) => {
    const server = await start(self, t)
    const told = await sys.getStatus(self, server)
    t.emit(self, 'running', told.status)
    const text = JSON.stringify(told)
    t.emit(self, 'shows', [text.includes('secret'), text.includes('hidden')])
  },
}

const new_code: Scenario = {
  items: ['Y03', 'S16'],
  faults: ['server.new_code_keeps_its_state'],
  play: async (self, t) => {
    const server = await start(self, t)
    await call(self, server, 'add', 5)
    self.node.register(defineCounter(t, 'v2'))
    const changed = (extra: string): Promise<unknown> =>
      sys
        .changeCode(self, server, { extra })
        .then(() => 'ok')
        .catch(({ code }: { readonly code: string }) => (code === 'sys.not_suspended' ? 'not_suspended' : 'refused'))
    t.emit(self, 'running', await changed('x'))
    await sys.suspend(self, server)
    t.emit(self, 'refused', await changed('refuse'))
    t.emit(self, 'count', await count(self, server))
    t.emit(self, 'changed', await changed('x'))
    await sys.resume(self, server)
    t.emit(self, 'count', await call(self, server, 'get'))
  },
}

const log: Scenario = {
  items: ['Y04'],
  faults: ['debug.log_has_no_end', 'debug.counts_nothing'],
  play: async (self, t) => {
    const server = await start(self, t)
    await sys.log(self, server, 3)
    await sys.statistics(self, server, true)
    await call(self, server, 'add', 1)
    await call(self, server, 'get')
    t.emit(
      self,
      'events',
      (await sys.getLog(self, server)).map(({ type }) => type),
    )
    const counted = await sys.getStatistics(self, server)
    t.emit(self, 'counted', [counted?.messagesIn, counted?.messagesOut])
    await sys.log(self, server, false)
    await sys.statistics(self, server, false)
    await call(self, server, 'get')
    t.emit(self, 'none', await sys.getLog(self, server))
    t.emit(self, 'nothing', (await sys.getStatistics(self, server)) ?? 'no_statistics')
  },
}

const debug_functions: Scenario = {
  items: ['Y04'],
  faults: ['debug.functions_stay'],
  play: async (self, t) => {
    const server = await start(self, t)
    const look =
      (name: string): sys.DebugFunction<number> =>
      (left, { type }, mine) => {
        if (left === 0) return sys.done
        if (type !== 'in') return left
        t.emit(mine, name, 'in')
        return left - 1
      }
    await sys.install(self, server, 'twice', look('twice'), 2)
    await sys.install(self, server, 'often', look('often'), 99)
    const broken: sys.DebugFunction<number> = () => {
      throw new Error('boom')
    }
    await sys.install(self, server, 'broken', broken, 0)
    for (let i = 0; i < 3; i++) await call(self, server, 'get')
    await sys.remove(self, server, 'often')
    await call(self, server, 'get')
    await sys.noDebug(self, server)
    t.emit(self, 'lives', await call(self, server, 'get'))
  },
}

const terminated: Scenario = {
  items: ['Y06', 'G10'],
  faults: ['gen.ends_normally'],
  play: async (self, t) => {
    const server = await start(self, t)
    const ref = self.monitor(server)
    await sys.terminate(self, server, { shutdown: 'why' }).catch(() => {})
    t.emit(self, 'ended', await t.reason(self, { ref }))
  },
}

const special: Scenario = {
  items: ['Y05', 'Y06'],
  faults: ['sys.special_ones_go_on'],
  play: async (self, t) => {
    const made = self.spawn<number>(async (mine) => {
      let level = 0
      const part = sys.takePart(mine, {
        module: 'looking_special',
        getState: () => level,
        setState: (state: number) => {
          level = state
        },
        terminate: (reason) => t.emit(mine, 'terminate', reason),
      })
      for (;;) {
        const more = await part.receive()
        level += more
      }
    })
    t.label('special', made)
    self.send(made, 3)
    await sys.suspend(self, made)
    self.send(made, 4)
    t.emit(self, 'state', await sys.getState(self, made))
    t.emit(self, 'replaced', await sys.replaceState<number>(self, made, (level) => level * 10))
    t.emit(self, 'running', (await sys.getStatus(self, made)).status)
    await sys.resume(self, made)
    t.emit(self, 'state', await sys.getState(self, made))
    const ref = self.monitor(made)
    await sys.terminate(self, made, 'enough')
    t.emit(self, 'ended', await t.reason(self, { ref }))
  },
}

type Starting = (self: Process<string>, init: InitAck<number>) => Promise<void>

const acknowledging =
  (t: Stage): Starting =>
  async (self, init) => {
    t.label('started', self.pid)
    await self.sleep(10)
    t.emit(self, 'opened')
    init.ack(1)
    init.ack(2)
    t.emit(self, 'goes_on')
    await self.receive(is('stop'))
  }

const acknowledged: Scenario = {
  items: ['L01', '9.9'],
  faults: ['start.acknowledges_nothing'],
  before: [['started:opened', 'main:value']],
  play: async (self, t) => {
    const { value } = await startProcess<string, number>(self as unknown as Process<never>, acknowledging(t))
    t.emit(self, 'value', value)
  },
}

const failing =
  (how: string): Starting =>
  async (self) => {
    if (how === 'boom') throw new Error('boom')
    if (how === 'slow') await self.sleep(500)
    if (how === 'because') self.exit('because')
  }

const not_acknowledged: Scenario = {
  items: ['L01', '9.9'],
  faults: ['start.failure_is_told_twice'],
  play: async (self, t) => {
    self.trapExits(true)
    const started = (how: string, isLinked = false): Promise<unknown> =>
      startProcess<string, number>(isLinked ? (self as unknown as Process<never>) : self.node, failing(how), {
        timeoutMs: isLinked ? 20 : Infinity,
      }).then(
        () => 'ok',
        ({ reason }: StartError) => ['error', reason satisfies ExitReason],
      )
    t.emit(self, 'crashed', await started('boom'))
    t.emit(self, 'ended', await started('normal'))
    t.emit(self, 'left', await started('because'))
    t.emit(self, 'slow', await started('slow', true))
    t.emit(self, 'nothing', await t.quiet(self, 20))
  },
}

const acknowledged_and_watched: Scenario = {
  items: ['L01'],
  faults: ['start.acknowledges_nothing', 'monitor.of_live_ones_is_lost'],
  play: async (self, t) => {
    const made = await startProcessMonitor<string, number>(self as unknown as Process<never>, acknowledging(t))
    t.emit(self, 'value', made.value)
    self.sendExit(made.pid, 'kill')
    const down = (await t.quiet(self, 500)) as { readonly ref?: unknown; readonly reason?: unknown }
    t.emit(self, 'down', down.ref === made.ref ? down.reason : 'lost')
  },
}

export const looking: Topic = {
  suspended,
  suspended_is_ended,
  states,
  statuses,
  new_code,
  log,
  debug_functions,
  terminated,
  special,
  acknowledged,
  not_acknowledged,
  acknowledged_and_watched,
}
