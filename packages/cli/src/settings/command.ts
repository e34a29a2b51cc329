/**
 * What was typed, checked. Pure.
 */
import { parseArgs } from 'node:util'
import type { TopMeasure } from '@agner/core'
import { cliError } from './errors.ts'

export const usage = `Usage: agner top [NODE] [options]     look into a running node
       agner nodes [options]          list the nodes of this host
       agner certificates NODE…       make an authority and certificates for development

NODE is a node's name, or the part before the @. It can be left out where there is only one.

Options of top
  --sort BY            mailbox (default), reductions or memory
  --interval MS        how often the screen is renewed; default 1000
  --once               print the node, its tree and its first processes, and end
  --json               the same as JSON
  --process WHICH      with --once or --json: one process, by its name or pid
  --count N            how many processes; default 20 with --once, else what fits

Options of certificates
  --dir DIR            where; default certificates. An authority that is there is used again
  --days N             for how long they are valid; default 365
  --host HOST          one more name or address for each of them, besides the host of NODE; may be repeated

Where the nodes are
  --cluster FILE       a cluster file: { "portMapper": "127.0.0.1:4370", "cookieFile": "cookie" }
                       default: $AGNER_CLUSTER, ./agner-cluster.json, ./.data/agner-cluster.json
  --cookie-file FILE   a file with the cookie; else $AGNER_COOKIE
  --port-mapper AT     HOST:PORT or PORT; else $AGNER_PORT_MAPPER, else 127.0.0.1:4370

  --help, --version`

export interface Where {
  readonly cluster: string | null
  readonly cookieFile: string | null
  readonly portMapper: string | null
}

export interface TopCommand {
  readonly command: 'top'
  readonly node: string | null
  readonly by: TopMeasure
  readonly intervalMs: number
  readonly output: 'screen' | 'text' | 'json'
  readonly process: string | null
  readonly count: number | null
  readonly where: Where
}

export interface CertificatesCommand {
  readonly command: 'certificates'
  readonly dir: string
  /** Full names. */
  readonly nodes: readonly string[]
  readonly days: number
  readonly hosts: readonly string[]
}

export type Command =
  | TopCommand
  | CertificatesCommand
  | { readonly command: 'nodes'; readonly json: boolean; readonly where: Where }
  | { readonly command: 'help' }
  | { readonly command: 'version' }

const measures: readonly TopMeasure[] = ['mailbox', 'reductions', 'memory']

/** @throws `cli.usage` */
export function parseCommand(args: readonly string[]): Command {
  const { values, positionals } = parse(args)
  if (values.help === true) return { command: 'help' }
  if (values.version === true) return { command: 'version' }
  const [command, node = null, ...rest] = positionals
  checkOptions(command, Object.keys(values))
  const where: Where = {
    cluster: values.cluster ?? null,
    cookieFile: values['cookie-file'] ?? null,
    portMapper: values['port-mapper'] ?? null,
  }
  if (command === undefined) return { command: 'help' }
  if (command === 'nodes' && node === null) return { command, json: values.json === true, where }
  if (command === 'certificates') return certificates(positionals.slice(1), values)
  if (command !== 'top') throw wrong(`There is no command ${[command, node ?? ''].join(' ').trim()}.`)
  if (node === '') throw wrong('The name of the node is empty.')
  if (rest.length > 0) throw wrong(`One node at a time: ${positionals.slice(1).join(' ')} are several.`)
  const by = measures.find((measure) => measure === (values.sort ?? 'mailbox'))
  if (by === undefined) throw wrong(`--sort is one of ${measures.join(', ')}; got ${values.sort}.`)
  const output = values.json === true ? 'json' : values.once === true ? 'text' : 'screen'
  if (values.process !== undefined && output === 'screen') throw wrong('--process goes with --once or --json.')
  return {
    command,
    node,
    by,
    output,
    where,
    intervalMs: numberOf('--interval', values.interval, 100, 60_000) ?? 1000,
    process: values.process ?? null,
    count: numberOf('--count', values.count, 1, 1000),
  }
}

const whereOptions = ['cluster', 'cookie-file', 'port-mapper']
const optionsOf: Readonly<Record<string, readonly string[]>> = {
  top: ['sort', 'interval', 'once', 'json', 'process', 'count', ...whereOptions],
  nodes: ['json', ...whereOptions],
  certificates: ['dir', 'days', 'host'],
}

/** One of another command would do nothing here, and say so to nobody. */
function checkOptions(command: string | undefined, given: readonly string[]): void {
  const known = optionsOf[command ?? ''] ?? given
  const other = given.find((option) => !known.includes(option))
  if (other !== undefined)
    throw wrong(`--${other} is no option of ${command}. It has ${known.map((each) => `--${each}`).join(', ')}.`)
}

function certificates(
  nodes: readonly string[],
  { dir, days, host }: { dir?: string | undefined; days?: string | undefined; host?: string[] | undefined },
): CertificatesCommand {
  if (nodes.length === 0) throw wrong('For which nodes? Name them: agner certificates shop@127.0.0.1 bank@127.0.0.1')
  for (const node of nodes)
    if (!/^[^@\s\p{C}]{1,120}@[^@\s\p{C}]{1,120}$/u.test(node)) throw wrong(`${node} is no name of a node: name@host.`)
  return {
    command: 'certificates',
    dir: dir ?? 'certificates',
    nodes: [...new Set(nodes)],
    days: numberOf('--days', days, 1, 36_500) ?? 365,
    hosts: host ?? [],
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        sort: { type: 'string' },
        interval: { type: 'string' },
        once: { type: 'boolean' },
        json: { type: 'boolean' },
        process: { type: 'string' },
        count: { type: 'string' },
        cluster: { type: 'string' },
        'cookie-file': { type: 'string' },
        'port-mapper': { type: 'string' },
        dir: { type: 'string' },
        days: { type: 'string' },
        host: { type: 'string', multiple: true },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean' },
      },
    })
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error))
  }
}

function numberOf(option: string, text: string | undefined, least: number, most: number): number | null {
  if (text === undefined) return null
  const value = Number(text)
  if (!Number.isInteger(value) || value < least || value > most)
    throw wrong(`${option} is a whole number from ${least} to ${most}; got ${text}.`)
  return value
}

function wrong(problem: string): Error {
  return cliError('cli.usage', { problem })
}
