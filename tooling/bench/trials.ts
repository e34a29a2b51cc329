/** All trials against Erlang, with sizes and goals. Sizes are such that the whole takes minutes. */
import type { Form } from './job.ts'
import { remoteLines, remoteTrials } from './remote-trials.ts'
import type { Goal, Row, Trial } from './trial.ts'

const ahead = (factor: number): Goal => ({ ahead: factor })
const atMost = (figure: number): Goal => ({ atMost: figure })

/** Nanoseconds for one of something, less is better: what most rows are. */
function ns(name: string, title: string, unit: string, goals: Partial<Record<Form, Goal>>): Row[] {
  const forms = Object.entries(goals) as [Form, Goal][]
  const several = forms.length > 1
  return forms.map(([form, goal]) => ({
    name: several ? `${name}_${form}` : name,
    title: several ? `${title}, ${form}` : title,
    form,
    unit,
    better: 'lower',
    goal,
  }))
}

const stall = (live: number, goal: Goal): Row => ({
  name: `stall_${live}`,
  title: `longest stall of 1,000 messages, ${live.toLocaleString('en')} live, callback`,
  form: 'callback',
  figure: 'stallMs',
  unit: 'ms',
  better: 'lower',
  goal,
})

const warmTraffic = { live: 10_000, messages: 100_000, stalls: 10 }

const speed: readonly Trial[] = [
  {
    job: 'spawning',
    full: { count: 1_000_000 },
    quick: { count: 50_000 },
    warm: { count: 50_000 },
    rows: ns('spawn_exit', 'spawn and exit of 1,000,000', 'ns/process', { async: ahead(1.2), callback: ahead(2.5) }),
  },
  {
    job: 'pingpong',
    full: { roundtrips: 500_000 },
    quick: { roundtrips: 50_000 },
    warm: { roundtrips: 30_000 },
    rows: ns('pingpong', 'ping-pong round trip', 'ns/roundtrip', { async: ahead(3), callback: ahead(8) }),
  },
  {
    job: 'ring',
    full: { processes: 1000, laps: 1000 },
    quick: { processes: 1000, laps: 50 },
    warm: { processes: 1000, laps: 50 },
    rows: ns('ring_1000', 'ring of 1,000, 1,000 laps', 'ns/hop', { async: ahead(3), callback: ahead(8) }),
  },
  {
    job: 'ring',
    full: { processes: 100_000, laps: 10 },
    quick: { processes: 20_000, laps: 3 },
    warm: { processes: 1000, laps: 50 },
    rows: ns('ring_100000', 'ring of 100,000, 10 laps', 'ns/hop', { async: ahead(1.2), callback: ahead(8) }),
  },
  {
    job: 'fanin',
    full: { senders: 1000, messages: 1000 },
    quick: { senders: 1000, messages: 50 },
    warm: { senders: 1000, messages: 100 },
    rows: ns('fanin', 'fan-in, 1,000 senders', 'ns/message', { async: ahead(1.2), callback: ahead(4) }),
  },
  {
    job: 'traffic',
    full: { live: 100_000, messages: 1_000_000, stalls: 500 },
    quick: { live: 20_000, messages: 50_000, stalls: 20 },
    warm: warmTraffic,
    rows: [
      ...ns('traffic_100000', 'random traffic, 100,000 live', 'ns/message', { callback: ahead(5), async: ahead(0.7) }),
      stall(100_000, atMost(10)),
    ],
  },
  {
    job: 'traffic',
    full: { live: 1_000_000, messages: 1_000_000, stalls: 500 },
    quick: { live: 50_000, messages: 50_000, stalls: 20 },
    warm: warmTraffic,
    rows: [
      ...ns('traffic_1000000', 'random traffic, 1,000,000 live, callback', 'ns/message', { callback: ahead(3) }),
      stall(1_000_000, atMost(200)),
    ],
  },
  {
    job: 'selective',
    full: { unread: 100_000, receives: 1000 },
    quick: { unread: 20_000, receives: 20 },
    warm: { unread: 10_000, receives: 200 },
    rows: ns('selective_100000', 'selective receive past 100,000', 'ns/receive', { async: ahead(1.5) }),
  },
  {
    job: 'calls',
    full: { unread: 100_000, calls: 300_000 },
    quick: { unread: 20_000, calls: 5000 },
    warm: { unread: 10_000, calls: 20_000 },
    rows: ns('call_unread_100000', 'call with 100,000 unread', 'ns/call', { async: ahead(3) }),
  },
  {
    job: 'calls',
    full: { unread: 1_000_000, calls: 300_000 },
    quick: { unread: 50_000, calls: 5000 },
    warm: { unread: 10_000, calls: 20_000 },
    rows: ns('call_unread_1000000', 'call with 1,000,000 unread', 'ns/call', { async: ahead(3) }),
  },
  {
    job: 'servercalls',
    full: { clients: 1, calls: 500_000 },
    quick: { clients: 1, calls: 50_000 },
    warm: { clients: 1, calls: 50_000 },
    rows: ns('server_call', 'gen_server call', 'ns/call', { async: ahead(4), callback: ahead(6) }),
  },
  {
    job: 'servercalls',
    full: { clients: 64, calls: 10_000 },
    quick: { clients: 64, calls: 1000 },
    warm: { clients: 64, calls: 1000 },
    rows: ns('server_call_64', 'gen_server call, 64 clients', 'ns/call', { async: ahead(4) }),
  },
  {
    job: 'machines',
    full: { calls: 300_000 },
    quick: { calls: 30_000 },
    warm: { calls: 30_000 },
    rows: ns('statem_transition', 'gen_statem call that changes the state', 'ns/call', { async: ahead(3) }),
  },
  {
    job: 'casting',
    full: { casts: 1_000_000 },
    quick: { casts: 100_000 },
    warm: { casts: 100_000 },
    rows: ns('server_cast', 'gen_server cast', 'ns/cast', { async: ahead(1.5) }),
  },
  {
    job: 'starting',
    full: { servers: 100_000 },
    quick: { servers: 10_000 },
    warm: { servers: 10_000 },
    rows: ns('server_start_stop', 'start and stop of a server', 'ns/server', { async: ahead(4) }),
  },
  {
    job: 'supervising',
    full: { rounds: 50_000 },
    quick: { rounds: 5000 },
    warm: { rounds: 5000 },
    rows: ns('supervisor_child', 'child of a supervisor: start, terminate, restart, delete', 'ns/round', {
      async: ahead(2),
    }),
  },
  {
    job: 'manychildren',
    full: { children: 100_000 },
    quick: { children: 10_000 },
    warm: { children: 10_000 },
    mostRounds: 5,
    rows: ns('supervisor_100000', 'supervisor of 100,000: start all, restart one, stop all', 'ns/child', {
      async: ahead(2),
    }),
  },
  {
    job: 'events',
    full: { handlers: 10, events: 200_000 },
    quick: { handlers: 10, events: 20_000 },
    warm: { handlers: 10, events: 20_000 },
    rows: ns('event_notify', 'event to 10 handlers', 'ns/event', { async: ahead(1) }),
  },
  {
    job: 'monitoring',
    full: { pairs: 500_000 },
    quick: { pairs: 50_000 },
    warm: { pairs: 50_000 },
    rows: ns('monitor_demonitor', 'monitor and demonitor', 'ns/pair', { async: ahead(1) }),
  },
  {
    job: 'linking',
    full: { pairs: 500_000 },
    quick: { pairs: 50_000 },
    warm: { pairs: 50_000 },
    rows: ns('link_unlink', 'link and unlink', 'ns/pair', { async: ahead(1) }),
  },
  {
    job: 'chain',
    full: { processes: 100_000 },
    quick: { processes: 10_000 },
    warm: { processes: 20_000 },
    rows: ns('exit_chain_100000', 'exit through 100,000 linked', 'ns/process', { async: ahead(5) }),
  },
  {
    job: 'timers',
    full: { timers: 100_000 },
    quick: { timers: 20_000 },
    warm: { timers: 20_000 },
    rows: ns('timer_start_cancel', 'start and cancel of 100,000 timers', 'ns/timer', { async: ahead(2) }),
  },
  {
    job: 'idle',
    full: { live: 1_000_000 },
    quick: { live: 20_000 },
    warm: { live: 1000 },
    rows: ns('idle_bytes', 'idle process, 1,000,000 alive', 'bytes', { async: ahead(2), callback: ahead(6) }),
  },
]

const times = (name: string, title: string, form: Form, figure: string, goal: Goal | null): Row => ({
  name,
  title,
  form,
  figure,
  unit: 'times',
  better: 'lower',
  goal,
})

/** A line is flat when its end is no more than this many times its beginning; less is within what a machine varies by itself. */
const flat = atMost(1.3)

const lines: readonly Trial[] = [
  {
    job: 'growth',
    full: { least: 10, most: 1_000_000, messages: 1_000_000 },
    quick: { least: 10, most: 10_000, messages: 100_000 },
    warm: { least: 1000, most: 1000, messages: 100_000 },
    mostRounds: 3,
    rows: [
      ...[10, 100, 1000, 10_000, 100_000, 1_000_000].map((live): Row => ({
        name: `flat_message_${live}`,
        title: `message among ${live.toLocaleString('en')} live`,
        form: 'callback',
        figure: `at${live}`,
        unit: 'ns/message',
        better: 'lower',
        goal: null,
      })),
      times('flat_message_growth', 'message, most live ÷ fewest', 'callback', 'times', flat),
    ],
  },
  {
    job: 'manychildren',
    full: { children: 100_000 },
    quick: { children: 10_000 },
    warm: { children: 10_000 },
    mostRounds: 3,
    rows: [
      // Ten times the children, each with more of them in the collector's way.
      times('flat_supervisor', 'supervisor, per child: 100,000 children ÷ 10,000', 'async', 'times', atMost(2)),
    ],
  },
  {
    job: 'churn',
    full: { count: 10_000_000 },
    quick: { count: 200_000 },
    warm: { count: 100_000 },
    mostRounds: 1,
    rows: [times('flat_memory_spawns', 'memory after 10,000,000 spawns and exits', 'async', 'times', flat)],
  },
  {
    job: 'longbox',
    full: { length: 1_000_000, messages: 200_000 },
    quick: { length: 50_000, messages: 20_000 },
    warm: { length: 50_000, messages: 50_000 },
    mostRounds: 3,
    rows: [
      times('flat_cost_long_mailbox', 'message, mailbox once 1,000,000 long', 'async', 'times', flat),
      times('flat_memory_long_mailbox', 'memory, mailbox once 1,000,000 long', 'async', 'memoryTimes', flat),
    ],
  },
]

export const trials = { speed, remote: remoteTrials, lines: [...lines, ...remoteLines] } as const
