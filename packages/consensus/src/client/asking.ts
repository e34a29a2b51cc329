/**
 * A client at work: which requests wait, which are under way, and who is asked.
 *
 *     ask ──► queue ──► leader known? session open? place free? ──► attempt ──┬─► done: answered
 *               ▲                                                              ├─► refused, nothing came of it: again
 *               └── again, under the same session and number ─────────────────┴─► lost: something may have come of it: again
 *
 *     leader not known: all nodes are asked for it at once, and again after a while that grows, until one knows
 *
 * All of it happens in the client's process. A deadline that passes ends a request, whatever is under way for it.
 */
import { sendRequest, type From, type Protocol } from '@agner/behaviours'
import type { AgnerError, AnyProcess, Ref, ResponseMessage } from '@agner/core'
import type { ConsensusErrorCode } from '../errors.ts'
import { Alarm } from '../member/alarm.ts'
import { nodeOfMember } from '../member/group.ts'
import { memberProtocol, type Answer, type MemberApi, type Refused } from '../member/member.api.ts'
import type { MemberStatus } from '../member/member-interface.ts'
import type { MemberId } from '../raft/interface.ts'
import { tooMuchFor } from './carried.ts'
import type { ClientLimits } from './client-interface.ts'
import type { ClientAnswer, Question } from './client.api.ts'
import type { Directory } from './directory.ts'
import {
  codeOfBroken,
  done,
  drop,
  fail,
  isAwaited,
  isForLeader,
  judge,
  operationOf,
  type Operation,
} from './operation.ts'
import { Seeking } from './seeking.ts'
import { ClientSession } from './session.ts'

interface Attempt {
  readonly operation: Operation
  readonly node: string
  /** Whom it was sent to as the leader. */
  readonly leader: MemberId | null
}

export interface AskingOptions {
  readonly group: string
  readonly limits: ClientLimits
  readonly directory: Directory
  readonly reaches: (node: string) => boolean
}

export class Asking {
  readonly #self: AnyProcess
  readonly #options: AskingOptions
  readonly #protocol: Protocol<MemberApi>
  readonly #alarm: Alarm
  readonly #seeking: Seeking
  #queue: Operation[] = []
  /** Those that were sent before go first. */
  #again: Operation[] = []
  readonly #underWay = new Set<Operation>()
  readonly #resting = new Set<Operation>()
  /** Those under way and resting that need no leader: they wait for no turn, so they are counted by themselves. */
  readonly #direct = new Set<Operation>()
  #roomMadeMs = -Infinity
  readonly #attempts = new Map<Ref, Attempt>()
  #session: ClientSession | null = null
  #isOpening = false

  constructor(self: AnyProcess, options: AskingOptions) {
    this.#self = self
    this.#options = options
    this.#protocol = memberProtocol(options.group)
    this.#alarm = new Alarm(self, 'raftWake')
    this.#seeking = new Seeking(self, options.limits.retryMs, (node) => this.#probe(node), options.directory)
  }

  ask(question: Question, from: From<ClientAnswer>): void {
    const { limits, group } = this.#options
    const operation = operationOf(question, from, this.#nowMs)
    const isFull = (): boolean => (isForLeader(operation) ? this.#queue.length : this.#direct.size) >= limits.waiting
    if (isFull()) this.#makeRoom()
    if (isFull()) return fail(operation, group, 'consensus.client_full', { limit: limits.waiting })
    if (!isForLeader(operation)) return this.#launch(operation)
    this.#queue.push(operation)
    this.#alarm.set(operation.deadlineMs)
    this.#go()
  }

  /** What people are shown of it. */
  counts(): Readonly<Record<string, unknown>> {
    const { group, directory } = this.#options
    const waiting = this.#queue.length + this.#again.length
    return {
      group,
      leader: directory.leader,
      session: this.#session?.id ?? null,
      waiting,
      underWay: this.#underWay.size,
    }
  }

  /** Whoever leads may drop the session; nobody waits for that. */
  close(): void {
    const { leader } = this.#options.directory
    if (this.#session === null || leader === null) return
    this.#send(nodeOfMember(leader), 'closeSession', { session: this.#session.id })
  }

  // — on the way out —

  #go(): void {
    for (let next = this.#next(); next !== null; next = this.#next()) this.#launch(next)
  }

  /** The first of those that wait, if it may go. */
  #next(): Operation | null {
    const { directory, limits } = this.#options
    const from = this.#again.length > 0 ? this.#again : this.#queue
    const operation = from[0]
    if (operation === undefined) return null
    if (operation.isOver) {
      from.shift()
      return this.#next()
    }
    if (directory.leader === null) return this.#seek()
    if (this.#underWay.size >= limits.underWay) return null
    if (operation.call === 'submit' && operation.session === null && !this.#mayNumber(operation)) return null
    from.shift()
    return operation
  }

  /** Gives a command its place in the session, if there is one. */
  #mayNumber(operation: Operation): boolean {
    if (this.#session === null) {
      this.#openSession()
      return false
    }
    if (this.#session.open >= this.#options.limits.underWay) return false
    operation.session = this.#session
    operation.sequence = this.#session.take()
    return true
  }

  #openSession(): void {
    if (this.#isOpening) return
    this.#isOpening = true
    const { name, incarnation } = this.#self.node
    const owner = `${name}#${String(incarnation)}`
    const opening = operationOf({ call: 'openSession', payload: { owner }, timeoutMs: Infinity }, null, this.#nowMs)
    this.#launch(opening)
  }

  #seek(): null {
    this.#seeking.begin(this.#nowMs)
    this.#alarm.set(this.#seeking.atMs)
    return null
  }

  #launch(operation: Operation): void {
    const { directory, limits } = this.#options
    const { leader } = directory
    const isForAny = operation.call === 'readLocal' || leader === null
    const node = isForAny ? (operation.rests === 0 ? this.#self.node.name : directory.next()) : nodeOfMember(leader)
    const ref = this.#send(node, operation.call, payloadOf(operation))
    this.#attempts.set(ref, { operation, node, leader: isForAny ? null : leader })
    this.#underWay.add(operation)
    if (!isForLeader(operation)) this.#direct.add(operation)
    operation.wakeAtMs = Math.min(this.#nowMs + limits.attemptMs, operation.deadlineMs)
    this.#alarm.set(operation.wakeAtMs)
  }

  #probe(node: string): Ref {
    return this.#send(node, 'status', undefined)
  }

  #send(node: string, call: string, payload: unknown): Ref {
    const { module } = this.#protocol
    const isReached = node === this.#self.node.name || this.#options.reaches(node)
    // A name that nobody has fails as a node does that is not there, and connects to none.
    const to = this.#protocol.at(isReached ? { name: module, node } : `${module} (out of reach)`)
    return sendRequest(this.#self, to, call as 'submit', payload as never).ref
  }

  // — what comes back —

  heard({ ref, outcome }: ResponseMessage): void {
    if (this.#seeking.isOwn(ref)) {
      if (outcome.type === 'reply') this.#learn(outcome.value as MemberStatus)
    } else {
      const attempt = this.#attempts.get(ref)
      this.#attempts.delete(ref)
      if (attempt === undefined || attempt.operation.isOver) return
      if (outcome.type === 'error') this.#lost(attempt, outcome.error)
      else if (attempt.operation.call === 'status') this.#status(attempt, outcome.value as MemberStatus)
      else this.#answered(attempt, outcome.value as Answer<unknown>)
    }
    this.#go()
  }

  #answered(attempt: Attempt, given: Answer<unknown>): void {
    const { operation } = attempt
    if (given.type === 'refused') return this.#refused(attempt, given)
    this.#leave(operation)
    this.#seeking.rest()
    if (operation.call === 'openSession') {
      this.#isOpening = false
      this.#session = new ClientSession(given.value as string)
    }
    done(operation, given.value)
  }

  #refused(attempt: Attempt, refused: Refused): void {
    const { operation, leader } = attempt
    this.#learn(refused)
    operation.last = refused.why
    operation.message = refused.message ?? null
    operation.mayHaveCome ||= refused.mayCome
    const verdict = judge(operation, refused.why)
    if (verdict === 'elsewhere') {
      if (leader !== null && refused.leader !== leader) this.#options.directory.distrust(leader)
      this.#retry(operation)
    } else if (verdict === 'later') this.#restThenRetry(operation)
    else if (verdict === 'session') this.#sessionLost(operation)
    else {
      this.#leave(operation)
      if (verdict === 'done') done(operation, null)
      else fail(operation, this.#options.group, verdict)
    }
  }

  #sessionLost(operation: Operation): void {
    if (this.#session === operation.session) this.#session = null
    if (operation.mayHaveCome) {
      this.#leave(operation)
      return fail(operation, this.#options.group, 'consensus.unknown_outcome')
    }
    operation.session = null
    this.#retry(operation)
  }

  /** Nobody was there, or who was there is gone; or they do not take it, or no connection does, and then nobody asks again. */
  #lost({ operation, leader }: Attempt, error: AgnerError): void {
    const { code } = error
    operation.last = code
    const tooMuch = tooMuchFor(operation, error)
    if (tooMuch !== null) return this.#hopeless(operation, tooMuch.code, tooMuch.message)
    if (code === 'call.bad_argument' && operation.from !== null)
      return this.#hopeless(operation, codeOfBroken(operation), error.message)
    if (code !== 'call.no_process') operation.mayHaveCome = true
    if (leader !== null) this.#options.directory.distrust(leader)
    if (isForLeader(operation)) this.#retry(operation)
    else this.#restThenRetry(operation)
  }

  #hopeless(operation: Operation, code: ConsensusErrorCode, message: string): void {
    this.#leave(operation)
    operation.message = message
    fail(operation, this.#options.group, code)
  }

  #status({ operation }: Attempt, status: MemberStatus): void {
    this.#learn(status)
    const isLeader = status.role === 'leader'
    operation.secondBest = { ...status, fromLeader: isLeader }
    // Whom it names is asked once or twice; then its own word has to do.
    if (!isLeader && operation.rests < 3 && this.#options.directory.leader !== null)
      return this.#restThenRetry(operation)
    this.#leave(operation)
    done(operation, operation.secondBest)
  }

  #learn(said: Pick<MemberStatus, 'leader' | 'term' | 'members'>): void {
    const { directory } = this.#options
    directory.learn(said)
    if (directory.leader !== null) this.#seeking.end()
  }

  #leave(operation: Operation): void {
    this.#underWay.delete(operation)
    this.#resting.delete(operation)
    this.#direct.delete(operation)
  }

  #retry(operation: Operation): void {
    this.#leave(operation)
    operation.wakeAtMs = operation.deadlineMs
    // Commands wait for their session.
    if (operation.call === 'openSession') this.#again.unshift(operation)
    else if (isForLeader(operation)) this.#again.push(operation)
    else this.#launch(operation)
  }

  #restThenRetry(operation: Operation): void {
    this.#leave(operation)
    const { retryMs } = this.#options.limits
    const restMs = retryMs * 2 ** Math.min(operation.rests++, 4) * (0.5 + this.#self.node.runtime.random())
    operation.wakeAtMs = Math.min(this.#nowMs + restMs, operation.deadlineMs)
    this.#resting.add(operation)
    if (!isForLeader(operation)) this.#direct.add(operation)
    this.#alarm.set(operation.wakeAtMs)
  }

  // — time —

  get #nowMs(): number {
    return this.#self.node.monotonicTimeMs()
  }

  wake(alarm: number): void {
    if (!this.#alarm.rang(alarm)) return
    const nowMs = this.#nowMs
    this.#forget()
    for (const operation of this.#all()) if (operation.deadlineMs <= nowMs) this.#expire(operation)
    for (const operation of this.#underWay) if (operation.wakeAtMs <= nowMs) this.#overdue(operation)
    for (const operation of this.#resting) if (operation.wakeAtMs <= nowMs) this.#retry(operation)
    this.#keepLive()
    this.#seeking.time(nowMs)
    this.#go()
    let nextMs = this.#seeking.atMs
    for (const { wakeAtMs, deadlineMs } of this.#all()) nextMs = Math.min(nextMs, wakeAtMs, deadlineMs)
    if (nextMs !== Infinity) this.#alarm.set(nextMs)
  }

  /** Requests of those who have ended or given up may wait without end, in the place of others. Looked for again after a while only: each look is at all. */
  #makeRoom(): void {
    if (this.#nowMs < this.#roomMadeMs + this.#options.limits.retryMs) return
    this.#roomMadeMs = this.#nowMs
    this.#forget()
    this.#keepLive()
  }

  #forget(): void {
    for (const operation of this.#all()) {
      if (isAwaited(operation)) continue
      this.#leave(operation)
      drop(operation)
    }
  }

  #keepLive(): void {
    this.#queue = this.#queue.filter(({ isOver }) => !isOver)
    this.#again = this.#again.filter(({ isOver }) => !isOver)
  }

  *#all(): Generator<Operation> {
    yield* this.#underWay
    yield* this.#resting
    yield* this.#again
    yield* this.#queue
  }

  #expire(operation: Operation): void {
    // Something was sent and nothing was said of it.
    if (this.#underWay.has(operation)) operation.mayHaveCome = true
    this.#leave(operation)
    if (operation.secondBest !== null) done(operation, operation.secondBest)
    else fail(operation, this.#options.group)
  }

  /** Whoever has it takes too long. What it says yet still counts. */
  #overdue(operation: Operation): void {
    operation.mayHaveCome = true
    operation.last = 'no answer'
    operation.rests++
    for (const { operation: one, leader } of this.#attempts.values())
      if (one === operation && leader !== null) this.#options.directory.distrust(leader)
    this.#retry(operation)
  }
}

function payloadOf({ call, payload, session, sequence }: Operation): unknown {
  if (call !== 'submit' || session === null) return payload
  return { command: payload, request: { session: session.id, sequence, answered: session.answered } }
}
