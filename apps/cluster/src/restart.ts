/**
 * `npm run restart`: every node of the chat that `npm start` runs gets a new OS process, one at a time, while the others serve.
 *
 * Finds it by its data folder (CHAT_DATA, default .data). The launcher does the work, and says in its own lines how far it is; this
 * waits until it is done. Exit code 0: all nodes were restarted. 1: there is no chat, or it did not get there.
 */
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { stepWithinMs } from './launcher/rolling-restart.ts'

interface Told {
  readonly url: string
  readonly launcherOsPid: number
}

interface Seen {
  readonly name: string
  readonly up: boolean
  readonly osPid: number | null
}

const folder = resolve(process.env['CHAT_DATA'] ?? '.data')
/** Longer than the launcher gives a node to be ready again, and then the cluster to be whole: it has given up by then, and said why. */
const stallMs = 2 * stepWithinMs + 15_000
const lookEveryMs = 250

const told = await readFile(join(folder, 'agner-cluster.json'), 'utf8').then(
  (text) => JSON.parse(text) as Told,
  () => null,
)
// The file outlives a launcher that was killed; its nodes do not. Whatever has its OS pid by then must not get the signal.
const before = told === null ? null : await look(told.url)
if (told === null || before === null) {
  console.error(
    `no chat runs in ${folder}: start one with npm start, or set CHAT_DATA to the folder of the one that you mean`,
  )
  process.exit(1)
}

process.kill(told.launcherOsPid, 'SIGUSR2')
const left = new Map(before.map(({ name, osPid }) => [name, osPid]))
let endMs = performance.now() + stallMs
while (left.size > 0 && performance.now() < endMs) {
  await pause(lookEveryMs)
  for (const { name, up, osPid } of (await look(told.url)) ?? []) {
    if (!up || osPid === left.get(name) || !left.delete(name)) continue
    endMs = performance.now() + stallMs
    console.log(`${name} was restarted; ${left.size} to go`)
  }
}
if (left.size > 0) {
  console.error(
    `nothing was restarted for ${stallMs / 1000} s; these were not: ${[...left.keys()].join(', ')}; the lines of npm start say why`,
  )
  process.exit(1)
}

async function look(url: string): Promise<readonly Seen[] | null> {
  try {
    const answer = await fetch(`${url}/api/cluster`, { signal: AbortSignal.timeout(3000) })
    return ((await answer.json()) as { nodes: readonly Seen[] }).nodes
  } catch {
    return null
  }
}
