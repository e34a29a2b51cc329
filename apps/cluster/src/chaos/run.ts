/**
 * One chaos run: the whole cluster on a port of its own, users who write, talk and read, trouble for its nodes, and in the end the checker
 * over everything.
 *
 *     launcher ready ──► users ┬──────────────────────────────┐ stop ──► read back until all have all ──► end ──► check, measure
 *                              └ trouble, round after round ──┘                                               └ copies on disk
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { databaseUrlOf } from '../database-url.ts'
import { Launcher, type LauncherOptions } from '../launcher/launcher.ts'
import { check } from './checker.ts'
import { readCopies, untilEven } from './copies.ts'
import { whenCopiesMayAnswer } from './copies-may-answer.ts'
import type { History } from './history.ts'
import { measure, type Measures } from './measures.ts'
import { downsOf, type FaultType } from './plan.ts'
import { seeded } from './random.ts'
import { readBack } from './read-back.ts'
import { makeSite } from './site.ts'
import { Tally } from './tally.ts'
import { Trouble, voters } from './trouble.ts'
import { untilWhole } from './whole.ts'
import { Historian } from './users/historian.ts'
import { Talker } from './users/talker.ts'
import { Writer } from './users/writer.ts'

export interface ChaosOptions {
  readonly forMs: number
  readonly seed: number
  readonly say: (line: string) => void
  /** Ends the run early; what was done until then is checked. */
  readonly signal: AbortSignal
  /** Another program in place of a service's own: a planted bug. */
  readonly mainOf?: LauncherOptions['mainOf']
}

export interface ChaosResult {
  readonly violations: readonly string[]
  readonly measures: Measures
  readonly faults: ReadonlyMap<FaultType, number>
  /** Pages of history, and how many of them said that they are of a copy. */
  readonly reads: { readonly all: number; readonly ofCopies: number }
  /** Those on the nodes' disks that were compared with what was read; none when the messages are in PostgreSQL. */
  readonly copies: number
  /** Messages that came over sockets, and how often those broke. */
  readonly heard: number
  readonly reconnects: number
  /** Why no node was cut off; null when that was possible. */
  readonly noCuts: string | null
}

const rooms = ['lobby', 'kitchen', 'garden', 'attic'] as const
const users = { writers: 12, talkers: 8, historians: 4 }
const readyWithinMs = 30_000
const evenWithinMs = 20_000

interface Played extends Omit<ChaosResult, 'noCuts' | 'copies'> {
  /** Null when nobody could read any more what the rooms hold. */
  readonly history: Omit<History, 'copies'> | null
}

export async function runChaos({ forMs, seed, say, signal, mainOf }: ChaosOptions): Promise<ChaosResult> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'agner-chaos-'))
  const site = makeSite()
  if (site.why !== null) say(`nodes are not cut off, only killed, stopped and restarted: ${site.why}`)
  try {
    const { placeOf } = site
    const launcher = await Launcher.start({
      port: 0,
      dataFolder,
      say,
      ...(placeOf !== undefined && { placeOf }),
      ...(mainOf !== undefined && { mainOf }),
    })
    try {
      await launcher.ready
      const missing = await untilWhole(launcher.url, new Set(), readyWithinMs)
      if (missing !== null) throw new Error(`the chat is not as it should be after its start: ${missing}`)
      say(`chat is ready at ${launcher.url}; chaos for ${forMs / 1000} s with seed ${seed}`)
      // What is done to the nodes follows from the seed alone, whatever the users draw.
      const trouble = new Trouble({ launcher, site, random: seeded(seed), say })
      const { history, violations, ...played } = await play(launcher.url, trouble, { forMs, seed, say, signal })
      await launcher.stop()
      const copies: History['copies'] = databaseUrlOf(process.env) === null ? readCopies(dataFolder) : new Map()
      const wrong = history === null ? [] : check({ ...history, copies })
      return { ...played, violations: [...violations, ...wrong], copies: copies.size, noCuts: site.why }
    } finally {
      await launcher.stop()
    }
  } finally {
    site.close()
    await rm(dataFolder, { recursive: true, force: true })
  }
}

async function play(
  url: string,
  trouble: Trouble,
  { forMs, seed, say, signal }: Omit<ChaosOptions, 'mainOf'>,
): Promise<Played> {
  const tally = new Tally()
  const random = seeded(seed + 1)
  const settings = (name: string, index: number) => ({
    url,
    name: `${name}${index + 1}`,
    room: rooms[index % rooms.length]!,
    tally,
    random,
  })
  const writers = Array.from({ length: users.writers }, (_, index) => new Writer(settings('writer', index)))
  const talkers = Array.from({ length: users.talkers }, (_, index) => new Talker(settings('talker', index)))
  const historians = Array.from(
    { length: users.historians },
    (_, index) => new Historian({ ...settings('historian', index), rooms }),
  )
  const fromMs = performance.now()
  const stop = new AbortController()
  const using = Promise.all([...writers, ...talkers, ...historians].map((user) => user.run(stop.signal)))
  try {
    await trouble.make(forMs, signal)
  } finally {
    stop.abort()
  }
  await using
  const toMs = performance.now()
  say('the trouble is over; reading everything back')
  const readers = talkers.map(({ reader }) => reader)
  const stored = await readBack(url, rooms, readers)
  for (const talker of talkers) talker.leave()
  await untilEven(url, evenWithinMs)

  const attempts = [...writers, ...talkers].flatMap((user) => user.attempts)
  const reads = historians.flatMap((historian) => historian.reads)
  const { tries, acknowledgedAtMs } = tally
  const { struck } = trouble
  const copiesMayAnswer = whenCopiesMayAnswer({ struck, voters, acknowledgedAtMs })
  const unreadable = stored === null ? ['nobody can read any more what the rooms hold'] : []
  return {
    history: stored === null ? null : { attempts, rooms: stored, readers, reads, copiesMayAnswer },
    violations: [...trouble.violations, ...tally.absurd, ...unreadable],
    measures: measure({ tries, acknowledgedAtMs, downs: downsOf(struck), fromMs, toMs }),
    faults: trouble.counts,
    reads: { all: reads.length, ofCopies: reads.filter(({ ofCopy }) => ofCopy).length },
    heard: readers.reduce((sum, { messages }) => sum + messages.length, 0),
    reconnects: tally.reconnects,
  }
}
