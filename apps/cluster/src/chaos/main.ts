/**
 * `npm run chaos -- --minutes 5 --seed N`: the chat in trouble, with a checker over everything that was acknowledged and read.
 *
 *     --minutes M or --seconds S   how long; 60 seconds when left out
 *     --seed N                     what is done to which node follows from it; printed, so that it can be given again
 *     --plant BUG                  the nodes have a bug that has to be found; `all` plays every one that there is
 *
 * The exit code is 1 if a message was lost, doubled, invented or seen out of order, if a page of history was old, or of a copy without need, if the
 * copies on the nodes' disks differ from what was read, or if the cluster did not become whole again. In runs of a minute and more it is 1, too, if less
 * than 99 % of the tries were answered well, nothing was acknowledged for 5 seconds, both while at most one node was down, or fewer messages were
 * acknowledged than 20,000 in 5 minutes. With a planted bug it is 1 if nothing was found.
 */
import { parseArgs } from 'node:util'
import { whyNoNetworkNamespaces } from '@agner/testing'
import { bugCalled, bugNames, plant } from './planted/plant.ts'
import { reportOf } from './report.ts'
import { runChaos } from './run.ts'

const usage = 'usage: npm run chaos -- [--minutes 5] [--seconds 60] [--seed N] [--plant BUG]'
const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    seconds: { type: 'string' },
    seed: { type: 'string' },
    plant: { type: 'string' },
  },
})

// A run that is broken off leaves no stopped node and no network behind; what it has seen is checked.
const broken = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => broken.abort())
const say = (line: string): void => console.log(line)

function asked(name: 'seconds' | 'seed', otherwise: number): number {
  const minutes = name === 'seconds' && values.minutes !== undefined ? Number(values.minutes) * 60 : null
  const given = values[name] === undefined ? (minutes ?? otherwise) : Number(values[name]) + (minutes ?? 0)
  if (name === 'seconds' ? given > 0 : Number.isInteger(given)) return given
  console.error(usage)
  process.exit(2)
}

/** Whether all went well. */
async function play(): Promise<boolean> {
  const seconds = asked('seconds', 60)
  const seed = asked('seed', Math.floor(Math.random() * 1_000_000))
  const result = await runChaos({ forMs: seconds * 1000, seed, say, signal: broken.signal })
  const { lines, failures } = reportOf(result, seconds)
  for (const line of lines) say(line)
  for (const failure of failures.slice(0, 20)) console.error(failure)
  say(failures.length === 0 ? `all is well (seed ${seed})` : `${failures.length} failures (seed ${seed})`)
  return failures.length === 0
}

/** Whether the bug was found. */
async function playPlanted(name: string): Promise<boolean> {
  const bug = bugCalled(name)
  const noCuts = bug.needsCuts === true ? whyNoNetworkNamespaces() : null
  if (noCuts !== null) {
    say(`${name} is not played: it shows only when nodes are cut off, and ${noCuts}`)
    return true
  }
  const seconds = asked('seconds', bug.seconds)
  const seed = asked('seed', bug.seed)
  say(`planted: ${name}, ${bug.what}`)
  const result = await runChaos({
    forMs: seconds * 1000,
    seed,
    say,
    signal: broken.signal,
    mainOf: plant(name),
  })
  for (const line of reportOf(result, seconds).lines) say(line)
  const { violations } = result
  for (const violation of violations.slice(0, 3)) say(`found: ${violation}`)
  say(violations.length === 0 ? `NOT found: ${name} (seed ${seed})` : `found ${name}: ${violations.length} violations`)
  return violations.length > 0
}

let isGood = true
if (values.plant === undefined) isGood = await play()
else
  for (const name of values.plant === 'all' ? bugNames : [values.plant])
    if (!broken.signal.aborted) isGood = (await playPlanted(name)) && isGood
process.exit(isGood ? 0 : 1)
