/**
 * Applications that run on one of several nodes: who starts them, failover, takeover, permissions, stop. The scenario's own
 * process is on none of the nodes; it emits what the applications noted there.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Process } from '../../../packages/core/src/index.ts'
import type { Scenario, Topic } from '../scenario.ts'
import { nameOf, Trio, type Entry, type Mores } from '../trio.ts'

const ms = 100
/** Longer than a node takes to come back. */
const longMs = 600

type Emit = (what: string, data: unknown) => void
type Play = (trio: Trio, emit: Emit, self: Process<unknown>) => Promise<void>

const a = (entry: Omit<Entry, 'name'>): Entry => ({ name: 'a', timeoutMs: ms, ...entry })
const inOrder: Entry = a({ nodes: ['n1', 'n2', 'n3'] })
const two: Entry = a({ nodes: ['n1', 'n2'] })
const go = { phases: ['go'] }
const talk: Entry = a({ nodes: ['n1', ['n2', 'n3']], ...go })

function scenario(
  items: readonly string[],
  faults: Scenario['faults'],
  entry: Entry,
  play: Play,
  { differs, ...mores }: Mores & Pick<Scenario, 'differs'> = {},
): Scenario {
  return {
    items,
    faults,
    ...(differs !== undefined && { differs }),
    play: async (self, t) =>
      play(await Trio.open(self, t, [entry], mores), (what, data) => t.emit(self, what, data), self),
  }
}

export const distributedApplications: Topic = {
  the_first_of_the_list_runs_it: scenario(
    ['D01', 'D03'],
    ['distributed.nobody_knows_of_others'],
    talk,
    async (trio, emit) => {
      emit('started', await trio.startAll('a'))
      emit('notes', trio.notes())
      emit('running', await trio.running('a'))
      emit('again', await trio.startAll('a'))
      emit('nothing', await trio.awaits(0))
    },
  ),

  of_equals_the_one_with_fewer_runs_it: scenario(
    ['D01'],
    ['distributed.equals_look_alike'],
    a({ nodes: [['n2', 'n3']] }),
    async (trio, emit) => {
      emit('busy', await trio.startLocal('n2', 'busy'))
      emit('started', await trio.startAll('a'))
      emit('notes', trio.notes())
      emit('running', await trio.running('a'))
    },
  ),

  a_start_that_fails_fails_everywhere: scenario(
    ['D03'],
    ['distributed.a_failure_is_kept_secret'],
    a({ nodes: ['n1', ['n2', 'n3']], failsOn: ['n1'] }),
    async (trio, emit) => {
      emit('started', await trio.startAll('a'))
      emit('notes', await trio.awaits(0))
      emit('running', await trio.running('a'))
    },
  ),

  the_scenario_of_the_talk: scenario(
    ['D03', 'D04', 'D06'],
    ['distributed.a_failover_is_a_normal_start', 'distributed.a_takeover_stops_the_old_one_first'],
    talk,
    async (trio, emit) => {
      emit('started', await trio.startAll('a'))
      emit('first', await trio.awaits(2))
      await trio.kill('n1')
      emit('failover', await trio.awaits(2))
      await trio.kill('n2')
      emit('second_failover', await trio.awaits(2))
      await trio.boot('n1')
      emit('returned', await trio.start('n1', 'a'))
      emit('takeover', await trio.awaits(4))
      emit('running', await trio.running('a'))
    },
  ),

  a_failover_waits_its_time: scenario(
    ['D04'],
    ['distributed.a_failover_waits_for_nobody'],
    { ...inOrder, timeoutMs: 2 * ms },
    async (trio, emit, self) => {
      await begun(trio, 1)
      const sinceMs = self.node.monotonicTimeMs()
      await trio.kill('n1')
      await self.sleep(ms)
      emit('not_yet', trio.notes())
      emit('failover', await trio.awaits(1))
      emit('waited', self.node.monotonicTimeMs() - sinceMs >= 2 * ms)
      emit('running', await trio.running('a'))
    },
  ),

  a_failover_that_fails_is_tried_by_nobody_else: scenario(
    ['D04'],
    ['distributed.who_is_lost_is_not_missed'],
    { ...inOrder, failsOn: ['n2'] },
    async (trio, emit, self) => {
      await begun(trio, 1)
      await trio.kill('n1')
      await self.sleep(4 * ms)
      emit('failover', trio.notes())
      emit('running', await trio.running('a'))
    },
    {
      differs: {
        'main:failover': { why: 'a-failover-goes-on', ours: '[["n3","start","a","normal"]]' },
        'main:running': { why: 'a-failover-goes-on', ours: '[false,true]' },
      },
    },
  ),

  what_ends_by_itself_is_not_lost: scenario(
    ['D04'],
    ['distributed.an_end_is_a_loss'],
    inOrder,
    async (trio, emit, self) => {
      await begun(trio, 1)
      await trio.end('n1', 'a')
      emit('notes', await trio.awaits(1))
      await self.sleep(2 * ms)
      emit('nothing', trio.notes())
      emit('running', await trio.running('a'))
      emit('started_again', await trio.start('n1', 'a'))
      emit('there', await trio.awaits(1))
    },
  ),

  a_node_that_stops_hands_over: scenario(
    ['D04'],
    ['distributed.who_is_lost_is_not_missed'],
    { ...inOrder, ...go },
    async (trio, emit) => {
      await begun(trio, 2)
      await trio.halt('n1')
      emit('notes', await trio.awaits(4))
    },
  ),

  back_in_time_it_runs_there_again: scenario(
    ['D05'],
    ['distributed.a_failover_waits_for_nobody'],
    { ...talk, timeoutMs: longMs },
    async (trio, emit, self) => {
      await begun(trio, 2)
      const sinceMs = self.node.monotonicTimeMs()
      const elapsedMs = () => self.node.monotonicTimeMs() - sinceMs
      await trio.kill('n1')
      await trio.boot('n1')
      emit('returned', await trio.start('n1', 'a'))
      emit('in_time', elapsedMs() < longMs)
      emit('notes', await trio.awaits(2))
      await self.sleep(Math.max(0, longMs + ms - elapsedMs()))
      emit('later', trio.notes())
      emit('running', await trio.running('a'))
    },
  ),

  an_equal_node_takes_nothing_over: scenario(
    ['D06'],
    ['distributed.whoever_starts_takes_over'],
    a({ nodes: [['n1', 'n2']] }),
    async (trio, emit) => {
      await trio.startAll('a')
      emit('first', await trio.awaits(1))
      await trio.kill('n1')
      emit('failover', await trio.awaits(1))
      await trio.boot('n1')
      emit('returned', await trio.start('n1', 'a'))
      emit('nothing', await trio.awaits(0))
      emit('running', await trio.running('a'))
    },
  ),

  a_node_that_begins_late_takes_over: scenario(
    ['D06'],
    ['distributed.a_takeover_stops_the_old_one_first'],
    two,
    async (trio, emit) => {
      emit('started', await trio.startAll('a'))
      emit('first', await trio.awaits(1))
      await trio.boot('n1')
      emit('late', await trio.start('n1', 'a'))
      emit('takeover', await trio.awaits(3))
      emit('again', await trio.start('n1', 'a'))
      emit('running', await trio.running('a'))
    },
    { without: ['n1'] },
  ),

  it_is_taken_over_by_hand: scenario(
    ['D07'],
    ['distributed.a_takeover_stops_the_old_one_first'],
    { ...inOrder, ...go },
    async (trio, emit) => {
      // Agner says apart that n2 has not been told to run it.
      const refused = await trio.takeover('n2', 'a')
      emit(
        'not_running',
        isDeepStrictEqual(refused, ['error', 'not_started']) ? ['error', 'not_running_distributed'] : refused,
      )
      await begun(trio, 2)
      emit('own', await trio.takeover('n1', 'a'))
      emit('taken', await trio.takeover('n3', 'a'))
      emit('notes', await trio.awaits(4))
      emit('running', await trio.running('a'))
      await trio.kill('n3')
      emit('failover', await trio.awaits(2))
    },
  ),

  a_permission_that_is_taken_moves_it: scenario(
    ['D07'],
    ['distributed.permissions_mean_nothing'],
    inOrder,
    async (trio, emit) => {
      await begun(trio, 1)
      emit('elsewhere', await trio.permit('n2', 'a', false))
      emit('nothing', await trio.awaits(0))
      emit('taken', await trio.permit('n1', 'a', false))
      emit('moved', await trio.awaits(3))
      emit('given', await trio.permit('n1', 'a', true))
      emit('back', await trio.awaits(3))
      emit('running', await trio.running('a'))
    },
  ),

  the_last_permission_stops_it: scenario(
    ['D07'],
    ['distributed.permissions_mean_nothing'],
    two,
    async (trio, emit) => {
      await begun(trio, 1)
      await trio.permit('n2', 'a', false)
      emit('taken', await trio.permit('n1', 'a', false))
      emit('stopped', await trio.awaits(2))
      emit('running', await trio.running('a'))
      emit('given', await trio.permit('n2', 'a', true))
      emit('there', await trio.awaits(1))
      emit('running_again', await trio.running('a'))
    },
    { without: ['n3'] },
  ),

  without_permission_a_start_waits: scenario(
    ['D07'],
    ['distributed.permissions_mean_nothing'],
    two,
    async (trio, emit) => {
      emit('started', await trio.startAll('a'))
      emit('nothing', await trio.awaits(0))
      emit('given', await trio.permit('n2', 'a', true))
      emit('there', await trio.awaits(1))
      emit('running', await trio.running('a'))
    },
    { n1: { permissions: { a: false } }, n2: { permissions: { a: false } }, n3: { permissions: { a: false } } },
  ),

  a_lost_node_without_permission_elsewhere_ends_it: scenario(
    ['D07', 'D04'],
    ['distributed.permissions_mean_nothing'],
    two,
    async (trio, emit, self) => {
      await begun(trio, 1)
      await trio.kill('n1')
      await self.sleep(2 * ms)
      emit('nothing', trio.notes())
      emit('given', await trio.permit('n2', 'a', true))
      emit('there', await trio.awaits(1))
    },
    { n2: { permissions: { a: false } } },
  ),

  a_stop_is_for_the_node_that_it_is_called_on: scenario(
    ['D08'],
    ['distributed.a_stop_fails_over'],
    inOrder,
    async (trio, emit, self) => {
      await begun(trio, 1)
      emit('elsewhere', await trio.stop('n3', 'a'))
      emit('untouched', await trio.awaits(0))
      emit('here', await trio.stop('n1', 'a'))
      emit('notes', await trio.awaits(2))
      await self.sleep(2 * ms)
      emit('nothing', trio.notes())
      emit('running', await trio.running('a'))
      emit('started_again', await trio.start('n1', 'a'))
      emit('there', await trio.awaits(1))
    },
  ),

  who_stopped_it_takes_no_part: scenario(
    ['D08'],
    ['distributed.a_stop_elsewhere_means_nothing'],
    inOrder,
    async (trio, emit) => {
      await begun(trio, 1)
      emit('stopped', await trio.stop('n2', 'a'))
      await trio.kill('n1')
      emit('failover', await trio.awaits(1))
      emit('running', await trio.running('a'))
      emit('started_again', await trio.start('n2', 'a'))
      emit('there', await trio.awaits(3))
    },
    {
      differs: {
        'main:failover': { why: 'who-stopped-is-not-waited-for', ours: '[["n3","start","a","normal"]]' },
        'main:running': { why: 'who-stopped-is-not-waited-for', ours: '[false,true]' },
        'main:there': {
          why: 'who-stopped-is-not-waited-for',
          ours: '[["n2","start","a",["takeover","n3"]],["n3","prep_stop","a"],["n3","stop","a"]]',
        },
      },
    },
  ),

  stopped_everywhere_it_stays_so: scenario(
    ['D08'],
    ['distributed.a_stop_is_a_loss'],
    inOrder,
    async (trio, emit, self) => {
      await begun(trio, 1)
      emit('stopped', await trio.all((short) => trio.stop(short, 'a')))
      emit('notes', await trio.awaits(2))
      await trio.kill('n1')
      await self.sleep(2 * ms)
      emit('nothing', trio.notes())
      emit('running', await trio.running('a'))
    },
  ),

  a_mandatory_node_must_be_there: scenario(
    ['D02'],
    ['distributed.nobody_is_mandatory'],
    two,
    async (trio, emit) => {
      const needs = { mandatory: [nameOf('n2')], optional: [] }
      emit('there', await trio.boots('n1', needs))
      await trio.kill('n2')
      emit('missing', await trio.boots('n3', needs))
    },
    { without: ['n1', 'n3'] },
  ),

  an_optional_node_may_be_missing: scenario(
    ['D02'],
    ['distributed.who_is_optional_is_waited_for'],
    two,
    async (trio, emit) => {
      emit('started', await trio.startAll('a'))
      emit('notes', trio.notes())
    },
    { without: ['n2', 'n3'] },
  ),

  both_sides_of_a_partition_run_it: scenario(
    ['D04'],
    ['distributed.who_is_lost_is_not_missed'],
    { ...two, ...go },
    async (trio, emit, self) => {
      await begun(trio, 2)
      await trio.cut('n1', 'n2')
      emit('failover', await trio.awaits(2))
      emit('both', await trio.running('a'))
      await trio.heal('n1', 'n2')
      await self.sleep(3 * ms)
      emit('healed', trio.notes())
      emit('running', await trio.running('a'))
    },
    {
      without: ['n3'],
      differs: {
        'main:healed': { why: 'one-side-after-a-heal', ours: '[["n2","prep_stop","a"],["n2","stop","a"]]' },
        'main:running': { why: 'one-side-after-a-heal', ours: '[true,false]' },
      },
    },
  ),

  tables_must_be_equal: scenario(
    ['D01'],
    ['distributed.tables_may_differ'],
    two,
    async (trio, emit) => {
      emit('first', await trio.start('n1', 'a'))
      emit('second', await trio.start('n2', 'a'))
      emit('notes', await trio.awaits(0))
    },
    {
      without: ['n3'],
      n2: { table: [a({ nodes: ['n2', 'n1'] })] },
      differs: {
        'main:first': { why: 'tables-that-differ', ours: '["error","table_mismatch"]' },
        'main:second': { why: 'tables-that-differ', ours: '["error","table_mismatch"]' },
        'main:notes': { why: 'tables-that-differ', ours: '[]' },
      },
    },
  ),
}

async function begun(trio: Trio, notes: number): Promise<void> {
  await trio.startAll('a')
  await trio.awaits(notes)
}
