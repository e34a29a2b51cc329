/**
 * Where the nodes are, and the cookie: from options, the environment, or a cluster file, in this order for each of the two. How they
 * are spoken to: from the cluster file.
 *
 * A cookie is never taken from the command line, where other users of the machine could read it.
 */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Network } from '@agner/distribution'
import type { Where } from './command.ts'
import { cliError } from './errors.ts'
import { networkOf, type NetworkFile } from './network.ts'

export interface MapperAddress {
  readonly host: string
  readonly port: number
}

export interface Cookie {
  readonly secret: string
  /** Where it was found. */
  readonly from: string
}

export interface ClusterSettings {
  readonly cookie: Cookie | null
  readonly portMapper: MapperAddress
  readonly network: Network
  /** Files that were looked for and are not there, for the error that says so. */
  readonly lookedFor: readonly string[]
}

export const clusterFileName = 'agner-cluster.json'
const places = ['.', '.data']

interface ClusterFile extends NetworkFile {
  readonly cookieFile?: string
  readonly portMapper?: string
}

const keys = ['cookieFile', 'portMapper', 'unix', 'cert', 'key', 'ca'] as const satisfies (keyof ClusterFile)[]

/** @throws `cli.bad_file`, `cli.usage` */
export function clusterSettings(where: Where, environment: NodeJS.ProcessEnv, folder: string): ClusterSettings {
  const named = where.cluster ?? told(environment['AGNER_CLUSTER'])
  const candidates =
    named === null ? places.map((place) => join(folder, place, clusterFileName)) : [inFolder(resolve(folder, named))]
  const file = candidates.find((each) => existsSync(each)) ?? (named === null ? null : candidates[0]!)
  const written: ClusterFile = file === null ? {} : readClusterFile(file)
  const portMapper = where.portMapper ?? told(environment['AGNER_PORT_MAPPER']) ?? written.portMapper ?? '4370'
  return {
    cookie: cookieOf(where, environment, file, written, folder),
    portMapper: parseAddress(portMapper),
    network: networkOf(written, file ?? folder),
    lookedFor: file === null ? candidates : [],
  }
}

/** Set and empty is not set: so a variable is taken away for one command. */
function told(variable: string | undefined): string | null {
  return variable === undefined || variable === '' ? null : variable
}

function inFolder(path: string): string {
  return existsSync(path) && statSync(path).isDirectory() ? join(path, clusterFileName) : path
}

function cookieOf(
  { cookieFile }: Where,
  environment: NodeJS.ProcessEnv,
  file: string | null,
  written: ClusterFile,
  folder: string,
): Cookie | null {
  if (cookieFile !== null) return readCookie(resolve(folder, cookieFile))
  const cookie = told(environment['AGNER_COOKIE'])
  if (cookie !== null) return { secret: cookie, from: 'AGNER_COOKIE' }
  return file === null || written.cookieFile === undefined
    ? null
    : readCookie(resolve(dirname(file), written.cookieFile))
}

function readCookie(file: string): Cookie {
  const secret = read(file).trim()
  if (secret === '') throw cliError('cli.bad_file', { file, problem: 'it is empty, and should hold a cookie' })
  return { secret, from: file }
}

function readClusterFile(file: string): ClusterFile {
  let value: unknown
  try {
    // Editors of Windows begin a file with a mark of the order of its bytes.
    value = JSON.parse(read(file).replace(/^\ufeff/, ''))
  } catch (error) {
    if (error instanceof SyntaxError) throw cliError('cli.bad_file', { file, problem: 'it is no JSON' })
    throw error
  }
  if (typeof value !== 'object' || value === null)
    throw cliError('cli.bad_file', { file, problem: 'it holds no object' })
  // What else stands there is for other readers than this one.
  const found = value as Record<string, unknown>
  for (const key of keys)
    if (found[key] !== undefined && typeof found[key] !== 'string')
      throw cliError('cli.bad_file', { file, problem: `${key} is no string` })
  return value
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw cliError('cli.bad_file', { file, problem: (error as Error).message })
  }
}

function parseAddress(text: string): MapperAddress {
  const [, host = '127.0.0.1', port] = /^(?:\[?([^\]]+?)\]?:)?(\d{1,5})$/.exec(text) ?? []
  if (port === undefined || Number(port) > 65_535)
    throw cliError('cli.usage', { problem: `The port mapper is at HOST:PORT or PORT; got ${text}.` })
  return { host, port: Number(port) }
}
