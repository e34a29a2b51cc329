/**
 * What a process keeps, who leads it, what others can know of it, and what is told when it crashes.
 */
import { defineModule } from '../../../packages/core/src/index.ts'
import type { AnyPid, Pid, Process } from '../../../packages/core/src/index.ts'
import type { Topic } from '../scenario.ts'
import { is, isTuple } from '../stage.ts'

const waits = async (me: Process<unknown>): Promise<unknown> => me.receive(is('never'))

const inOrder = (a: unknown, b: unknown): number => String(a).localeCompare(String(b))

export const info: Topic = {
  the_dictionary: {
    items: ['P72'],
    faults: ['dictionary.hands_nothing_back', 'dictionary.never_forgets'],
    play: async (self, t) => {
      const { dictionary } = self
      t.emit(self, 'put', dictionary.put('a', 1))
      t.emit(self, 'put', dictionary.put('a', 2))
      t.emit(self, 'get', dictionary.get('a'))
      t.emit(self, 'get', dictionary.get('b'))
      dictionary.put('b', ['two'])
      t.emit(self, 'keys', dictionary.keys().toSorted(inOrder))
      t.emit(
        self,
        'all',
        dictionary.entries().toSorted(([a], [b]) => inOrder(a, b)),
      )
      t.emit(self, 'erase', dictionary.erase('a'))
      t.emit(self, 'erase', dictionary.erase('a'))
      t.emit(self, 'erase_all', [...dictionary.eraseAll()])
      t.emit(self, 'all', dictionary.entries())
    },
  },

  a_dictionary_is_private: {
    items: ['P72', 'P75'],
    faults: ['dictionary.is_shared'],
    play: async (self, t) => {
      self.dictionary.put('mine', 1)
      const react = (me: Process<unknown>, message: unknown) => {
        if (isTuple(message, 'put')) me.dictionary.put('theirs', message[1])
        else me.send(message as Pid<unknown>, me.dictionary.entries() as [string, unknown][])
      }
      const a = t.label('a', self.spawn(t.loop(react)))
      self.send(a, self.pid)
      t.emit(self, 'a', await self.receive())
      self.send(a, ['put', 2])
      self.send(a, self.pid)
      t.emit(self, 'a', await self.receive())
      t.emit(self, 'info', [...self.processInfo(a, ['dictionary'])!.dictionary])
      t.emit(self, 'mine', self.dictionary.entries())
    },
  },

  what_waits_can_be_seen: {
    items: ['P75', 'P76'],
    faults: ['info.counts_what_was_handled', 'info.shows_no_messages'],
    play: async (self, t) => {
      const a = t.label('a', self.spawn(waits))
      for (const part of [1, ['two'], { three: 3 }]) {
        self.send(a, part)
        const seen = self.processInfo(a, ['mailboxLength', 'messages'])!
        t.emit(self, 'seen', [seen.mailboxLength, seen.messages])
      }
    },
  },

  what_a_process_does_can_be_seen: {
    items: ['P75'],
    faults: ['info.everybody_waits', 'info.everybody_runs'],
    play: async (self, t) => {
      const a = t.label('a', self.spawn(t.echo()))
      await t.ping(self, a)
      await self.sleep(30)
      t.emit(self, 'a', self.processInfo(a, ['status'])?.status)
      t.emit(self, 'main', self.processInfo(self.pid, ['status'])?.status)
    },
  },

  what_a_process_was_spawned_as: {
    items: ['P75'],
    faults: ['info.calls_are_lost'],
    play: async (self, t) => {
      self.node.register(defineModule('info', '1', { waits }))
      const { pid } = await self.spawnAt(self.node.name, 'info', 'waits', null)
      t.label('a', pid)
      t.emit(self, 'initial_call', self.processInfo(pid)?.initialCall === 'info@1:waits')
      t.emit(self, 'parent', self.processInfo(pid)?.parent)
    },
  },

  of_the_dead_nothing_is_known: {
    items: ['P75'],
    faults: ['info.speaks_of_the_dead', 'info.knows_every_item'],
    play: async (self, t) => {
      const d = t.label(
        'd',
        self.spawnMonitor(async () => {}),
      )
      await t.reason(self, d)
      t.emit(self, 'all', self.processInfo(d.pid))
      t.emit(self, 'items', self.processInfo(d.pid, ['links']))
      t.emit(
        self,
        'no_item',
        t.attempt(() => self.processInfo(self.pid, ['colour' as 'name'])),
      )
    },
  },

  info_is_in_step_with_signals: {
    items: ['P76', 'P23'],
    faults: ['signals.are_not_fetched', 'link.is_one_way'],
    play: async (self, t) => {
      const a = t.label('a', self.spawn(waits))
      self.send(a, 'something')
      self.link(a)
      t.emit(self, 'links', self.processInfo(a)?.links)
      self.send(a, 'something')
      self.setGroupLeader(a, self.pid)
      t.emit(self, 'leader', self.processInfo(a)?.groupLeader)
      self.send(a, 'something')
      self.unlink(a)
      t.emit(self, 'links', self.processInfo(a)?.links)
      self.send(a, 'something')
      self.sendExit(a, 'stop')
      t.emit(self, 'dead', self.processInfo(a))
    },
  },

  a_group_leader_is_inherited: {
    items: ['P77'],
    faults: ['leader.is_not_inherited'],
    play: async (self, t) => {
      const l = t.label('l', self.spawn(t.echo()))
      self.setGroupLeader(self.pid, l)
      t.emit(self, 'mine', self.groupLeader)
      const tell = (depth: number): ((me: Process<unknown>) => unknown) => {
        return (me) => {
          me.send(self.pid, me.groupLeader)
          if (depth > 0) me.spawn(t.loop(() => null, tell(depth - 1)))
        }
      }
      self.spawn(t.loop(() => null, tell(1)))
      t.emit(self, 'child', await self.receive())
      t.emit(self, 'grandchild', await self.receive())
    },
  },

  a_group_leader_can_be_changed: {
    items: ['P77'],
    faults: ['leader.cannot_be_changed', 'leader.takes_the_children_along'],
    play: async (self, t) => {
      const [l, m] = [t.label('l', self.spawn(t.echo())), t.label('m', self.spawn(t.echo()))]
      self.setGroupLeader(self.pid, l)
      const react = (me: Process<unknown>, message: unknown) => {
        if (message === 'spawn') me.send(self.pid, me.spawn(t.echo()))
      }
      const a = t.label('a', self.spawn(t.loop(react)))
      const leaderOf = (pid: AnyPid) => self.processInfo(pid, ['groupLeader'])?.groupLeader
      self.send(a, 'spawn')
      const before = t.label('before', (await self.receive()) as Pid<unknown>)
      self.setGroupLeader(a, m)
      t.emit(self, 'a', leaderOf(a))
      self.send(a, 'spawn')
      const after = t.label('after', (await self.receive()) as Pid<unknown>)
      t.emit(self, 'before', leaderOf(before))
      t.emit(self, 'after', leaderOf(after))
      t.emit(self, 'main', self.groupLeader)
    },
  },

  a_group_leader_of_the_dead: {
    items: ['P77'],
    faults: ['leader.of_anybody'],
    play: async (self, t) => {
      const l = t.label('l', self.spawn(t.echo()))
      const d = t.label(
        'd',
        self.spawnMonitor(async () => {}),
      )
      await t.reason(self, d)
      t.emit(
        self,
        'dead',
        t.attempt(() => self.setGroupLeader(d.pid, l)),
      )
      t.emit(
        self,
        'no_pid',
        t.attempt(() => self.setGroupLeader(self.pid, 'foo' as never)),
      )
      // A leader may be dead: it only stands there.
      t.emit(
        self,
        'by_the_dead',
        t.attempt(() => self.setGroupLeader(l, d.pid)),
      )
      t.emit(self, 'leader', self.processInfo(l)?.groupLeader)
    },
  },

  what_is_told_of_a_crash: {
    items: ['P11', 'P72'],
    faults: ['crash.has_no_neighbours', 'crash.has_no_ancestors', 'crash.has_no_dictionary', 'crash.is_not_reported'],
    play: async (self, t) => {
      t.reports(self, (crash) => [
        'crash',
        crash.pid,
        crash.ancestors.map(({ pid }) => pid),
        crash.mailboxLength,
        [...crash.dictionary],
        crash.links,
        crash.trapsExits,
        crash.neighbours.map(({ pid }) => pid),
      ])
      const react = (me: Process<unknown>, message: unknown) => {
        if (isTuple(message, 'link')) me.link(message[1] as AnyPid)
        if (message === 'trap') me.trapExits(true)
        if (isTuple(message, 'ping')) me.send(message[1] as Pid<unknown>, ['pong', me.pid])
      }
      const make = (label: string): Pid<unknown> => t.label(label, self.spawn(t.loop(react)))
      const [near, far, traps, hidden] = [make('near'), make('far'), make('traps'), make('hidden')]
      self.send(near, ['link', far])
      self.send(traps, ['link', hidden])
      self.send(traps, 'trap')
      for (const pid of [near, traps]) await t.ping(self, pid)
      const child = async (me: Process<unknown>) => {
        me.dictionary.put('key', 'value')
        for (const pid of [near, traps]) me.link(pid)
        me.send(me.pid, 'one')
        me.send(me.pid, 'two')
        me.send(self.pid, me.pid)
        await me.receive(is('go'))
        throw new Error('boom')
      }
      const parent = t.label(
        'parent',
        self.spawn(async (me: Process<unknown>) => {
          me.spawn(child)
          await me.receive(is('never'))
        }),
      )
      const crashing = t.label('child', (await self.receive()) as Pid<unknown>)
      self.send(crashing, 'go')
      const crash = (await self.receive((message) => isTuple(message, 'crash'))) as unknown as unknown[]
      const [, pid, ancestors, waiting, dictionary, links, trapped, neighbours] = crash
      t.emit(self, 'pid', pid)
      t.emit(
        self,
        'ancestors',
        (ancestors as AnyPid[]).map((each) => [parent, self.pid].indexOf(each as never)),
      )
      t.emit(self, 'waiting', waiting)
      t.emit(self, 'dictionary', dictionary)
      t.emit(self, 'trapped', trapped)
      const among = (list: unknown) => [near, far, traps, hidden].map((each) => (list as AnyPid[]).includes(each))
      t.emit(self, 'links', among(links))
      t.emit(self, 'neighbours', among(neighbours))
    },
  },
}
