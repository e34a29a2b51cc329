/**
 * Yes or no from an arbiter, which is code of others: what it throws counts as no. It must not end the keeper, on which all applications of its node depend.
 *
 * It is asked for every event. So what fails is reported once, and again only after it has worked in between.
 */
import { describeReason, type ExitReason, type Node } from '@agner/core'
import { reportError } from './report-error.ts'
import type { Row } from './table.ts'

type Question = 'isReady' | 'isHeld'

export class ArbiterAnswers {
  /** What has failed when it was asked last. */
  readonly #failing = new Set<string>()

  isYes(node: Node, { name, arbiter }: Row, question: Question, ask: () => boolean): boolean {
    try {
      const answer = ask()
      // Nearly always nothing has failed, and this is asked for every call that the gate lets through.
      if (this.#failing.size > 0) this.#failing.delete(`${question} ${name}`)
      return answer
    } catch (error) {
      const asked = `${question} ${name}`
      if (this.#failing.has(asked)) return false
      this.#failing.add(asked)
      const why = describeReason(error as ExitReason)
      const details = { application: name, arbiter: arbiter?.name, question, why }
      reportError(node, 'release.arbiter_failed', details, error)
      return false
    }
  }
}
