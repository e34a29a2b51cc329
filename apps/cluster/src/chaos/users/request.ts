/**
 * One request to the API, and what became of it.
 */
import type { Outcome, Tally, TryKind } from '../tally.ts'
import { isAbsurd, patienceMs } from './user.ts'

export interface Wanted {
  readonly kind: TryKind
  readonly url: string
  readonly status: number
  readonly init?: RequestInit
}

/** The body when it was answered as wanted, else null; the tally knows why. */
export async function request(tally: Tally, { kind, url, status, init = {} }: Wanted): Promise<unknown> {
  const fromMs = performance.now()
  const end = (outcome: Outcome): null => {
    tally.add(kind, fromMs, outcome)
    return null
  }
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(patienceMs) })
    const text = await response.text()
    if (response.status === status) {
      end('answered')
      return JSON.parse(text)
    }
    const code = codeOf(text)
    if (response.status !== 503 || isAbsurd(code))
      tally.absurd.push(`${init.method ?? 'GET'} ${url} was answered with ${response.status} ${text.slice(0, 300)}`)
    return end('refused')
  } catch (error) {
    return end(error instanceof Error && error.name === 'TimeoutError' ? 'late' : 'broken')
  }
}

function codeOf(text: string): unknown {
  try {
    return (JSON.parse(text) as { error?: { code?: unknown } }).error?.code
  } catch {
    return undefined
  }
}
