/**
 * Order of signals, what they do without a receive, copies, and what is left of the dead.
 */
import type { Pid, Process } from '../../../packages/core/src/index.ts'
import type { Topic } from '../scenario.ts'
import { is } from '../stage.ts'

const nothing = () => null
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)

async function take(self: Process<unknown>, count: number): Promise<unknown[]> {
  const messages: unknown[] = []
  while (messages.length < count) messages.push(await self.receive())
  return messages
}

export const signals: Topic = {
  signals_of_one_sender_keep_their_order: {
    items: ['P20', '9.6'],
    faults: ['exit.overtakes_messages', 'exit.overtaken_by_messages'],
    play: async (self, t) => {
      self.trapExits(true)
      const send = (me: Process<unknown>) => {
        me.send(self.pid, 1)
        me.sendExit(self.pid, 'x')
        me.send(self.pid, 2)
        me.send(self.pid, 3)
        me.sendExit(self.pid, 'y')
        me.sendExit(self.pid, 'normal')
        me.send(self.pid, 4)
      }
      t.label('a', self.spawn(t.loop(nothing, send)))
      t.emit(self, 'got', await take(self, 7))
    },
  },

  one_order_over_pid_name_and_alias: {
    items: ['P22', '9.6'],
    faults: ['alias.is_slower'],
    play: async (self, t) => {
      self.register('main')
      const targets = [self.pid, 'main', self.alias()] as const
      const send = (me: Process<unknown>) => {
        for (const part of numbers(30)) me.send(targets[part % 3]!, part)
      }
      t.label('a', self.spawn(t.loop(nothing, send)))
      t.emit(self, 'got', await take(self, 30))
    },
  },

  signals_act_on_one_who_never_receives: {
    items: ['P23'],
    faults: ['exit.waits_for_a_receive', 'link.is_one_way'],
    play: async (self, t) => {
      const a = t.label(
        'a',
        self.spawnMonitor(async (me: Process<unknown>) => me.receive(is('never'))),
      )
      for (const part of [1, 2, 3]) self.send(a.pid, part)
      const b = t.label('b', self.spawnMonitor(t.echo((me) => me.link(a.pid))))
      await t.ping(self, b.pid)
      t.emit(self, 'alive', self.isAlive(a.pid))
      self.sendExit(a.pid, 'stop')
      t.emit(self, 'a', await t.reason(self, a))
      t.emit(self, 'b', await t.reason(self, b))
    },
  },

  the_mailbox_length_is_in_step: {
    items: ['P76'],
    faults: ['info.counts_what_was_handled'],
    play: async (self, t) => {
      const a = t.label(
        'a',
        self.spawn(async (me: Process<unknown>) => me.receive(is('never'))),
      )
      const waiting = [1, 2, 3].map((part) => {
        self.send(a, part)
        return self.node.processInfo(a)?.mailboxLength
      })
      t.emit(self, 'waiting', waiting)
      self.sendExit(a, 'stop')
      await t.dead(self, a)
      t.emit(self, 'dead', self.node.processInfo(a))
    },
  },

  what_is_known_of_a_process: {
    items: ['P75'],
    faults: ['link.is_one_way', 'monitor.of_live_ones_is_lost'],
    play: async (self, t) => {
      self.trapExits(true)
      const b = t.label('b', self.spawn(t.echo()))
      const a = t.label(
        'a',
        self.spawnLink(async (me: Process<unknown>) => {
          me.register('server')
          me.trapExits(true)
          me.monitor(b)
          me.send(self.pid, 'ready')
          await me.receive(is('never'))
        }),
      )
      self.monitor(a)
      await self.receive(is('ready'))
      const info = self.node.processInfo(a)!
      t.emit(self, 'registered_name', info.name)
      t.emit(self, 'links', info.links)
      t.emit(
        self,
        'monitors',
        info.monitors.map((pid) => ['process', pid]),
      )
      t.emit(self, 'monitored_by', info.monitoredBy)
      t.emit(self, 'trap_exit', info.trapsExits)
      t.emit(self, 'message_queue_len', info.mailboxLength)
      t.emit(self, 'parent', info.parent)
    },
  },

  messages_are_copied: {
    items: ['P25', '9.22'],
    faults: ['send.shares'],
    play: async (self, t) => {
      const react = (me: Process<unknown>, message: unknown) => {
        t.emit(me, 'got', message)
        me.send(self.pid, message as object)
        ;(message as { list: number[] }).list.push(4)
      }
      const a = t.label('a', self.spawn(t.loop(react)))
      const message = { list: [1, 2], inner: { n: 1 } }
      self.send(a, message)
      message.list.push(3)
      message.inner.n = 2
      t.emit(self, 'back', await self.receive())
    },
  },

  the_list_of_processes: {
    items: ['P13'],
    faults: ['list.keeps_the_dead'],
    play: async (self, t) => {
      const a = t.label('a', self.spawnMonitor(t.echo()))
      t.emit(self, 'listed', self.node.processes().includes(a.pid))
      self.sendExit(a.pid, 'stop')
      await t.reason(self, a)
      t.emit(self, 'listed', self.node.processes().includes(a.pid))
    },
  },

  pids_are_not_used_again: {
    items: ['P07'],
    faults: ['pid.is_used_again'],
    play: async (self, t) => {
      const pids: Pid[] = []
      for (const _ of numbers(200)) {
        const made = self.spawnMonitor(async () => {})
        await t.reason(self, made)
        pids.push(made.pid)
      }
      t.emit(self, 'different', new Set(pids.map(String)).size)
      t.emit(self, 'alive', pids.filter((pid) => self.isAlive(pid)).length)
    },
  },

  the_killed_run_no_code: {
    items: ['P08', '9.22'],
    faults: ['death.rejects_what_waits'],
    play: async (self, t) => {
      const body = async (me: Process<unknown>) => {
        try {
          me.send(self.pid, 'ready')
          for (;;) {
            try {
              t.emit(me, 'got', await me.receive())
            } catch {
              t.emit(me, 'caught')
              break
            }
          }
        } finally {
          t.emit(me, 'cleanup')
        }
      }
      const a = t.label('a', self.spawnMonitor(body))
      await self.receive(is('ready'))
      self.sendExit(a.pid, 'kill')
      t.emit(self, 'a', await t.reason(self, a))
      self.send(a.pid, 'wake')
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  one_killed_while_it_sleeps_does_not_wake: {
    items: ['P08', '9.22'],
    faults: ['death.lets_sleepers_wake'],
    play: async (self, t) => {
      const react = async (me: Process<unknown>) => {
        me.send(self.pid, 'sleeping')
        await me.sleep(100)
        t.emit(me, 'woke')
        me.send(self.pid, 'woke')
      }
      const a = t.label('a', self.spawnMonitor(t.loop(react)))
      self.send(a.pid, 'go')
      await self.receive(is('sleeping'))
      self.sendExit(a.pid, 'kill')
      t.emit(self, 'a', await t.reason(self, a))
      t.emit(self, 'then', await t.quiet(self, 200))
    },
  },

  a_crash_is_reported_and_an_exit_is_not: {
    items: ['P11'],
    faults: ['crash.is_not_reported', 'crash.exits_are_reported'],
    play: async (self, t) => {
      t.reports(self)
      const fail = () => {
        throw new Error('boom')
      }
      const a = t.label('a', self.spawn(t.loop(nothing, fail)))
      t.emit(self, 'got', await self.receive())
      await t.dead(self, a)
      const b = t.label('b', self.spawnMonitor(t.loop(nothing, (me) => me.exit('bye'))))
      const c = t.label('c', self.spawnMonitor(t.echo()))
      self.sendExit(c.pid, 'kill')
      t.emit(self, 'b', await t.reason(self, b))
      t.emit(self, 'c', await t.reason(self, c))
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  one_that_grows_too_much_is_ended: {
    items: ['P74'],
    faults: ['limit.is_ignored'],
    differs: { 'main:a': { why: 'limit-of-messages', ours: '{mailboxOverflow:1000}' } },
    play: async (self, t) => {
      const body = async (me: Process<unknown>) => me.receive(is('never'))
      const a = t.label('a', self.spawnMonitor(body, { mailboxLimit: 1000 }))
      for (const _ of numbers(2000)) self.send(a.pid, [1, 2, 3])
      t.emit(self, 'a', await t.reason(self, a))
    },
  },

  one_who_is_busy_does_not_hold_up_the_others: {
    items: ['P100'],
    faults: ['turn.never_ends'],
    before: [['main:pong', 'a:last']],
    play: async (self, t) => {
      const last = 20_000
      const b = t.label('b', self.spawn(t.echo()))
      const react = (me: Process<unknown>, message: unknown) => {
        const count = message as number
        if (count === 1) me.send(self.pid, 'started')
        if (count < last) return me.send(me.pid, count + 1)
        t.emit(me, 'last')
        return me.send(self.pid, 'done')
      }
      t.label('a', self.spawn(t.loop(react, (me) => me.send(me.pid, 1))))
      await self.receive(is('started'))
      await t.ping(self, b)
      t.emit(self, 'pong')
      await self.receive(is('done'))
      t.emit(self, 'done')
    },
  },
}
