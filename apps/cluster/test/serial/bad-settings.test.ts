/**
 * Settings that cannot be: said in one line, before anything is started or made.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agner-settings-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it.each([
  [
    'DATABASE_URL',
    'mysql://root:secret@db/chat',
    /^DATABASE_URL must be the address of a PostgreSQL database, postgres:/,
  ],
  ['CHAT_PORT', '70000', /^CHAT_PORT must be a port number from 0 to 65535, not 70000/],
])('%s=%s ends npm start with code 2, and no password is said', async (name, value, words) => {
  const data = join(folder, name)
  const child = spawn(process.execPath, ['--conditions=@agner/source', main], {
    env: { ...process.env, CHAT_PORT: '0', CHAT_DATA: data, [name]: value },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stdout.on('data', (text) => (said += String(text)))
  child.stderr.on('data', (text) => (said += String(text)))
  expect(await once(child, 'close')).toEqual([2, null])
  expect(said).toMatch(words)
  expect(said).not.toContain('secret')
  expect(existsSync(data)).toBe(false)
})
