/**
 * What a process may change about itself, and what that changes for others.
 */
import type { Pid, Process } from '../../../packages/core/src/index.ts'
import type { Topic } from '../scenario.ts'
import { isTuple } from '../stage.ts'

/** Any flag and any value: what the types refuse is tried, too. */
const set = (self: Process<unknown>, flag: string, value: unknown): unknown =>
  self.flag(flag as 'trapExits', value as boolean)

const named: readonly (readonly [theirs: string, ours: string])[] = [
  ['trap_exit', 'trapExits'],
  ['priority', 'priority'],
  ['sensitive', 'sensitive'],
]

export const flags: Topic = {
  a_flag_gives_its_old_value: {
    items: ['P73'],
    faults: ['flag.gives_the_new_value'],
    play: async (self, t) => {
      const values = [
        [true, true, false, false],
        ['high', 'max', 'low', 'normal', 'normal'],
        [true, true, false, false],
      ]
      for (const [index, [theirs, ours]] of named.entries())
        t.emit(
          self,
          theirs,
          values[index]!.map((value) => set(self, ours, value)),
        )
    },
  },

  what_is_no_flag_is_refused: {
    items: ['P73'],
    faults: ['flag.takes_anything'],
    play: async (self, t) => {
      const tried: readonly (readonly [string, string, readonly unknown[]])[] = [
        ['colour', 'colour', [true]],
        ['trap_exit', 'trapExits', ['yes', 1]],
        ['priority', 'priority', ['highest', true, 3]],
        ['sensitive', 'sensitive', ['yes', 0]],
      ]
      for (const [theirs, ours, values] of tried)
        t.emit(
          self,
          theirs,
          values.map((value) => t.attempt(() => set(self, ours, value))),
        )
      const { trapsExits, priority } = self.processInfo(self.pid)!
      t.emit(self, 'now', [trapsExits, priority])
    },
  },

  flags_are_not_inherited: {
    items: ['P73', 'P80'],
    faults: ['flag.is_inherited'],
    play: async (self, t) => {
      for (const [index, value] of [true, 'high', true].entries()) set(self, named[index]![1], value)
      const child = async (me: Process<unknown>) => {
        const { trapsExits, priority } = me.processInfo(me.pid)!
        me.send(self.pid, [trapsExits, priority, me.flag('sensitive', false)])
      }
      self.spawn(child)
      t.emit(self, 'spawned', await self.receive())
      self.spawn(child, { priority: 'low' })
      t.emit(self, 'with_priority', await self.receive())
      t.emit(
        self,
        'bad',
        t.attempt(() => self.spawn(child, { priority: 'highest' as 'high' })),
      )
    },
  },

  what_is_sensitive_is_not_shown: {
    items: ['P73', 'P75'],
    faults: ['sensitive.is_ignored'],
    play: async (self, t) => {
      const a = t.label(
        'a',
        self.spawn(async (me: Process<unknown>) => {
          for (;;) {
            const message = await me.receive((each) => isTuple(each, 'sensitive') || isTuple(each, 'ping'))
            const [what, value] = message as readonly [string, unknown]
            if (what === 'ping') me.send(value as Pid<unknown>, ['pong', me.pid])
            else {
              me.flag('sensitive', value as boolean)
              me.dictionary.put('key', 'secret')
            }
          }
        }),
      )
      for (const on of [true, false, true]) {
        self.send(a, ['sensitive', on])
        await t.ping(self, a)
        self.send(a, 'secret')
        const { messages, dictionary } = self.processInfo(a, ['messages', 'dictionary'])!
        t.emit(self, 'shown', [messages, [...dictionary]])
      }
    },
  },
}
