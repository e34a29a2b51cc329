/**
 * An authority and certificates for development, as files. All or nothing is made, nothing is overwritten, and what is made
 * is for this user alone.
 */
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AgnerError } from '@agner/core'
import { createAuthority, createCertificate, type Identity } from '@agner/distribution'
import type { CertificatesCommand } from './settings/command.ts'
import { cliError } from './settings/errors.ts'

/** The text to print: what was made, and what to do with it. @throws `cli.exists`, `cli.bad_file` */
export async function makeCertificates({ dir, nodes, days, hosts }: CertificatesCommand): Promise<string> {
  const files = new Map(nodes.map((node) => [node, fileOf(node)]))
  for (const [node, file] of files)
    for (const [other, same] of files)
      if (node !== other && file === same)
        throw cliError('cli.usage', { problem: `${node} and ${other} would have the same file, ${file}.crt.` })
  const authority = await authorityIn(dir)
  for (const file of files.values())
    for (const path of [join(dir, `${file}.crt`), join(dir, `${file}.key`)])
      if (await exists(path)) throw cliError('cli.exists', { file: path })
  const made = [...files].map(([node, file]) => [file, issued(authority, node, days, hosts, dir)] as const)
  await mkdir(dir, { recursive: true, mode: 0o700 }).catch(unusable(dir))
  if (authority.isNew) await write(dir, 'ca', authority)
  for (const [file, identity] of made) await write(dir, file, identity)
  return report(dir, authority.isNew, [...files.values()])
}

/** A file name for every node name. */
function fileOf(node: string): string {
  return node.replace(/[^\p{L}\p{N}@._-]/gu, '_')
}

async function authorityIn(dir: string): Promise<Identity & { readonly isNew: boolean }> {
  const [cert, key] = [join(dir, 'ca.crt'), join(dir, 'ca.key')]
  const there = await Promise.all([exists(cert), exists(key)])
  if (!there[0] && !there[1]) return { ...createAuthority(), isNew: true }
  if (!there[0] || !there[1])
    throw cliError('cli.bad_file', {
      file: there[0] ? cert : key,
      problem: 'half of an authority is there: ca.crt and ca.key belong together',
    })
  return { cert: await read(cert), key: await read(key), isNew: false }
}

async function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(unusable(path))
}

function unusable(file: string): (error: unknown) => never {
  return (error) => {
    throw cliError('cli.bad_file', { file, problem: error instanceof Error ? error.message : String(error) })
  }
}

function issued(authority: Identity, node: string, days: number, hosts: readonly string[], dir: string): Identity {
  try {
    return createCertificate(authority, node, { days, hosts })
  } catch (error) {
    if (!(error instanceof AgnerError)) throw error
    throw cliError('cli.bad_file', { file: join(dir, 'ca.crt'), problem: String(error.details['reason']) })
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => {
      if ((error as { code?: unknown }).code === 'ENOENT') return false
      return unusable(path)(error)
    },
  )
}

async function write(dir: string, file: string, { cert, key }: Identity): Promise<void> {
  for (const [path, text] of [
    [join(dir, `${file}.key`), key],
    [join(dir, `${file}.crt`), cert],
  ] as const) {
    await writeFile(path, text, { flag: 'wx', mode: 0o600 }).catch(unusable(path))
    // Whatever the umask says.
    await chmod(path, 0o600).catch(unusable(path))
  }
}

function report(dir: string, isNew: boolean, files: readonly string[]): string {
  const [first = ''] = files
  return `${isNew ? `Made an authority: ${join(dir, 'ca.crt')}, and its key ca.key, which no node needs.\n` : ''}${files
    .map((file) => `Made ${join(dir, `${file}.crt`)} and ${file}.key.`)
    .join('\n')}

Each node gets ca.crt and its own two files, and is started with

  const read = (file) => readFileSync(\`${dir}/\${file}\`)
  network: tls({ cert: read('${first}.crt'), key: read('${first}.key'), ca: read('ca.crt') })

These are for development: who can read ca.key can be any node. Keep them out of version control.`
}
