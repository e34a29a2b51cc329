/**
 * Connections that are lost: calls, monitors and links over them.
 */
import { call, protocol } from '../../../packages/behaviours/src/index.ts'
import type { AgnerError, Exit, Pid, Process, ProcessAddress } from '../../../packages/core/src/index.ts'
import type { Topic } from '../scenario.ts'
import { isDown, isTuple, isType } from '../stage.ts'

const silent = protocol<{ calls: { question(): void } }>('@conformance/silent')
const elsewhere = 'nowhere@127.0.0.9'

export const connections: Topic = {
  a_call_ends_with_its_connection: {
    items: ['9.2', 'N35'],
    faults: ['connection.lost_calls_wait'],
    play: async (self, t) => {
      const cluster = await t.cluster(self, ['b'])
      const { node } = cluster.peer('b')
      const server = t.label(
        'silent',
        node.spawn<unknown>(async (it) => {
          for (;;) {
            await it.receive()
            it.send(self.pid, 'asked' as never)
          }
        }),
      )
      await cluster.connect('b')
      t.label(
        'caller',
        self.spawn<unknown>(async (it) => it.send(self.pid, ['outcome', await ask(it, server)])),
      )
      await self.receive((message) => message === 'asked')
      const sinceMs = self.node.monotonicTimeMs()
      await cluster.cut(self, 'b')
      const [, outcome] = await self.receive((message) => isTuple(message, 'outcome'))
      t.emit(self, 'outcome', outcome)
      t.emit(self, 'at_once', self.node.monotonicTimeMs() - sinceMs < 1000)
      t.emit(self, 'later', await t.quiet(self))
    },
  },

  a_call_to_a_node_that_is_not_there_ends_at_once: {
    items: ['9.2', 'N35'],
    faults: ['connection.lost_calls_wait'],
    play: async (self, t) => {
      await t.cluster(self, [])
      const sinceMs = self.node.monotonicTimeMs()
      t.emit(self, 'outcome', await ask(self, { name: 'somebody', node: elsewhere }))
      t.emit(self, 'at_once', self.node.monotonicTimeMs() - sinceMs < 1000)
    },
  },

  noconnection_does_not_mean_dead: {
    items: ['9.2', 'N34'],
    faults: ['connection.lost_monitors_are_silent', 'connection.lost_is_dead'],
    play: async (self, t) => {
      const cluster = await t.cluster(self, ['b'])
      const a = t.label('a', cluster.peer('b').node.spawn<unknown>(echo))
      await cluster.connect('b')
      self.monitor(a)
      await t.ping(self, a)
      await cluster.cut(self, 'b')
      t.emit(self, 'down', (await self.receive(isDown)).reason)
      await cluster.connect('b')
      await t.ping(self, a)
      t.emit(self, 'alive', 'ok')
      t.emit(self, 'once', await t.quiet(self))
      self.monitor(a)
      self.send(a, ['stop', 'enough'])
      t.emit(self, 'down', (await self.receive(isDown)).reason)
    },
  },

  a_link_breaks_on_both_sides: {
    items: ['9.2', 'N34'],
    faults: ['connection.lost_links_are_silent'],
    play: async (self, t) => {
      self.trapExits(true)
      const cluster = await t.cluster(self, ['b'])
      const a = t.label('a', cluster.peer('b').node.spawn<unknown>(remembering))
      await cluster.connect('b')
      self.send(a, ['link', self.pid])
      await self.receive((message) => message === 'linked')
      await cluster.cut(self, 'b')
      t.emit(self, 'broke', ((await self.receive(isType('exit'))) as Exit).reason)
      await cluster.connect('b')
      self.send(a, ['ask', self.pid])
      const [, seen] = await self.receive((message) => isTuple(message, 'seen'))
      t.emit(self, 'seen_there', seen)
    },
  },
}

async function ask(self: Process<unknown>, to: ProcessAddress): Promise<unknown> {
  try {
    return await call(self, silent.at(to), 'question', undefined, { timeoutMs: 3000 })
  } catch (error) {
    const { code } = error as AgnerError
    return code === 'call.no_connection' ? 'nodedown' : code === 'call.timeout' ? 'timeout' : code
  }
}

/** As `echo` of peers.erl. */
export async function echo(self: Process<unknown>): Promise<void> {
  for (;;) {
    const message = await self.receive()
    if (isTuple(message, 'ping')) self.send(message[1] as Pid<unknown>, ['pong', self.pid])
    if (isTuple(message, 'stop')) self.exit(message[1] as string)
  }
}

/** As `remembering` of peers.erl. */
export async function remembering(self: Process<unknown>): Promise<void> {
  self.trapExits(true)
  const seen: unknown[] = []
  for (;;) {
    const message = await self.receive()
    if (isTuple(message, 'link')) {
      self.link(message[1] as Pid)
      self.send(message[1] as Pid<unknown>, 'linked')
    } else if (isTuple(message, 'ask')) self.send(message[1] as Pid<unknown>, ['seen', seen])
    else seen.push(isType('exit')(message) ? (message as Exit).reason : message)
  }
}
