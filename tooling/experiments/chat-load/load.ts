/** One load on a chat that runs: how fast it was for its users, and what each of its OS processes used for it. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { usageOf } from './usage.ts'
import type { Order, Outcome } from './users.ts'

const users = join(import.meta.dirname, 'users.ts')
const outcomeLimitBytes = 256 * 1024 * 1024

export interface Load {
  readonly tookMs: readonly number[]
  readonly ms: number
  readonly failed: number
  readonly heard: number
  readonly toHear: number
  /** By process; the users are one of them. */
  readonly cpuMs: Readonly<Record<string, number>>
  readonly writtenBytes: Readonly<Record<string, number>>
}

/** @param processes the OS processes of the chat, by name. */
export async function loadOn(processes: Readonly<Record<string, number>>, order: Order): Promise<Load> {
  const before = Object.values(processes).map(usageOf)
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@agner/source', users, JSON.stringify(order)],
    { maxBuffer: outcomeLimitBytes },
  )
  const { cpuMs, ...outcome } = JSON.parse(stdout) as Outcome
  const used = Object.entries(processes).map(([name, osPid], index) => {
    const { cpuMs: cpuNow, writtenBytes } = usageOf(osPid)
    const first = before[index]!
    return { name, cpuMs: cpuNow - first.cpuMs, writtenBytes: writtenBytes - first.writtenBytes }
  })
  return {
    ...outcome,
    cpuMs: { ...Object.fromEntries(used.map((one) => [one.name, one.cpuMs])), users: cpuMs },
    writtenBytes: Object.fromEntries(used.map((one) => [one.name, one.writtenBytes])),
  }
}

/** The same load several times, as one. */
export function joined(loads: readonly Load[]): Load {
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)
  const sums = (all: readonly Readonly<Record<string, number>>[]): Record<string, number> =>
    Object.fromEntries(Object.keys(all[0] ?? {}).map((name) => [name, sum(all.map((one) => one[name] ?? 0))]))
  return {
    tookMs: loads.flatMap(({ tookMs }) => tookMs),
    ms: sum(loads.map(({ ms }) => ms)),
    failed: sum(loads.map(({ failed }) => failed)),
    heard: sum(loads.map(({ heard }) => heard)),
    toHear: sum(loads.map(({ toHear }) => toHear)),
    cpuMs: sums(loads.map(({ cpuMs }) => cpuMs)),
    writtenBytes: sums(loads.map(({ writtenBytes }) => writtenBytes)),
  }
}
