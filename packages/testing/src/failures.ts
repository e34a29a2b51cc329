/**
 * What tasks threw that ran together: each is told at once, so that none comes up later, in a call that has nothing to do with it.
 */
import { testingError } from './errors.ts'

export class Failures {
  #errors: unknown[] = []

  /** Runs `task`; whatever it throws is kept. */
  during(task: () => void): void {
    try {
      task()
    } catch (error) {
      this.#errors.push(error)
    }
  }

  /** Throws what was kept, and forgets it: one error as it is, several as one `testing.tasks_failed`. */
  tell(): void {
    const errors = this.#errors
    if (errors.length === 0) return
    this.#errors = []
    if (errors.length === 1) throw errors[0]
    const [first] = errors
    throw Object.assign(
      testingError('testing.tasks_failed', {
        count: errors.length,
        first: first instanceof Error ? first.message : String(first),
        errors,
      }),
      { cause: first },
    )
  }
}
