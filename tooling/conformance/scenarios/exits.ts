/**
 * Exit reasons and exit signals.
 */
import type { Pid, Process } from '../../../packages/core/src/index.ts'
import type { Topic } from '../scenario.ts'
import { is, isTuple, isType } from '../stage.ts'

const nothing = () => null

export const exits: Topic = {
  how_a_body_ends_is_its_reason: {
    items: ['P10'],
    faults: ['exit.reason_is_text'],
    play: async (self, t) => {
      const bodies = {
        returns: async () => 'done',
        exits: t.loop(nothing, (me) => me.exit('bye')),
        exits_with_data: t.loop(nothing, (me) => me.exit(['bye', 1])),
        shuts_down: t.loop(nothing, (me) => me.exit({ shutdown: 'why' })),
        fails: t.loop(nothing, () => {
          throw new Error('boom')
        }),
      }
      for (const [how, body] of Object.entries(bodies)) {
        t.emit(self, how, await t.reason(self, t.label(how, self.spawnMonitor(body))))
      }
    },
  },

  a_thrown_term: {
    items: ['P10'],
    faults: ['exit.reason_is_text'],
    differs: { 'main:thrown': { why: 'thrown-values', ours: '["ball"]' } },
    play: async (self, t) => {
      const body = t.loop(nothing, () => {
        throw ['ball'] as unknown
      })
      t.emit(self, 'thrown', await t.reason(self, t.label('a', self.spawnMonitor(body))))
    },
  },

  a_body_that_fails_at_once: {
    items: ['P01', 'P02'],
    faults: ['spawn.runs_inline'],
    play: async (self, t) => {
      const body = t.loop(nothing, () => {
        throw new Error('boom')
      })
      const made = t.label('a', self.spawnMonitor(body))
      t.emit(self, 'spawned', String(made.pid).length > 0)
      t.emit(self, 'reason', await t.reason(self, made))
    },
  },

  killed_is_dead_at_once: {
    items: ['P12'],
    faults: ['signals.are_not_fetched'],
    play: async (self, t) => {
      const a = t.label('a', self.spawn(t.echo()))
      await t.ping(self, a)
      t.emit(self, 'alive', self.isAlive(a))
      self.sendExit(a, 'kill')
      t.emit(self, 'alive', self.isAlive(a))
    },
  },

  normal_over_a_link_touches_nobody: {
    items: ['P34', '9.5'],
    faults: ['link.normal_kills', 'link.normal_is_silent'],
    play: async (self, t) => {
      self.trapExits(true)
      const b = t.label('b', self.spawn(t.echo()))
      const linkBoth = (me: Process<unknown>) => {
        me.link(b)
        me.link(self.pid)
      }
      const a = t.label('a', self.spawn(t.loop((me, message) => message === 'go' && me.exit(), linkBoth)))
      self.send(a, 'go')
      t.emit(self, 'exit', await self.receive(isType('exit')))
      t.emit(self, 'then', await t.quiet(self))
      await t.ping(self, b)
      t.emit(self, 'b_lives')
    },
  },

  exit_normal_from_another_does_nothing: {
    items: ['P35', '9.5'],
    faults: ['exit.normal_kills', 'exit.normal_is_never_told'],
    play: async (self, t) => {
      const a = t.label('a', self.spawn(t.echo()))
      self.sendExit(a, 'normal')
      await t.ping(self, a)
      t.emit(self, 'a_lives')
      const b = t.label(
        'b',
        self.spawnMonitor(async (me: Process<unknown>) => {
          me.trapExits(true)
          me.send(self.pid, 'ready')
          t.emit(me, 'got', await me.receive())
        }),
      )
      await self.receive(is('ready'))
      self.sendExit(b.pid, 'normal')
      t.emit(self, 'b', await t.reason(self, b))
    },
  },

  exit_normal_to_itself_ends_it: {
    items: ['P35', '9.5'],
    faults: ['exit.normal_to_itself_is_ignored'],
    play: async (self, t) => {
      const a = t.label(
        'a',
        self.spawnMonitor(async (me: Process<unknown>) => {
          me.sendExit(me.pid, 'normal')
          await me.receive({ timeoutMs: 0 })
          t.emit(me, 'still_here')
        }),
      )
      t.emit(self, 'a', await t.reason(self, a))
      const exitWhenTold = (me: Process<unknown>, message: unknown) => {
        t.emit(me, 'got', message)
        me.exit('done')
      }
      const start = (me: Process<unknown>) => {
        me.trapExits(true)
        me.sendExit(me.pid, 'normal')
      }
      const b = t.label('b', self.spawnMonitor(t.loop(exitWhenTold, start)))
      t.emit(self, 'b', await t.reason(self, b))
    },
  },

  kill_cannot_be_trapped_and_is_told_as_killed: {
    items: ['P36', '9.4'],
    faults: ['kill.can_be_trapped', 'kill.is_not_converted'],
    play: async (self, t) => {
      self.trapExits(true)
      const start = (me: Process<unknown>) => {
        me.trapExits(true)
        t.emit(me, 'ready')
      }
      const react = (me: Process<unknown>, message: unknown) => {
        if (isTuple(message, 'ping')) me.send(message[1] as Pid<unknown>, ['pong', me.pid])
        else t.emit(me, 'got', message)
      }
      const a = t.label('a', self.spawnLink(t.loop(react, start)))
      self.monitor(a)
      await t.ping(self, a)
      self.sendExit(a, 'kill')
      t.emit(self, 'exit', await self.receive(isType('exit')))
      t.emit(self, 'down', await self.receive(isType('down')))
    },
  },

  a_process_that_exits_with_kill_is_not_told_as_killed: {
    items: ['P37', '9.4'],
    faults: ['link.kill_is_converted', 'link.kill_cannot_be_trapped'],
    play: async (self, t) => {
      self.trapExits(true)
      const b = t.label('b', self.spawnMonitor(t.echo()))
      const linkBoth = (me: Process<unknown>) => {
        me.link(b.pid)
        me.link(self.pid)
      }
      const a = t.label('a', self.spawnMonitor(t.loop((me) => me.exit('kill'), linkBoth)))
      self.send(a.pid, 'go')
      t.emit(self, 'a', await t.reason(self, a))
      t.emit(self, 'b', await t.reason(self, b))
      t.emit(self, 'exit', await self.receive(isType('exit')))
    },
  },

  exit_reaches_one_who_traps_as_a_message: {
    items: ['P38'],
    faults: ['exit.from_nobody', 'exit.trapping_does_not_count'],
    play: async (self, t) => {
      const react = (me: Process<unknown>, message: unknown) => {
        if (isTuple(message, 'ping')) return me.send(message[1] as Pid<unknown>, ['pong', me.pid])
        t.emit(me, 'got', message)
        return me.exit()
      }
      const a = t.label('a', self.spawnMonitor(t.loop(react, (me) => me.trapExits(true))))
      await t.ping(self, a.pid)
      self.sendExit(a.pid, ['because', 1])
      t.emit(self, 'a', await t.reason(self, a))
    },
  },

  exit_ends_one_who_does_not_trap: {
    items: ['P38', 'P23'],
    faults: ['exit.waits_for_a_receive'],
    play: async (self, t) => {
      const a = t.label('a', self.spawnMonitor(t.echo()))
      await t.ping(self, a.pid)
      self.sendExit(a.pid, ['because', 1])
      t.emit(self, 'a', await t.reason(self, a))
    },
  },

  trapping_is_looked_up_when_the_signal_is_handled: {
    items: ['P39', '9.6'],
    faults: ['exit.overtaken_by_messages'],
    play: async (self, t) => {
      const react = (me: Process<unknown>, message: unknown) => {
        if (isTuple(message, 'ping')) me.send(message[1] as Pid<unknown>, ['pong', me.pid])
        else if (message === 'trap') {
          me.trapExits(true)
          t.emit(me, 'traps')
        } else t.emit(me, 'got', message)
      }
      const a = t.label('a', self.spawnMonitor(t.loop(react)))
      await t.ping(self, a.pid)
      self.sendExit(a.pid, 'stop')
      self.send(a.pid, 'trap')
      t.emit(self, 'a', await t.reason(self, a))
    },
  },

  an_exit_in_the_mailbox_outlives_trapping: {
    items: ['P40'],
    faults: ['exit.trapping_off_clears_the_mailbox'],
    play: async (self, t) => {
      self.trapExits(true)
      const a = t.label('a', self.spawnLink(t.loop(nothing, (me) => me.exit('done'))))
      await t.dead(self, a)
      await self.sleep(30)
      t.emit(self, 'trapped', self.trapExits(false))
      t.emit(self, 'mailbox', await t.collect(self))
    },
  },

  an_exit_goes_down_a_chain_of_links: {
    items: ['P30'],
    faults: ['link.is_one_way', 'link.reason_is_lost'],
    play: async (self, t) => {
      const last = t.label('last', self.spawnMonitor(t.echo()))
      let first: Pid<unknown> = last.pid
      for (let index = 0; index < 20; index++) {
        const next = first
        first = self.spawn(t.echo((me) => me.link(next)))
      }
      await t.ping(self, first)
      await self.sleep(30)
      self.sendExit(first, 'boom')
      t.emit(self, 'last', await t.reason(self, last))
    },
  },

  kill_to_itself: {
    items: ['P36', '9.4'],
    faults: ['kill.can_be_trapped', 'kill.is_not_converted'],
    play: async (self, t) => {
      const body = async (me: Process<unknown>) => {
        me.trapExits(true)
        me.sendExit(me.pid, 'kill')
        await me.receive({ timeoutMs: 0 })
        t.emit(me, 'still_here')
      }
      t.emit(self, 'a', await t.reason(self, t.label('a', self.spawnMonitor(body))))
    },
  },

  exit_to_itself_while_trapping: {
    items: ['P35', 'P38'],
    faults: ['exit.trapping_does_not_count'],
    play: async (self, t) => {
      const react = (me: Process<unknown>, message: unknown) => {
        t.emit(me, 'got', message)
        me.exit()
      }
      const start = (me: Process<unknown>) => {
        me.trapExits(true)
        me.sendExit(me.pid, 'why')
      }
      t.emit(self, 'a', await t.reason(self, t.label('a', self.spawnMonitor(t.loop(react, start)))))
    },
  },

  an_exit_that_is_caught: {
    items: ['P10'],
    faults: ['exit.reason_is_lost'],
    differs: {
      'a:goes_on': { why: 'exit-is-final', ours: null },
      'main:a': { why: 'exit-is-final', ours: '"bye"' },
    },
    play: async (self, t) => {
      const body = async (me: Process<unknown>) => {
        try {
          me.exit('bye')
        } catch {
          await me.receive({ timeoutMs: 0 })
        }
        t.emit(me, 'goes_on')
      }
      t.emit(self, 'a', await t.reason(self, t.label('a', self.spawnMonitor(body))))
    },
  },

  an_error_over_a_link: {
    items: ['P10', 'P30'],
    faults: ['link.reason_is_lost', 'exit.reason_is_text'],
    play: async (self, t) => {
      self.trapExits(true)
      const b = t.label('b', self.spawnMonitor(t.echo()))
      const body = async (me: Process<unknown>) => {
        me.link(b.pid)
        me.link(self.pid)
        await me.sleep(10)
        throw new Error('boom')
      }
      t.label('a', self.spawn(body))
      t.emit(self, 'exit', await self.receive(isType('exit')))
      t.emit(self, 'b', await t.reason(self, b))
    },
  },
}
