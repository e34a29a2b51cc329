/**
 * Aliases, and the calls that stand on them.
 */
import { reply, Request, type Alias, type Process } from '../../../packages/core/src/index.ts'
import type { Topic } from '../scenario.ts'
import { is, isTuple, type Body, type Stage } from '../stage.ts'

/** Hands each request to `serve`, and answers pings. */
function server(t: Stage, serve: (me: Process<unknown>, request: Request<unknown, unknown>) => void): Body {
  return t.loop((me, message) => {
    if (message instanceof Request) serve(me, message as Request<unknown, unknown>)
    else if (isTuple(message, 'ping')) me.send(message[1] as Process<unknown>['pid'], ['pong', me.pid])
  })
}

export const aliases: Topic = {
  an_alias_is_sent_to_until_it_ends: {
    items: ['P55'],
    faults: ['alias.outlives_unalias'],
    play: async (self, t) => {
      const alias = self.alias()
      self.send(alias, 'one')
      t.emit(self, 'got', await self.receive())
      t.emit(self, 'ended', self.unalias(alias))
      t.emit(self, 'again', self.unalias(alias))
      self.send(alias, 'two')
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  an_alias_for_one_reply: {
    items: ['P55'],
    faults: ['alias.once_is_for_ever'],
    play: async (self, t) => {
      const alias = self.alias({ once: true })
      const send = (me: Process<unknown>) => [1, 2, 3].forEach((part) => me.send(alias, part))
      t.label('a', self.spawn(t.loop(() => null, send)))
      t.emit(self, 'got', await t.quiet(self))
      t.emit(self, 'then', await t.quiet(self))
      t.emit(self, 'ended', self.unalias(alias))
    },
  },

  a_monitor_and_its_alias_end_with_one_reply: {
    items: ['P56'],
    faults: ['alias.of_a_monitor_stays'],
    play: async (self, t) => {
      const a = t.label('a', self.spawn(t.echo()))
      const alias = self.monitor(a, { alias: 'replyDemonitor' })
      const send = (me: Process<unknown>) => ['one', 'two'].forEach((part) => me.send(alias, part))
      t.label('b', self.spawn(t.loop(() => null, send)))
      t.emit(self, 'got', await self.receive())
      t.emit(self, 'then', await t.quiet(self))
      t.emit(self, 'demonitored', self.demonitor(alias))
      self.sendExit(a, 'stop')
      t.emit(self, 'later', await t.quiet(self))
    },
  },

  an_alias_ends_with_its_monitor: {
    items: ['P56'],
    faults: ['alias.of_a_monitor_stays'],
    play: async (self, t) => {
      const a = t.label('a', self.spawn(t.echo()))
      const alias = self.monitor(a, { alias: 'demonitor' })
      self.send(alias, 'one')
      self.send(alias, 'two')
      t.emit(self, 'got', [await self.receive(), await self.receive()])
      t.emit(self, 'demonitored', self.demonitor(alias))
      t.emit(self, 'again', self.demonitor(alias))
      t.emit(self, 'ended', self.unalias(alias))
      self.send(alias, 'late')
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  an_alias_ends_with_the_down: {
    items: ['P56'],
    faults: ['alias.of_a_monitor_stays'],
    play: async (self, t) => {
      const a = t.label('a', self.spawn(t.echo()))
      const alias = self.monitor(a, { alias: 'demonitor' })
      self.sendExit(a, 'stop')
      t.emit(self, 'down', await self.receive())
      self.send(alias, 'late')
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  an_alias_outlives_its_monitor: {
    items: ['P56'],
    faults: ['alias.of_a_monitor_always_ends'],
    play: async (self, t) => {
      const a = t.label('a', self.spawn(t.echo()))
      const alias = self.monitor(a, { alias: 'explicitUnalias' })
      t.emit(self, 'demonitored', self.demonitor(alias))
      self.send(alias, 'still')
      t.emit(self, 'got', await t.quiet(self))
      t.emit(self, 'ended', self.unalias(alias))
      self.send(alias, 'late')
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  an_alias_outlives_the_down: {
    items: ['P56'],
    faults: ['alias.of_a_monitor_always_ends'],
    play: async (self, t) => {
      const a = t.label('a', self.spawn(t.echo()))
      const alias = self.monitor(a, { alias: 'explicitUnalias' })
      self.sendExit(a, 'stop')
      t.emit(self, 'down', await t.quiet(self, 5000))
      self.send(alias, 'still')
      t.emit(self, 'got', await t.quiet(self, 5000))
      t.emit(self, 'demonitored', self.demonitor(alias))
      t.emit(self, 'ended', self.unalias(alias))
    },
  },

  unalias_leaves_the_monitor: {
    items: ['P56'],
    faults: ['alias.takes_its_monitor_along'],
    play: async (self, t) => {
      const ends: [string, 'explicitUnalias' | 'demonitor' | 'replyDemonitor'][] = [
        ['explicit_unalias', 'explicitUnalias'],
        ['demonitor', 'demonitor'],
        ['reply_demonitor', 'replyDemonitor'],
      ]
      for (const [what, mode] of ends) {
        const a = t.label(what, self.spawn(t.echo()))
        const alias = self.monitor(a, { alias: mode })
        t.emit(self, what, self.unalias(alias))
        self.send(alias, 'late')
        self.sendExit(a, 'stop')
        t.emit(self, what, await t.quiet(self, 5000))
      }
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  of_itself_there_is_no_alias_either: {
    items: ['P51', 'P56'],
    faults: ['alias.of_itself_counts'],
    play: async (self, t) => {
      for (const alias of ['explicitUnalias', 'demonitor', 'replyDemonitor'] as const) {
        const ref = self.monitor(self.pid, { alias })
        self.send(ref, 'hello')
        t.emit(self, 'ended', self.unalias(ref))
      }
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  what_is_under_way_when_its_monitor_ends_is_lost: {
    items: ['P56', 'P57', 'P58'],
    faults: ['alias.is_checked_at_send', 'alias.of_a_monitor_stays'],
    play: async (self, t) => {
      const a = t.label('a', self.spawn(t.echo()))
      const alias = self.monitor(a, { alias: 'demonitor' })
      self.send(alias, 'lost')
      t.emit(self, 'demonitored', self.demonitor(alias))
      t.emit(self, 'mailbox', await t.collect(self))
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  what_came_through_an_alias_outlives_it: {
    items: ['P57'],
    faults: ['alias.end_clears_the_mailbox'],
    play: async (self, t) => {
      const alias = self.alias()
      const send = (me: Process<unknown>) => {
        me.send(alias, 'kept')
        me.send(self.pid, 'done')
      }
      t.label('a', self.spawn(t.loop(() => null, send)))
      await self.receive(is('done'))
      self.unalias(alias)
      t.emit(self, 'mailbox', await t.collect(self))
    },
  },

  what_is_under_way_when_an_alias_ends_is_lost: {
    items: ['P57'],
    faults: ['alias.is_checked_at_send'],
    play: async (self, t) => {
      const alias = self.alias()
      self.send(alias, 'lost')
      self.unalias(alias)
      t.emit(self, 'mailbox', await t.collect(self))
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  an_alias_ends_only_by_its_owner: {
    items: ['P55'],
    faults: ['alias.anybody_ends_it'],
    play: async (self, t) => {
      const alias = self.alias()
      const a = t.label(
        'a',
        self.spawnMonitor(async (me: Process<unknown>) => t.emit(me, 'ended', me.unalias(alias))),
      )
      await t.reason(self, a)
      self.send(alias, 'still')
      t.emit(self, 'got', await t.quiet(self))
    },
  },

  an_answer_comes_once: {
    items: ['P56', 'P58'],
    faults: ['reply.late_is_a_message'],
    play: async (self, t) => {
      const serve = (_: unknown, request: Request<unknown, unknown>) => {
        reply(request, request.payload)
        reply(request, 'again')
      }
      const a = t.label('a', self.spawn(server(t, serve)))
      t.emit(self, 'call', await t.call(self, a, 'question', 5000))
      await t.ping(self, a)
      self.sendExit(a, 'stop')
      await t.dead(self, a)
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  a_late_answer_is_never_seen: {
    items: ['P56', 'P58', '9.1'],
    faults: ['reply.late_is_a_message', 'call.never_expires'],
    play: async (self, t) => {
      let held: Request<unknown, unknown> | null = null
      const body = t.loop((me, message) => {
        if (message instanceof Request) held = message as Request<unknown, unknown>
        else if (message === 'answer_now' && held !== null) reply(held, 'late')
        else if (isTuple(message, 'ping')) me.send(self.pid, ['pong', me.pid])
      })
      const a = t.label('a', self.spawn(body))
      t.emit(self, 'call', await t.call(self, a, 'question', 30))
      self.send(a, 'answer_now')
      await t.ping(self, a)
      t.emit(self, 'then', await t.collect(self))
    },
  },

  a_call_to_one_who_dies: {
    items: ['P58'],
    faults: ['call.does_not_watch'],
    play: async (self, t) => {
      const a = t.label('a', self.spawn(server(t, (me) => me.exit('overworked'))))
      t.emit(self, 'call', await t.call(self, a, 'question', 5000))
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  a_call_to_nobody: {
    items: ['P58', '9.2'],
    faults: ['call.does_not_watch'],
    play: async (self, t) => {
      const a = t.label(
        'a',
        self.spawnMonitor(async () => {}),
      )
      await t.reason(self, a)
      t.emit(self, 'dead', await t.call(self, a.pid, 'question', 5000))
      t.emit(self, 'nobody', await t.call(self, 'nobody', 'question', 5000))
      t.emit(self, 'nowhere', await t.call(self, { name: 'somebody', node: 'nowhere@127.0.0.1' }, 'question', 5000))
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  what_was_sent_before_the_answer_is_there: {
    items: ['P20', '9.6'],
    faults: ['message.is_slow'],
    play: async (self, t) => {
      const serve = (me: Process<unknown>, request: Request<unknown, unknown>) => {
        for (const part of [1, 2, 3]) me.send(self.pid, ['part', part])
        reply(request, 'whole')
      }
      const a = t.label('a', self.spawn(server(t, serve)))
      t.emit(self, 'call', await t.call(self, a, 'question', 5000))
      t.emit(self, 'mailbox', await t.collect(self))
    },
  },

  a_call_past_a_long_mailbox: {
    items: ['P93'],
    faults: ['call.clears_the_mailbox'],
    play: async (self, t) => {
      const a = t.label('a', self.spawn(server(t, (_, request) => reply(request, 'here'))))
      const all = Array.from({ length: 1000 }, (_, index) => index + 1)
      for (const part of all) self.send(self.pid, part)
      t.emit(self, 'call', await t.call(self, a, 'question', 5000))
      const left = await t.collect(self)
      t.emit(self, 'in_order', left.length === all.length && left.every((part, index) => part === all[index]))
    },
  },

  an_alias_ends_with_its_owner: {
    items: ['P55'],
    faults: ['alias.to_the_dead_raises'],
    play: async (self, t) => {
      const a = t.label(
        'a',
        self.spawnMonitor(async (me: Process<unknown>) => me.send(self.pid, ['alias', me.alias()])),
      )
      const [, alias] = (await self.receive((message) => isTuple(message, 'alias'))) as [string, Alias<unknown>]
      await t.reason(self, a)
      t.emit(
        self,
        'sent',
        t.attempt(() => self.send(alias, 'hello')),
      )
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  a_call_with_no_time: {
    items: ['P58', '9.1'],
    faults: ['call.never_expires'],
    play: async (self, t) => {
      const a = t.label('a', self.spawn(server(t, (_, request) => reply(request, 'late'))))
      t.emit(self, 'call', await t.call(self, a, 'question', 0))
      await t.ping(self, a)
      t.emit(self, 'then', await t.collect(self))
    },
  },

  a_call_to_itself: {
    items: ['P58'],
    faults: ['call.to_itself_is_sent'],
    play: async (self, t) => {
      t.emit(self, 'call', await t.attemptLater(() => self.request(self.pid, 'question')))
    },
  },

  a_caller_that_dies_is_not_answered: {
    items: ['P08', 'P58'],
    faults: ['death.settles_calls'],
    play: async (self, t) => {
      let held: Request<unknown, unknown> | null = null
      const body = t.loop((me, message) => {
        if (message instanceof Request) held = message as Request<unknown, unknown>
        else if (message === 'answer_now')
          t.emit(
            me,
            'answered',
            t.attempt(() => reply(held!, 'late')),
          )
        else if (isTuple(message, 'ping')) me.send(self.pid, ['pong', me.pid])
      })
      const a = t.label('a', self.spawn(body))
      const ask = t.loop(
        () => null,
        async (me) => {
          await me.request(a, 'question')
          t.emit(me, 'got_it')
        },
      )
      const b = t.label('b', self.spawnMonitor(ask))
      await self.sleep(20)
      self.sendExit(b.pid, 'kill')
      t.emit(self, 'b', await t.reason(self, b))
      self.send(a, 'answer_now')
      await t.ping(self, a)
      t.emit(self, 'a_lives')
    },
  },
}
