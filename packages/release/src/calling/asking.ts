/**
 * A client at work: which calls wait, which are under way, and where the application is.
 *
 *     ask ──► queue ──► gate known? place free? ──► attempt ──┬─► done: answered
 *               ▲                                             ├─► refused: nobody was asked ──► again, elsewhere
 *               ├── refused; lost, and safe to repeat ────────┼─► lost: something may have come of it ──► unknown, or again if that is safe
 *               └── the gate is silent, another was found ────┴─► silence: where is it now?
 *
 * All of it happens in the client's process. A deadline that passes ends a call, whatever is under way for it.
 */
import type { From } from '@agner/behaviours'
import type { AgnerError, AnyProcess, Down, ResponseMessage, TimeoutMessage } from '@agner/core'
import { releaseError } from '../errors.ts'
import { Attempts, type Attempt } from './attempts.ts'
import type { ClientAnswer, Due, Question } from './client.api.ts'
import type { ApplicationClientLimits } from './client-interface.ts'
import type { GateAnswer, Whereabouts } from './gate.api.ts'
import { answerOf, whereaboutsOf } from './heard.ts'
import { Location, type Instance } from './location.ts'
import { done, fail, giveUp, isWanted, operationOf, type Operation } from './operation.ts'
import { Queue } from './queue.ts'
import { growth, inWords, Seeking } from './seeking.ts'

export interface AskingOptions {
  readonly application: string
  readonly nodes: readonly string[]
  readonly limits: ApplicationClientLimits
  /** Told where it was found; null when that is not known any more. */
  readonly located: (node: string | null) => void
}

/** A call with which a process ended as often is made no more. */
const lossLimit = 4
const longestMs = 60_000

export class Asking {
  readonly #self: AnyProcess
  readonly #options: AskingOptions
  readonly #seeking: Seeking
  readonly #operations = new Map<number, Operation>()
  readonly #queue = new Queue()
  readonly #attempts: Attempts
  readonly #location: Location
  #last = 'none was asked yet'
  #ids = 0

  constructor(self: AnyProcess, options: AskingOptions) {
    this.#self = self
    this.#options = options
    this.#attempts = new Attempts(self, options.application)
    this.#location = new Location(self, options.located)
    this.#seeking = new Seeking(self, { ...options, retryMs: options.limits.retryMs })
  }

  ask(question: Question, from: From<ClientAnswer> | null): void {
    const { limits, application } = this.#options
    const operation = operationOf(++this.#ids, question, from, this.#nowMs + question.timeoutMs)
    operation.last = this.#last
    if (this.#operations.size - this.#attempts.size >= limits.waiting)
      return fail(operation, releaseError('release.client_full', { application, limit: limits.waiting }))
    this.#operations.set(operation.id, operation)
    this.#queue.add(operation)
    this.#go()
    // One that is under way has a timer of its own.
    if (operation.timer === null && !operation.isOver) this.#arm(operation, Infinity)
  }

  counts(): Readonly<Record<string, unknown>> {
    const { application } = this.#options
    const underWay = this.#attempts.size
    return {
      application,
      at: this.#location.instance,
      token: this.#location.greatest,
      waiting: this.#queue.size,
      underWay,
    }
  }

  close(): void {
    for (const operation of this.#operations.values()) {
      operation.last = 'the client was stopped'
      operation.mayHaveCome ||= operation.attempt !== null
      giveUp(operation, this.#options)
    }
  }

  // — on the way out —

  #go(): void {
    while (this.#queue.size > 0 && this.#attempts.size < this.#options.limits.underWay) {
      const { instance, greatest } = this.#location
      if (instance === null) return this.#seeking.begin()
      const operation = this.#queue.take()!
      if (!isWanted(operation)) this.#forget(operation)
      else {
        this.#attempts.launch(operation, instance, greatest)
        this.#arm(operation, this.#options.limits.attemptMs)
      }
    }
  }

  #again(operation: Operation): void {
    if (!isWanted(operation)) return this.#forget(operation)
    this.#arm(operation, Infinity)
    this.#queue.addFirst(operation)
  }

  #rest(operation: Operation): void {
    const { retryMs } = this.#options.limits
    operation.isResting = true
    this.#arm(operation, retryMs * 2 ** Math.min(operation.rests++, growth) * (0.5 + this.#self.node.runtime.random()))
  }

  // — what comes back —

  heard({ ref, outcome }: ResponseMessage): void {
    const probed = this.#seeking.heard(ref)
    if (probed !== undefined) {
      if (outcome.type === 'reply') this.#whereabouts(probed, whereaboutsOf(outcome.value))
      else this.#last = `${probed}: ${outcome.error.code}`
    } else {
      const attempt = this.#attempts.take(ref)
      if (attempt === undefined) return
      if (outcome.type === 'reply') this.#answered(attempt, answerOf(outcome.value))
      else this.#failed(attempt, outcome.error)
    }
    this.#go()
  }

  #whereabouts(node: string, where: Whereabouts): void {
    this.#last = inWords(where, node)
    const instance = this.#location.learn(node, where)
    if (instance === null) return
    this.#seeking.end()
    this.#leaveOthers(instance)
  }

  /** What is under way elsewhere is made again here, where that does no harm. */
  #leaveOthers(found: Instance): void {
    for (const operation of this.#attempts.elsewhere(found)) {
      if (!operation.question.isSafe) continue
      this.#attempts.abandon(operation)
      operation.mayHaveCome = true
      this.#again(operation)
    }
  }

  #answered(attempt: Attempt, given: GateAnswer): void {
    const { operation, instance } = attempt
    switch (given.type) {
      case 'done':
        this.#seeking.rest()
        done(operation, given.value)
        return this.#forget(operation)
      case 'failed':
        this.#seeking.rest()
        fail(operation, given)
        return this.#forget(operation)
      case 'refused':
        operation.last = inWords(given, instance.node)
        // It is the right place, and not the time: the others are not held up.
        if (given.why === 'no_process' || given.why === 'busy') return this.#rest(operation)
        this.#location.distrust(instance)
        return this.#again(operation)
      case 'lost':
        operation.losses++
        return this.#lost(operation, given.last)
    }
  }

  #failed({ operation, instance }: Attempt, error: AgnerError): void {
    const { code, message } = error
    if (code === 'call.bad_argument') {
      // The gate knows no such question: nobody was asked.
      fail(operation, error)
      return this.#forget(operation)
    }
    this.#location.distrust(instance)
    if (code !== 'call.no_process') return this.#lost(operation, message)
    // There is no gate, so nobody was asked.
    operation.last = `${instance.node}: ${code}`
    this.#again(operation)
  }

  #lost(operation: Operation, last: string): void {
    operation.mayHaveCome = true
    operation.last = last
    if (operation.question.isSafe && operation.losses < lossLimit) return this.#again(operation)
    giveUp(operation, this.#options)
    this.#forget(operation)
  }

  down(down: Down<'gateDown'>): void {
    this.#location.down(down)
    this.#go()
  }

  // — time —

  due({ ref, message }: TimeoutMessage<Due>): void {
    if (message === 'seek') return this.#seeking.round(ref, this.#location.greatest)
    const operation = this.#operations.get(message)
    if (operation?.timer !== ref) return
    const { isResting: wasResting } = operation
    operation.isResting = false
    if (this.#nowMs < operation.deadlineMs && isWanted(operation)) {
      if (!wasResting) return this.#silent(operation)
      this.#again(operation)
      return this.#go()
    }
    const attempt = this.#attempts.abandon(operation)
    if (attempt !== undefined) {
      operation.mayHaveCome = true
      operation.last = `${attempt.instance.node} has not answered`
    } else if (!operation.mayHaveCome && !wasResting) operation.last = this.#last
    giveUp(operation, this.#options)
    this.#forget(operation)
    this.#go()
  }

  #silent(operation: Operation): void {
    const attempt = this.#attempts.of(operation)
    if (attempt === undefined) return this.#arm(operation, Infinity)
    this.#arm(operation, this.#options.limits.attemptMs)
    this.#location.distrust(attempt.instance)
    if (this.#location.instance === null) this.#seeking.begin()
  }

  #arm(operation: Operation, ms: number): void {
    if (operation.timer !== null) this.#self.cancelTimer(operation.timer, { info: false })
    const leftMs = Math.max(0, operation.deadlineMs - this.#nowMs)
    const due: Due = operation.id
    operation.timer = this.#self.startTimer(Math.min(leftMs, ms, longestMs), due)
  }

  #forget(operation: Operation): void {
    operation.isOver = true
    this.#operations.delete(operation.id)
    this.#queue.leave(operation)
    if (operation.timer !== null) this.#self.cancelTimer(operation.timer, { info: false })
    operation.timer = null
    // Nobody wants to know where it is.
    if (this.#operations.size === 0) this.#seeking.end()
  }

  get #nowMs(): number {
    return this.#self.node.monotonicTimeMs()
  }
}
