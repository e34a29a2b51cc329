/** What a check is: a name to ask for, what it needs to have run before, and a verdict with what to show. */

export interface Verdict {
  readonly ok: boolean
  /** Shown when it failed. */
  readonly output: string
  /** A few words for the line of a check that passed: how much it looked at. */
  readonly summary?: string
}

export interface Check {
  readonly name: string
  /** Names of checks whose result this one works on. It does not run when one of them failed. */
  readonly needs?: readonly string[]
  /** Something of which there is one: of the checks that name the same, one runs at a time. */
  readonly alone?: string
  readonly run: (root: string) => Promise<Verdict>
}

/** For checks that start nodes by their default options. */
export const portMapper = 'the port mapper of the host'

export type State = 'passed' | 'failed' | 'blocked'

export interface Outcome {
  readonly name: string
  readonly state: State
  readonly seconds: number
  readonly verdict: Verdict
}

/** The checks that were asked for, with all that they need, in the order of the list. */
export function select(checks: readonly Check[], names: readonly string[]): Check[] {
  const unknown = names.filter((name) => !checks.some((check) => check.name === name))
  if (unknown.length > 0) {
    throw new Error(`no check "${unknown.join('", "')}"; there are: ${checks.map(({ name }) => name).join(', ')}`)
  }
  if (names.length === 0) return [...checks]
  const wanted = new Set(names)
  // Needs come earlier in the list, so that one walk from the end finds all of them.
  for (const check of checks.toReversed())
    if (wanted.has(check.name)) for (const need of check.needs ?? []) wanted.add(need)
  return checks.filter(({ name }) => wanted.has(name))
}

/** Runs checks, `lanes` at a time, each after those that it needs; tells of each as it ends. */
export async function runChecks(
  checks: readonly Check[],
  { root, lanes, tell }: { root: string; lanes: number; tell: (outcome: Outcome) => void },
): Promise<Outcome[]> {
  const outcomes = new Map<string, Outcome>()
  const waiting = [...checks]
  const running = new Set<Promise<void>>()
  const taken = new Set<string>()

  const finish = (outcome: Outcome): void => {
    outcomes.set(outcome.name, outcome)
    tell(outcome)
  }
  const isReady = ({ needs = [], alone }: Check): boolean =>
    (alone === undefined || !taken.has(alone)) &&
    needs.every((need) => outcomes.has(need) || !checks.some(({ name }) => name === need))
  const start = (check: Check): void => {
    const failedNeed = check.needs?.find((need) => outcomes.get(need)?.state !== 'passed' && outcomes.has(need))
    if (failedNeed !== undefined) {
      const verdict = { ok: false, output: `not run: ${failedNeed} did not pass` }
      return finish({ name: check.name, state: 'blocked', seconds: 0, verdict })
    }
    const startedMs = performance.now()
    const work = check
      .run(root)
      .catch((error: unknown): Verdict => ({
        ok: false,
        output: error instanceof Error ? (error.stack ?? error.message) : String(error),
      }))
      .then((verdict) => {
        running.delete(work)
        if (check.alone !== undefined) taken.delete(check.alone)
        finish({
          name: check.name,
          state: verdict.ok ? 'passed' : 'failed',
          seconds: (performance.now() - startedMs) / 1000,
          verdict,
        })
      })
    running.add(work)
    if (check.alone !== undefined) taken.add(check.alone)
  }

  while (waiting.length > 0 || running.size > 0) {
    const next = running.size < lanes ? waiting.findIndex(isReady) : -1
    if (next >= 0) for (const check of waiting.splice(next, 1)) start(check)
    else if (running.size > 0) await Promise.race(running)
    else throw new Error(`checks need each other in a circle: ${waiting.map(({ name }) => name).join(', ')}`)
  }
  return checks.flatMap(({ name }) => outcomes.get(name) ?? [])
}
