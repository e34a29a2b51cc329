/**
 * Asks an address again and again while the page is visible and keeps the last good answer. One request at a time; the next is asked
 * `everyMs` after the last was answered, so that a slow server is never asked faster than it can answer.
 */
import { useEffect, useRef, useState } from 'preact/hooks'
import { readProblem } from '../model/wire.ts'

const answerWithinMs = 4_000

export interface Polled<T> {
  readonly data: T | undefined
  /**
   * Why there is no newer answer, in words. One failure is passed over while there is an answer to show: the next request finds a
   * node that lives.
   */
  readonly problem: string | undefined
}

export function usePoll<T>(path: string, read: (body: unknown) => T, everyMs: number): Polled<T> {
  const [polled, setPolled] = useState<Polled<T>>({ data: undefined, problem: undefined })
  const reader = useRef(read)
  reader.current = read

  useEffect(() => {
    const stop = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    let isAsking = false
    let failures = 0

    const ask = async (): Promise<void> => {
      if (isAsking || document.hidden) return
      isAsking = true
      clearTimeout(timer)
      const answer = await fetchJson(path, stop.signal)
      isAsking = false
      if (stop.signal.aborted) return
      failures = 'problem' in answer ? failures + 1 : 0
      setPolled((before) => {
        if (!('problem' in answer)) return { data: reader.current(answer.body), problem: undefined }
        return failures === 1 && before.data !== undefined ? before : { data: before.data, problem: answer.problem }
      })
      timer = setTimeout(() => void ask(), everyMs)
    }
    const look = (): void => void ask()
    document.addEventListener('visibilitychange', look)
    void ask()
    return () => {
      document.removeEventListener('visibilitychange', look)
      clearTimeout(timer)
      stop.abort()
    }
  }, [path, everyMs])
  return polled
}

async function fetchJson(path: string, signal: AbortSignal): Promise<{ body: unknown } | { problem: string }> {
  try {
    const answer = await fetch(path, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]),
      cache: 'no-store',
    })
    const body: unknown = await answer.json().catch(() => undefined)
    if (answer.ok && typeof body === 'object' && body !== null) return { body }
    return {
      problem: readProblem(body)?.message ?? `It answered with HTTP ${answer.status} and nothing that can be shown.`,
    }
  } catch {
    return { problem: 'There is no answer just now.' }
  }
}
