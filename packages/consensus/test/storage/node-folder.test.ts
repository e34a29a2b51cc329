import { mkdir, mkdtemp, open, rm, stat, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { nodeFolder } from '../../src/storage/segments/node-folder.ts'

let base = ''
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'agner-folder-'))
})
afterEach(() => rm(base, { recursive: true }))

/** The folders on the way from `path` up that are synced when it is locked, in order. */
async function syncedBy(path: string): Promise<string[]> {
  const any = await open(base)
  const handles = Object.getPrototypeOf(any) as FileHandle
  await any.close()
  const synced: number[] = []
  const spy = vi.spyOn(handles, 'sync').mockImplementation(async function (this: FileHandle) {
    synced.push((await this.stat()).ino)
  })
  const folder = nodeFolder(path)
  expect(await folder.lock()).toBe(true)
  await folder.close()
  spy.mockRestore()
  const names = new Map<number, string>()
  for (let at = resolve(path); at !== dirname(base); at = dirname(at))
    names.set((await stat(at)).ino, relative(base, at))
  return synced.map((ino) => names.get(ino) ?? 'another')
}

test.skipIf(process.platform === 'win32')('each folder that is made has its name on disk', async () => {
  const path = join(base, 'data', 'raft', 'bank')
  expect(await syncedBy(path)).toEqual([join('data', 'raft'), 'data', ''])
  expect(await syncedBy(path)).toEqual([])
  expect(await syncedBy(join(base, 'data', 'raft', 'chat'))).toEqual([join('data', 'raft')])
  await mkdir(join(base, 'other'))
  expect(await syncedBy(relative(resolve(), join(base, 'other', 'log/')))).toEqual(['other'])
})
