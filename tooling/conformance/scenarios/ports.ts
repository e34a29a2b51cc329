/**
 * Ports: what their owner asks for and gets, and how they end. A pair of streams in memory stands for a connection, since seeds need
 * virtual time.
 */
import { Duplex } from 'node:stream'
import { describeReason, timedOut, type Process } from '../../../packages/core/src/index.ts'
import { ended, openPort, type Active, type Port } from '../../../packages/core/src/ports/index.ts'
import type { Topic } from '../scenario.ts'
import { is } from '../stage.ts'

/** One end of a connection in memory, which takes what is written as the buffers of a kernel do. */
class End extends Duplex {
  other: End | null = null

  override _read(): void {}

  override _write(chunk: unknown, _encoding: unknown, taken: () => void): void {
    this.other?.push(chunk)
    taken()
  }

  override _final(ended: () => void): void {
    this.other?.push(null)
    ended()
  }

  override _destroy(error: Error | null, destroyed: (error: Error | null) => void): void {
    if (!this.writableFinished) this.other?.push(null)
    destroyed(error)
  }
}

interface Pair {
  readonly port: Port<string>
  readonly peer: Port<string>
}

/** A connection in packets: its two ends, passive ports of the caller. */
function pair(self: Process<unknown>): Pair {
  const options = { packet: 2, encoding: 'utf8', active: false } as const
  const [one, two] = [new End(), new End()]
  one.other = two
  two.other = one
  return { port: openPort(self, one, options), peer: openPort(self, two, options) }
}

async function send(peer: Port<string>, words: readonly string[]): Promise<void> {
  for (const word of words) await peer.write(word)
}

interface Told {
  readonly type?: string
  readonly data?: string
  readonly reason?: unknown
}

/** What a port tells, as a list of words. */
async function told(self: Process<unknown>, ms = 50): Promise<unknown[]> {
  const words: unknown[] = []
  for (;;) {
    const message = await self.receive({ timeoutMs: ms })
    if (message === timedOut) return words
    const { type, data, reason } = message as Told
    if (type === 'data') words.push(data)
    else if (type === 'exit' || type === 'down') words.push([type, reason])
    else words.push(type ?? message)
  }
}

/** A read, with the end in Erlang's word. */
async function read(port: Port<string>, timeoutMs?: number): Promise<unknown> {
  const item = await (timeoutMs === undefined ? port.read() : port.read({ timeoutMs }))
  return item === ended ? 'closed' : item === timedOut ? 'timeout' : item
}

const ask = (port: Port<string>, ...all: readonly Active[]): string => {
  for (const active of all) port.active(active)
  return 'ok'
}

export const ports: Topic = {
  once_is_one_message: {
    items: ['ports'],
    faults: ['port.once_is_for_ever', 'port.asks_ahead'],
    play: async (self, t) => {
      const { port, peer } = pair(self)
      await send(peer, ['a', 'b', 'c'])
      t.emit(self, 'passive', await told(self))
      ask(port, 'once')
      t.emit(self, 'first', await told(self))
      ask(port, 'once')
      t.emit(self, 'second', await told(self))
      t.emit(self, 'read', ['ok', await read(port)])
    },
  },

  counts_add_up: {
    items: ['ports'],
    faults: ['port.count_starts_anew', 'port.count_is_not_told', 'port.takes_any_count'],
    play: async (self, t) => {
      const { port, peer } = pair(self)
      await send(peer, ['a', 'b', 'c', 'd'])
      ask(port, 2)
      t.emit(self, 'two', await told(self))
      ask(port, 1, 3)
      t.emit(self, 'left', await told(self))
      ask(port, -2)
      t.emit(self, 'less', await told(self))
      ask(port, 0)
      t.emit(self, 'zero', await told(self))
      const tooMany = (count: number): unknown => t.attempt(() => ask(port, count))
      t.emit(self, 'too_many', tooMany(40_000))
      ask(port, 32_767)
      t.emit(self, 'too_many', tooMany(1))
      ask(port, 'once')
      await send(peer, ['e', 'f'])
      t.emit(self, 'once', await told(self))
    },
  },

  reading_wants_a_passive_port: {
    items: ['ports'],
    faults: ['port.reads_while_active'],
    play: async (self, t) => {
      const { port, peer } = pair(self)
      ask(port, 'once')
      t.emit(self, 'active', await t.attemptLater(() => read(port)))
      ask(port, false)
      t.emit(self, 'timeout', await read(port, 20))
      await send(peer, ['a'])
      t.emit(self, 'read', await read(port))
      await peer.close()
      t.emit(self, 'closed', await read(port))
    },
  },

  the_end_is_told_to_one_who_asks: {
    items: ['ports', 'P60'],
    faults: ['port.end_is_unasked', 'unlink.does_nothing'],
    play: async (self, t) => {
      self.trapExits(true)
      const { port, peer } = pair(self)
      self.monitor(port)
      await send(peer, ['a'])
      await peer.close()
      t.emit(self, 'passive', await told(self))
      ask(port, 'once')
      t.emit(self, 'item', await told(self))
      ask(port, 'once')
      t.emit(self, 'end', await told(self))
      t.emit(self, 'send', await t.attemptLater(() => port.write('x')))
    },
  },

  a_close_of_the_owner_is_told_to_others: {
    items: ['ports', 'P60'],
    faults: ['port.close_is_told_to_its_owner', 'monitor.fires_twice'],
    play: async (self, t) => {
      self.trapExits(true)
      const { port, peer } = pair(self)
      const a = t.label(
        'a',
        self.spawnMonitor(async (me: Process<unknown>) => {
          me.trapExits(true)
          me.link(port)
          me.monitor(port)
          self.node.send(self.pid, 'ready')
          t.emit(me, 'told', await told(me))
        }),
      )
      await self.receive(is('ready'))
      ask(port, true)
      await port.close()
      t.emit(self, 'told', await told(self, 20))
      t.emit(self, 'peer', await read(peer))
      t.emit(self, 'again', ((await port.close()) as unknown) ?? 'ok')
      await t.reason(self, a)
    },
  },

  a_port_ends_with_its_owner: {
    items: ['ports', 'P60'],
    faults: ['port.outlives_its_owner', 'port.forgets_why'],
    play: async (self, t) => {
      for (const reason of ['normal', 'shutdown', 'crash']) {
        const a = t.label(
          reason,
          self.spawnMonitor(async (me: Process<unknown>) => {
            self.node.send(self.pid, ['pair', pair(me).port])
            await me.receive()
            me.exit(reason)
          }),
        )
        const [, port] = (await self.receive(Array.isArray)) as [string, Port<string>]
        const b = self.spawnMonitor(async (me: Process<unknown>) => {
          me.monitor(port)
          self.node.send(self.pid, 'ready')
          self.node.send(self.pid, ['told', await told(me, 200)])
        })
        await self.receive(is('ready'))
        self.send(a.pid, 'stop')
        t.emit(self, reason, await t.reason(self, a))
        t.emit(self, 'port', ((await self.receive(Array.isArray)) as unknown[])[1])
        await t.reason(self, b)
      }
    },
  },

  the_peer_of_a_dead_owner_is_told: {
    items: ['ports', 'P09', '9.7'],
    faults: ['port.outlives_its_owner'],
    play: async (self, t) => {
      const { port, peer } = pair(self)
      const a = t.label(
        'a',
        self.spawnMonitor(async (me: Process<unknown>) => {
          await me.receive()
        }),
      )
      port.handOver(a.pid)
      self.send(a.pid, 'stop')
      t.emit(self, 'a', await t.reason(self, a))
      // The port is closed by now, whatever the peer has read.
      if (port.isOpen) t.emit(self, 'still_open')
      t.emit(self, 'peer', await read(peer))
    },
  },

  exit_signals_close_a_port: {
    items: ['ports'],
    faults: ['port.ignores_exit_signals', 'link.is_one_way'],
    play: async (self, t) => {
      const a = t.label(
        'a',
        self.spawnMonitor(async (me: Process<unknown>) => {
          self.node.send(self.pid, ['port', pair(me).port])
          await me.receive()
        }),
      )
      const [, one] = (await self.receive(Array.isArray)) as [string, Port<string>]
      self.sendExit(one, 'foo')
      t.emit(self, 'linked', await t.reason(self, a))
      self.trapExits(true)
      const { port } = pair(self)
      self.monitor(port)
      self.sendExit(port, 'bar')
      t.emit(self, 'trapped', await told(self))
      const { port: other } = pair(self)
      self.unlink(other)
      self.sendExit(other, 'foo')
      t.emit(self, 'unlinked', await told(self))
      t.emit(self, 'send', await t.attemptLater(() => other.write('x')))
    },
  },

  links_and_monitors_of_the_closed: {
    items: ['ports', 'P60'],
    faults: ['link.to_the_dead_is_silent', 'monitor.of_the_dead_is_silent'],
    play: async (self, t) => {
      self.trapExits(true)
      const { port } = pair(self)
      await port.close()
      self.monitor(port)
      t.emit(self, 'monitor', await told(self))
      self.link(port)
      t.emit(self, 'link', await told(self))
    },
  },

  a_linked_process_that_ends_well_leaves_it: {
    items: ['ports'],
    faults: ['link.normal_kills'],
    play: async (self, t) => {
      const { port, peer } = pair(self)
      const a = t.label(
        'a',
        self.spawnMonitor(async (me: Process<unknown>) => me.link(port)),
      )
      t.emit(self, 'a', describeReason(await t.reason(self, a)))
      await send(peer, ['a'])
      t.emit(self, 'read', ['ok', await read(port)])
    },
  },

  what_was_told_moves_to_the_new_owner: {
    items: ['ports'],
    faults: ['port.leaves_its_messages', 'port.moves_all_messages', 'port.keeps_its_first_owner'],
    play: async (self, t) => {
      const { port, peer } = pair(self)
      ask(port, true)
      await send(peer, ['a', 'b'])
      await self.sleep(50)
      self.send(self.pid, 'stays')
      const a = t.label(
        'a',
        self.spawnMonitor(async (me: Process<unknown>) => t.emit(me, 'told', await told(me, 200))),
      )
      port.handOver(a.pid)
      t.emit(self, 'moved', 'ok')
      await send(peer, ['c'])
      t.emit(self, 'left', await told(self))
      t.emit(self, 'owner', port.owner)
      await t.reason(self, a)
      t.emit(self, 'peer', await read(peer))
    },
  },

  handing_over_keeps_what_was_asked_for: {
    items: ['ports'],
    faults: ['port.is_handed_over_passive', 'port.once_is_for_ever'],
    play: async (self, t) => {
      const { port, peer } = pair(self)
      ask(port, 'once')
      const a = t.label(
        'a',
        self.spawnMonitor(async (me: Process<unknown>) => t.emit(me, 'told', await told(me, 200))),
      )
      port.handOver(a.pid)
      await send(peer, ['a', 'b'])
      await t.reason(self, a)
    },
  },

  handing_over_in_vain: {
    items: ['ports'],
    faults: ['port.is_handed_to_anybody', 'port.keeps_its_first_owner'],
    play: async (self, t) => {
      const { port, peer } = pair(self)
      const d = t.label(
        'd',
        self.spawnMonitor(async () => {}),
      )
      await t.reason(self, d)
      const handOver = (to: Parameters<typeof port.handOver>[0]): string => (port.handOver(to), 'ok')
      t.emit(
        self,
        'dead',
        t.attempt(() => handOver(d.pid)),
      )
      t.emit(self, 'itself', handOver(self.pid))
      const a = t.label('a', self.spawn(t.echo()))
      ask(port, true)
      await send(peer, ['a'])
      await peer.close()
      await self.sleep(50)
      t.emit(
        self,
        'closed',
        t.attempt(() => handOver(a)),
      )
      t.emit(self, 'left', await told(self))
    },
  },
}
