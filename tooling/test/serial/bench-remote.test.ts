/** The jobs between two OS processes, at sizes of next to nothing, as the bench plays them: they end, and leave no process behind. */
import { spawnSync } from 'node:child_process'
import { afterAll, describe, expect, it } from 'vitest'
import { compileErlang, findErlang } from '../../bench/erlang.ts'
import type { Side, Sizes } from '../../bench/job.ts'
import { Player } from '../../bench/player.ts'
import type { Trial } from '../../bench/trial.ts'
import { trials } from '../../bench/trials.ts'

const tiny: Readonly<Record<string, number>> = { clients: 3, calls: 5, casts: 20 }

/** Few of everything, of the size that the trial is about. */
function toTiny(full: Sizes): Sizes {
  return Object.fromEntries(Object.entries(full).map(([name, size]) => [name, tiny[name] ?? size]))
}

const release = findErlang()
const beams = compileErlang(release !== null)
afterAll(() => beams[Symbol.dispose]())

/** Where CI has no Erlang, that is a failure. */
const erlang = release !== null || process.env['CI'] !== undefined ? (['erlang'] as const) : []
const sides: readonly Side[] = ['async', 'tcp', 'http', 'grpc', 'moleculer', ...erlang]

function plays(side: Side, { peers = [] }: Trial): boolean {
  return side === 'async' || side === 'erlang' || peers.some((peer) => peer === side)
}

/** The processes that were started by these, and so on. */
function offspring(): string[] {
  const { stdout } = spawnSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' })
  const all = stdout.split('\n').map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? ['', '', '', ''])
  const found = [String(process.pid)]
  for (const pid of found) found.push(...all.filter(([, , parent]) => parent === pid).map(([, own]) => own!))
  return all
    .filter(([, own = '', , args = '']) => found.slice(1).includes(own) && !args.startsWith('ps '))
    .map(([, own]) => own!)
}

describe.each(sides)('between two OS processes, %s', (side) => {
  it('plays what it has, has the figures of the rows, and ends with its other half', async () => {
    const before = offspring()
    {
      await using player = new Player(side, { beams: beams.folder, limitMs: 40_000 })
      for (const { job, full, rows } of trials.remote.filter((trial) => plays(side, trial))) {
        const figures = await player.play({ job, side, sizes: toTiny(full) })
        for (const { figure = 'value' } of rows) expect(figures[figure]).toBeGreaterThan(0)
      }
      expect(offspring().length).toBeGreaterThanOrEqual(before.length + 2)
    }
    expect(offspring()).toEqual(before)
  })
})

describe('a mesh in one OS process', () => {
  it('has a figure for each step, and for the last by the first', async () => {
    await using player = new Player('async', { beams: beams.folder, limitMs: 40_000 })
    const figures = await player.play({ job: 'remotemesh', side: 'async', sizes: { least: 10, most: 25 } })
    const { usAt10, usAt25, bytesAt10, bytesAt25, times, bytesTimes } = figures
    expect(usAt25! / usAt10!).toBeCloseTo(times!)
    expect(bytesAt25! / bytesAt10!).toBeCloseTo(bytesTimes!)
  })
})
