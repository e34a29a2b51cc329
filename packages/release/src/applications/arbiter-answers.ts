/**
 * What an arbiter says, which is code of others: what it throws counts as no, and so does what is neither yes nor no. It must not end the keeper, on which all applications of its node depend.
 *
 * Some of it is asked for every event. So what fails is reported once, and again only after it has worked in between.
 */
import { describeReason, type ExitReason, type Node } from '@agner/core'
import { toYesOrNo } from '../yes-or-no.ts'
import { reportError } from './report-error.ts'
import type { Row } from './table.ts'

type YesOrNo = 'isReady' | 'isHeld'
type Question = YesOrNo | 'claim' | 'release'

const asNo =
  'It counts as no until it answers again: what needs a yes does not happen meanwhile. Make it return true or false, whatever happens.'

/** What becomes of it, and what to do. */
const advices: Readonly<Record<Question, string>> = {
  isReady: asNo,
  isHeld: asNo,
  claim:
    'The claim was given back, and the application does not run by it. Make each token a whole number above 0, greater than those before it.',
  release:
    'The process that held the claim has ended, which gives it back as well. Make it resolve in a bounded time, whatever happens.',
}

export class ArbiterAnswers {
  /** What has failed when it was asked last. */
  readonly #failing = new Set<string>()

  isYes(node: Node, row: Row, question: YesOrNo, ask: () => unknown): boolean {
    try {
      const answer = toYesOrNo(ask())
      this.worked(row, question)
      return answer
    } catch (error) {
      this.failed(node, row, question, error)
      return false
    }
  }

  worked({ name }: Row, question: Question): void {
    // Nearly always nothing has failed, and this is asked for every call that the gate lets through.
    if (this.#failing.size > 0) this.#failing.delete(`${question} ${name}`)
  }

  failed(node: Node, { name, arbiter }: Row, question: Question, cause: unknown): void {
    const asked = `${question} ${name}`
    if (this.#failing.has(asked)) return
    this.#failing.add(asked)
    const why = describeReason(cause as ExitReason)
    const details = { application: name, arbiter: arbiter?.name, question, why, advice: advices[question] }
    reportError(node, 'release.arbiter_failed', details, cause)
  }
}
