/** What the disk does without a group: processes that sync records of the same size, and one that writes them to a log of ours, one at a time. */
import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { segmentStorage } from '@agner/consensus'
import type { SyncSpeed } from '../disk.ts'
import { quantile } from '../frame/quantile.ts'

const program = fileURLToPath(new URL('./sync-loop.ts', import.meta.url))

/** What has been written to the segments of a log, without the zeros behind it. */
export function bytesIn(folder: string): number {
  const segments = readdirSync(folder).filter((name) => name.endsWith('.log'))
  return segments.reduce((sum, name) => {
    const bytes = readFileSync(join(folder, name))
    return sum + bytes.findLastIndex((byte) => byte !== 0) + 1
  }, 0)
}

/** Each of `processes` that run at the same time, on average; the quantiles are of the slowest. */
export async function syncsOf(processes: number, folder: string, bytes: number, ms: number): Promise<SyncSpeed> {
  const all = await Promise.all(
    Array.from({ length: processes }, async (_, i) => {
      const own = join(folder, `sync${processes}-${i}`)
      mkdirSync(own)
      const args = ['--conditions=@agner/source', program, own, String(bytes), String(ms)]
      const { stdout } = await promisify(execFile)(process.execPath, args)
      return JSON.parse(stdout) as SyncSpeed
    }),
  )
  return {
    perSecond: all.reduce((sum, one) => sum + one.perSecond, 0) / processes,
    p50Ms: Math.max(...all.map(({ p50Ms }) => p50Ms)),
    p99Ms: Math.max(...all.map(({ p99Ms }) => p99Ms)),
  }
}

export async function logAlone(folder: string, text: string, ms: number): Promise<SyncSpeed> {
  const storage = segmentStorage({ folder: join(folder, 'log') })
  await storage.load()
  const tookMs: number[] = []
  const startMs = performance.now()
  let nowMs = startMs
  for (let index = 1; nowMs - startMs < ms; index++) {
    await storage.write({
      entries: [{ index, term: 1, type: 'command', command: { type: 'add', text }, request: null }],
    })
    const endMs = performance.now()
    tookMs.push(endMs - nowMs)
    nowMs = endMs
  }
  await storage.close()
  return {
    perSecond: (tookMs.length / (nowMs - startMs)) * 1000,
    p50Ms: quantile(tookMs, 0.5),
    p99Ms: quantile(tookMs, 0.99),
  }
}
