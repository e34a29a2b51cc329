/**
 * A peer that knows the cookie, and a kernel behind the connection.
 *
 * Judge, after each play: what went wrong cost the stranger's connection alone, and has a reason from the list; the node did not fail by
 * itself; the other peer's connection stands, and messages go over it in both directions; nobody was sent anything in another's name, or
 * with a prototype of its own; and once the stranger is gone, no process is linked to him or monitored by him, none of his is left, and
 * nothing waits.
 */
import { Pid, type Request } from '../../../packages/core/src/index.ts'
import type { Address } from '../../../packages/distribution/src/network/network.ts'
import { opcode } from '../../../packages/distribution/src/wire/opcodes.ts'
import { Caller } from '../caller.ts'
import { SignalGrammar } from '../grammar/signals.ts'
import type { Input } from '../input.ts'
import { announcesMoreThan } from '../judge/stream.ts'
import { pollution } from '../judge/values.ts'
import { Finding, placeOf, type Target } from '../target.ts'
import { cookie, Witness, World, type Inhabitant } from '../world.ts'

const limits = { frameBytes: 8192, messageBytes: 32 * 1024, openMessages: 3 }
const reasons = new Set(['bad_frame', 'frame_too_large', 'forged_origin', 'fault', 'shutdown', 'connection_closed'])
const stranger = { name: 'stranger@far', incarnation: 99 }
const reply = 'here'

export async function connectionTarget(): Promise<Target> {
  const world = new World()
  const a = await world.start('a@h', { limits })
  const b = await world.start('b@h')
  const witness = new Witness(a.node, 'x')
  const other = new Witness(b.node, 'x')
  await world.runtime.runUntil(b.distribution.connect('a@h'))
  const timers = world.runtime.pendingTimers
  const streams = world.network.streamCount
  const processes = a.node.processCount()
  const residents = new Set(a.node.processes().filter((pid) => pid !== witness.pid))
  const address = a.distribution.listenAddress as Address
  const grammar = new SignalGrammar({
    ids: [1, 3, 4, 2 ** 40, ...Array.from({ length: 8 }, () => witness.pid.id)],
    names: ['x', 'x', 'x', '__proto__', 'nobody'],
    modules: [
      ...Array.from({ length: 4 }, () => ['guest', 'run'] as const),
      ['guest', 'constructor'],
      ['__proto__', 'run'],
      ['fs', 'exec'],
    ],
    nodes: [
      ['b@h', b.node.incarnation],
      ['stranger@far', 98],
      ['stranger@far', 98],
      ['stranger@far', 97],
      ['stranger@far', 99],
      ['a@h', 1],
    ],
  })

  const play = async (input: Input): Promise<string> => {
    witness.revive()
    other.revive()
    clear(a)
    const caller = new Caller(world.network, address, stranger, 'a@h', cookie)
    await world.runtime.settle()
    if (!caller.isUp) throw new Finding(`the handshake failed: ${a.notices.map(({ text }) => text).join()}`)
    // Some take turns, others come in one.
    for (const piece of input) {
      caller.say(piece)
      if (input.length % 3 === 0) await world.runtime.settle()
    }
    await world.runtime.settle()
    const place = ending(a, caller, input)
    if (!caller.isClosed) a.distribution.disconnect(stranger.name)
    await world.runtime.settle()
    gone(a, witness)
    sent(witness.seen)
    await speak()
    await clean()
    return place
  }

  /** Both of the others are there, and hear each other. */
  const speak = async (): Promise<void> => {
    witness.revive()
    other.revive()
    a.node.send(other.pid, reply)
    b.node.send(witness.pid, reply)
    await world.runtime.settle()
    if (!b.distribution.nodes().includes('a@h') || b.changes.length !== 1)
      throw new Finding('the connection of another peer was lost')
    if (witness.seen.splice(0).join() !== reply || other.seen.splice(0).join() !== reply)
      throw new Finding('a message of another peer was lost, or is not alone')
  }

  const gone = ({ node, distribution }: Inhabitant, { pid }: Witness): void => {
    const info = node.processInfo(pid, ['links', 'monitoredBy', 'monitors'])
    if (info !== undefined && info.links.length + info.monitoredBy.length + info.monitors.length > 0)
      throw new Finding(`a process has relations with a peer that is gone: ${JSON.stringify(info)}`)
    if (distribution.stats().pendingHandshakes + world.network.streamCount !== streams)
      throw new Finding('a stream of the stranger is left')
    if (world.runtime.pendingTimers !== timers) throw new Finding('a timer of the stranger is left')
  }

  /** He may leave processes behind that he spawned, and that is all. */
  const clean = async (): Promise<void> => {
    witness.revive()
    if (a.node.processCount() === processes) return
    const guests = a.node.processes().filter((pid) => pid !== witness.pid && !residents.has(pid))
    for (const guest of guests) a.node.send(guest as Pid<unknown>, 'go')
    await world.runtime.settle()
    if (a.node.processCount() !== processes) throw new Finding('processes are left')
  }

  return {
    name: 'connection',
    share: 15,
    make: (dice) => grammar.frames(dice),
    play,
    async close() {
      await world.stop()
      if (world.network.streamCount + world.runtime.pendingTimers > 0) throw new Finding('streams or timers are left')
    },
  }
}

function clear({ changes, notices }: Inhabitant): void {
  changes.length = 0
  notices.length = 0
}

/** How it ended for the stranger. */
function ending({ changes }: Inhabitant, caller: Caller, input: Input): string {
  const last = caller.received.at(-1)
  const text =
    last?.[0] === opcode.fault ? Buffer.from(last.subarray((last[3] as number) < 0x80 ? 4 : 5)).toString() : ''
  if (text.includes('made this node fail')) throw new Finding(text)
  const down = changes.find((change) => change.type === 'nodedown')
  if (caller.isClosed !== (down !== undefined)) throw new Finding('closed, and not down; or down, and not closed')
  if (changes.some(({ node }) => node !== stranger.name)) throw new Finding('it cost somebody else his connection')
  if (down === undefined) {
    if (announcesMoreThan(limits.frameBytes, input))
      throw new Finding('a frame over the limit was announced, and nothing happened')
    return `open ${caller.received.map(([code]) => code).join()}`
  }
  if (!reasons.has(down.reason)) throw new Finding(`the reason is ${down.reason}`)
  return `${down.reason}: ${placeOf(text)}`
}

/** Nobody speaks in another's name, and no value is other than it seems. */
function sent(seen: unknown[]): void {
  for (const message of seen.splice(0)) {
    const { from, payload } = (typeof message === 'object' && message !== null ? message : {}) as Partial<Request>
    // Exits and requests come from somebody; plain messages say nothing of him.
    const isSigned = from instanceof Pid
    if (isSigned && (from.node !== stranger.name || from.incarnation !== stranger.incarnation))
      throw new Finding(`a signal came in the name of ${from.node}, incarnation ${from.incarnation}`)
    const wrong = pollution(isSigned ? payload : message)
    if (wrong !== null) throw new Finding(wrong)
  }
}
