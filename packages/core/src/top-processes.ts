/**
 * Which processes have most of something: waiting messages, memory, work done; now (recon:proc_count/2), or more than a while ago
 * (recon:proc_window/3).
 *
 * One pass over all processes; what else is known of them is put together for those alone that are told. Nothing of a process runs.
 */
import { coreError } from './errors.ts'
import type { Kernel } from './kernel/kernel.ts'
import type { ProcessRecord } from './kernel/process-record.ts'
import { estimateMemory } from './memory-estimate.ts'
import { cheapItems, readItems, type ProcessInfo } from './process-info.ts'
import { TimerEntry } from './timers/timer-queue.ts'
import { describeValue } from './values/describe.ts'

/** Waiting messages; the estimate of `memoryBytes`, which takes a look at each process's data; reductions. */
export type TopMeasure = 'mailbox' | 'memory' | 'reductions'

export interface TopOptions {
  readonly by: TopMeasure
  /** How many to tell of; default 10. */
  readonly count?: number
  /** Asked about each process; without it all are looked at. */
  readonly where?: (process: TopCandidate) => boolean
}

/** What {@link TopOptions.where} is told of a process: what costs nothing to know of a million. */
export type TopCandidate = Pick<ProcessInfo, 'pid' | 'name' | 'label' | 'initialCall'>

export interface TopOverOptions extends TopOptions {
  readonly windowMs: number
}

/** A process, and how much it has of what was asked for. */
export interface TopProcess extends ProcessInfo {
  readonly value: number
}

const measures: { readonly [Measure in TopMeasure]: (record: ProcessRecord) => number } = {
  mailbox: ({ messagesWaiting }) => messagesWaiting,
  memory: estimateMemory,
  reductions: ({ allReductions }) => allReductions,
}

const longestWindowMs = 2 ** 43

/** Those with most come first. @throws `listing.bad_option` */
export function topProcesses(kernel: Kernel, { by, count = 10, where }: TopOptions): TopProcess[] {
  check(by, count)
  return most(kernel, measures[by], count, where)
}

/** Resolves after `windowMs` with those that gained most meanwhile; new ones gained all that they have. Rejects with `listing.bad_option`, `node.stopped`. */
export async function topProcessesOver(
  kernel: Kernel,
  { by, count = 10, windowMs, where }: TopOverOptions,
): Promise<TopProcess[]> {
  check(by, count)
  if (!(typeof windowMs === 'number' && windowMs >= 0 && windowMs <= longestWindowMs))
    throw bad('windowMs', windowMs, 'a number of milliseconds from 0 up')
  const measure = measures[by]
  const before = new Map<ProcessRecord, number>()
  for (const record of kernel.table) before.set(record, measure(record))
  await passed(kernel, windowMs)
  return most(kernel, (record) => measure(record) - (before.get(record) ?? 0), count, where)
}

function check(by: unknown, count: unknown): void {
  if (typeof by !== 'string' || !Object.hasOwn(measures, by)) throw bad('by', by, Object.keys(measures).join(', '))
  if (!(typeof count === 'number' && count >= 1)) throw bad('count', count, 'a number from 1 up')
}

function bad(option: string, value: unknown, wanted: string): Error {
  return coreError('listing.bad_option', { option, value: describeValue(value), wanted })
}

const candidateItems = ['pid', 'name', 'label', 'initialCall'] as const satisfies readonly (keyof TopCandidate)[]

interface Entry {
  readonly record: ProcessRecord
  readonly value: number
}

/** Keeps the best so far in order: of a million processes few get in. */
function most(
  kernel: Kernel,
  measure: (record: ProcessRecord) => number,
  count: number,
  where: TopOptions['where'],
): TopProcess[] {
  const best: Entry[] = []
  for (const record of kernel.table) {
    if (!record.visible || !record.lives) continue
    if (where !== undefined && !where(readItems(record, null, candidateItems))) continue
    const value = measure(record)
    if (best.length >= count && value <= best.at(-1)!.value) continue
    best.splice(placeOf(best, value), 0, { record, value })
    if (best.length > count) best.pop()
  }
  return best.map(({ record, value }) => ({ ...(readItems(record, null, cheapItems) as ProcessInfo), value }))
}

/** Behind all that are as large: among equals the first one found is first. */
function placeOf(best: readonly Entry[], value: number): number {
  let low = 0
  let high = best.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (best[middle]!.value >= value) low = middle + 1
    else high = middle
  }
  return low
}

class Passing extends TimerEntry {
  readonly #done: () => void

  constructor(done: () => void) {
    super()
    this.#done = done
  }

  fire(): void {
    this.#done()
  }
}

/** A window of time. The node may stop within it. */
function passed(kernel: Kernel, windowMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(coreError('node.stopped', { node: kernel.identity.name }))
    if (kernel.stopped) return stop()
    kernel.atStop.add(stop)
    const done = (): void => {
      kernel.atStop.delete(stop)
      resolve()
    }
    return kernel.timers.set(new Passing(done), windowMs)
  })
}
