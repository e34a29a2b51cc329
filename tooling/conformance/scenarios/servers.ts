/**
 * gen_server: a server that does what it is told, and what others see of it.
 */
import type { Exit, ExitReason, Process } from '../../../packages/core/src/index.ts'
import { timedOut } from '../../../packages/core/src/index.ts'
import {
  answer,
  call,
  cast,
  defineServer,
  enterLoop,
  ignore,
  noreply,
  ok,
  protocol,
  reply,
  startServer,
  startServerMonitor,
  stop,
  stopAndReply,
  stopServer,
  sys,
  type From,
} from '../../../packages/behaviours/src/index.ts'
import type { Scenario, Topic } from '../scenario.ts'
import { is, isType, type Stage } from '../stage.ts'
import { createNames, definePuppet, failed, Moves, word, type Act, type Init } from './servers-puppet.ts'

type Self = Process<unknown>

const then = (continued: Act): never => ({ continue: continued }) as never
const boom = (): never => {
  throw new Error('boom')
}
const rubbish = (): string => 'rubbish'

/** What a process is doing for a while, without any message. */
const busy =
  (ms: number, act: Act): Act =>
  async (state, context) => {
    await context.self.sleep(ms)
    return act(state, context)
  }

const synchronous_start: Scenario = {
  items: ['S00', 'S01', '9.9'],
  faults: ['gen.start_does_not_wait'],
  before: [['server:init', 'main:started']],
  play: async (self, t) => {
    const moves = new Moves(self, t)
    const init: Init = async (context) => {
      t.emit(context.self, 'named', context.self.whereis('early') === context.self.pid)
      await context.self.sleep(10)
      t.emit(context.self, 'init')
      return ok('s', then(moves.note('continued')))
    }
    const server = await startServer(self, definePuppet(t), init, { name: 'early' })
    t.label('server', server)
    t.emit(self, 'started')
    t.emit(self, 'state', await moves.stateOf(server))
  },
}

const init_results: Scenario = {
  items: ['S01', 'S02'],
  faults: ['server.ignore_runs_on'],
  play: async (self, t) => {
    const moves = new Moves(self, t)
    const ways: [string, Init][] = [
      ['ignored', () => ignore()],
      ['stopped', () => stop('why')],
      ['crashed', boom],
      ['bad', () => noreply('s')],
    ]
    for (const [name, init] of ways) {
      const outcome = await moves.outcome(init, { name: 'tried' })
      t.emit(self, name, [outcome, self.whereis('tried') === undefined])
    }
  },
}

const init_results_linked: Scenario = {
  items: ['S02'],
  faults: ['server.ignore_runs_on'],
  differs: {
    'main:ignored_exit': { why: 'told-once', ours: '"nothing"' },
    'main:stopped_exit': { why: 'told-once', ours: '"nothing"' },
  },
  play: async (self, t) => {
    const moves = new Moves(self, t)
    self.trapExits(true)
    const exit = async (): Promise<unknown> => {
      const message = await t.quiet(self, 20)
      return isType('exit')(message) ? (message as Exit).reason : message
    }
    t.emit(self, 'ignored', await moves.outcome(() => ignore(), {}, true))
    t.emit(self, 'ignored_exit', await exit())
    t.emit(self, 'stopped', await moves.outcome(() => stop('why'), {}, true))
    t.emit(self, 'stopped_exit', await exit())
  },
}

const thrown_returns: Scenario = {
  items: ['S03'],
  faults: ['server.throws_are_crashes'],
  play: async (self, t) => {
    const moves = new Moves(self, t)
    const server = await moves.start('server')
    const thrown: Act = () => {
      throw reply('thrown', 'next')
    }
    t.emit(self, 'thrown', await moves.call(server, thrown))
    t.emit(self, 'state', await moves.stateOf(server))
    t.emit(self, 'bad', await moves.call(server, rubbish))
  },
}

const continue_first: Scenario = {
  items: ['S04'],
  faults: ['server.continue_is_queued'],
  play: async (self, t) => {
    const moves = new Moves(self, t)
    const server = await moves.start('server')
    const second: Act = (state, context) => {
      t.emit(context.self, 'second', state)
      return noreply(state)
    }
    const first: Act = (state, context) => {
      t.emit(context.self, 'first', state)
      return noreply('next', then(second))
    }
    self.spawn(async (client) => {
      await new Moves(client as unknown as Self, t).call(
        server,
        busy(20, (state) => reply('ok', state, then(first))),
      )
    })
    await t.quiet(self, 10)
    moves.cast(server, moves.note('waited'))
    t.emit(self, 'state', await moves.stateOf(server))
  },
}

const timeout_cancel: Scenario = {
  items: ['S05', '9.12'],
  faults: ['waiting.messages_do_not_cancel', 'waiting.zero_goes_first'],
  play: async (self, t) => {
    const moves = new Moves(self, t)
    const server = await moves.start('server')
    t.emit(self, 'lonely', await moves.call(server, (state) => reply('ok', state, { timeoutMs: 20 })))
    await t.quiet(self, 60)
    t.emit(self, 'disturbed', await moves.call(server, (state) => reply('ok', state, { timeoutMs: 30 })))
    moves.cast(server, moves.note('disturbs'))
    await t.quiet(self, 60)
    t.emit(self, 'junk', await moves.call(server, (state) => reply('ok', state, { timeoutMs: 30 })))
    self.send(server as never, { type: 'word', word: 'junk' } as never)
    await t.quiet(self, 60)
    moves.cast(
      server,
      busy(20, (state) => noreply(state, { timeoutMs: 0 })),
    )
    moves.cast(server, moves.note('first'))
    await t.quiet(self, 60)
    moves.cast(server, (state) => noreply(state, { timeoutMs: 0 }))
    await t.quiet(self, 20)
  },
}

const timeout_and_system: Scenario = {
  items: ['S05'],
  faults: ['waiting.system_requests_cancel'],
  before: [
    ['main:not_yet', 'server:timeout'],
    ['server:timeout', 'server:note'],
  ],
  play: async (self, t) => {
    const moves = new Moves(self, t)
    const server = await moves.start('server')
    await moves.call(server, (state) => reply('ok', state, { timeoutMs: 60 }))
    await t.quiet(self, 40)
    t.emit(self, 'state', await sys.getState(self, server))
    await t.quiet(self, 40)
    t.emit(self, 'not_yet')
    await t.quiet(self, 60)
    moves.cast(server, moves.note('over'))
    t.emit(self, 'state', await moves.stateOf(server))
  },
}

const hibernation: Scenario = {
  items: ['S06', 'G11'],
  faults: ['waiting.never_sleeps'],
  play: async (self, t) => {
    const moves = new Moves(self, t)
    const server = await moves.start('server')
    t.emit(self, 'awake', await moves.asleep(server))
    t.emit(self, 'rests', await moves.call(server, (state) => reply('ok', state, { hibernate: true })))
    t.emit(self, 'asleep', await moves.asleep(server))
    t.emit(self, 'state', await sys.getState(self, server))
    t.emit(self, 'asleep_again', await moves.asleep(server))
    t.emit(self, 'woken', await moves.stateOf(server))
    t.emit(self, 'awake_again', await moves.asleep(server))
    const lazy = await startServer(self.node, definePuppet(t), () => 's', { hibernateAfterMs: 30 })
    t.label('lazy', lazy)
    t.emit(self, 'not_yet', await moves.asleep(lazy))
    await t.quiet(self, 60)
    t.emit(self, 'at_last', await moves.asleep(lazy))
  },
}

const late_answers: Scenario = {
  items: ['G02', 'G03', 'G05', 'S07', '9.1'],
  faults: ['request.refs_answer_nobody', 'reply.late_is_a_message'],
  play: async (self, t) => {
    const moves = new Moves(self, t)
    const server = await moves.start('server')
    const byWorker: Act = (state, context) => {
      const worker = context.self.spawn<{ from: From<unknown> }>(async (hired) => {
        const { from } = await hired.receive()
        answer(hired, from, 'by_worker')
      })
      context.self.send(worker, { from: context.from })
      return noreply(state)
    }
    t.emit(self, 'by_worker', await moves.call(server, byWorker))
    const before: Act = (state, { from, self: mine }) => {
      answer(from, 'before')
      t.emit(mine, 'goes_on')
      return noreply(state)
    }
    t.emit(self, 'before', await moves.call(server, before))
    t.emit(self, 'late', await moves.call(server, (_, { from }) => noreply(from), 20))
    moves.cast(server, (from) => {
      answer(from as From<unknown>, 'late')
      return noreply('s')
    })
    t.emit(self, 'state', await moves.stateOf(server))
    t.emit(self, 'nothing', await t.quiet(self, 20))
  },
}

const calls_fail: Scenario = {
  items: ['G03', 'G04'],
  faults: ['call.does_not_watch'],
  play: async (self, t) => {
    const moves = new Moves(self, t)
    const x = moves.note('x')
    t.emit(self, 'nobody', await moves.call('nobody', x))
    const dead = self.spawn(async () => {})
    await t.dead(self, dead)
    t.emit(self, 'dead', await moves.call(dead, x))
    t.emit(self, 'itself', await moves.call(self.pid, x))
    const server = await moves.start('server')
    t.emit(self, 'late', await moves.call(server, (state) => noreply(state), 20))
    t.emit(self, 'untouched', await moves.stateOf(server))
    const reasons: [string, ExitReason][] = [
      ['s1', 'normal'],
      ['s2', 'shutdown'],
      ['s3', { shutdown: 'why' }],
      ['s4', 'because'],
    ]
    for (const [label, reason] of reasons)
      t.emit(self, 'ended', await moves.call(await moves.start(label), () => stop(reason)))
    t.emit(self, 'crashed', await moves.call(await moves.start('s5'), boom))
    const killed = await moves.start('s6')
    self.spawn(async (killer) => {
      await killer.sleep(10)
      killer.sendExit(killed, 'kill')
    })
    t.emit(self, 'killed', await moves.call(killed, (state) => noreply(state)))
  },
}

const ways_to_reach: Scenario = {
  items: ['G07', 'G10'],
  faults: ['cast.to_nobody_raises'],
  play: async (self, t) => {
    const moves = new Moves(self, t)
    const names = createNames()
    const server = await startServer(self.node, definePuppet(t), () => 'local', { name: 'one' })
    t.label('server', server)
    const two = { via: names, name: 'two' }
    const other = await startServer(self.node, definePuppet(t), () => 'via', { name: two })
    t.label('other', other)
    const all = [server, 'one', { name: 'one', node: self.node.name }, two]
    for (const to of all) t.emit(self, 'reached', await moves.stateOf(to))
    for (const to of all) t.emit(self, 'told', moves.cast(to, moves.note('told')))
    const none = { via: names, name: 'nobody' }
    for (const to of ['nobody', { name: 'nobody', node: self.node.name }, none])
      t.emit(self, 'silent', moves.cast(to, moves.note('told')))
    t.emit(self, 'nobody', await moves.call(none, moves.note('x')))
    t.emit(self, 'stopped', await moves.stop(two, 'normal'))
    await t.dead(self, other)
    t.emit(self, 'silent', moves.cast(other, moves.note('told')))
    t.emit(self, 'state', await moves.stateOf(server))
  },
}

const stops: Scenario = {
  items: ['G10'],
  faults: ['gen.reason_is_lost'],
  play: async (self, t) => {
    const moves = new Moves(self, t)
    const a = await moves.start('a')
    t.emit(self, 'stopped', await moves.stop(a, 'because'))
    t.emit(self, 'again', await moves.stop(a, 'because'))
    t.emit(self, 'nobody', await moves.stop('nobody', 'normal'))
    const b = await moves.start('b')
    moves.cast(
      b,
      busy(20, () => stop('other')),
    )
    t.emit(self, 'too_late', await moves.stop(b, 'normal'))
  },
}

const slow_start: Scenario = {
  items: ['G11'],
  faults: ['start.failure_is_told_twice'],
  play: async (self, t) => {
    const moves = new Moves(self, t)
    self.trapExits(true)
    const slow: Init = async (context) => {
      await context.self.sleep(200)
      return 's'
    }
    t.emit(self, 'slow', await moves.outcome(slow, { name: 'slow', timeoutMs: 20 }, true))
    t.emit(self, 'nothing', await t.quiet(self, 20))
    t.emit(self, 'free', self.whereis('slow') === undefined)
  },
}

const name_taken: Scenario = {
  items: ['G12'],
  faults: ['start.failure_is_told_twice'],
  play: async (self, t) => {
    self.trapExits(true)
    const two = { via: createNames(), name: 'two' }
    const holder = async (name: string | typeof two): Promise<unknown> => {
      try {
        return await startServer(self, definePuppet(t), () => 't', { name })
      } catch (error) {
        return (error as { readonly details: { readonly pid: unknown } }).details.pid
      }
    }
    t.label('server', await startServer(self, definePuppet(t), () => 's', { name: 'one' }))
    t.emit(self, 'holder', await holder('one'))
    t.label('other', await startServer(self, definePuppet(t), () => 's', { name: two }))
    t.emit(self, 'holder', await holder(two))
    t.emit(self, 'nothing', await t.quiet(self, 20))
  },
}

const start_monitor: Scenario = {
  items: ['S15'],
  faults: ['monitor.of_live_ones_is_lost', 'demonitor.never_flushes'],
  play: async (self, t) => {
    const moves = new Moves(self, t)
    const { pid, ref } = await startServerMonitor(self as unknown as Process<never>, definePuppet(t), () => 's')
    t.label('server', pid)
    t.emit(self, 'state', await moves.stateOf(pid))
    moves.cast(pid, () => stop('because'))
    const down = (await t.quiet(self, 500)) as { readonly ref?: unknown; readonly reason?: unknown }
    t.emit(self, 'down', down.ref === ref ? down.reason : 'lost')
    const outcome = await startServerMonitor(self as unknown as Process<never>, definePuppet(t), () =>
      stop('why'),
    ).then(
      () => 'ok',
      ({ reason }: { readonly reason: unknown }) => ['error', reason],
    )
    t.emit(self, 'failed', outcome)
    t.emit(self, 'nothing', await t.quiet(self, 20))
  },
}

const enter_loop: Scenario = {
  items: ['S15'],
  faults: ['server.enters_any_state'],
  play: async (self, t) => {
    const moves = new Moves(self, t)
    const made = self.spawn(async (mine) => {
      mine.register('made')
      self.node.send(self.pid, 'ready')
      return enterLoop(mine, definePuppet(t), 'made_by_hand', { name: 'made' })
    })
    t.label('server', made)
    await self.receive(is('ready'))
    t.emit(self, 'state', await moves.stateOf('made'))
    t.emit(self, 'looked', await sys.getState(self, made))
    t.emit(self, 'stopped', await moves.stop(made, 'because'))
    const nameless = self.spawn(async (mine) => {
      await mine.sleep(10)
      return enterLoop(mine, definePuppet(t), 's', { name: 'not_mine' })
    })
    t.label('nameless', nameless)
    t.emit(self, 'nameless', (await t.dead(self, nameless)) !== 'normal')
  },
}

const bare = protocol<{ calls: { nothing(): void }; casts: { nothing(): void } }>('servers_bare')

const unknown_messages: Scenario = {
  items: ['S17', 'S18'],
  faults: ['server.unknown_messages_end_it', 'server.crash_skips_terminate'],
  play: async (self, t) => {
    const Bare = defineServer(bare, {
      init: (state: string): string => state,
      terminate: (reason: unknown, _: unknown, context: { self: Self }) =>
        t.emit(context.self, 'terminate', word(reason)),
    } as never)
    const start = async (label: string) => t.label(label, await startServer(self.node, Bare, 's' as never))
    const a = await start('a')
    self.send(a as never, 'junk' as never)
    t.emit(self, 'lives', await sys.getState(self, a))
    t.emit(self, 'call', await call(self, bare.at(a), 'nothing').catch(failed))
    const b = await start('b')
    const ref = self.monitor(b)
    cast(self, bare.at(b), 'nothing')
    t.emit(self, 'cast', word(await t.reason(self, { ref })))
  },
}

const parent_exit: Scenario = {
  items: ['S09', '9.10'],
  faults: ['gen.parents_exit_is_a_message', 'gen.anybody_is_its_parent'],
  play: async (self, t) => {
    const moves = new Moves(self, t)
    const leave = (reason: string) => async (mine: Process<string>) => {
      await mine.receive()
      mine.exit(reason)
    }
    const stranger = t.label('stranger', self.spawn<string>(leave('strange')))
    const parent = self.spawn<string>(async (mine) => {
      const init: Init = (context) => {
        context.self.link(stranger)
        return 's'
      }
      const server = await startServer(mine, definePuppet(t, true), init)
      self.node.send(self.pid, server)
      await leave('gone')(mine)
    })
    t.label('parent', parent)
    const server = t.label('server', (await self.receive()) as typeof parent)
    const ref = self.monitor(server)
    self.send(stranger, 'go')
    await t.quiet(self, 10)
    t.emit(self, 'lives', await moves.stateOf(server))
    self.send(parent, 'go')
    t.emit(self, 'ended', await t.reason(self, { ref }))
  },
}

const terminate_rules: Scenario = {
  items: ['S08', '9.11'],
  faults: ['server.crash_skips_terminate', 'death.runs_terminate'],
  play: async (self, t) => {
    const moves = new Moves(self, t)
    const ends = async (label: string, end: (server: Awaited<ReturnType<Moves['start']>>) => unknown) => {
      const server = await moves.start(label)
      const ref = self.monitor(server)
      await end(server)
      t.emit(self, label, word(await t.reason(self, { ref })))
    }
    await ends('returned', (server) => moves.cast(server, () => stop('because')))
    await ends('crashed', (server) => moves.cast(server, boom))
    await ends('bad', (server) => moves.cast(server, rubbish))
    await ends('asked', (server) => stopServer(self, server, 'asked'))
    await ends('answered', async (server) =>
      t.emit(self, 'answer', await moves.call(server, () => stopAndReply('normal', 'bye'))),
    )
    await ends('killed', (server) => self.sendExit(server, 'kill'))
    await ends('not_trapping', (server) => self.sendExit(server, 'because'))
    self.trapExits(true)
    const trapping = t.label('trapping', await startServer(self, definePuppet(t, true), () => 's'))
    const ref = self.monitor(trapping)
    self.sendExit(trapping, 'because')
    t.emit(self, 'trapping', await t.reason(self, { ref }))
    t.emit(self, 'exits', (await t.collect(self)).length)
  },
}

const terminate_then_answer: Scenario = {
  items: ['S10', '9.11'],
  faults: ['gen.answers_before_terminate'],
  before: [['server:terminate', 'main:answer']],
  play: async (self, t) => {
    const moves = new Moves(self, t)
    const server = await moves.start('server')
    t.emit(self, 'answer', await moves.call(server, () => stopAndReply('normal', 'bye')))
  },
}

const crash_logging: Scenario = {
  items: ['S11'],
  faults: ['crash.is_not_reported'],
  play: async (self, t: Stage) => {
    const moves = new Moves(self, t)
    t.reports(self)
    const reasons: [string, ExitReason | 'boom'][] = [
      ['a', 'normal'],
      ['b', 'shutdown'],
      ['c', { shutdown: 'why' }],
      ['d', 'because'],
      ['e', 'boom'],
    ]
    for (const [label, reason] of reasons) {
      const server = await moves.start(label)
      t.emit(self, label, await moves.call(server, () => (reason === 'boom' ? boom() : stop(reason))))
      t.emit(self, 'reported', (await t.quiet(self, 30)) === timedOut ? 'silent' : 'told')
      await t.quiet(self, 10)
    }
  },
}

export const servers: Topic = {
  synchronous_start,
  init_results,
  init_results_linked,
  thrown_returns,
  continue_first,
  timeout_cancel,
  timeout_and_system,
  hibernation,
  late_answers,
  calls_fail,
  ways_to_reach,
  stops,
  slow_start,
  name_taken,
  start_monitor,
  enter_loop,
  unknown_messages,
  parent_exit,
  terminate_rules,
  terminate_then_answer,
  crash_logging,
}
