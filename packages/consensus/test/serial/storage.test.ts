/** A log on the disk of this machine: processes that are killed while they write, and two that want the same folder. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { segmentStorage } from '../../src/storage/segments/segment-storage.ts'

const writer = fileURLToPath(new URL('./log-writer.ts', import.meta.url))
const children: ChildProcess[] = []
const folders: string[] = []
const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'agner-log-'))
  folders.push(folder)
  return folder
}
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

interface Writing {
  /** Resolves with all lines up to the first for which `isLast`, which is among them. */
  readonly until: (isLast: (line: string) => boolean) => Promise<readonly string[]>
  readonly kill: () => Promise<readonly string[]>
}

function write(folder: string, entries: number): Writing {
  const child = spawn(process.execPath, [writer, folder, String(entries)], { stdio: ['pipe', 'pipe', 'inherit'] })
  children.push(child)
  const lines: string[] = []
  let look: () => void = () => undefined
  const output = createInterface({ input: child.stdout })
  output.on('line', (line) => {
    lines.push(line)
    look()
  })
  const closed = new Promise<void>((resolve) => output.once('close', resolve))
  return {
    until: (isLast) =>
      new Promise((resolve, reject) => {
        look = () => {
          if (lines.some(isLast)) resolve(lines)
        }
        look()
        void closed.then(() => reject(new Error(`ended: ${lines.join(', ')}`)))
      }),
    kill: async () => {
      child.kill('SIGKILL')
      await closed
      return lines
    },
  }
}

const highest = (lines: readonly string[], what: string): number =>
  Math.max(0, ...lines.filter((line) => line.startsWith(what)).map((line) => Number(line.split(' ')[1])))

describe('a log on the disk', () => {
  it('has everything that was written, however often its process is killed', async () => {
    const folder = newFolder()
    let last = 0
    for (const after of [1, 30, 200, 700]) {
      const writing = write(folder, 100_000)
      await writing.until((line) => line === `written ${last + after}`)
      const lines = await writing.kill()
      const storage = segmentStorage({ folder })
      const stored = await storage.load()
      await storage.close()
      const found = stored?.entries.at(-1)?.index ?? 0
      expect(found).toBeGreaterThanOrEqual(highest(lines, 'written'))
      expect(stored?.snapshot?.index ?? 0).toBeGreaterThanOrEqual(highest(lines, 'saved'))
      const base = stored?.snapshot?.index ?? 0
      expect(stored?.entries.map(({ index }) => index)).toEqual(
        Array.from({ length: found - base }, (_, i) => base + i + 1),
      )
      last = found
    }
    const names = readdirSync(folder)
    expect(names.filter((name) => name.endsWith('.snapshot'))).toHaveLength(1)
    expect(names).not.toContain('0000000000000001.log')
  })

  it('belongs to one at a time, here and in other processes, until that one has ended', async () => {
    const folder = newFolder()
    const first = write(folder, 1)
    await first.until((line) => line === 'all')
    const code = 'consensus.log_in_use'
    await expect(segmentStorage({ folder }).load()).rejects.toMatchObject({ code })
    expect(await write(folder, 1).until((line) => line.startsWith('failed'))).toEqual([`failed ${code}`])
    await first.kill()
    const here = segmentStorage({ folder })
    expect((await here.load())?.entries).toHaveLength(1)
    await expect(segmentStorage({ folder }).load()).rejects.toMatchObject({ code })
    expect(await write(folder, 1).until((line) => line.startsWith('failed'))).toEqual([`failed ${code}`])
    await here.close()
    expect(await write(folder, 1).until((line) => line === 'all')).toContain('loaded 1')
  })

  it('with a flipped bit is refused, and the file is as it was', async () => {
    const folder = newFolder()
    const writing = write(folder, 50)
    await writing.until((line) => line === 'all')
    await writing.kill()
    const file = join(folder, '0000000000000001.log')
    const bytes = readFileSync(file)
    bytes[200]! ^= 4
    writeFileSync(file, bytes)
    const refused = { code: 'consensus.damaged_log', details: { file } }
    await expect(segmentStorage({ folder }).load()).rejects.toMatchObject(refused)
    expect(readFileSync(file).equals(bytes)).toBe(true)
  })

  it('in a folder that cannot be made is refused', async () => {
    const folder = newFolder()
    writeFileSync(join(folder, 'file'), '')
    const refused = {
      code: 'consensus.folder_unusable',
      message: expect.stringMatching(/file.*ENOTDIR.*path of a folder/) as string,
    }
    await expect(segmentStorage({ folder: join(folder, 'file', 'log') }).load()).rejects.toMatchObject(refused)
  })
})
