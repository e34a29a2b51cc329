/**
 * Links: both ways, a set, and no exit after unlink.
 */
import { timedOut } from '../../../packages/core/src/index.ts'
import type { AnyPid, Exit, Process } from '../../../packages/core/src/index.ts'
import type { Topic } from '../scenario.ts'
import { isTuple, isType } from '../stage.ts'

const nothing = () => null
const exitOf =
  (pid: AnyPid) =>
  (message: unknown): boolean =>
    isType('exit')(message) && (message as Exit).from === pid

export const links: Topic = {
  a_link_is_a_set: {
    items: ['P30', '9.8'],
    faults: ['link.is_counted'],
    play: async (self, t) => {
      self.trapExits(true)
      const a = t.label('a', self.spawnMonitor(t.echo()))
      self.link(a.pid)
      self.link(a.pid)
      self.unlink(a.pid)
      self.sendExit(a.pid, 'stop')
      t.emit(self, 'a', await t.reason(self, a))
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  a_link_goes_both_ways: {
    items: ['P30'],
    faults: ['link.is_one_way'],
    play: async (self, t) => {
      const a = t.label('a', self.spawnMonitor(t.echo()))
      const b = t.label('b', self.spawnMonitor(t.echo((me) => me.link(a.pid))))
      await t.ping(self, b.pid)
      self.sendExit(a.pid, 'first')
      t.emit(self, 'b', await t.reason(self, b))
      const c = t.label('c', self.spawnMonitor(t.echo()))
      const d = t.label('d', self.spawnMonitor(t.echo((me) => me.link(c.pid))))
      await t.ping(self, d.pid)
      await t.ping(self, c.pid)
      self.sendExit(d.pid, 'second')
      t.emit(self, 'c', await t.reason(self, c))
    },
  },

  spawn_link_and_monitor_miss_no_death: {
    items: ['P02'],
    faults: ['spawn.link_comes_later'],
    play: async (self, t) => {
      self.trapExits(true)
      const quick = t.loop(nothing, (me) => me.exit('quick'))
      t.label('a', self.spawnLink(quick))
      const b = t.label('b', self.spawnMonitor(quick))
      t.emit(self, 'exit', await self.receive(isType('exit')))
      t.emit(self, 'b', await t.reason(self, b))
    },
  },

  linked_and_monitored_at_birth: {
    items: ['P03'],
    faults: ['spawn.link_comes_later', 'monitor.excludes_link'],
    play: async (self, t) => {
      self.trapExits(true)
      const a = t.label('a', self.spawnLink(t.loop(nothing, (me) => me.exit('quick'))))
      self.monitor(a)
      t.emit(self, 'exit', await self.receive(isType('exit')))
      t.emit(self, 'down', await self.receive(isType('down')))
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  linking_to_the_dead_while_trapping: {
    items: ['P31'],
    faults: ['link.to_the_dead_is_silent'],
    play: async (self, t) => {
      self.trapExits(true)
      const a = t.label(
        'a',
        self.spawnMonitor(async () => {}),
      )
      await t.reason(self, a)
      t.emit(
        self,
        'link',
        t.attempt(() => self.link(a.pid)),
      )
      t.emit(self, 'got', await t.quiet(self))
    },
  },

  linking_to_the_dead_without_trapping: {
    items: ['P31'],
    faults: ['link.to_the_dead_is_silent'],
    differs: {
      'b:link': { why: 'link-to-the-dead', ours: 'true' },
      'main:b': { why: 'link-to-the-dead', ours: '"noproc"' },
    },
    play: async (self, t) => {
      const a = t.label(
        'a',
        self.spawnMonitor(async () => {}),
      )
      await t.reason(self, a)
      const b = t.label(
        'b',
        self.spawnMonitor(async (me: Process<unknown>) => {
          t.emit(
            me,
            'link',
            t.attempt(() => me.link(a.pid)),
          )
          await me.sleep(20)
        }),
      )
      t.emit(self, 'b', await t.reason(self, b))
    },
  },

  no_exit_comes_after_unlink: {
    items: ['P32'],
    faults: ['link.exit_ignores_unlink', 'unlink.does_nothing'],
    play: async (self, t) => {
      self.trapExits(true)
      const a = t.label('a', self.spawnMonitor(t.echo()))
      self.link(a.pid)
      await t.ping(self, a.pid)
      self.unlink(a.pid)
      self.sendExit(a.pid, 'stop')
      t.emit(self, 'a', await t.reason(self, a))
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  an_exit_in_the_mailbox_outlives_unlink: {
    items: ['P32'],
    faults: ['unlink.clears_the_mailbox'],
    play: async (self, t) => {
      self.trapExits(true)
      const a = t.label('a', self.spawnLink(t.loop(nothing, (me) => me.exit('done'))))
      await t.dead(self, a)
      await self.sleep(30)
      self.unlink(a)
      t.emit(self, 'mailbox', await t.collect(self))
    },
  },

  unlink_and_flush_leave_no_exit: {
    items: ['P32', 'P33', '9.3'],
    faults: ['link.exit_ignores_unlink'],
    play: async (self, t) => {
      self.trapExits(true)
      let strays = 0
      for (let round = 1; round <= 30; round++) {
        const a = self.spawnLink(t.loop((me) => me.exit('done')))
        self.monitor(a)
        self.send(a, 'go')
        for (let turn = 0; turn < round % 5; turn++) await Promise.resolve()
        self.unlink(a)
        await self.receive(exitOf(a), { timeoutMs: 0 })
        await self.receive(isType('down'))
        if ((await self.receive(exitOf(a), { timeoutMs: 2 })) !== timedOut) strays++
      }
      t.emit(self, 'strays', strays)
    },
  },

  linking_again_after_unlink_counts: {
    items: ['P33', '9.3'],
    faults: ['link.again_waits_for_the_ack'],
    play: async (self, t) => {
      self.trapExits(true)
      const a = t.label('a', self.spawnMonitor(t.echo()))
      self.link(a.pid)
      self.send(a.pid, 'keeps_it_busy')
      self.unlink(a.pid)
      self.link(a.pid)
      self.sendExit(a.pid, 'stop')
      t.emit(self, 'exit', await self.receive(isType('exit')))
      t.emit(self, 'a', await t.reason(self, a))
    },
  },

  both_sides_unlink_and_link_again: {
    items: ['P33', '9.3'],
    faults: ['link.again_waits_for_the_ack', 'unlink.any_ack_will_do'],
    play: async (self, t) => {
      self.trapExits(true)
      const toAndFro = (me: Process<unknown>, other: AnyPid) => {
        me.unlink(other)
        me.link(other)
        me.unlink(other)
        me.link(other)
      }
      let exits = 0
      for (let round = 0; round < 20; round++) {
        const a = self.spawnLink(
          t.loop((me, message) => {
            if (message === 'stop') me.exit('done')
            toAndFro(me, self.pid)
            me.send(self.pid, ['pong', me.pid])
          }),
        )
        self.send(a, 'go')
        toAndFro(self, a)
        await self.receive((message) => isTuple(message, 'pong'))
        self.send(a, 'stop')
        if ((await self.receive(exitOf(a), { timeoutMs: 500 })) !== timedOut) exits++
      }
      t.emit(self, 'exits', exits)
    },
  },

  unlink_then_link_to_one_who_dies: {
    items: ['P31', 'P33'],
    faults: ['link.to_the_dead_is_silent'],
    play: async (self, t) => {
      self.trapExits(true)
      const a = t.label('a', self.spawnLink(t.echo()))
      self.sendExit(a, 'stop')
      await t.dead(self, a)
      await self.sleep(30)
      t.emit(self, 'first', await t.collect(self))
      self.unlink(a)
      self.link(a)
      t.emit(self, 'second', await t.quiet(self))
    },
  },

  linking_to_itself: {
    items: ['P30'],
    faults: ['link.to_itself_is_kept'],
    play: async (self, t) => {
      const body = async (me: Process<unknown>) => {
        t.emit(
          me,
          'link',
          t.attempt(() => me.link(me.pid)),
        )
        t.emit(me, 'links', me.node.processInfo(me.pid)?.links.length)
        t.emit(
          me,
          'unlink',
          t.attempt(() => me.unlink(me.pid)),
        )
        me.exit('done')
      }
      t.emit(self, 'a', await t.reason(self, t.label('a', self.spawnMonitor(body))))
    },
  },

  exit_from_one_who_was_unlinked: {
    items: ['P32', 'P38'],
    faults: ['exit.from_nobody'],
    play: async (self, t) => {
      self.trapExits(true)
      const a = t.label('a', self.spawnLink(t.loop((me) => me.sendExit(self.pid, 'anyway'))))
      self.unlink(a)
      self.send(a, 'go')
      t.emit(self, 'got', await t.quiet(self, 5000))
    },
  },

  exit_from_one_who_stays_linked: {
    items: ['P38', 'P20'],
    faults: ['exit.ends_the_link'],
    play: async (self, t) => {
      self.trapExits(true)
      const react = (me: Process<unknown>) => {
        me.sendExit(self.pid, 'one')
        me.exit('two')
      }
      const a = t.label('a', self.spawnLink(t.loop(react)))
      self.send(a, 'go')
      t.emit(self, 'first', await t.quiet(self, 5000))
      t.emit(self, 'second', await t.quiet(self, 5000))
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  who_is_linked: {
    items: ['P30', 'P75'],
    faults: ['unlink.does_nothing', 'unlink.is_one_way'],
    play: async (self, t) => {
      const a = t.label('a', self.spawn(t.echo()))
      const links = () => self.node.processInfo(self.pid)?.links
      self.link(a)
      t.emit(self, 'linked', links())
      self.unlink(a)
      t.emit(self, 'unlinked', links())
      await t.ping(self, a)
      t.emit(self, 'others', self.node.processInfo(a)?.links)
    },
  },
}
