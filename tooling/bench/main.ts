/**
 * `npm run bench [-- --only TEXT] [--rounds N] [--quick] [--json FILE] [--markdown FILE] [--profile FOLDER]`: the same jobs on Agner and
 * on Erlang with one scheduler, in turns, alone and after all the others; between two OS processes; flat lines; peers.
 *
 * `--only` takes the rows whose name contains the text, and leaves the column "after others" out. `--quick` plays small sizes in few
 * rounds: to see that all of it runs, not to quote. `--markdown` writes the tables of what is between two OS processes: into
 * docs/performance.md, if that is the file, in place of those that are there. `--profile` plays Agner's halves alone under the profiler.
 * Without Erlang there are Agner's own figures. The exit code is 1 when a job failed, and 0 however the goals fare.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { comparisons, peerRounds, type Comparison } from './comparisons.ts'
import { compileErlang, findErlang } from './erlang.ts'
import type { Side } from './job.ts'
import { peersAsMarkdown, replaceBetweenMarks, resultsAsMarkdown } from './markdown.ts'
import { notInstalled } from './peers/index.ts'
import type { PlayerOptions } from './player.ts'
import { profile } from './profile.ts'
import { isEmpty, toLine, toResult } from './result.ts'
import { alone, playRounds, Together, type Outcome } from './rounds.ts'
import { median } from './statistics.ts'
import { formatPeers, formatResults, formatTotals, type Pair, type PeerLine } from './table.ts'
import { formsOf, type Row, type Trial } from './trial.ts'
import { trials } from './trials.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    only: { type: 'string', default: '' },
    rounds: { type: 'string' },
    markdown: { type: 'string' },
    quick: { type: 'boolean', default: false },
    profile: { type: 'string' },
  },
})
const { quick, only } = values
const rounds = Number(values.rounds ?? (quick ? 2 : 10))
const roundsTogether = Math.max(1, Math.min(quick ? 1 : 3, rounds))

const remoteSides: readonly Side[] = ['async', 'erlang', 'tcp', 'http', 'grpc', 'moleculer']

function narrowed(given: readonly Trial[]): Trial[] {
  return given
    .map((trial) => ({ ...trial, rows: trial.rows.filter(({ name }) => name.includes(only)) }))
    .filter(({ rows }) => rows.length > 0)
}

function tell(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** All trials in one process for each side. @returns outcomes in the order of the trials. */
async function playTogether(played: readonly Trial[], options: PlayerOptions, withErlang: boolean): Promise<Outcome[]> {
  await using together = new Together(options, withErlang)
  tell('after others: all of them once')
  await together.playAll(played)
  const outcomes: Outcome[] = []
  for (const trial of played) {
    const game = toGame(trial, roundsTogether, withErlang)
    tell(`after others: ${trial.rows[0]!.name}`)
    outcomes.push(await playRounds(game, together.chair))
  }
  return outcomes
}

function toGame(trial: Trial, most: number, withErlang: boolean) {
  const erlang = withErlang && trial.alone !== true ? (['erlang'] as const) : []
  const sides: Side[] = [...formsOf(trial), ...erlang, ...(trial.peers ?? [])]
  return {
    job: trial.job,
    sizes: quick ? trial.quick : trial.full,
    warm: trial.warm,
    sides,
    rounds: Math.min(most, trial.mostRounds ?? most),
  }
}

async function playAlone(played: readonly Trial[], options: PlayerOptions, withErlang: boolean): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const trial of played) {
    const game = toGame(trial, rounds, withErlang)
    tell(`${trial.rows[0]!.name}: ${game.rounds} rounds of ${game.sides.join(', ')}`)
    outcomes.push(await playRounds(game, alone(options)))
  }
  return outcomes
}

function toPairs(played: readonly Trial[], outcomes: readonly Outcome[], together: readonly Outcome[]): Pair[] {
  return played.flatMap(({ rows }, index) =>
    rows.map((row) => {
      const after = together[index]
      return {
        alone: toResult(row, outcomes[index]!.measured, outcomes[index]!.problems),
        afterOthers: after === undefined ? null : toResult(row, after.measured, after.problems),
      }
    }),
  )
}

async function compare(comparison: Comparison, options: PlayerOptions): Promise<PeerLine> {
  const { job, full, quick: small, warm, peers, name, title, unit } = comparison
  const forms = ['async', 'callback'] as const
  const game = {
    job,
    sizes: quick ? small : full,
    warm,
    sides: [...forms, ...peers],
    rounds: Math.min(rounds, quick ? 1 : peerRounds),
  }
  tell(`${name}: ${game.rounds} rounds of ${game.sides.join(', ')}`)
  return toPeerLine({ name, title, unit }, await playRounds(game, alone(options)))
}

/** What was measured of the peers in the rounds of Agner and Erlang. */
function toPeerLines(played: readonly Trial[], outcomes: readonly Outcome[]): PeerLine[] {
  return played.flatMap(({ rows, peers }, index) =>
    peers === undefined
      ? []
      : rows.filter(({ beside }) => beside === undefined).map((row) => toPeerLine(row, outcomes[index]!)),
  )
}

function toPeerLine(
  { name, title, unit, figure = 'value' }: Pick<Row, 'name' | 'title' | 'unit' | 'figure'>,
  { measured, problems }: Outcome,
): PeerLine {
  const figures = new Map<Side, number | string>()
  for (const [side, rounds] of measured) figures.set(side, median(rounds.map((of) => of[figure]!)))
  for (const [side, problem] of problems) {
    figures.set(side, problem === notInstalled ? notInstalled : 'failed')
    if (problem !== notInstalled) tell(`${name} on ${side}: ${problem}`)
  }
  return { title, unit, figures }
}

async function profileAll(chosen: readonly Trial[], folder: string): Promise<number> {
  for (const trial of chosen) {
    for (const form of formsOf(trial)) {
      console.log(`\n${trial.job}, ${form}: own time by function\n${await profile(trial, form, quick, folder)}`)
    }
  }
  return 0
}

async function main(): Promise<number> {
  if (!(Number.isInteger(rounds) && rounds > 0))
    throw new Error(`--rounds takes a whole number above 0, not ${values.rounds}`)
  const speed = narrowed(trials.speed)
  const remote = narrowed(trials.remote)
  const lines = narrowed(trials.lines)
  const beside = comparisons.filter(({ name }) => name.includes(only))
  if (speed.length + remote.length + lines.length + beside.length === 0) {
    const names = [...trials.speed, ...trials.remote, ...trials.lines].flatMap(({ rows }) =>
      rows.map(({ name }) => name),
    )
    throw new Error(
      `nothing is called ${only}; there are: ${[...names, ...comparisons.map(({ name }) => name)].join(', ')}`,
    )
  }
  if (values.profile !== undefined) return await profileAll([...speed, ...remote, ...lines], resolve(values.profile))

  const release = findErlang()
  console.log(
    release === null
      ? 'bench: Erlang is not installed here (`erl` was not found): the figures are Agner’s own, and nothing is compared. Debian has it as erlang-base.'
      : `bench: Agner on Node.js ${process.versions.node} beside Erlang/OTP ${release} with one scheduler`,
  )
  if (quick) console.log('bench: QUICK: small sizes and few rounds, to see that it runs. Not to be quoted.')
  using beams = compileErlang(release !== null)
  const options = { beams: beams.folder }
  const withErlang = release !== null

  const speedAlone = await playAlone(speed, options, withErlang)
  const together = only === '' ? await playTogether(speed, options, withErlang) : []
  const pairs = toPairs(speed, speedAlone, together)
  const remoteAlone = await playAlone(remote, options, withErlang)
  const apart = toPairs(remote, remoteAlone, [])
  const flat = toPairs(lines, await playAlone(lines, options, withErlang), []).filter((pair) => !isEmpty(pair.alone))
  const peers: PeerLine[] = []
  for (const comparison of beside) peers.push(await compare(comparison, options))

  if (pairs.length > 0)
    console.log(`\nMedians of ${rounds} rounds; a ratio above 1 means that Agner is ahead\n\n${formatResults(pairs)}`)
  if (apart.length > 0)
    console.log(
      `\nBetween two OS processes over loopback: medians of ${rounds} rounds; a ratio above 1 means that Agner is ahead\n\n${formatResults(apart)}`,
    )
  const beyond = toPeerLines(remote, remoteAlone)
  if (beyond.length > 0) console.log(`\nThe same beside others\n\n${formatPeers(beyond, remoteSides)}`)
  if (flat.length > 0) console.log(`\nFlat lines\n\n${formatResults(flat)}`)
  if (peers.length > 0)
    console.log(
      `\nPeers\n\n${formatPeers(peers, ['async', 'callback', 'promises', 'nact', 'comedy', 'effect', 'xstate'])}`,
    )
  const results = [...pairs, ...apart, ...flat].map((pair) => pair.alone)
  const failed = [...pairs, ...apart, ...flat]
    .flatMap((pair) => [pair.alone, pair.afterOthers ?? []].flat())
    .filter(({ problem }) => problem !== null)
  for (const { row, problem } of failed) console.log(`! ${row.name}: ${problem}`)
  if (results.length > 0) console.log(`\ngoals: ${formatTotals(results)}`)
  if (values.markdown !== undefined) {
    const remoteResults = results.filter(({ row }) => row.name.startsWith('remote_'))
    const tables = `${resultsAsMarkdown(remoteResults)}\n${peersAsMarkdown(beyond, remoteSides)}`
    const there = existsSync(values.markdown) ? readFileSync(values.markdown, 'utf8') : ''
    writeFileSync(values.markdown, replaceBetweenMarks(there, tables) ?? tables)
  }
  if (values.json !== undefined) {
    const after = pairs.flatMap(({ afterOthers }) => (afterOthers === null ? [] : toLine(afterOthers, '_after_others')))
    writeFileSync(values.json, `${JSON.stringify([...results.map((result) => toLine(result)), ...after], null, 2)}\n`)
  }
  return failed.length === 0 ? 0 : 1
}

process.exitCode = await main()
