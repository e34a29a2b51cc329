/**
 * Who runs when: hibernation, priorities, suspending, and the count of what was done.
 */
import { defineModule } from '../../../packages/core/src/index.ts'
import type { AnyPid, Pid, Priority, Process } from '../../../packages/core/src/index.ts'
import type { Topic } from '../scenario.ts'
import { is, isTuple, type Stage } from '../stage.ts'

type Self = Process<unknown>

const never = async (me: Self): Promise<unknown> => me.receive(is('never'))

const status = (self: Self, pid: AnyPid): unknown => self.processInfo(pid, ['status'])?.status

const hibernates = (self: Self, pid: AnyPid): boolean =>
  self.processInfo(pid, ['currentFunction'])?.currentFunction === 'hibernate'

/** What the sleepers of a scenario become. */
function registerWoken(self: Self, t: Stage): void {
  const woken = async (me: Self): Promise<void> => {
    t.emit(me, 'woken')
    const message = await me.receive()
    if (message === 'leave') me.exit('left')
    me.send(self.pid, ['woken', message, me.dictionary.get('key') ?? 'undefined'])
    await me.receive(is('stop'))
  }
  self.node.register(defineModule('scheduling', '1', { woken }))
}

const sleep = (me: Self): Promise<never> => me.hibernate('scheduling', 'woken', null)

/** The message of one who has woken. */
async function wokenWith(self: Self): Promise<readonly unknown[]> {
  return ((await self.receive((message) => isTuple(message, 'woken'))) as readonly unknown[]).slice(1)
}

async function stop(self: Self, t: Stage, pid: Pid<unknown>): Promise<void> {
  self.send(pid, 'stop')
  await t.dead(self, pid)
}

/** It waits for something, and has nothing to do. */
async function rests(self: Self, t: Stage, pid: Pid<unknown>): Promise<void> {
  await t.ping(self, pid)
  await self.sleep(30)
}

const isPong =
  (pid: AnyPid) =>
  (message: unknown): boolean =>
    isTuple(message, 'pong') && message[1] === pid

export const scheduling: Topic = {
  one_who_hibernates_goes_on_with_the_next_message: {
    items: ['P79'],
    faults: ['hibernate.goes_on_at_once', 'hibernate.is_not_seen'],
    before: [['main:sends', 'a:woken']],
    play: async (self, t) => {
      registerWoken(self, t)
      const body = async (me: Self) => {
        me.dictionary.put('key', 'kept')
        await sleep(me)
        t.emit(me, 'came_back')
      }
      const a = t.label('a', self.spawn(body))
      await self.sleep(30)
      t.emit(self, 'a', [hibernates(self, a), status(self, a)])
      t.emit(self, 'sends')
      self.send(a, 'hello')
      t.emit(self, 'woken', await wokenWith(self))
      t.emit(self, 'a', hibernates(self, a))
      await stop(self, t, a)
    },
  },

  one_who_has_messages_does_not_hibernate: {
    items: ['P79'],
    faults: ['hibernate.waits_for_a_new_message'],
    play: async (self, t) => {
      registerWoken(self, t)
      const body = async (me: Self) => {
        me.send(me.pid, 'waits')
        await sleep(me)
      }
      const a = t.label('a', self.spawn(body))
      t.emit(self, 'woken', (await wokenWith(self))[0])
      t.emit(self, 'a', hibernates(self, a))
      await stop(self, t, a)
    },
  },

  one_who_hibernates_has_no_stack: {
    items: ['P79'],
    faults: ['hibernate.keeps_the_stack'],
    play: async (self, t) => {
      registerWoken(self, t)
      const body = async (me: Self) => {
        try {
          await sleep(me)
        } catch {
          t.emit(me, 'caught')
        }
      }
      const a = t.label('a', self.spawnMonitor(body))
      await self.sleep(30)
      self.send(a.pid, 'leave')
      t.emit(self, 'a', await t.reason(self, a))
    },
  },

  a_trapped_exit_wakes_one_who_hibernates: {
    items: ['P79'],
    faults: ['hibernate.is_deaf'],
    play: async (self, t) => {
      registerWoken(self, t)
      const a = t.label('a', self.spawn(sleep, { trapExits: true }))
      const b = t.label('b', self.spawnMonitor(sleep))
      await self.sleep(30)
      for (const pid of [a, b.pid]) self.sendExit(pid, 'wake_up')
      t.emit(self, 'woken', (await wokenWith(self))[0])
      t.emit(self, 'b', await t.reason(self, b))
      await stop(self, t, a)
    },
  },

  higher_priorities_go_first: {
    items: ['P80'],
    faults: ['priority.is_ignored', 'priority.high_is_normal'],
    before: [
      ['main:waits', 'max:runs'],
      ['max:runs', 'high:runs'],
      ['max:runs', 'high2:runs'],
      ['high:runs', 'normal:runs'],
      ['high2:runs', 'normal:runs'],
      ['high:runs', 'normal2:runs'],
      ['high2:runs', 'normal2:runs'],
      ['high:runs', 'low:runs'],
      ['high2:runs', 'low:runs'],
    ],
    play: async (self, t) => {
      self.flag('priority', 'max')
      const body = t.loop(
        () => null,
        (me) => {
          t.emit(me, 'runs')
          me.send(self.pid, 'ran')
        },
      )
      const made: readonly (readonly [string, Priority])[] = [
        ['low', 'low'],
        ['normal', 'normal'],
        ['high', 'high'],
        ['normal2', 'normal'],
        ['max', 'max'],
        ['high2', 'high'],
      ]
      for (const [label, priority] of made) t.label(label, self.spawn(body, { priority }))
      t.emit(self, 'waits')
      for (const _ of made) await self.receive(is('ran'))
    },
  },

  one_of_high_priority_goes_on_as_long_as_it_likes: {
    items: ['P80', 'P100'],
    faults: ['priority.is_ignored'],
    before: [['high:done', 'normal:runs']],
    play: async (self, t) => {
      self.flag('priority', 'max')
      const runs = async (me: Self) => {
        t.emit(me, 'runs')
        me.send(self.pid, 'ran')
      }
      const goesOn = async (me: Self) => {
        for (let step = 0; step < 300; step++) await me.yield()
        t.emit(me, 'done')
        me.send(self.pid, 'ran')
      }
      t.label('normal', self.spawn(runs))
      t.label('high', self.spawn(goesOn, { priority: 'high' }))
      for (const _ of ['normal', 'high']) await self.receive(is('ran'))
    },
  },

  one_of_low_priority_goes_less_often: {
    items: ['P80'],
    faults: ['priority.low_is_normal', 'priority.low_never_goes'],
    play: async (self, t) => {
      self.flag('priority', 'max')
      let count = 0
      const low = async (me: Self) => {
        for (;;) {
          await me.yield()
          count++
        }
      }
      const normal = async (me: Self) => {
        for (let step = 0; step < 800; step++) await me.yield()
        me.send(self.pid, 'done')
      }
      const a = t.label('low', self.spawn(low, { priority: 'low' }))
      t.label('normal', self.spawn(normal))
      await self.receive(is('done'))
      t.emit(self, 'low', [count > 20, count < 400])
      self.sendExit(a, 'kill')
      await t.dead(self, a)
    },
  },

  one_who_is_suspended_does_nothing: {
    items: ['P81', 'P75'],
    faults: ['suspend.does_nothing', 'suspend.is_not_undone'],
    play: async (self, t) => {
      const a = t.label('a', self.spawn(t.echo()))
      await rests(self, t, a)
      t.emit(self, 'suspend', self.suspend(a))
      t.emit(self, 'status', status(self, a))
      self.send(a, ['ping', self.pid])
      self.send(a, 'something')
      t.emit(self, 'quiet', await t.quiet(self))
      t.emit(self, 'waiting', self.processInfo(a, ['mailboxLength'])!.mailboxLength)
      self.link(a)
      t.emit(self, 'links', self.processInfo(a)!.links)
      self.unlink(a)
      t.emit(self, 'alive', self.isAlive(a))
      self.resume(a)
      await self.receive(isPong(a))
      t.emit(self, 'pong')
      await rests(self, t, a)
      t.emit(self, 'status', status(self, a))
    },
  },

  one_who_is_suspended_does_not_begin: {
    items: ['P81'],
    faults: ['suspend.lets_it_begin'],
    before: [['main:resumes', 'c:begins']],
    play: async (self, t) => {
      const begins = t.loop(
        () => null,
        (me) => {
          t.emit(me, 'begins')
          me.send(self.pid, 'begun')
        },
      )
      const a = t.label('a', self.spawn(begins))
      const b = t.label(
        'b',
        self.spawn(async (me: Self) => {
          await me.receive(is('go'))
          const c = t.label('c', me.spawn(begins))
          me.suspend(c)
          me.send(self.pid, 'made')
          await me.receive(is('stop'))
          me.resume(c)
          await never(me)
        }),
      )
      await self.receive(is('begun'))
      self.sendExit(a, 'kill')
      await t.dead(self, a)
      self.send(b, 'go')
      await self.receive(is('made'))
      t.emit(self, 'quiet', await t.quiet(self))
      t.emit(self, 'resumes')
      self.send(b, 'stop')
      await self.receive(is('begun'))
      t.emit(self, 'begun')
      self.sendExit(b, 'kill')
      await t.dead(self, b)
    },
  },

  suspensions_are_counted: {
    items: ['P81', 'P75'],
    faults: ['suspend.is_not_counted'],
    play: async (self, t) => {
      const a = t.label('a', self.spawn(t.echo()))
      await rests(self, t, a)
      t.emit(self, 'suspend', [self.suspend(a), self.suspend(a), self.suspend(a, { unlessSuspending: true })])
      const suspending = () => self.processInfo(self.pid, ['suspending'])!.suspending.map(({ times }) => times)
      t.emit(self, 'suspending', suspending())
      self.send(a, ['ping', self.pid])
      self.resume(a)
      t.emit(self, 'status', status(self, a))
      t.emit(self, 'quiet', await t.quiet(self))
      self.resume(a)
      t.emit(self, 'pong', (await self.receive(isPong(a)), 'yes'))
      t.emit(
        self,
        'resume',
        t.attempt(() => self.resume(a)),
      )
      t.emit(self, 'suspending', suspending())
    },
  },

  the_death_of_a_suspender_resumes: {
    items: ['P81'],
    faults: ['suspend.outlives_its_suspender', 'suspend.is_anybodys'],
    play: async (self, t) => {
      const a = t.label('a', self.spawn(t.echo()))
      await rests(self, t, a)
      const suspends = (times: number) => async (me: Self) => {
        for (let count = 0; count < times; count++) me.suspend(a)
        me.send(self.pid, 'suspended')
        await never(me)
      }
      const s = t.label('s', self.spawn(suspends(3)))
      await self.receive(is('suspended'))
      self.suspend(a)
      self.send(a, ['ping', self.pid])
      self.sendExit(s, 'kill')
      await t.dead(self, s)
      t.emit(self, 'status', status(self, a))
      t.emit(
        self,
        'resume',
        t.attempt(() => self.resume(a)),
      )
      t.emit(self, 'pong', (await self.receive(isPong(a)), 'yes'))
      const r = t.label('r', self.spawn(suspends(1)))
      await self.receive(is('suspended'))
      self.send(a, ['ping', self.pid])
      t.emit(self, 'quiet', await t.quiet(self))
      self.sendExit(r, 'kill')
      t.emit(self, 'pong', (await self.receive(isPong(a)), 'yes'))
    },
  },

  exits_reach_one_who_is_suspended: {
    items: ['P81', 'P23'],
    faults: ['suspend.holds_exits'],
    before: [['main:resumes', 'b:message']],
    play: async (self, t) => {
      const a = t.label('a', self.spawnMonitor(t.echo()))
      const b = t.label(
        'b',
        self.spawn(async (me: Self) => {
          me.trapExits(true)
          me.send(self.pid, 'traps')
          t.emit(me, 'message', await me.receive())
          me.send(self.pid, 'done')
        }),
      )
      await self.receive(is('traps'))
      await rests(self, t, a.pid as Pid<unknown>)
      for (const pid of [a.pid, b]) self.suspend(pid)
      for (const pid of [a.pid, b]) self.sendExit(pid, 'stop')
      t.emit(self, 'a', await t.reason(self, a))
      t.emit(
        self,
        'resume',
        t.attempt(() => self.resume(a.pid)),
      )
      t.emit(self, 'quiet', await t.quiet(self))
      t.emit(self, 'b', self.processInfo(b, ['messages'])!.messages)
      t.emit(self, 'resumes')
      self.resume(b)
      await self.receive(is('done'))
    },
  },

  timers_do_not_wake_one_who_is_suspended: {
    items: ['P81'],
    faults: ['suspend.lets_timers_wake'],
    before: [['main:resumes', 'a:wakes']],
    play: async (self, t) => {
      const a = t.label(
        'a',
        self.spawn(async (me: Self) => {
          me.send(self.pid, 'sleeps')
          await me.sleep(150)
          t.emit(me, 'wakes')
          me.send(self.pid, 'awake')
        }),
      )
      await self.receive(is('sleeps'))
      self.suspend(a)
      await self.sleep(250)
      t.emit(self, 'resumes')
      self.resume(a)
      t.emit(self, 'a', await self.receive())
    },
  },

  who_cannot_be_suspended: {
    items: ['P81'],
    faults: ['suspend.takes_anybody'],
    play: async (self, t) => {
      const d = t.label(
        'd',
        self.spawnMonitor(async () => {}),
      )
      await t.reason(self, d)
      const pids = [self.pid, d.pid, 'foo' as unknown as AnyPid]
      for (const pid of pids)
        t.emit(
          self,
          'suspend',
          t.attempt(() => self.suspend(pid)),
        )
      for (const pid of pids)
        t.emit(
          self,
          'resume',
          t.attempt(() => self.resume(pid)),
        )
    },
  },

  reductions_grow: {
    items: ['P100', 'P75'],
    faults: ['reductions.are_not_counted'],
    play: async (self, t) => {
      const a = t.label('a', self.spawn(t.echo()))
      await t.ping(self, a)
      const of = (pid: AnyPid) => self.processInfo(pid, ['reductions'])!.reductions
      const count = () => [of(self.pid), of(a), self.node.counters().reductions]
      const before = count()
      for (let step = 0; step < 100; step++) {
        await t.ping(self, a)
        await self.yield()
      }
      t.emit(
        self,
        'grown',
        count().map((now, index) => now - before[index]! >= 100),
      )
    },
  },
}
