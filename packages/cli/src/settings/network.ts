/** How the nodes of a cluster file are spoken to: by TCP, by TLS, or by Unix sockets. */
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { AgnerError } from '@agner/core'
import { tcp, tls, unix, type Network } from '@agner/distribution'
import { cliError } from './errors.ts'

/** Paths, relative to the file that they stand in. */
export interface NetworkFile {
  readonly unix?: string
  readonly cert?: string
  readonly key?: string
  readonly ca?: string
}

/** @throws `cli.bad_file` */
export function networkOf(told: NetworkFile, file: string): Network {
  if (told.unix !== undefined) return unix({ folder: resolve(dirname(file), told.unix) })
  const parts = [told.cert, told.key, told.ca]
  if (parts.every((part) => part === undefined)) return tcp
  const [cert, key, ca] = parts.map((part) => {
    if (part === undefined) throw cliError('cli.bad_file', { file, problem: 'TLS needs all of cert, key and ca' })
    return read(resolve(dirname(file), part))
  }) as [string, string, string]
  try {
    return tls({ cert, key, ca })
  } catch (error) {
    if (!(error instanceof AgnerError)) throw error
    throw cliError('cli.bad_file', { file, problem: `TLS: ${String(error.details['reason'])}` })
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw cliError('cli.bad_file', { file, problem: (error as Error).message })
  }
}
