/**
 * Monitors: one way, each counted, by pid or by name.
 */
import { timedOut } from '../../../packages/core/src/index.ts'
import type { Down, Process } from '../../../packages/core/src/index.ts'
import type { Topic } from '../scenario.ts'
import { is, isDown, isType } from '../stage.ts'

const nothing = () => null

const isGone = (message: unknown): message is Down<'gone'> => (message as { type?: unknown } | null)?.type === 'gone'

export const monitors: Topic = {
  each_monitor_counts: {
    items: ['P50', '9.8'],
    faults: ['monitor.is_a_set', 'monitor.fires_twice'],
    play: async (self, t) => {
      const a = t.label('a', self.spawn(t.echo()))
      const refs = [self.monitor(a), self.monitor(a), self.monitor(a)]
      t.emit(self, 'different', new Set(refs).size)
      self.sendExit(a, 'stop')
      for (const ref of refs) {
        t.emit(self, 'down', await self.receive((message) => isDown(message) && message.ref === ref))
      }
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  a_tag_stands_for_down: {
    items: ['P54', 'P03'],
    faults: ['monitor.tag_is_dropped'],
    play: async (self, t) => {
      const a = t.label('a', self.spawn(t.echo()))
      const ref = self.monitor(a, { tag: 'gone' })
      self.sendExit(a, 'stop')
      const tagged = await self.receive(isGone)
      t.emit(self, 'same', tagged.ref === ref && tagged.process === a)
      t.emit(self, 'reason', tagged.reason)
      self.monitor(a, { tag: 'gone' })
      t.emit(self, 'late', (await self.receive(isGone)).reason)
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  monitoring_the_dead: {
    items: ['P51'],
    faults: ['monitor.of_the_dead_is_silent'],
    play: async (self, t) => {
      const a = t.label('a', self.spawnMonitor(t.loop(nothing, (me) => me.exit('early'))))
      await t.reason(self, a)
      self.monitor(a.pid)
      t.emit(self, 'down', await t.quiet(self))
    },
  },

  monitoring_a_name_that_nobody_has: {
    items: ['P51', 'P52'],
    faults: ['monitor.of_the_dead_is_silent'],
    play: async (self, t) => {
      self.monitor('nobody')
      t.emit(self, 'down', await t.quiet(self))
    },
  },

  monitoring_itself: {
    items: ['P51'],
    faults: ['monitor.of_itself_fires'],
    play: async (self, t) => {
      const a = t.label(
        'a',
        self.spawnMonitor(async (me: Process<unknown>) => {
          t.emit(me, 'demonitored', me.demonitor(me.monitor(me.pid)))
          me.monitor(me.pid)
          t.emit(me, 'then', await t.quiet(me))
        }),
      )
      t.emit(self, 'a', await t.reason(self, a))
    },
  },

  monitoring_on_a_node_that_nobody_reaches: {
    items: ['P51', '9.2'],
    faults: ['peers.unreachable_is_silent'],
    play: async (self, t) => {
      self.monitor({ name: 'somebody', node: 'nowhere@127.0.0.1' })
      t.emit(self, 'down', await self.receive())
    },
  },

  a_name_is_resolved_once: {
    items: ['P52'],
    faults: ['monitor.down_names_the_pid', 'monitor.follows_the_name'],
    play: async (self, t) => {
      const a = t.label('a', self.spawn(t.echo()))
      const b = t.label('b', self.spawnMonitor(t.echo()))
      self.node.registerName('server', a)
      self.monitor('server')
      self.unregister('server')
      self.node.registerName('server', b.pid)
      self.sendExit(b.pid, 'stop')
      t.emit(self, 'b', await t.reason(self, b))
      t.emit(self, 'then', await t.quiet(self))
      self.sendExit(a, 'stop')
      t.emit(self, 'down', await t.quiet(self))
    },
  },

  demonitor_leaves_nothing_to_come: {
    items: ['P53', '9.8'],
    faults: ['demonitor.does_nothing', 'demonitor.always_says_true'],
    play: async (self, t) => {
      const a = t.label('a', self.spawnMonitor(t.echo()))
      const ref = self.monitor(a.pid)
      t.emit(self, 'demonitored', self.demonitor(ref))
      t.emit(self, 'again', self.demonitor(ref))
      self.sendExit(a.pid, 'stop')
      t.emit(self, 'a', await t.reason(self, a))
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  demonitor_leaves_a_message_that_came: {
    items: ['P53', '9.8'],
    faults: ['demonitor.always_flushes'],
    play: async (self, t) => {
      const a = t.label('a', self.spawnMonitor(t.echo()))
      const ref = self.monitor(a.pid)
      self.sendExit(a.pid, 'stop')
      t.emit(self, 'a', await t.reason(self, a))
      await self.sleep(30)
      t.emit(self, 'demonitored', self.demonitor(ref))
      t.emit(self, 'mailbox', await t.collect(self))
    },
  },

  demonitor_with_flush_takes_it_out: {
    items: ['P53', '9.8'],
    faults: ['demonitor.never_flushes'],
    play: async (self, t) => {
      const a = t.label('a', self.spawnMonitor(t.echo()))
      const ref = self.monitor(a.pid)
      self.sendExit(a.pid, 'stop')
      t.emit(self, 'a', await t.reason(self, a))
      await self.sleep(30)
      self.send(self.pid, 'other')
      t.emit(self, 'demonitored', self.demonitor(ref, { flush: true }))
      t.emit(self, 'mailbox', await t.collect(self))
    },
  },

  demonitor_with_flush_of_a_monitor_that_lives: {
    items: ['P53'],
    faults: ['demonitor.does_nothing', 'demonitor.always_says_true'],
    play: async (self, t) => {
      const a = t.label('a', self.spawn(t.echo()))
      const ref = self.monitor(a)
      t.emit(self, 'demonitored', self.demonitor(ref, { flush: true }))
      t.emit(self, 'unknown', self.demonitor(self.makeRef(), { flush: true }))
      self.sendExit(a, 'stop')
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  demonitor_and_flush_leave_no_down: {
    items: ['P53', '9.8'],
    faults: ['monitor.down_ignores_demonitor'],
    play: async (self, t) => {
      const downOf = (ref: unknown) => (message: unknown) => isDown(message) && message.ref === ref
      let strays = 0
      for (let round = 1; round <= 30; round++) {
        const a = self.spawn(t.loop((me) => me.exit('done')))
        const ref = self.monitor(a)
        const watch = self.monitor(a)
        self.send(a, 'go')
        for (let turn = 0; turn < round % 5; turn++) await Promise.resolve()
        self.demonitor(ref, { flush: true })
        await self.receive(downOf(watch))
        if ((await self.receive(downOf(ref), { timeoutMs: 2 })) !== timedOut) strays++
      }
      t.emit(self, 'strays', strays)
    },
  },

  a_dying_process_watches_nobody: {
    items: ['P50', 'P75'],
    faults: ['monitor.outlives_the_watcher'],
    play: async (self, t) => {
      const watchers = (pid: typeof a) => self.node.processInfo(pid)?.monitoredBy.length
      const a = t.label('a', self.spawn(t.echo()))
      const b = t.label('b', self.spawnMonitor(t.echo((me) => me.monitor(a))))
      await t.ping(self, b.pid)
      await t.ping(self, a)
      t.emit(self, 'watchers', watchers(a))
      self.sendExit(b.pid, 'stop')
      await t.reason(self, b)
      await t.ping(self, a)
      t.emit(self, 'watchers', watchers(a))
    },
  },

  messages_come_before_the_end_of_their_sender: {
    items: ['P21', '9.6'],
    faults: ['monitor.down_overtakes', 'link.exit_overtakes'],
    play: async (self, t) => {
      self.trapExits(true)
      const body = t.loop(nothing, (me) => {
        for (let index = 1; index <= 5; index++) me.send(self.pid, ['message', index])
        me.exit('done')
      })
      const a = t.label('a', self.spawnLink(body))
      self.monitor(a)
      const all: unknown[] = []
      while (all.length < 7) all.push(await self.receive())
      t.emit(self, 'first', all.slice(0, 5))
      t.emit(self, 'exits', all.filter(isType('exit')).length)
      t.emit(self, 'downs', all.filter((message) => isDown(message) && (message as Down).reason === 'done').length)
    },
  },

  the_name_is_free_when_the_end_is_told: {
    items: ['P09', 'P71', '9.7'],
    faults: ['name.is_freed_late'],
    play: async (self, t) => {
      self.trapExits(true)
      const named = t.loop(
        (me) => me.exit('done'),
        (me) => {
          me.register('server')
          me.send(self.pid, 'ready')
        },
      )
      for (const [told, what] of [
        ['exit', 'by_link'],
        ['down', 'by_monitor'],
      ] as const) {
        const found = new Set<unknown>()
        for (let round = 0; round < 10; round++) {
          const a = told === 'exit' ? self.spawnLink(named) : self.spawnMonitor(named).pid
          await self.receive(is('ready'))
          self.send(a, 'stop')
          await self.receive(isType(told))
          found.add(self.whereis('server'))
          self.register('server')
          self.unregister('server')
        }
        t.emit(
          self,
          what,
          [...found].map((holder) => [holder, true, true]),
        )
      }
    },
  },

  demonitor_by_another: {
    items: ['P53'],
    faults: ['monitor.anybody_ends_it'],
    play: async (self, t) => {
      const a = t.label('a', self.spawn(t.echo()))
      const ref = self.monitor(a)
      const body = async (me: Process<unknown>) =>
        t.emit(
          me,
          'demonitored',
          t.attempt(() => me.demonitor(ref)),
        )
      await t.reason(self, t.label('b', self.spawnMonitor(body)))
      self.sendExit(a, 'stop')
      t.emit(self, 'down', await t.quiet(self))
    },
  },

  downs_come_in_the_order_of_setting: {
    items: ['P50'],
    faults: ['monitor.last_is_told_first'],
    play: async (self, t) => {
      const a = t.label('a', self.spawn(t.echo()))
      const refs = Array.from({ length: 6 }, () => self.monitor(a))
      self.demonitor(refs[2]!)
      self.sendExit(a, 'stop')
      const order: number[] = []
      while (order.length < 5) order.push(refs.indexOf(((await self.receive(isDown)) as Down).ref))
      t.emit(self, 'order', order)
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  a_name_with_its_node: {
    items: ['P52'],
    faults: ['monitor.down_names_the_pid'],
    play: async (self, t) => {
      const a = t.label('a', self.spawn(t.echo()))
      self.node.registerName('server', a)
      self.monitor({ name: 'server', node: self.node.name })
      self.sendExit(a, 'stop')
      t.emit(self, 'down', await t.quiet(self, 5000))
    },
  },

  flush_takes_out_what_has_a_tag: {
    items: ['P53', 'P54'],
    faults: ['demonitor.never_flushes'],
    play: async (self, t) => {
      const a = t.label('a', self.spawnMonitor(t.echo()))
      const ref = self.monitor(a.pid, { tag: 'gone' })
      self.sendExit(a.pid, 'stop')
      t.emit(self, 'a', await t.reason(self, a))
      await self.sleep(30)
      t.emit(self, 'demonitored', self.demonitor(ref, { flush: true }))
      t.emit(self, 'mailbox', await t.collect(self))
    },
  },

  rubbish_for_links_and_monitors: {
    items: ['P30', 'P50', 'P53', 'P55'],
    faults: ['rubbish.is_taken'],
    play: async (self, t) => {
      const rubbish = 17 as never
      const a = t.label('a', self.spawn(t.echo()))
      const attempts: Record<string, () => unknown> = {
        link: () => self.link(rubbish),
        unlink: () => self.unlink(rubbish),
        monitor: () => self.monitor(rubbish),
        demonitor: () => self.demonitor(rubbish),
        unalias: () => self.unalias(rubbish),
        option: () => self.monitor(a, { alias: 'for_ever' as never }),
      }
      for (const [what, attempt] of Object.entries(attempts)) t.emit(self, what, t.attempt(attempt))
    },
  },
}
