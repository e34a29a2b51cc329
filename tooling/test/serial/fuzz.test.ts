/** The fuzzer as it is started by hand: it finds what was planted, each within a stated number of frames, and nothing where nothing is. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { plants } from '../../fuzz/plants.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const seed = '20261121'

function fuzz(...args: readonly string[]): { readonly code: number | null; readonly output: string } {
  const command = ['--conditions=@agner/source', 'tooling/fuzz/main.ts', '--seed', seed, ...args]
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: root, encoding: 'utf8' })
  return { code: status, output: stdout + stderr }
}

describe('the fuzzer', () => {
  // Found ones end at once; the others would take this long on a machine that has little time.
  it.each(Object.entries(plants))('finds: %s', { timeout: 180_000 }, (name, { target, frames }) => {
    const { code, output } = fuzz('--plant', name, '--target', target, '--frames', String(frames))
    expect(output).toMatch(/1 targets have a finding/)
    expect(code).toBe(1)
    if (process.env['AGNER_SHOW'] === '1') console.log(name, /after \d+ frames/.exec(output)?.[0])
  })

  it('plays what it found again, from the digits that it printed', () => {
    const name = 'a key named __proto__ is taken'
    const hex = /--play ([0-9a-f,]+)/.exec(fuzz('--plant', name, '--target', 'value', '--frames', '5000').output)?.[1]
    const again = fuzz('--plant', name, '--target', 'value', '--play', String(hex))
    expect(again.output).toMatch(/has a key __proto__|prototype of its own/)
    expect(again.code).not.toBe(0)
    expect(fuzz('--target', 'value', '--play', String(hex)).output).toMatch(/a key named __proto__ is not allowed/)
  })

  it('finds nothing where nothing is, and plays the same inputs under the same seed', () => {
    const runs = [fuzz('--frames', '20000', '--show'), fuzz('--frames', '20000', '--show')]
    const places = runs.map(({ output }) => output.replaceAll(/[\d.]+ s \(.*|in [\d.]+ s/g, ''))
    expect(places[0]).toMatch(/nothing found/)
    expect(places[1]).toBe(places[0])
    expect(runs.map(({ code }) => code)).toEqual([0, 0])
  })

  it('refuses a fault whose place in the sources is gone, and a target that is not there', () => {
    expect(fuzz('--plant', 'no such fault').code).not.toBe(0)
    expect(fuzz('--target', 'nothing').code).toBe(2)
  })
})
