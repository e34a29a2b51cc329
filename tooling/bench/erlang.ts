/** The Erlang that is installed, and the Erlang halves, compiled. */
import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const here = import.meta.dirname

/** The release of the Erlang/OTP that is installed; null if there is none. */
export function findErlang(): string | null {
  const program = 'io:put_chars(erlang:system_info(otp_release)), halt().'
  const found = spawnSync('erl', ['-noshell', '-eval', program], { encoding: 'utf8', timeout: 60_000 })
  return found.status === 0 ? found.stdout.trim() : null
}

export interface Beams extends Disposable {
  readonly folder: string
}

/** A temporary folder with the compiled halves; empty when there is nothing to compile them with. @throws Error if one does not compile. */
export function compileErlang(present: boolean): Beams {
  const folder = mkdtempSync(join(tmpdir(), 'agner-bench-'))
  const beams = { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
  if (!present) return beams
  const sources = globSync(['erlang/*.erl', 'jobs/*/*.erl'], { cwd: here }).map((file) => join(here, file))
  const compiled = spawnSync('erlc', ['-Werror', '-o', folder, ...sources], { encoding: 'utf8', timeout: 120_000 })
  if (compiled.status === 0) return beams
  beams[Symbol.dispose]()
  throw new Error(`the Erlang halves do not compile:\n${compiled.stdout}${compiled.stderr}`)
}
