/** What is said of a question that got no answer. Pure. */
import type { Model, Question } from './model.ts'

/** Of the view, where its answer would stand. */
export function waitingText(
  { session, unanswered }: Pick<Model, 'session' | 'unanswered'>,
  question: Question,
): string {
  if (session.kind === 'lost') return 'nothing was seen of this before the connection was lost'
  return unanswered?.question === question ? unansweredText(unanswered) : 'asking…'
}

export function unansweredText({ why }: NonNullable<Model['unanswered']>): string {
  return `the node did not answer this question (${why}); it is asked again`
}
