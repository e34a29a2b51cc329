/**
 * Looks at the system calls: what the copy says to have had been synced to disk before.
 */
import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, it } from 'vitest'

const script = `
  import { writeSync } from 'node:fs'
  import { SqliteFile } from ${JSON.stringify(new URL('../../src/sqlite/sqlite-file.ts', import.meta.url).href)}
  const store = new SqliteFile(process.argv[1])
  for (let n = 1; n <= 3; n++) {
    writeSync(1, 'BEGIN ' + n)
    store.apply([{ id: n, room: 'lobby', user: 'ann', text: 'message ' + n, at: 'now', key: null, previous: n - 1 }], n)
    writeSync(1, 'ACKNOWLEDGED ' + n)
  }
`

const folder = mkdtempSync(join(tmpdir(), 'agner-durability-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const hasStrace = (() => {
  try {
    execFileSync('strace', ['-V'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

it.skipIf(!hasStrace && process.env['CI'] === undefined)(
  'syncs the write-ahead log before it acknowledges (needs strace)',
  async () => {
    const trace = join(folder, 'trace')
    const traced = ['-f', '-y', '-o', trace, '-e', 'trace=fsync,fdatasync,write', process.execPath]
    await promisify(execFile)('strace', [
      ...traced,
      '--conditions=@agner/source',
      '--input-type=module-typescript',
      '--eval',
      script,
      join(folder, 'messages.sqlite'),
    ])
    const calls = readFileSync(trace, 'utf8').split('\n')
    const find = (pattern: RegExp, from = 0): number =>
      calls.findIndex((line, index) => index >= from && pattern.test(line))
    for (const n of [1, 2, 3]) {
      const begun = find(new RegExp(`"BEGIN ${n}"`))
      const synced = find(/f(data)?sync\(\d+<.*messages\.sqlite-wal>/, begun)
      const acknowledged = find(new RegExp(`"ACKNOWLEDGED ${n}"`))
      expect(begun).toBeGreaterThan(-1)
      expect(synced).toBeGreaterThan(begun)
      expect(synced).toBeLessThan(acknowledged)
    }
  },
)
