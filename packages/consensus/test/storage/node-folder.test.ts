import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import type * as Files from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { nodeFolder } from '../../src/storage/segments/node-folder.ts'

const synced = vi.hoisted((): string[] => [])
vi.mock('node:fs/promises', async (original) => {
  const files = await original<typeof Files>()
  const open: typeof files.open = async (path, ...how) => {
    const handle = await files.open(path, ...how)
    const sync = handle.sync.bind(handle)
    handle.sync = () => {
      synced.push(String(path))
      return sync()
    }
    return handle
  }
  return { ...files, open }
})

let base = ''
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'agner-folder-'))
})
afterEach(() => rm(base, { recursive: true }))

async function syncedBy(path: string): Promise<string[]> {
  synced.length = 0
  const folder = nodeFolder(path)
  expect(await folder.lock()).toBe(true)
  await folder.close()
  return synced.map((each) => relative(base, each))
}

test.skipIf(process.platform === 'win32')('each folder that is made has its name on disk', async () => {
  const path = join(base, 'data', 'raft', 'bank')
  expect(await syncedBy(path)).toEqual([join('data', 'raft'), 'data', ''])
  expect(await syncedBy(path)).toEqual([])
  expect(await syncedBy(join(base, 'data', 'raft', 'chat'))).toEqual([join('data', 'raft')])
  await mkdir(join(base, 'other'))
  expect(await syncedBy(relative(resolve(), join(base, 'other', 'log/')))).toEqual(['other'])
})
