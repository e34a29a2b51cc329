/**
 * Plays a number of frames against each target, half of them new, half of them changed from what had an outcome of its own. The same seed
 * and number of frames play the same inputs; one finding ends a target.
 */
import { Corpus } from './corpus.ts'
import { Dice } from './dice.ts'
import { toHex, type Input } from './input.ts'
import { pollutionOfAll } from './judge/values.ts'
import { mutate } from './mutate.ts'
import { Finding, type Target } from './target.ts'

/** One in so many inputs is made by damage to another. */
const mutationsIn = 2
const heartbeatMs = 30_000

export interface Outcome {
  readonly target: string
  readonly frames: number
  readonly plays: number
  readonly seconds: number
  /** Different outcomes. */
  readonly outcomes: number
  /** How often each came. */
  readonly counts: ReadonlyMap<string, number>
  readonly found: Found | null
}

export interface Found {
  readonly finding: Error
  readonly input: Input
  readonly frames: number
}

export interface CampaignOptions {
  readonly frames: number
  readonly seed: number
  /** Counts each outcome, for those who want to see them. */
  readonly counts?: boolean
}

export async function campaign(target: Target, { frames, seed, counts = false }: CampaignOptions): Promise<Outcome> {
  const dice = new Dice(seed, streamOf(target.name))
  const corpus = new Corpus()
  const seen = new Map<string, number>()
  const startedMs = performance.now()
  let nextBeatMs = startedMs + heartbeatMs
  let [played, plays] = [0, 0]
  let found: Found | null = null
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  while (played < frames && found === null) {
    const input = next(target, corpus, dice)
    played += Math.max(1, input.length)
    plays++
    try {
      const outcome = target.play(input)
      const place = typeof outcome === 'string' ? outcome : await outcome
      corpus.add(place, input)
      if (counts) seen.set(place, (seen.get(place) ?? 0) + 1)
    } catch (error) {
      found = { finding: await withStack(target, input, error), input, frames: played }
    }
    if ((plays & 1023) !== 0 || performance.now() < nextBeatMs) continue
    nextBeatMs += heartbeatMs
    console.log(`… ${target.name}: ${played} of ${frames} frames, ${corpus.size} outcomes`)
  }
  Error.stackTraceLimit = stackTraceLimit
  try {
    const wrong = pollutionOfAll()
    if (wrong !== null) throw new Finding(wrong)
    await target.close?.()
  } catch (error) {
    found ??= { finding: error as Error, input: [], frames: played }
  }
  const seconds = (performance.now() - startedMs) / 1000
  return { target: target.name, frames: played, plays, seconds, outcomes: corpus.size, counts: seen, found }
}

/** Stacks are not made while nothing is found: they take more time than all else. The same input again shows it. */
async function withStack(target: Target, input: Input, error: unknown): Promise<Error> {
  Error.stackTraceLimit = 20
  try {
    await target.play(input)
  } catch (again) {
    if (again instanceof Error && again.message === (error as Error).message) return again
  }
  return error instanceof Error ? error : new Finding(String(error))
}

function next(target: Target, corpus: Corpus, dice: Dice): Input {
  const old = dice.once(mutationsIn) ? corpus.pick(dice) : null
  if (old === null) return target.make(dice)
  const other = corpus.pick(dice) ?? old
  return (target.mutate ?? mutate)(old, other, dice)
}

/** Each target has numbers of its own, whatever other targets there are. */
function streamOf(name: string): number {
  let hash = 0
  for (const letter of name) hash = (Math.imul(hash, 31) + letter.charCodeAt(0)) | 0
  return hash >>> 0
}

/** For people: what was found, and the command that plays it again. */
export function describe({ target, found }: Outcome, seed: number): string {
  if (found === null) return ''
  const { finding, input, frames } = found
  const hex = toHex(input)
  const lines = [
    `${target}: ${finding.message}`,
    `after ${frames} frames under seed ${seed}`,
    ...(finding.stack ?? '').split('\n').slice(1, 5),
    ...(finding.cause instanceof Error ? (finding.cause.stack ?? '').split('\n').slice(0, 6) : []),
    hex.length > 4000 ? `input (${hex.length / 2} bytes): ${hex.slice(0, 4000)}…` : `input: ${hex}`,
    `again: npm run fuzz -- --target ${target} ${hex.length > 4000 ? `--seed ${seed} --frames ${frames}` : `--play ${hex}`}`,
  ]
  return lines.join('\n    ')
}
