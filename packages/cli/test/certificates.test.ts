/** `agner certificates`: what it makes, and that it never overwrites. */
import { X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { tls } from '@agner/distribution'
import { makeCertificates } from '../src/certificates.ts'
import { parseCommand, type CertificatesCommand } from '../src/settings/command.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agner-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const run = (...args: string[]): Promise<string> =>
  makeCertificates(parseCommand(['certificates', '--dir', join(folder, 'tls'), ...args]) as CertificatesCommand)
const read = (file: string): string => readFileSync(join(folder, 'tls', file), 'utf8')

describe('certificates', () => {
  test('are made with their authority, for this user alone, and tls takes them', async () => {
    const said = await run('shop@127.0.0.1', 'bank/2@[::1]', '--host', 'shop.local', '--days', '3')
    const files = ['bank_2@_--1_', 'ca', 'shop@127.0.0.1'].flatMap((name) => [`${name}.crt`, `${name}.key`])
    expect(readdirSync(join(folder, 'tls')).toSorted()).toEqual(
      files.map((file) => file.replace('_--1_', '___1_')).toSorted(),
    )
    expect(statSync(join(folder, 'tls')).mode & 0o777).toBe(0o700)
    for (const file of readdirSync(join(folder, 'tls')))
      expect(statSync(join(folder, 'tls', file)).mode & 0o777).toBe(0o600)
    const made = new X509Certificate(read('shop@127.0.0.1.crt'))
    expect(made.subjectAltName).toBe('URI:agner://shop@127.0.0.1, IP Address:127.0.0.1, DNS:shop.local')
    expect(made.verify(new X509Certificate(read('ca.crt')).publicKey)).toBe(true)
    expect(Math.round((made.validToDate.getTime() - Date.now()) / 86_400_000)).toBe(3)
    tls({ cert: read('shop@127.0.0.1.crt'), key: read('shop@127.0.0.1.key'), ca: read('ca.crt') })
    expect(said).toMatch(/cert: read\('shop@127\.0\.0\.1\.crt'\)/)
  })

  test('of more nodes are of the authority that is there', async () => {
    await run('a@h')
    const before = read('ca.crt')
    expect(await run('b@h')).not.toMatch(/authority:/)
    expect(read('ca.crt')).toBe(before)
    expect(new X509Certificate(read('b@h.crt')).verify(new X509Certificate(before).publicKey)).toBe(true)
  })

  test('overwrite nothing, and then make nothing', async () => {
    await run('a@h')
    const before = read('a@h.crt')
    await expect(run('b@h', 'a@h')).rejects.toMatchObject({
      code: 'cli.exists',
      message: expect.stringContaining('a@h.crt'),
    })
    expect(read('a@h.crt')).toBe(before)
    expect(existsSync(join(folder, 'tls', 'b@h.crt'))).toBe(false)
  })

  test('need a whole authority, and one of this command', async () => {
    await run('a@h')
    rmSync(join(folder, 'tls', 'ca.key'))
    await expect(run('b@h')).rejects.toMatchObject({
      code: 'cli.bad_file',
      message: expect.stringContaining('belong together'),
    })
    writeFileSync(join(folder, 'tls', 'ca.key'), read('a@h.key'))
    await expect(run('b@h')).rejects.toMatchObject({
      code: 'cli.bad_file',
      message: expect.stringContaining('not that of'),
    })
    expect(existsSync(join(folder, 'tls', 'b@h.crt'))).toBe(false)
  })

  test('whose authority cannot be read, or whose folder is none, are an error with the path', async () => {
    await run('a@h')
    rmSync(join(folder, 'tls', 'ca.crt'))
    mkdirSync(join(folder, 'tls', 'ca.crt'))
    const failed = { code: 'cli.bad_file', message: expect.stringContaining('ca.crt cannot be used: EISDIR') }
    await expect(run('b@h')).rejects.toMatchObject(failed)
    rmSync(join(folder, 'tls'), { recursive: true })
    writeFileSync(join(folder, 'tls'), '')
    await expect(run('b@h')).rejects.toMatchObject({ code: 'cli.bad_file' })
  })

  test.each([
    [[], 'For which nodes'],
    [['shop'], 'no name of a node'],
    [['a/1@h', 'a_1@h'], 'the same file'],
    [['a@h', '--days', '0'], '--days is a whole number'],
  ])('%j is refused', async (args, why) => {
    const made = (async () => run(...args))()
    await expect(made).rejects.toMatchObject({ code: 'cli.usage', message: expect.stringContaining(why) })
    expect(existsSync(join(folder, 'tls'))).toBe(false)
  })
})
