/** What vitest's JSON report of one file says: how many tests, and which failed under which seed. */

export interface Failure {
  readonly test: string
  /** Null when the message names none. */
  readonly seed: string | null
  readonly message: string
}

export interface FileReport {
  readonly passed: number
  readonly failures: readonly Failure[]
}

interface JsonReport {
  readonly testResults?: readonly {
    readonly message?: string
    readonly assertionResults?: readonly {
      readonly fullName: string
      readonly status: string
      readonly failureMessages?: readonly string[]
    }[]
  }[]
}

export function readReport(json: string): FileReport {
  const { testResults = [] } = JSON.parse(json) as JsonReport
  const tests = testResults.flatMap(({ assertionResults = [] }) => assertionResults)
  const failures = tests
    .filter(({ status }) => status === 'failed')
    .map(({ fullName, failureMessages = [] }) => toFailure(fullName.trim(), failureMessages.join('\n')))
  // A file that could not be loaded has no tests, only a message.
  const broken = testResults
    .filter(({ assertionResults = [], message = '' }) => assertionResults.length === 0 && message !== '')
    .map(({ message = '' }) => toFailure('the file itself', message))
  return { passed: tests.filter(({ status }) => status === 'passed').length, failures: [...failures, ...broken] }
}

function toFailure(test: string, message: string): Failure {
  return { test, seed: /Under seed (\d+)/.exec(message)?.[1] ?? null, message }
}

/** For people: what failed, and the command that plays it again. */
export function describeFailure(path: string, { test, seed, message }: Failure): string {
  const again =
    seed === null ? `pnpm test ${path}` : `AGNER_SEED=${seed} pnpm test ${path} -t '${test.replaceAll("'", '.')}'`
  return [`${path}: ${test}`, ...message.split('\n').slice(0, 12), `again: ${again}`].join('\n    ')
}
