/** `npm run bench` from end to end, at its smallest: the figures mean nothing, their being there does. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { compileErlang, findErlang } from '../../bench/erlang.ts'
import { Player } from '../../bench/player.ts'
import { playRounds, alone } from '../../bench/rounds.ts'

const folder = mkdtempSync(join(tmpdir(), 'agner-bench-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const hasErlang = findErlang() !== null
const main = join(import.meta.dirname, '../../bench/main.ts')

function bench(args: readonly string[], path = process.env['PATH']): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--conditions=@agner/source', main, ...args], {
    encoding: 'utf8',
    env: { ...process.env, PATH: path },
    timeout: 55_000,
  })
  return { status, output: stdout + stderr }
}

describe.skipIf(!hasErlang && process.env['CI'] === undefined)('the bench beside Erlang', () => {
  it('plays a job on both, prints the table and writes the JSON', () => {
    const json = join(folder, 'both.json')
    const { status, output } = bench(['--quick', '--only', 'pingpong_', '--rounds', '1', '--json', json])
    expect(output).toMatch(/ping-pong round trip, async +ns\/roundtrip +[\d.,]+ +[\d.,]+ +[\d.,]+×/)
    expect(output).toContain('QUICK')
    expect(status).toBe(0)
    const lines = JSON.parse(readFileSync(json, 'utf8')) as Record<string, unknown>[]
    expect(lines.map(({ name }) => name)).toEqual(['pingpong_async', 'pingpong_callback'])
    for (const line of lines) {
      expect(Object.keys(line)).toEqual(['name', 'unit', 'better', 'agner', 'erlang', 'ratio'])
      expect(line['ratio']).toBeCloseTo((line['erlang'] as number) / (line['agner'] as number))
    }
  })

  it('goes on when a side fails, and says which one and why', async () => {
    using beams = compileErlang(true)
    const sizes = { nothing: 1 }
    const game = { job: 'nonsense', sizes, warm: sizes, sides: ['async', 'erlang'], rounds: 2 } as const
    const { measured, problems } = await playRounds(game, alone({ beams: beams.folder }))
    expect(measured.size).toBe(0)
    expect(problems.get('async')).toBe('async has no half of nonsense')
    expect(problems.get('erlang')).toContain('undef')
  })
})

describe('the bench without Erlang', () => {
  it('says so and has the figures of Agner alone', () => {
    const json = join(folder, 'alone.json')
    const args = ['--quick', '--only', 'monitor_demonitor', '--rounds', '1', '--json', json]
    const { status, output } = bench(args, folder)
    expect(output).toContain('Erlang is not installed here')
    expect(output).toMatch(/monitor and demonitor +ns\/pair +[\d.,]+ +– .*not compared/)
    expect(status).toBe(0)
    const [line] = JSON.parse(readFileSync(json, 'utf8')) as Record<string, unknown>[]
    expect(line).toMatchObject({ erlang: null, ratio: null })
  })

  it('names the rows when there is none of that name', () => {
    const { status, output } = bench(['--only', 'pingpnog'], folder)
    expect(output).toMatch(/nothing is called pingpnog; there are: .*pingpong_async/)
    expect(status).toBe(1)
  })
})

describe('a player', () => {
  it('that does not answer in time is killed, and so is every later play', async () => {
    await using player = new Player('async', { beams: folder, limitMs: 1500 })
    const request = { job: 'pingpong', side: 'async', sizes: { roundtrips: 1e12 } } as const
    await expect(player.play(request)).rejects.toThrow('within 1500 ms')
    await expect(player.play(request)).rejects.toThrow('within 1500 ms')
  })

  it('that dies says how', async () => {
    await using player = new Player('async', { beams: folder, nodeFlags: ['--no-such-flag'] })
    await expect(player.play({ job: 'pingpong', side: 'async', sizes: { roundtrips: 1 } })).rejects.toThrow(
      'ended with 9',
    )
  })
})
