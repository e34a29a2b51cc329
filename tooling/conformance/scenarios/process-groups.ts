/**
 * Process groups of the judge and of other nodes.
 */
import type { AnyPid, Node, Pid, Process } from '../../../packages/core/src/index.ts'
import { startPg, type Pg, type PgChange } from '../../../packages/global/src/index.ts'
import type { Cluster, Short } from '../cluster.ts'
import type { Topic } from '../scenario.ts'
import type { Stage } from '../stage.ts'

const scope = 'groups_of_the_judge'

export const process_groups: Topic = {
  only_own_processes_join: {
    items: ['K01'],
    faults: ['pg.all_may_join'],
    play: async (self, t) => {
      const groups = await Groups.of(self, t, ['b'])
      const a = t.label('a', groups.idle('b'))
      t.emit(self, 'join', word(t.attempt(() => groups.here.join('g', a))))
      t.emit(self, 'leave', word(t.attempt(() => groups.here.leave('g', a))))
      t.emit(self, 'together', word(t.attempt(() => groups.here.join('g', [self.pid, a]))))
      t.emit(self, 'members', groups.here.getMembers('g'))
      t.emit(
        self,
        'there',
        t.attempt(() => groups.at('b').join('g', a)),
      )
    },
  },

  as_often_as_it_joined: {
    items: ['K01'],
    faults: ['pg.a_member_is_one_once', 'pg.one_leave_for_all'],
    play: async (self, t) => {
      const { here } = await Groups.of(self, t, [])
      const a = t.label('a', idle(self.node))
      here.join('g', a)
      here.join('g', [a, a])
      t.emit(self, 'members', here.getMembers('g'))
      t.emit(self, 'leave', here.leave('g', [a, a]))
      t.emit(self, 'left', here.getMembers('g'))
      t.emit(self, 'leave', here.leave('g', a))
      t.emit(self, 'leave', here.leave('g', a))
      t.emit(self, 'other', here.leave('h', a))
      here.join('g', a)
      t.emit(self, 'some', here.leave('g', [self.pid, a]))
      t.emit(self, 'groups', here.whichGroups())
    },
  },

  members_of_all_nodes: {
    items: ['K02'],
    faults: ['pg.only_own_members', 'pg.empty_groups_stay'],
    play: async (self, t) => {
      const groups = await Groups.of(self, t, ['b'])
      const { here } = groups
      await groups.cluster.connect('b')
      const a = t.label('a', idle(self.node))
      const b = t.label('b', groups.idle('b'))
      here.join('g', a)
      for (const group of ['g', 'g', 'h']) groups.at('b').join(group, b)
      t.emit(self, 'here', await groups.until(() => groups.are(here, { g: [a, b, b], h: [b] })))
      t.emit(self, 'there', await groups.until(() => groups.are(groups.at('b'), { g: [a, b, b], h: [b] })))
      t.emit(self, 'own', here.getLocalMembers('g'))
      t.emit(self, 'theirs', here.getLocalMembers('h'))
      t.emit(self, 'groups', here.whichGroups().toSorted())
      t.emit(self, 'own_groups', here.whichLocalGroups())
      t.emit(self, 'nobody', here.getMembers('nobody'))
      groups.at('b').leave('h', b)
      t.emit(self, 'gone', await groups.until(() => here.whichGroups().join() === 'g'))
    },
  },

  a_death_ends_all_memberships: {
    items: ['K04'],
    faults: ['pg.the_dead_stay'],
    play: async (self, t) => {
      const groups = await Groups.of(self, t, ['b'])
      const { here } = groups
      await groups.cluster.connect('b')
      const a = t.label('a', idle(self.node))
      here.join('g', [a, a])
      here.join('h', a)
      t.emit(self, 'there', await groups.until(() => groups.are(groups.at('b'), { g: [a, a], h: [a] })))
      self.sendExit(a, 'kill')
      await t.dead(self, a)
      t.emit(self, 'gone_there', await groups.until(() => groups.at('b').whichGroups().length === 0))
      t.emit(self, 'here', here.whichGroups())
      t.emit(self, 'leave', here.leave('g', a))
    },
  },

  the_dead_do_not_join: {
    items: ['K04'],
    faults: ['pg.the_dead_join'],
    differs: {
      'main:change': { why: 'the-dead-do-not-join', ours: '"nothing"' },
    },
    play: async (self, t) => {
      const { here } = await Groups.of(self, t, [])
      const a = t.label('a', idle(self.node))
      here.monitor(self, 'g')
      self.sendExit(a, 'kill')
      await t.dead(self, a)
      here.join('g', a)
      t.emit(self, 'change', await change(self, t, 50))
      t.emit(self, 'change', await change(self, t, 50))
      t.emit(self, 'members', here.getMembers('g').length === 0)
    },
  },

  scopes_are_apart: {
    items: ['K03'],
    faults: ['pg.scopes_are_one'],
    play: async (self, t) => {
      const groups = await Groups.of(self, t, [])
      const other = await self.wait(startPg(self.node, groups.cluster.distribution, { scope: 'another_scope' }))
      const a = t.label('a', idle(self.node))
      other.join('g', a)
      t.emit(self, 'here', groups.here.whichGroups())
      t.emit(self, 'other', other.whichGroups())
      await self.wait(other.stop())
      t.emit(self, 'join', word(t.attempt(() => other.join('g', a))))
    },
  },

  a_scope_that_restarts_has_lost_its_own_members: {
    items: ['K03'],
    faults: ['pg.a_restart_keeps_members'],
    play: async (self, t) => {
      const groups = await Groups.of(self, t, ['b'])
      const { here } = groups
      await groups.cluster.connect('b')
      const a = t.label('a', idle(self.node))
      const b = t.label('b', groups.idle('b'))
      here.join('g', a)
      groups.at('b').join('g', b)
      const all = (): boolean => groups.are(here, { g: [a, b] })
      t.emit(self, 'together', await groups.until(() => all() && groups.are(groups.at('b'), { g: [a, b] })))
      const { node } = groups.cluster.peer('b')
      node.sendExit(node.whereis(`@agner/global/pg/${scope}`)!, 'kill')
      t.emit(self, 'theirs_are_gone', await groups.until(() => groups.are(here, { g: [a] })))
      t.emit(self, 'ours_came_again', await groups.until(() => groups.are(groups.at('b'), { g: [a] })))
      groups.at('b').join('g', b)
      t.emit(self, 'joined_again', await groups.until(all))
    },
  },

  each_side_sees_its_own_and_a_heal_brings_all: {
    items: ['K05', '9.24'],
    faults: ['pg.lost_members_stay', 'pg.a_heal_brings_nothing', 'pg.a_heal_takes_away'],
    play: async (self, t) => {
      const groups = await Groups.of(self, t, ['b'])
      const { here } = groups
      const there = groups.at('b')
      await groups.cluster.connect('b')
      const a = t.label('a', idle(self.node))
      const b = t.label('b', groups.idle('b'))
      here.join('g', a)
      there.join('g', b)
      const both = { g: [a, b] }
      t.emit(self, 'together', await groups.until(() => groups.are(here, both) && groups.are(there, both)))
      await groups.cluster.cut(self, 'b')
      t.emit(self, 'here', await groups.until(() => groups.are(here, { g: [a] })))
      t.emit(self, 'there', await groups.until(() => groups.are(there, { g: [b] })))
      here.join('h', a)
      there.join('h', b)
      there.leave('g', b)
      await groups.cluster.connect('b')
      const healed = { g: [a], h: [a, b] }
      t.emit(self, 'all_here', await groups.until(() => groups.are(here, healed)))
      t.emit(self, 'all_there', await groups.until(() => groups.are(there, healed)))
    },
  },

  nothing_is_passed_on: {
    items: ['K05'],
    faults: ['pg.brings_all_together'],
    play: async (self, t) => {
      const groups = await Groups.of(self, t, ['b', 'o'])
      const [b, o] = [groups.at('b'), groups.at('o')]
      await groups.cluster.connect('b')
      await self.wait(groups.cluster.peer('b').distribution.connect(groups.cluster.peer('o').node.name))
      const far = t.label('o', groups.idle('o'))
      o.join('g', far)
      t.emit(self, 'next', await groups.until(() => b.getMembers('g').length === 1))
      const a = t.label('a', idle(self.node))
      groups.here.join('h', a)
      t.emit(self, 'our_next', await groups.until(() => b.getMembers('h').length === 1))
      t.emit(self, 'here', groups.here.whichGroups())
      t.emit(self, 'there', o.whichGroups())
    },
  },

  a_monitor_has_what_is_and_all_that_follows: {
    items: ['K06'],
    faults: ['pg.monitors_are_told_of_joins_only', 'pg.monitors_begin_late', 'pg.monitors_stay'],
    differs: { 'main:death': { why: 'a-death-is-one-change', ours: '[["leave","g",[<a>,<a>]]]' } },
    play: async (self, t) => {
      const groups = await Groups.of(self, t, ['b'])
      const { here } = groups
      await groups.cluster.connect('b')
      const a = t.label('a', idle(self.node))
      const b = t.label('b', groups.idle('b'))
      here.join('g', a)
      const { ref, members } = here.monitor(self, 'g')
      t.emit(self, 'members', members)
      here.join('g', [a, a])
      here.join('h', a)
      t.emit(self, 'change', await change(self, t))
      groups.at('b').join('g', b)
      t.emit(self, 'change', await change(self, t))
      here.leave('g', a)
      t.emit(self, 'change', await change(self, t))
      self.sendExit(a, 'kill')
      t.emit(self, 'death', [await change(self, t)])
      await groups.cluster.cut(self, 'b')
      t.emit(self, 'change', await change(self, t))
      t.emit(self, 'nothing', await t.quiet(self))
      t.emit(self, 'demonitor', here.demonitor(ref))
      t.emit(self, 'again', here.demonitor(ref))
      here.join('g', self.pid)
      t.emit(self, 'nothing', await t.quiet(self))
    },
  },

  a_monitor_of_the_scope_has_all_groups: {
    items: ['K06'],
    faults: ['pg.monitors_are_told_of_joins_only'],
    play: async (self, t) => {
      const groups = await Groups.of(self, t, ['b'])
      const { here } = groups
      const a = t.label('a', idle(self.node))
      const b = t.label('b', groups.idle('b'))
      here.join('g', a)
      groups.at('b').join('h', b)
      t.emit(self, 'groups', Object.fromEntries(here.monitorScope(self).groups))
      await groups.cluster.connect('b')
      t.emit(self, 'change', await change(self, t))
      groups.at('b').join('g', b)
      t.emit(self, 'change', await change(self, t))
      await groups.cluster.cut(self, 'b')
      const both = [await change(self, t), await change(self, t)]
      t.emit(
        self,
        'both',
        both.toSorted((one, other) => (String(one) < String(other) ? -1 : 1)),
      )
    },
  },
}

/** The scope on the scenario's own node, and on others. */
class Groups {
  readonly here: Pg
  readonly cluster: Cluster
  readonly #self: Process<unknown>
  readonly #peers: ReadonlyMap<Short, Pg>

  private constructor(self: Process<unknown>, cluster: Cluster, here: Pg, peers: ReadonlyMap<Short, Pg>) {
    this.#self = self
    this.cluster = cluster
    this.here = here
    this.#peers = peers
  }

  static async of(self: Process<unknown>, t: Stage, shorts: readonly Short[]): Promise<Groups> {
    const cluster = await t.cluster(self, shorts)
    const peers = new Map<Short, Pg>()
    for (const short of shorts) {
      const { node, distribution } = cluster.peer(short)
      peers.set(short, await self.wait(startPg(node, distribution, { scope })))
    }
    return new Groups(self, cluster, await self.wait(startPg(self.node, cluster.distribution, { scope })), peers)
  }

  at(short: Short): Pg {
    return this.#peers.get(short)!
  }

  idle(short: Short): Pid {
    return idle(this.cluster.peer(short).node)
  }

  until(isSo: () => boolean): Promise<boolean> {
    return this.cluster.until(this.#self, isSo)
  }

  /** Whether these groups have exactly these members. */
  are(pg: Pg, wanted: Readonly<Record<string, readonly AnyPid[]>>): boolean {
    const inOrder = (pids: readonly AnyPid[]): string => pids.map(String).toSorted().join()
    return Object.entries(wanted).every(([group, pids]) => inOrder(pg.getMembers(group)) === inOrder(pids))
  }
}

function idle(node: Node): Pid {
  return node.spawn<never>(async (it) => it.sleep(1e9))
}

/** What a monitor is told next, as pg says it. */
async function change(self: Process<unknown>, t: Stage, timeoutMs = 2000): Promise<unknown> {
  const told = (await t.quiet(self, timeoutMs)) as PgChange
  return typeof told === 'object' ? [told.type === 'pgJoin' ? 'join' : 'leave', told.group, told.pids] : told
}

/** pg raises with the pid. */
function word(attempted: unknown): unknown {
  return typeof attempted === 'object' && attempted !== null && 'raised' in attempted ? attempted.raised : attempted
}
