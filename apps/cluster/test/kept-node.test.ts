import type { ChildProcess } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { KeptNode } from '../src/launcher/kept-node.ts'
import { nodes } from '../src/topology.ts'

const osProcess = (): ChildProcess => ({}) as ChildProcess

/** How a promise ended; null as long as it has not. */
function outcomeOf(promise: Promise<void>): { readonly how: string | null } {
  const seen: { how: string | null } = { how: null }
  promise.then(
    () => (seen.how = 'ready'),
    (error: Error) => (seen.how = error.message),
  )
  return seen
}

describe('a node that is kept', () => {
  let kept: KeptNode
  beforeEach(() => {
    vi.useFakeTimers()
    kept = new KeptNode(nodes[0]!)
    kept.started(osProcess())
    kept.ready()
  })
  afterEach(() => void vi.useRealTimers())

  it('is ready for as long as the life lasts that said so', () => {
    expect(kept.isReady).toBe(true)
    kept.ended('SIGKILL')
    expect(kept.isReady).toBe(false)
    kept.started(osProcess())
    expect(kept.isReady).toBe(false)
  })

  it('is waited for until another OS process is ready: not the one that was asked to stop while it started', async () => {
    kept.ended('SIGKILL')
    kept.started(osProcess())
    const next = outcomeOf(kept.nextLife(1000))
    kept.ready()
    await vi.advanceTimersByTimeAsync(500)
    expect(next.how).toBeNull()
    kept.ended('exit code 0')
    kept.started(osProcess())
    kept.ready()
    await vi.advanceTimersByTimeAsync(0)
    expect(next.how).toBe('ready')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is not waited for without end', async () => {
    const next = outcomeOf(kept.nextLife(1000))
    await vi.advanceTimersByTimeAsync(1000)
    expect(next.how).toBe('log@127.0.0.1 was asked to start again and is not ready, for 1 s')
  })

  it('is not waited for when it ends again and again without having been ready, and an earlier life counts for nothing', async () => {
    const next = outcomeOf(kept.nextLife(60_000))
    expect(kept.ended('exit code 0')).toBeNull()
    for (let times = 1; times <= 5; times++) {
      await vi.advanceTimersByTimeAsync(0)
      expect(next.how).toBeNull()
      kept.started(osProcess())
      kept.ended('exit code 1')
    }
    await vi.advanceTimersByTimeAsync(0)
    expect(next.how).toBe('log@127.0.0.1 cannot be started: it ended 5 times (exit code 1); see its lines above')
  })

  it('counts anew once it was ready', () => {
    kept.ended('exit code 0')
    for (let times = 1; times <= 4; times++) expect(kept.ended('exit code 1')).toBeNull()
    kept.ready()
    kept.ended('exit code 0')
    for (let times = 1; times <= 4; times++) expect(kept.ended('exit code 1')).toBeNull()
    expect(kept.ended('exit code 1')).not.toBeNull()
  })
})
