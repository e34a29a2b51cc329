/**
 * The process that speaks for a node's groups: what other nodes say comes here, and what time brings about is done here.
 *
 * What makes no sense to it ends nobody: a request is refused, all else is reported and dropped, and both are counted.
 */
import type { InitAck } from '@agner/behaviours'
import { immutable, reply, Request, type Process } from '@agner/core'
import { refuse } from '@agner/core/kernel'
import { groupsError } from '../errors.ts'
import { heardFound, reserve } from './founding.ts'
import { spreadFree } from './greeting.ts'
import { decline, lead, manage, tend } from './leading.ts'
import type { Membership } from './membership.ts'
import { keeperProtocol, type KeeperApi } from './protocol.ts'
import { readCall, readCast, readInfo } from './reading.ts'
import { freeze } from './refounding.ts'

/** Ticks between two words among free nodes about whom they are connected to. */
const freeEvery = 8

/** Its own tick: an object that goes by reference within this program. Nobody else can say that, or it would tick twice as often from then on. */
const tick = immutable({ type: 'tick' })

type Handlers<Part extends 'calls' | 'casts'> = Readonly<Record<keyof KeeperApi[Part], (arg: never) => unknown>>

/** Starts by taking part; ends only when it fails, or is told to. */
export function keeperBody(membership: Membership) {
  return async (self: Process<unknown>, init: InitAck<undefined>): Promise<void> => {
    membership.distribution.monitorNodes(self, true, { nodeType: 'all' })
    membership.begun(self.pid)
    init.ack()
    const keeper = new Keeper(membership, self)
    keeper.tick()
    for (;;) keeper.take(await self.receive())
  }
}

class Keeper {
  readonly #membership: Membership
  readonly #self: Process<unknown>
  readonly #calls: KeeperApi['calls']
  readonly #casts: KeeperApi['casts']
  #ticks = 0

  constructor(membership: Membership, self: Process<unknown>) {
    this.#membership = membership
    this.#self = self
    this.#calls = callsOf(membership)
    this.#casts = castsOf(membership)
  }

  take(message: unknown): void {
    if (message instanceof Request) return this.#asked(message as Request<unknown, unknown>)
    if (message === tick) return this.tick()
    const info = readInfo(message)
    if (info !== null) return this.#told(info)
    const cast = readCast(message)
    if (cast === null) return this.#drop()
    const casts: Handlers<'casts'> = this.#casts
    casts[cast.name](cast.arg as never)
  }

  #asked(request: Request<unknown, unknown>): void {
    const call = readCall(request.payload)
    if (call === null) {
      this.#membership.rubbish++
      return refuse(request, groupsError('groups.bad_question', { of: keeperProtocol.module }))
    }
    const calls: Handlers<'calls'> = this.#calls
    reply(request, calls[call.name](call.arg as never))
  }

  #told(info: KeeperApi['info']): void {
    const membership = this.#membership
    if (info.type === 'nodeup') return membership.up(info.node)
    if (info.type === 'nodedown') return membership.down(info.node, info.reason)
    membership.changed()
    const own = membership.logs.takeDirty(info.log)
    const leaving = membership.logs.lingering.get(info.log)
    if (own !== undefined) manage(membership, own)
    else if (leaving !== undefined) lead(membership, leaving)
  }

  #drop(): void {
    const { node, pid } = this.#self
    this.#membership.rubbish++
    const text = `${keeperProtocol.module} ${String(pid)} dropped a message that makes no sense to it: see that all nodes run versions of @agner/groups that go together.`
    node.report({ type: 'notice', level: 'warning', source: 'groups', text })
  }

  /** What time brings about, now and again in a while. */
  tick(): void {
    const membership = this.#membership
    const { pid, node } = this.#self
    membership.reservations.tend()
    membership.changed()
    membership.edges.tend()
    membership.logs.lingering.tend()
    for (const seat of membership.logs.lingering.seats()) lead(membership, seat)
    for (const own of [...membership.own.values()]) tend(membership, own)
    if (++this.#ticks % freeEvery === 0) spreadFree(membership)
    const { redialMs } = membership.settings.times
    this.#self.sendAfter(redialMs * (1 + node.runtime.random() / 2), pid as never, tick as never)
  }
}

function callsOf(membership: Membership): KeeperApi['calls'] {
  return {
    reserve: (request) => reserve(membership, request),
    release: ({ name, id }) => {
      membership.reservations.release(name, id)
      membership.changed()
      return null
    },
    learn: (view) => {
      membership.learn(view, null)
      return null
    },
    freeze: (request) => freeze(membership, request),
  }
}

function castsOf(membership: Membership): KeeperApi['casts'] {
  return {
    hello: (hello) => membership.heardHello(hello),
    views: ({ from, views }) => {
      for (const view of views) membership.learn(view, from)
    },
    declined: ({ id, node }) => {
      const own = membership.byId(id)
      if (own !== undefined) decline(membership, own, node)
    },
    free: (nodes) => membership.meetFree(nodes),
    found: (found) => heardFound(membership, found),
    abandon: ({ id, founding }) => {
      const own = membership.byId(id)
      if (own !== undefined && own.pending?.genesis.founding === founding) membership.drop(own)
    },
    thaw: ({ id, by }) => {
      const own = membership.byId(id)
      if (own?.promisedTo?.node === by) own.promisedTo = null
    },
    life: ({ node, log, life }) => membership.peers.get(node)?.lives.set(log, life),
    released: ({ log }) => {
      membership.logs.lingering.release(log)
      membership.changed()
    },
    asked: ({ node, on }) => membership.edges.ask(node, 'them', on),
  }
}
