/**
 * The distributed applications of a node, as code on that node uses them: what is asked goes to the keeper, what is read is read at once.
 */
import { call, killApplication, stopServer, type AnyApplication, type ApplicationType } from '@agner/behaviours'
import { AgnerError, Pid, type AnyPid, type Node } from '@agner/core'
import { isDuration } from '../duration.ts'
import { badOption, releaseError } from '../errors.ts'
import { inTime } from './in-time.ts'
import type { DistributedApplicationInfo, DistributedApplications, OwnInstance, RunningAt } from './interface.ts'
import { keeperProtocol, type KeeperApi } from './keeper.api.ts'
import type { Live } from './live.ts'
import { OwnGate } from './own-gate.ts'
import { isType, types, type Ask, type Outcome, type State } from './state.ts'
import { rankOf } from './table.ts'

type Named = AnyApplication | string

const wantedType = types.map((type) => `"${type}"`).join(', ')

export class Handle implements DistributedApplications {
  readonly node: Node
  readonly pid: AnyPid
  readonly gate: OwnGate
  readonly #live: Live
  #leaving: Promise<void> | null = null

  constructor(node: Node, pid: AnyPid, live: Live) {
    this.node = node
    this.pid = pid
    this.#live = live
    this.gate = new OwnGate(node, pid, (name) => (live.table.has(name) ? this.own(name) : null))
  }

  async start(application: Named, { type = 'temporary' }: { readonly type?: ApplicationType } = {}): Promise<void> {
    if (!isType(type)) throw badOption('type', wantedType)
    await this.#ask(application, { ask: 'start', applicationType: type })
  }

  stop(application: Named): Promise<void> {
    return this.#ask(application, { ask: 'stop' })
  }

  async takeover(application: Named, type: ApplicationType | null = null): Promise<void> {
    if (type !== null && !isType(type)) throw badOption('type', wantedType)
    await this.#ask(application, { ask: 'takeover', applicationType: type })
  }

  async permit(application: Named, isPermitted: boolean): Promise<void> {
    // The other nodes are told what it is, and drop all that this node says from then on if it is neither.
    if (typeof isPermitted !== 'boolean') throw badOption('isPermitted', 'true or false')
    await this.#ask(application, { ask: 'permit', isPermitted })
  }

  where(application: Named): RunningAt | null {
    return this.#live.at(this.#stateOf(application))
  }

  own(application: Named): OwnInstance | null {
    const { row, standing, instance, token, isDoomed } = this.#stateOf(application)
    if (standing !== 'running' || isDoomed) return null
    return { instance, token, isHeld: () => this.#live.isHeld(row.name, instance) && this.node.isAlive(this.pid) }
  }

  info(): DistributedApplicationInfo[] {
    return [...this.#live.states.values()].map((state) => this.#describe(state))
  }

  #describe(state: State): DistributedApplicationInfo {
    const { row, standing, isPermitted, isStarted, problem } = state
    return {
      name: row.name,
      nodes: row.groups.map((group) => (group.length === 1 ? group[0]! : group)),
      timeoutMs: row.timeoutMs,
      arbiter: row.arbiter?.name ?? null,
      at: this.#live.at(state),
      standing,
      isPermitted,
      isStarted,
      peers: [...state.peers]
        .filter(([node]) => rankOf(row, node) >= 0)
        .map(([node, peer]) => ({
          node,
          standing: peer.standing,
          isPermitted: peer.isPermitted,
          isStarted: peer.isStarted,
          differs: peer.differs,
        })),
      problem,
    }
  }

  watch(process: { readonly pid: AnyPid }, on = true): void {
    const pid: unknown = process?.pid
    // It is followed by the keeper, on which all applications of this node depend: what cannot be followed must not come that far.
    if (!(pid instanceof Pid)) throw badOption('process', 'a process, or { pid } of one')
    if (typeof on !== 'boolean') throw badOption('on', 'true or false')
    // Nobody would tell it anything, and it would wait for ever.
    if (on && !this.node.isAlive(this.pid)) throw this.#stopped()
    if (on) this.#live.watchers.announce(pid)
    else this.#live.watchers.renounce(pid)
    this.node.send(this.pid as Pid<KeeperApi['info']>, this.#live.own({ type: 'watch', pid, on }))
  }

  async leave({ timeoutMs = 10_000 }: { readonly timeoutMs?: number } = {}): Promise<void> {
    if (!isDuration(timeoutMs)) throw badOption('timeoutMs', 'milliseconds from 0 up, or Infinity')
    await (this.#leaving ??= this.#leave(timeoutMs))
  }

  async #leave(timeoutMs: number): Promise<void> {
    const names = [...this.#live.states.keys()]
    const left = names.map((name) => this.#ask(name, { ask: 'leave' }).catch(() => undefined))
    const hasLeft = await inTime(this.node, timeoutMs, Promise.all(left))
    if (!hasLeft) await Promise.all(names.map((name) => this.#end(name)))
    if (this.node.isAlive(this.pid)) await stopServer(this.node, this.#target()).catch(() => undefined)
    await this.gate.hasEnded()
  }

  /** What nobody has taken over in time is stopped, and what does not stop is killed. */
  async #end(name: string): Promise<void> {
    const { row } = this.#live.states.get(name)!
    const stopped = this.#ask(name, { ask: 'stop' }).catch(() => undefined)
    if (!(await inTime(this.node, row.lostMs, stopped))) await killApplication(this.node, name)
  }

  #target() {
    return keeperProtocol.at(this.pid)
  }

  #stateOf(application: Named): State {
    const name = typeof application === 'string' ? application : application.name
    const state = this.#live.states.get(name)
    if (state !== undefined) return state
    const known = [...this.#live.states.keys()].join(', ')
    throw releaseError('release.unknown_application', { application: name, node: this.node.name, known })
  }

  async #ask(application: Named, ask: Ask): Promise<void> {
    const state = this.#stateOf(application)
    const outcome = await this.#answered(state, ask)
    if (!('ok' in outcome)) throw this.#failure(state, outcome)
  }

  async #answered({ row }: State, ask: Ask): Promise<Outcome> {
    try {
      return await call(this.node, this.#target(), 'ask', { application: row.name, ask })
    } catch (error) {
      if (error instanceof AgnerError && error.code.startsWith('call.')) return { refused: 'stopped' }
      throw error
    }
  }

  #stopped(): Error {
    const application = [...this.#live.states.keys()].join(', ')
    return releaseError('release.stopped', { application, node: this.node.name })
  }

  #failure({ row }: State, outcome: Exclude<Outcome, { readonly ok: true }>): Error {
    const { refused, node = this.node.name, why, reason } = outcome
    const other = this.#live.states.get(row.name)!.peers.get(node)
    const error = releaseError(`release.${refused}`, {
      application: row.name,
      node: refused === 'table_mismatch' ? this.node.name : node,
      nodes: row.groups.flat().join(', '),
      ...(refused === 'table_mismatch' ? { other: node, ours: row.terms, theirs: other?.terms ?? 'none' } : {}),
      why,
      reason,
    })
    if (reason instanceof Error) error.cause = reason
    return error
  }
}
