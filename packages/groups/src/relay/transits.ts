/**
 * Circuits that pass through this node as a gateway.
 *
 * A gateway keeps no messages of its own: what cannot go on at once waits in the post, and its sender has no credit for more than a window. A circuit ends here when
 * the neighbour on either side is lost; the other side is told.
 *
 * Until it is open, a next node that refuses or is silent makes room for another one. Each is asked under an id of its own: what a silent one says in the end
 * concerns nobody.
 */
import type { Ref } from '@agner/core'
import type { Backward, Forward, Open, RefusalReason } from './frames.ts'
import { locate, nextHop, type Hub } from './hub.ts'
import { own } from './reading.ts'

interface Transit {
  readonly up: string
  readonly upId: string
  down: string
  downId: string
  /** Until it is open: what to ask the next one. */
  opening: { readonly open: Open; readonly tried: Set<string>; timer: Ref | null } | null
}

export class Transits {
  readonly #hub: Hub
  readonly #byUp = new Map<string, Transit>()
  readonly #byDown = new Map<string, Transit>()

  constructor(hub: Hub) {
    this.#hub = hub
  }

  get size(): number {
    return this.#byUp.size
  }

  has(id: string): boolean {
    return this.#byUp.has(id)
  }

  /** Passes a circuit on, or refuses it. `open` has been resolved already, as far as this node could. */
  open(open: Open): void {
    const { limits, world } = this.#hub
    const up = open.way.at(-1)!
    if (!world.isGateway()) return this.#refuse(up, open.id, 'notAGateway')
    if (open.hops <= 0) return this.#refuse(up, open.id, 'noRoute')
    if (this.#byUp.size >= limits.circuits) return this.#refuse(up, open.id, 'full')
    const opening = { open, tried: new Set<string>(), timer: null }
    const transit: Transit = { up, upId: open.id, down: '', downId: '', opening }
    this.#byUp.set(open.id, transit)
    this.#next(transit, 'noRoute')
  }

  #next(transit: Transit, refusal: RefusalReason): void {
    const { post, self, limits, times } = this.#hub
    const { open, tried } = transit.opening!
    this.#stopTimer(transit)
    this.#byDown.delete(transit.downId)
    const located = locate(this.#hub, open.to, open.pid)
    const next = located === null ? undefined : nextHop(this.#hub, open.to, open.key, located, open.way, tried)
    if (next === undefined) {
      this.#byUp.delete(transit.upId)
      return this.#refuse(transit.up, transit.upId, located === null ? 'noProcess' : refusal)
    }
    transit.down = next
    transit.downId = tried.size === 0 ? open.id : `${open.id}+${tried.size}`
    tried.add(next)
    this.#byDown.set(transit.downId, transit)
    // Sooner than who asks gives up on this node.
    const silence = { own, type: 'silent', id: transit.downId }
    transit.opening!.timer = self.sendAfter(times.attemptTimeoutMs / 2, self.pid as never, silence as never)
    post.send(next, {
      ...open,
      id: transit.downId,
      pid: located!.pid,
      way: [...open.way, self.node.name],
      hops: open.hops - 1,
      windowMessages: Math.min(open.windowMessages, limits.windowMessages),
      windowBytes: Math.min(open.windowBytes, limits.windowBytes),
    })
  }

  #refuse(to: string, id: string, reason: RefusalReason): void {
    this.#hub.counters.circuitsRefused++
    this.#hub.post.send(to, { type: 'refused', id, reason, at: this.#hub.self.node.name })
  }

  /** The next node has said nothing for long. */
  silent(downId: string): void {
    const transit = this.#byDown.get(downId)
    if (transit === undefined || transit.opening === null) return
    this.#hub.post.send(transit.down, { type: 'close', id: downId })
    this.#next(transit, 'noRoute')
  }

  #stopTimer({ opening }: Transit): void {
    if (opening === null || opening.timer === null) return
    this.#hub.self.cancelTimer(opening.timer, { info: false })
    opening.timer = null
  }

  #remove(transit: Transit): void {
    this.#stopTimer(transit)
    this.#byUp.delete(transit.upId)
    this.#byDown.delete(transit.downId)
  }

  /** Whether the frame was one of a circuit here. */
  forward(frame: Exclude<Forward, Open>): boolean {
    const transit = this.#byUp.get(frame.id)
    if (transit === undefined) return false
    const { down, upId, downId } = transit
    if (frame.type === 'close') this.#remove(transit)
    else if (frame.type !== 'check') this.#hub.counters.relayed++
    this.#hub.post.send(down, upId === downId ? frame : { ...frame, id: downId })
    return true
  }

  /** Whether the frame was one of a circuit here. */
  backward(frame: Backward): boolean {
    const transit = this.#byDown.get(frame.id)
    if (transit === undefined) return false
    const { up, upId, downId, opening } = transit
    if (frame.type === 'refused' && opening !== null && frame.reason !== 'noProcess') {
      this.#next(transit, frame.reason)
      return true
    }
    if (frame.type === 'opened') {
      this.#stopTimer(transit)
      transit.opening = null
    }
    // After `moved` the circuit stands for those who watch the process.
    const isOver = frame.type === 'refused' || (frame.type === 'ended' && frame.why !== 'moved')
    if (isOver) this.#remove(transit)
    this.#hub.post.send(up, upId === downId ? frame : { ...frame, id: upId })
    return true
  }

  /** A neighbour is gone, and with it every circuit over it. */
  lost(node: string): void {
    for (const transit of [...this.#byUp.values()]) {
      const { up, upId, down, downId } = transit
      if (up !== node && down !== node) continue
      if (up !== node && transit.opening !== null) {
        this.#next(transit, 'noRoute')
        continue
      }
      this.#remove(transit)
      if (up === node) this.#hub.post.send(down, { type: 'close', id: downId })
      else this.#hub.post.send(up, { type: 'ended', id: upId, why: 'lost', reason: 'noconnection' })
    }
  }
}
