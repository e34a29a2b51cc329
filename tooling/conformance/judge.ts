/**
 * Real Erlang as the judge: one node compiles and plays the Erlang halves of all scenarios and prints their traces.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../packages/testing/src/index.ts'
import type { RawTrace } from './raw.ts'

export interface Name {
  readonly topic: string
  readonly name: string
}

const here = import.meta.dirname
const limitMs = 300_000
const lanesOfLives = 4
/** Nodes that start and die take their time. */
const roundsOfLives = 2
/** How often a play may be made again because the machine stood still meanwhile. */
const again = 5
/** What nodes that start and die wait for is far enough apart. */
const againOfLives = 0

/** The release of the Erlang/OTP that is installed; null if there is none. */
export function findErlang(): string | null {
  const eval_ = 'io:put_chars(erlang:system_info(otp_release)), halt().'
  const found = spawnSync('erl', ['-noshell', '-eval', eval_], { encoding: 'utf8', timeout: 60_000 })
  return found.status === 0 ? found.stdout.trim() : null
}

/** @returns the traces of each scenario, one for each round, by `topic:name`. */
export async function judge(scenarios: readonly Name[], rounds: number): Promise<Map<string, RawTrace[]>> {
  const beams = mkdtempSync(join(tmpdir(), 'agner-conformance-'))
  try {
    const alone = scenarios.filter(({ topic }) => !withPeers.has(topic) && !withLives.has(topic))
    const together = scenarios.filter(({ topic }) => withPeers.has(topic))
    const mortal = scenarios.filter(({ topic }) => withLives.has(topic))
    await runErlang(['-noshell', '-eval', `${compileAll(beams)} halt(0).`], beams)
    // One after the other: what is tried takes its time, and the nodes of the second would take it away.
    const outputs = [
      alone.length === 0 ? '' : await runErlang([...apart, '-pa', beams, '-eval', mainOf(rounds, again, alone)], beams),
      together.length === 0 ? '' : await playWithPeers(beams, mainOf(rounds, again, together)),
      ...(await playInLanes(beams, Math.min(rounds, roundsOfLives), mortal)),
    ]
    return parse(outputs.join(''))
  } finally {
    rmSync(beams, { recursive: true, force: true })
  }
}

/** A node with a name and no port: it can speak of other nodes, and reaches none. */
const apart = [
  '-noshell',
  '-name',
  'judge@127.0.0.1',
  '-dist_listen',
  'false',
  '-start_epmd',
  'false',
  '-setcookie',
  'judge',
]

/** Topics whose scenarios have other nodes beside the judge's. */
const withPeers: ReadonlySet<string> = new Set([
  'connections',
  'nodes',
  'membership',
  'global_names',
  'global_registry',
  'process_groups',
  'far_requests',
  'erpc_calls',
])

/** Topics whose scenarios start nodes of their own, and kill them. */
const withLives: ReadonlySet<string> = new Set(['distributed_applications'])

/** They wait for most of their time, and each has a port of its own: some at once. */
function playInLanes(beams: string, rounds: number, scenarios: readonly Name[]): Promise<string[]> {
  const lanes = Array.from({ length: lanesOfLives }, (_, lane) =>
    scenarios.filter((_scenario, index) => index % lanesOfLives === lane),
  )
  const played = lanes.filter((own) => own.length > 0)
  return Promise.all(
    played.map((own) => runErlang([...apart, '-pa', beams, '-eval', mainOf(rounds, againOfLives, own)], beams)),
  )
}

function mainOf(rounds: number, mostAgain: number, scenarios: readonly Name[]): string {
  const list = scenarios.map(({ topic, name }) => `{${topic},${name}}`).join(',')
  return `judge:main(${rounds}, ${mostAgain}, [${list}]).`
}

/** The judge and its peers have one port, each at a loopback address of its own: no epmd is needed, and none is left behind. */
async function playWithPeers(beams: string, main: string): Promise<string> {
  const port = String(await freePort())
  const open = `peers:open("${port}"), `
  const listening = ['-kernel', 'inet_dist_use_interface', '{127,0,0,1}', 'prevent_overlapping_partitions', 'false']
  const args = [
    '-noshell',
    '-name',
    'judge@127.0.0.1',
    '-start_epmd',
    'false',
    '-erl_epmd_port',
    port,
    '-setcookie',
    'judge',
    '-connect_all',
    'false',
  ]
  return runErlang([...args, ...listening, '-pa', beams, '-eval', open + main], beams)
}

function compileAll(beams: string): string {
  const sources = ['erlang', 'scenarios'].flatMap((folder) =>
    readdirSync(join(here, folder))
      .filter((file) => file.endsWith('.erl'))
      .map((file) => join(here, folder, file)),
  )
  const options = `[{outdir, ${quote(beams)}}, report, nowarn_export_all, export_all, warnings_as_errors]`
  const failed = 'io:put_chars(standard_error, "a scenario does not compile\\n"), halt(1)'
  return sources
    .map((file) => `case compile:file(${quote(file)}, ${options}) of {ok, _} -> ok; _ -> ${failed} end,`)
    .join(' ')
}

function quote(text: string): string {
  return JSON.stringify(text)
}

function runErlang(args: readonly string[], folder: string): Promise<string> {
  return new Promise((resolve, reject) => {
    // In a folder of its own, so that a crash dump ends there.
    const erl = spawn('erl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], timeout: limitMs })
    let output = ''
    let errors = ''
    erl.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    erl.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
    erl.on('error', reject)
    erl.on('close', (code) =>
      code === 0 ? resolve(output) : reject(new Error(`erl ended with ${code}:\n${output.slice(-2000)}${errors}`)),
    )
  })
}

function parse(output: string): Map<string, RawTrace[]> {
  const traces = new Map<string, RawTrace[]>()
  for (const line of output.split('\n')) {
    // A peer that ends as it should not tells so on the same stream.
    if (!line.startsWith('{"topic"')) continue
    const played = JSON.parse(line) as Name & RawTrace
    const key = `${played.topic}:${played.name}`
    traces.set(key, [...(traces.get(key) ?? []), { labels: played.labels, events: played.events }])
  }
  return traces
}
