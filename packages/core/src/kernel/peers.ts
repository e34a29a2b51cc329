/**
 * What this node has to do with others: the kernel's side of the seam in `router.ts`.
 *
 * For each peer it knows which processes have links, monitors or watchers there, and which requests and spawns are open in either
 * direction. Losing the peer fails exactly those, each once.
 */
import { AgnerError, coreError } from '../errors.ts'
import type { ExitReason, NotCarried } from '../exit-reason.ts'
import type { AnyPid } from '../identity/pid.ts'
import { Ref } from '../identity/ref.ts'
import { Backlog } from './backlog.ts'
import { BusyPeers } from './busy-peers.ts'
import { asReason, LinkDemand, Tally, tooMany } from './demands.ts'
import { isGenuine, senderOf } from './genuine.ts'
import type { Kernel } from './kernel.ts'
import { brought, outgoing } from './message-context.ts'
import { Monitor } from './monitor.ts'
import type { ProcessRecord } from './process-record.ts'
import { Relations } from './relations.ts'
import { refusalFromReason, refusalToReason } from './refused.ts'
import { Request } from './request.ts'
import type { NameAddress, Readiness, RemotePort, RemoteSignal, Routed, Router } from './router.ts'
import { DownSignal, ExitSignal, LinkExitSignal, UnlinkAckSignal, UnlinkSignal } from './signal.ts'
import { RemoteSpawns } from './remote-spawn.ts'

export class Peers implements RemotePort {
  readonly #kernel: Kernel
  readonly #relations = new Map<string, Relations>()
  readonly spawns: RemoteSpawns
  readonly busy: BusyPeers
  #router: Router | null = null
  readonly #backlog: Backlog

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    this.#backlog = new Backlog(kernel.scheduler)
    this.spawns = new RemoteSpawns(kernel)
    this.busy = new BusyPeers(kernel)
  }

  attach(router: Router): RemotePort {
    if (this.#router !== null) throw coreError('node.router_attached')
    this.#router = router
    return this
  }

  detach(): void {
    this.#router = null
    for (const peer of [...this.#relations.keys()]) this.peerLost(peer)
    this.spawns.lostAll()
    this.busy.lostAll()
  }

  /** The nodes that are connected now, as the router says. */
  names(): readonly string[] {
    return this.#router?.names?.() ?? []
  }

  /** The kernel sends a signal to another node: it is always taken. Without a router it fails the way a lost connection would. */
  route(node: string, signal: RemoteSignal, sender: AnyPid | null = senderOf(signal)): void {
    this.#route(node, signal, sender, false)
  }

  /** The code of `sender` sends: it may have to wait after that, or be refused. @throws `send.peer_full` */
  say(node: string, signal: RemoteSignal, sender: AnyPid | null): void {
    const routed = this.#route(node, signal, sender, true)
    if (routed === 'busy' && sender !== null) this.busy.hold(sender, node)
    else if (routed === 'full') throw coreError('send.peer_full', { node, op: signal.op })
  }

  #route(node: string, signal: RemoteSignal, sender: AnyPid | null, isFree: boolean): Routed {
    if (this.#router !== null) return this.#router.route(node, signal, sender, isFree) ?? 'taken'
    this.#kernel.runtime.microtask(() => this.bounce(signal, 'noconnection'))
    return 'taken'
  }

  /** Whether `node` would take what `sender` sends. */
  readiness(node: string, sender: AnyPid | null): Readiness {
    if (this.#router === null) return 'unconnected'
    return this.#router.readiness?.(node, sender) ?? 'ready'
  }

  ready(peer: string, sender: AnyPid): void {
    this.busy.ready(peer, sender)
  }

  /** Remembers that `record` has a link, monitor or watcher on `node`. */
  relate(record: ProcessRecord, node: string): void {
    this.#with(node).processes.add(record)
    const belongings = record.belong()
    ;(belongings.peers ??= new Set()).add(node)
  }

  /** The process is dead. */
  forget(record: ProcessRecord): void {
    const peers = record.belongings?.peers
    if (peers != null) for (const node of peers) this.#relations.get(node)?.processes.delete(record)
  }

  /** A request goes out to another node. */
  ask(request: Request, node: string): void {
    this.#with(node).asked.set(request.id, request)
    const to = request.target as AnyPid | NameAddress
    const { caller, from, id, payload } = request
    const asked = { op: 'request', from, to, id, payload } as const
    const context = caller === null || !caller.contextual ? null : outgoing(caller)
    try {
      this.say(node, context === null ? asked : { ...asked, context }, from)
    } catch (error) {
      this.#relations.get(node)?.asked.delete(request.id)
      request.refuse(error as AgnerError)
    }
  }

  /** The caller of a request gave up, or died. */
  abandoned(request: Request): void {
    const { target } = request
    if (request.caller === null || typeof target === 'string') return
    const node = target.node
    if (this.#relations.get(node)?.asked.delete(request.id) !== true) return
    this.route(node, { op: 'abandon', from: request.from, to: target, id: request.id })
  }

  /** A request from another node has its outcome. @param sender among whose signals it takes its place. */
  settled(request: Request, sender: AnyPid | null): void {
    const node = request.from.node
    if (this.#relations.get(node)?.asking.delete(request.id) !== true) return
    const { kind, value } = request.outcome
    const { from: to, id } = request
    if (kind === 'answered') this.say(node, { op: 'reply', to, id, payload: value }, sender)
    else {
      const { refusal } = request
      const reason = refusal === null ? (value as ExitReason) : refusalToReason(refusal)
      this.route(node, { op: 'requestFailed', to, id, reason }, sender)
    }
  }

  /** A monitor of another node has fired. */
  unwatched({ watcher, ref }: Monitor): void {
    this.#relations.get(watcher.node)?.monitors.delete(ref)
  }

  /** A monitor of another node was set. */
  placed(peer: string, monitor: Monitor): void {
    this.#with(peer).monitors.set(monitor.ref, monitor)
  }

  /** Whether `peer` has a monitor here under that ref. */
  isPlaced(peer: string, ref: Ref): boolean {
    return this.#relations.get(peer)?.monitors.has(ref) === true
  }

  isBehind(): boolean {
    return this.#backlog.isBehind()
  }

  peerLost(peer: string): void {
    this.spawns.lost(peer)
    this.busy.lost(peer)
    const relations = this.#relations.get(peer)
    if (relations === undefined) return
    this.#relations.delete(peer)
    for (const request of relations.asked.values()) request.fail('noconnection')
    for (const request of relations.asking.values()) request.abandon()
    for (const monitor of relations.monitors.values()) this.#kernel.monitors.lift(monitor)
    for (const record of relations.processes) this.#sever(record, peer)
  }

  #sever(record: ProcessRecord, peer: string): void {
    record.belongings?.peers?.delete(peer)
    if (record.links !== null) {
      for (const other of record.links.all())
        if (other.node === peer && this.#isRemote(other))
          this.#kernel.push(record, new LinkExitSignal(other, 'noconnection'))
    }
    if (record.monitors === null) return
    for (const monitor of record.monitors) {
      if (monitor.by.node === peer && this.#kernel.locate(monitor.by) === 'remote')
        this.#kernel.push(record, new DownSignal(monitor, 'noconnection'))
    }
  }

  #isRemote(pid: AnyPid): boolean {
    return this.#kernel.local(pid) === 'remote'
  }

  bounce(signal: RemoteSignal, reason: 'noproc' | 'noconnection' | NotCarried): void {
    switch (signal.op) {
      case 'link':
        return this.#toProcess(signal.from, (record) =>
          this.#kernel.push(record, new LinkExitSignal(signal.to, reason)),
        )
      case 'unlink':
        return this.#toProcess(signal.from, (record) =>
          this.#kernel.push(record, new UnlinkAckSignal(signal.to, signal.id)),
        )
      case 'monitor':
        return this.#toProcess(signal.from, (record) => {
          const monitor = this.#kernel.monitors.find(record, signal.ref)
          if (monitor !== null) this.#kernel.push(record, new DownSignal(monitor, reason))
        })
      case 'request': {
        const asked = this.#relations.get(signal.to.node)?.asked
        const request = asked?.get(signal.id)
        asked?.delete(signal.id)
        return request?.fail(reason)
      }
      case 'spawn':
        return this.spawns.bounced(signal.node, signal.id, reason)
      default:
    }
  }

  #toProcess(pid: AnyPid, act: (record: ProcessRecord) => void): void {
    const record = this.#kernel.local(pid)
    if (record !== null && record !== 'remote') act(record)
  }

  deliver(peer: { readonly name: string; readonly incarnation: number }, signal: RemoteSignal): boolean {
    if (!isGenuine(peer, signal)) return false
    this.#backlog.came()
    const kernel = this.#kernel
    switch (signal.op) {
      case 'send':
        if (signal.to instanceof Ref) {
          if (signal.to.identity === kernel.identity) kernel.aliases.send(signal.to, signal.message, signal.context)
        } else this.#to(signal.to, (record) => kernel.push(record, brought(signal.message, signal.context)))
        return true
      case 'link':
        if (!this.mayLink(peer.name)) {
          const reason = asReason(tooMany(kernel, peer.name, 'links'))
          this.route(peer.name, { op: 'linkExit', from: signal.to, to: signal.from, reason })
          return true
        }
        this.#to(signal.to, (record) => this.relate(record, peer.name))
        this.#or(
          signal.to,
          (record) => kernel.push(record, new LinkDemand(signal.from, this.#with(peer.name).linking)),
          () => kernel.links.refuse(signal.to, signal.from),
        )
        return true
      case 'unlink':
        this.#or(
          signal.to,
          (record) => kernel.push(record, new UnlinkSignal(signal.from, signal.id)),
          () => kernel.links.acknowledge(signal.to, signal.from, signal.id),
        )
        return true
      case 'unlinkAck':
        this.#to(signal.to, (record) => kernel.push(record, new UnlinkAckSignal(signal.from, signal.id)))
        return true
      case 'linkExit':
        this.#to(signal.to, (record) => kernel.push(record, new LinkExitSignal(signal.from, signal.reason)))
        return true
      case 'exit':
        this.#to(signal.to, (record) => kernel.push(record, new ExitSignal(signal.from, signal.reason)))
        return true
      case 'monitor': {
        const { ref } = signal
        // A ref that is in use already would watch twice, and count once.
        if (this.isPlaced(peer.name, ref)) return true
        if (!this.mayWatch(peer.name)) {
          const reason = asReason(tooMany(kernel, peer.name, 'monitors'))
          this.route(peer.name, { op: 'down', from: signal.to, to: signal.from, ref, reason })
          return true
        }
        const placed = new Monitor(signal.from, ref, signal.to, null)
        this.placed(peer.name, placed)
        this.#or(
          signal.to,
          (record) => kernel.push(record, placed),
          () => kernel.monitors.tell(placed, 'noproc'),
        )
        return true
      }
      case 'demonitor': {
        const { monitors } = this.#with(peer.name)
        const placed = monitors.get(signal.ref)
        monitors.delete(signal.ref)
        if (placed !== undefined) kernel.monitors.lift(placed)
        return true
      }
      case 'down':
        // Of monitors on the peer's own processes only: a ref of another one's is forged.
        this.#to(signal.to, (record) => {
          const monitor = kernel.monitors.find(record, signal.ref)
          if (monitor !== null && monitor.by.node === peer.name)
            kernel.push(record, new DownSignal(monitor, signal.reason))
        })
        return true
      case 'request':
        this.#asked(peer.name, signal)
        return true
      case 'abandon': {
        const { asking } = this.#with(peer.name)
        asking.get(signal.id)?.abandon()
        asking.delete(signal.id)
        return true
      }
      case 'reply':
        this.#answered(peer.name, signal.id)?.answered(signal.payload)
        return true
      case 'requestFailed':
        this.#failed(this.#answered(peer.name, signal.id), signal.reason)
        return true
      case 'spawn':
        this.spawns.requested(peer.name, signal)
        return true
      case 'spawned':
        this.spawns.succeeded(peer.name, signal.id, signal.pid)
        return true
      case 'spawnFailed':
        this.spawns.failed(peer.name, signal.id, new AgnerError(signal.code, signal.message))
        return true
    }
  }

  /** Whether `peer` may have one monitor more here. */
  mayWatch(peer: string): boolean {
    return this.#with(peer).monitors.size < this.#kernel.peerLimit
  }

  /** The same for a link, which counts from now on. */
  mayLink(peer: string): boolean {
    const relations = this.#with(peer)
    relations.links ??= new Tally(this.#kernel.peerLimit, () => {
      let links = relations.linking.size
      for (const record of relations.processes)
        for (const other of record.links?.all() ?? []) if (other.node === peer) links++
      return links
    })
    return relations.links.take()
  }

  /** The same for a process: also those count that were spawned over earlier connections. */
  maySpawn(peer: string): boolean {
    const relations = this.#with(peer)
    relations.spawned ??= new Tally(this.#kernel.peerLimit, () => {
      let spawned = 0
      for (const { parent, lives } of this.#kernel.table) if (lives && parent?.node === peer) spawned++
      return spawned
    })
    return relations.spawned.take()
  }

  #asked(peer: string, signal: RemoteSignal & { readonly op: 'request' }): void {
    const { asking } = this.#with(peer)
    if (asking.has(signal.id)) return
    if (asking.size >= this.#kernel.peerLimit) {
      const reason = refusalToReason(tooMany(this.#kernel, peer, 'requests'))
      return this.route(peer, { op: 'requestFailed', to: signal.from, id: signal.id, reason })
    }
    const request = new Request(signal.from, signal.payload, signal.id, signal.to, null, this.#kernel)
    asking.set(signal.id, request)
    this.#or(
      signal.to,
      (record) => this.#kernel.push(record, brought(request, signal.context)),
      () => request.fail('noproc'),
    )
  }

  #failed(request: Request | undefined, reason: ExitReason): void {
    const refusal = refusalFromReason(reason)
    if (refusal === null) request?.fail(reason)
    else request?.refuse(refusal)
  }

  #answered(peer: string, id: number): Request | undefined {
    const asked = this.#relations.get(peer)?.asked
    const request = asked?.get(id)
    asked?.delete(id)
    return request
  }

  #to(target: AnyPid | NameAddress, act: (record: ProcessRecord) => void): void {
    this.#or(target, act, () => {})
  }

  #or(target: AnyPid | NameAddress, act: (record: ProcessRecord) => void, otherwise: () => void): void {
    const record = this.#kernel.locate(target)
    if (record === null || record === 'remote') otherwise()
    else act(record)
  }

  #with(node: string): Relations {
    let relations = this.#relations.get(node)
    if (relations === undefined) this.#relations.set(node, (relations = new Relations()))
    return relations
  }
}
