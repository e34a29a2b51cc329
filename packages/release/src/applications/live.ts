/**
 * What a keeper does: it hands what happens to the reducer of each application, and carries out what comes of it.
 *
 *     messages, answers, time ──► reduce ──► effects ──► other keepers, the applications of this node, arbiters, those who wait
 *
 * All of it happens in the keeper's process; what takes time comes back as a message. The handle of the node reads the states.
 */
import {
  answer,
  countApplications,
  getMaster,
  killApplication,
  StartError,
  startApplication,
  stopApplication,
  type From,
} from '@agner/behaviours'
import { describeReason, type AnyPid, type ExitReason, type Process, type Ref } from '@agner/core'
import { ArbiterAnswers } from './arbiter-answers.ts'
import { claimFor, endClaim, type ClaimOf } from './claimant.ts'
import type { ApplicationChange, DistributedApplicationsLimits, RunningAt } from './interface.ts'
import type { KeeperApi, Own, OwnMessage } from './keeper.api.ts'
import { nextTimeMs, reduce } from './reduce.ts'
import { sight } from './sight.ts'
import { firstState, type Ask, type Effect, type Event, type Outcome, type Stand, type State } from './state.ts'
import type { Row } from './table.ts'
import { Watchers } from './watchers.ts'

/** Speaks to the other nodes. */
export interface Others {
  tell(application: string, stand: Stand): void
  grant(node: string, application: string, instance: number): void
}

export class Live {
  readonly table: ReadonlyMap<string, Row>
  readonly limits: DistributedApplicationsLimits
  readonly states: Map<string, State>
  readonly watchers: Watchers
  readonly #waiting = new Map<number, From<Outcome>>()
  readonly #claims = new Map<string, ClaimOf>()
  readonly #answers = new ArbiterAnswers()
  /** The masters of what runs here, and which instance each is. */
  readonly #masters = new Map<Ref, { readonly application: string; readonly instance: number }>()
  #alarm: { readonly ref: Ref; readonly atMs: number } | null = null
  #ids = 0
  #self!: Process<OwnMessage>
  /** What only this keeper and its node know. */
  key!: Ref
  #others!: Others

  constructor(
    node: string,
    table: ReadonlyMap<string, Row>,
    permissions: Readonly<Record<string, boolean>>,
    limits: DistributedApplicationsLimits,
  ) {
    this.table = table
    this.limits = limits
    this.watchers = new Watchers(limits.watchers)
    this.states = new Map(
      [...table.values()].map((row) => [row.name, firstState(row, node, permissions[row.name] !== false)]),
    )
  }

  begin(self: Process<KeeperApi['info']>, others: Others): void {
    this.#self = self as unknown as Process<OwnMessage>
    this.key = self.makeRef()
    this.#others = others
  }

  /** A message to the keeper from its own node. */
  own(event: Own): OwnMessage {
    return { type: 'own', key: this.key, event }
  }

  isOwn(key: Ref): boolean {
    return key === this.key
  }

  // — what is read —

  at(state: State): RunningAt | null {
    const seen = sight(state)
    // Of two that run it the greater token counts.
    const isElsewhere = seen !== null && (seen.token ?? 0) > (state.token ?? 0)
    if (state.standing === 'running' && !state.isDoomed && !isElsewhere)
      return { node: state.node, instance: state.instance, token: state.token }
    return seen === null ? null : { node: seen.node, instance: seen.instance, token: seen.token }
  }

  isHeld(application: string, instance: number): boolean {
    const state = this.states.get(application)
    if (state?.standing !== 'running' || state.instance !== instance || state.isDoomed) return false
    if (state.row.arbiter === null) return true
    const claim = this.#claims.get(application)?.held() ?? null
    return claim !== null && this.#answers.isYes(this.#self.node, state.row, 'isHeld', () => claim.isHeld())
  }

  // — what happens —

  happened(application: string, event: Event): void {
    const before = this.states.get(application)
    if (before === undefined) return
    const weight = this.#weigh()
    const nowMs = this.#self.node.monotonicTimeMs()
    const { row } = before
    const { arbiter } = row
    const isReady =
      arbiter?.isReady === undefined || this.#answers.isYes(this.#self.node, row, 'isReady', () => arbiter.isReady!())
    const { state, effects } = reduce(before, event, { nowMs, weight, isReady })
    this.states.set(application, state)
    for (const effect of effects) this.#carryOut(state, effect)
    this.#setAlarm()
    this.watchers.tell(this.#self, this.#change(state))
    // What is begun here counts when it is settled where the others go.
    if (this.#weigh() === weight) return
    for (const other of this.states.values())
      if (other.standing === 'waiting' && other !== state) this.happened(other.row.name, { type: 'time' })
  }

  /** How many applications this node has, with those that it is about to start. */
  #weigh(): number {
    const { node } = this.#self
    const coming = [...this.states.values()].filter(
      ({ standing, row }) => standing === 'claiming' || (standing === 'starting' && getMaster(node, row.name) === null),
    )
    return countApplications(node) + coming.length
  }

  happenedToAll(event: Event): void {
    for (const application of this.states.keys()) this.happened(application, event)
  }

  asked(application: string, ask: Ask, from: From<Outcome>): void {
    // Only strangers ask for what is not in the table.
    if (!this.states.has(application)) return answer(from, { refused: 'not_started' })
    const id = ++this.#ids
    this.#waiting.set(id, from)
    this.happened(application, { type: 'ask', waiter: { ...ask, id } })
  }

  time(): void {
    this.#alarm = null
    this.happenedToAll({ type: 'time' })
  }

  begun({ application, instance }: { readonly application: string; readonly instance: number }): void {
    const master = getMaster(this.#self.node, application)
    this.happened(application, { type: 'started', instance })
    if (master !== null) this.#masters.set(this.#self.monitor(master), { application, instance })
    else this.happened(application, { type: 'ended', instance, why: 'at once', takesNodeDown: false })
  }

  /** @returns whether it was a monitor of an application. */
  down(ref: Ref, reason: ExitReason): boolean {
    const of = this.#masters.get(ref)
    if (of === undefined) return false
    this.#masters.delete(ref)
    const { applicationType: type } = this.states.get(of.application)!
    const isFatal = type === 'permanent' || (type === 'transient' && reason !== 'normal')
    const takesNodeDown = isFatal || this.#self.node.isStopped
    this.happened(of.application, { type: 'ended', ...pick(of), why: describeReason(reason), takesNodeDown })
    return true
  }

  /** Of what is linked to the keeper only claimants matter: one that ends with a claim has lost it. */
  exited(pid: AnyPid, reason: ExitReason): void {
    const claim = [...this.#claims.values()].find((each) => each.pid === pid)
    if (claim === undefined || reason === 'normal') return
    const { application, instance } = claim
    const token = claim.held()?.token
    const why = describeReason(reason)
    if (token === undefined) this.happened(application, { type: 'notClaimed', instance, why })
    else this.happened(application, { type: 'claimLost', token, why })
  }

  watch(pid: AnyPid, on: boolean): void {
    if (!on) return this.watchers.leave(this.#self, pid)
    const changes = [...this.states.values()].map((state) => this.#change(state))
    this.watchers.follow(this.#self, pid, changes)
  }

  /** When everything of this node's that runs has ended: by itself with the node, or since this makes it. */
  async end(): Promise<void> {
    const { node } = this.#self
    const here = [...this.table.keys()].filter((name) => getMaster(node, name) !== null && this.#isMine(name))
    await this.#self.wait(
      Promise.all(
        here.map(async (name) => {
          if (node.isStopped) await node.exited(getMaster(node, name)!)
          else await stopApplication(node, name).catch(() => killApplication(node, name))
        }),
      ),
    )
    for (const claim of this.#claims.values()) await this.#self.wait(endClaim(this.#self, claim, null))
  }

  #isMine(name: string): boolean {
    const { standing } = this.states.get(name)!
    return standing === 'starting' || standing === 'running' || standing === 'stopping'
  }

  // — what is done —

  #carryOut(state: State, effect: Effect): void {
    const { name } = state.row
    const self = this.#self
    switch (effect.type) {
      case 'tell':
        return this.#others.tell(name, effect.stand)
      case 'grant':
        return this.#others.grant(effect.node, name, effect.instance)
      case 'start':
        return this.#start(state.row, effect)
      case 'stop':
        return void this.#stop(state.row, effect)
      case 'claim':
        this.#claims.set(
          name,
          claimFor(self, {
            row: state.row,
            instance: effect.instance,
            answers: this.#answers,
            own: (event) => this.own(event),
          }),
        )
        return
      case 'unclaim':
        return void this.#unclaim(name, null)
      case 'answer': {
        const from = this.#waiting.get(effect.id)
        this.#waiting.delete(effect.id)
        if (from !== undefined) answer(from, effect.outcome)
        return
      }
      case 'report': {
        const { level, text, details } = effect
        return self.node.report({ type: 'notice', level, source: 'release.applications', text, details })
      }
    }
  }

  #start({ name }: Row, effect: Extract<Effect, { readonly type: 'start' }>): void {
    const { node, pid } = this.#self
    const { instance, startType, applicationType: type } = effect
    const tell = (event: Own) => node.send(pid as never, this.own(event) as never)
    startApplication(node, name, { startType, type }).then(
      () => tell({ type: 'begun', application: name, instance }),
      (error: unknown) => {
        const reason = error instanceof StartError ? error.reason : (error as ExitReason)
        const why = error instanceof StartError ? describeReason(reason) : (error as Error).message
        tell({ type: 'notBegun', application: name, instance, reason, why })
      },
    )
  }

  async #stop({ name }: Row, { instance, withinMs, to }: Extract<Effect, { readonly type: 'stop' }>): Promise<void> {
    const { node, pid } = this.#self
    const kill = () => void killApplication(node, name)
    const timer = withinMs === null ? null : node.runtime.setTimer(withinMs, kill)
    await stopApplication(node, name).catch(() => (withinMs === null ? undefined : killApplication(node, name)))
    timer?.clear()
    await this.#unclaim(name, to)
    node.send(pid as never, this.own({ type: 'halted', application: name, instance }) as never)
  }

  async #unclaim(name: string, to: string | null): Promise<void> {
    const claim = this.#claims.get(name)
    if (claim === undefined) return
    this.#claims.delete(name)
    await endClaim(this.#self, claim, to)
  }

  #setAlarm(): void {
    const { node } = this.#self
    const nowMs = node.monotonicTimeMs()
    let atMs = Infinity
    for (const state of this.states.values()) atMs = Math.min(atMs, nextTimeMs(state, nowMs) ?? Infinity)
    if (this.#alarm?.atMs === atMs || (atMs === Infinity && this.#alarm === null)) return
    if (this.#alarm !== null) this.#self.cancelTimer(this.#alarm.ref)
    this.#alarm = null
    if (atMs === Infinity) return
    const ref = this.#self.sendAfter(
      Math.max(0, atMs - nowMs),
      this.#self.pid as never,
      this.own({ type: 'time' }) as never,
    )
    this.#alarm = { ref, atMs }
  }

  #change(state: State): ApplicationChange {
    return {
      type: 'applicationChange',
      application: state.row.name,
      at: this.at(state),
      standing: state.standing,
    }
  }
}

function pick({ instance }: { readonly instance: number }): { readonly instance: number } {
  return { instance }
}
