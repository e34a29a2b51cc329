/**
 * What a client has under way: calls that were handed to the gate of a node and that it has not answered.
 *
 *     launch ──► gate ──┬─► answered: taken
 *                       └─► abandoned: no answer is seen any more, and the gate is told that nobody waits
 */
import { abandonRequest, sendRequest, type RequestId } from '@agner/behaviours'
import type { AnyProcess, Ref } from '@agner/core'
import { gateProtocol, type GateAnswer, type Passage } from './gate.api.ts'
import type { Instance } from './location.ts'
import type { Operation } from './operation.ts'

export interface Attempt {
  readonly operation: Operation
  readonly instance: Instance
  readonly request: RequestId<GateAnswer>
}

export class Attempts {
  readonly #self: AnyProcess
  readonly #application: string
  readonly #underWay = new Map<Ref, Attempt>()

  constructor(self: AnyProcess, application: string) {
    this.#self = self
    this.#application = application
  }

  get size(): number {
    return this.#underWay.size
  }

  launch(operation: Operation, instance: Instance, atLeast: number): void {
    const { process, type, name, arg } = operation.question
    const leftMs = Math.max(0, Math.ceil(operation.deadlineMs - this.#self.node.monotonicTimeMs()))
    const to = gateProtocol.at({ name: gateProtocol.module, node: instance.node })
    const passage: Passage = { application: this.#application, process, type, name, arg, atLeast }
    const timed = leftMs === Infinity ? passage : { ...passage, leftMs }
    const request = sendRequest(this.#self, to, 'pass', timed)
    this.#underWay.set(request.ref, { operation, instance, request })
    operation.attempt = request.ref
  }

  of({ attempt }: Operation): Attempt | undefined {
    return attempt === null ? undefined : this.#underWay.get(attempt)
  }

  /** What that response is to, if it is one of these: it is under way no more. */
  take(ref: Ref): Attempt | undefined {
    const attempt = this.#underWay.get(ref)
    if (attempt === undefined) return undefined
    this.#underWay.delete(ref)
    attempt.operation.attempt = null
    return attempt
  }

  /** What it had under way, if anything. */
  abandon(operation: Operation): Attempt | undefined {
    const attempt = operation.attempt === null ? undefined : this.take(operation.attempt)
    if (attempt !== undefined) abandonRequest(this.#self, attempt.request)
    return attempt
  }

  /** What was handed to others than this one, the last first. */
  elsewhere({ node, token }: Instance): Operation[] {
    return [...this.#underWay.values()]
      .filter(({ instance }) => instance.node !== node || instance.token !== token)
      .map(({ operation }) => operation)
      .reverse()
  }
}
