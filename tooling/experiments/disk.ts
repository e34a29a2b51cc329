/** What the disk alone can sync: the bound of everything that is durable before it is acknowledged. */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineExperiment } from './frame/experiment.ts'
import { quantile } from './frame/quantile.ts'

export interface SyncSpeed {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** Appends `bytes` and syncs, again and again, in a file of its own. */
export function syncSpeed(folder: string, bytes: number, forMs: number): SyncSpeed {
  const file = openSync(join(folder, `sync-${bytes}`), 'w')
  const block = new Uint8Array(bytes).fill(1)
  const tookMs: number[] = []
  try {
    const startMs = performance.now()
    let nowMs = startMs
    while (nowMs - startMs < forMs) {
      writeSync(file, block)
      fdatasyncSync(file)
      const endMs = performance.now()
      tookMs.push(endMs - nowMs)
      nowMs = endMs
    }
    const perSecond = (tookMs.length / (nowMs - startMs)) * 1000
    return { perSecond, p50Ms: quantile(tookMs, 0.5), p99Ms: quantile(tookMs, 0.99) }
  } finally {
    closeSync(file)
  }
}

export default defineExperiment({
  title: 'What the disk can sync',
  about:
    'One process appends a block to a file and calls `fdatasync`, again and again, in the folder for temporary files. Whoever acknowledges a write only once it is durable is at most so fast, unless several writes share a sync.',
  options: { bytes: [128, 1024, 16_384, 131_072], seconds: 3 },
  run: async ({ bytes, seconds }, tell) => {
    const folder = mkdtempSync(join(tmpdir(), 'agner-disk-'))
    try {
      const speeds = bytes.map((size) => {
        tell(`${size} bytes`)
        return syncSpeed(folder, size, seconds * 1000)
      })
      return {
        tables: [
          {
            caption: 'Synced appends, one at a time',
            columns: ['bytes', 'a second', 'p50 ms', 'p99 ms'],
            rows: speeds.map(({ perSecond, p50Ms, p99Ms }, i) => [bytes[i] ?? null, perSecond, p50Ms, p99Ms]),
          },
        ],
        charts: [
          {
            type: 'lines',
            title: 'One synced append',
            x: { label: 'bytes', scale: 'log', ticks: bytes },
            y: { label: 'ms' },
            series: [
              { name: 'p50', points: speeds.map(({ p50Ms }, i) => [bytes[i] ?? 0, p50Ms]) },
              { name: 'p99', points: speeds.map(({ p99Ms }, i) => [bytes[i] ?? 0, p99Ms]) },
            ],
          },
        ],
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
})
