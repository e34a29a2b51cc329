/**
 * Registered names, and sending to nobody.
 */
import type { Process } from '../../../packages/core/src/index.ts'
import type { Topic } from '../scenario.ts'

export const names: Topic = {
  a_process_has_one_name_and_a_name_one_process: {
    items: ['P70'],
    faults: ['name.second_is_allowed', 'name.can_be_taken'],
    play: async (self, t) => {
      const { node } = self
      const a = t.label('a', self.spawn(t.echo()))
      const d = t.label(
        'd',
        self.spawnMonitor(async () => {}),
      )
      await t.reason(self, d)
      t.emit(
        self,
        'first',
        t.attempt(() => node.registerName('one', a)),
      )
      t.emit(
        self,
        'second',
        t.attempt(() => node.registerName('two', a)),
      )
      t.emit(
        self,
        'taken',
        t.attempt(() => self.register('one')),
      )
      t.emit(
        self,
        'dead',
        t.attempt(() => node.registerName('three', d.pid)),
      )
      t.emit(
        self,
        'no_name',
        t.attempt(() => self.register('')),
      )
      t.emit(
        self,
        'unknown',
        t.attempt(() => self.unregister('nobody')),
      )
      t.emit(self, 'one', self.whereis('one'))
      t.emit(self, 'two', self.whereis('two'))
      t.emit(
        self,
        'unregister',
        t.attempt(() => self.unregister('one')),
      )
      t.emit(self, 'gone', self.whereis('one'))
      t.emit(
        self,
        'another',
        t.attempt(() => node.registerName('two', a)),
      )
      t.emit(self, 'two', self.whereis('two'))
    },
  },

  a_name_ends_with_its_process: {
    items: ['P71'],
    faults: ['name.is_never_freed'],
    play: async (self, t) => {
      const a = t.label('a', self.spawnMonitor(t.echo()))
      self.node.registerName('server', a.pid)
      t.emit(self, 'before', self.whereis('server'))
      self.sendExit(a.pid, 'stop')
      await t.reason(self, a)
      t.emit(self, 'later', self.whereis('server'))
      const b = t.label('b', self.spawn(t.echo()))
      t.emit(
        self,
        'again',
        t.attempt(() => self.node.registerName('server', b)),
      )
    },
  },

  a_name_is_resolved_when_sent_to: {
    items: ['P71'],
    faults: ['name.stays_with_its_first'],
    play: async (self, t) => {
      const tell = t.loop((me: Process<unknown>, message) => {
        me.send(self.pid, [me.pid, message as string])
        me.exit()
      })
      const a = t.label('a', self.spawn(tell))
      const b = t.label('b', self.spawn(tell))
      self.node.registerName('server', a)
      self.send('server', 'one')
      t.emit(self, 'first', await self.receive())
      t.attempt(() => self.unregister('server'))
      self.node.registerName('server', b)
      self.send('server', 'two')
      t.emit(self, 'second', await self.receive())
    },
  },

  sending_to_nobody: {
    items: ['P24'],
    faults: ['send.to_the_dead_raises', 'send.to_no_name_is_silent'],
    play: async (self, t) => {
      const d = t.label(
        'd',
        self.spawnMonitor<unknown>(async () => {}),
      )
      await t.reason(self, d)
      t.emit(
        self,
        'dead',
        t.attempt(() => self.send(d.pid, 'hello')),
      )
      t.emit(
        self,
        'name_here',
        t.attempt(() => self.send({ name: 'nobody', node: self.node.name }, 'hello')),
      )
      t.emit(
        self,
        'name_there',
        t.attempt(() => self.send({ name: 'nobody', node: 'nowhere@127.0.0.1' }, 'hello')),
      )
      t.emit(
        self,
        'no_name',
        t.attempt(() => self.send('nobody', 'hello')),
      )
      t.emit(self, 'alive', self.isAlive(d.pid))
    },
  },

  signals_to_the_dead_do_nothing: {
    items: ['P24'],
    faults: ['exit.to_the_dead_raises'],
    play: async (self, t) => {
      const d = t.label(
        'd',
        self.spawnMonitor(async () => {}),
      )
      await t.reason(self, d)
      t.emit(
        self,
        'exit',
        t.attempt(() => self.sendExit(d.pid, 'kill')),
      )
      t.emit(
        self,
        'unlink',
        t.attempt(() => self.unlink(d.pid)),
      )
      t.emit(self, 'alive', self.isAlive(d.pid))
      t.emit(self, 'then', await t.quiet(self))
    },
  },
}
