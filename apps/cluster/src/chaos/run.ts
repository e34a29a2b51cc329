/**
 * One chaos run: the whole cluster on a port of its own, users who write and read, OS processes of nodes killed with `kill -9` at random, and in
 * the end the checker over everything.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Launcher } from '../launcher/launcher.ts'
import { check, type Message } from './checker.ts'
import { pickOne, seeded } from './random.ts'
import { Follower, Writer, type Tally } from './users.ts'

export interface ChaosOptions {
  readonly seconds: number
  readonly seed: number
  readonly say: (line: string) => void
}

export interface ChaosResult {
  readonly violations: readonly string[]
  readonly tally: Tally
  readonly kills: ReadonlyMap<string, number>
  readonly reads: number
  readonly reconnects: number
}

const writers = 8
const followers = 4
const rooms = ['lobby', 'kitchen', 'garden', 'attic']
/** Between two kills; a node is back before the next one is killed, most times. */
const killEveryMs = { least: 1500, most: 5000 }
const settleLimitMs = 20_000

export async function runChaos({ seconds, seed, say }: ChaosOptions): Promise<ChaosResult> {
  const random = seeded(seed)
  const dataFolder = await mkdtemp(join(tmpdir(), 'agner-chaos-'))
  const launcher = await Launcher.start({ port: 0, dataFolder, say })
  try {
    await launcher.ready
    say(`chat is ready at ${launcher.url}; chaos for ${seconds} s with seed ${seed}`)
    const tally: Tally = {
      tries: 0,
      acknowledged: 0,
      unavailable: 0,
      failed: 0,
      lastMs: performance.now(),
      longestPauseMs: 0,
    }
    const writing = Array.from(
      { length: writers },
      (_, index) => new Writer(launcher.url, `writer${index + 1}`, rooms[index % rooms.length]!, tally),
    )
    const following = Array.from(
      { length: followers },
      (_, index) => new Follower(launcher.url, `reader${index + 1}`, rooms[index % rooms.length]!),
    )
    const writersStop = new AbortController()
    const followersStop = new AbortController()
    const written = Promise.all(writing.map((writer) => writer.run(writersStop.signal, random)))
    const followed = Promise.all(following.map((follower) => follower.run(followersStop.signal, random)))

    // A failure of a writer ends the run at once; its rejection must not go unseen while the killer is at work.
    const kills = await Promise.race([
      killAtRandom(launcher, seconds, random, say),
      written.then(() => new Map<string, number>()),
    ])
    writersStop.abort()
    await written
    say('the killing is over; reading everything back')
    const stored = await readBack(launcher.url, following)
    followersStop.abort()
    await followed

    const attempts = writing.flatMap((writer) => writer.attempts)
    const violations = check({ attempts, rooms: stored, readers: following.map(({ reader }) => reader) })
    const reads = following.reduce((sum, { reader }) => sum + reader.messages.length, 0)
    return {
      violations,
      tally,
      kills,
      reads,
      reconnects: following.reduce((sum, follower) => sum + follower.reconnects, 0),
    }
  } finally {
    await launcher.stop()
    await rm(dataFolder, { recursive: true, force: true })
  }
}

async function killAtRandom(
  launcher: Launcher,
  seconds: number,
  random: () => number,
  say: (line: string) => void,
): Promise<Map<string, number>> {
  const kills = new Map<string, number>()
  const endMs = performance.now() + seconds * 1000
  for (;;) {
    const waitMs = killEveryMs.least + random() * (killEveryMs.most - killEveryMs.least)
    if (performance.now() + waitMs >= endMs) {
      await pause(Math.max(0, endMs - performance.now()))
      return kills
    }
    await pause(waitMs)
    const victim = pickOne(random, [...launcher.osPids])
    if (victim === undefined) continue
    const [name, osPid] = victim
    say(`kill -9 ${name} (pid ${osPid})`)
    process.kill(osPid, 'SIGKILL')
    kills.set(name, (kills.get(name) ?? 0) + 1)
  }
}

/** Reads every room, once all nodes are up, until the followers have caught up with it. */
async function readBack(url: string, following: readonly Follower[]): Promise<Map<string, readonly Message[]>> {
  const deadlineMs = performance.now() + settleLimitMs
  for (;;) {
    const stored = await tryReadAll(url)
    const caughtUp =
      stored !== null &&
      following.every(({ reader }) => (reader.messages.at(-1)?.id ?? 0) >= (stored.get(reader.room)?.at(-1)?.id ?? 0))
    if (stored !== null && (caughtUp || performance.now() > deadlineMs)) return stored
    if (performance.now() > deadlineMs) throw new Error(`the rooms could not be read back within ${settleLimitMs} ms`)
    await pause(100)
  }
}

async function tryReadAll(url: string): Promise<Map<string, readonly Message[]> | null> {
  try {
    const all = new Map<string, readonly Message[]>()
    for (const room of rooms) all.set(room, await readRoom(url, room))
    return all
  } catch {
    return null
  }
}

async function readRoom(url: string, room: string): Promise<Message[]> {
  const messages: Message[] = []
  for (;;) {
    const response = await fetch(`${url}/api/rooms/${room}/messages?after=${messages.at(-1)?.id ?? 0}&limit=1000`, {
      signal: AbortSignal.timeout(5000),
    })
    if (response.status !== 200) throw new Error(`history of ${room}: ${response.status}`)
    const page = ((await response.json()) as { messages: Message[] }).messages
    messages.push(...page)
    if (page.length < 1000) return messages
  }
}
