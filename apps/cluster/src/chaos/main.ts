/**
 * `npm run chaos -- --minutes 5 --seed N`: the chat in trouble, with a checker over everything that was acknowledged and read.
 *
 *     --minutes M or --seconds S   how long; 60 seconds when left out
 *     --seed N                     what is done to which node follows from it; printed, so that it can be given again
 *
 * The exit code is 1 if a message was lost, doubled, invented or seen out of order, if a page of history was old, or if the cluster did not
 * become whole again; and, in runs of a minute and more, if less than 99 % of the tries were answered well, nothing was acknowledged for 5
 * seconds, both while at most one node was down, or fewer messages were acknowledged than 20,000 in 5 minutes.
 */
import { parseArgs } from 'node:util'
import { reportOf } from './report.ts'
import { runChaos } from './run.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    seconds: { type: 'string' },
    seed: { type: 'string' },
  },
})
const seconds =
  values.minutes === undefined
    ? Number(values.seconds ?? 60)
    : Number(values.minutes) * 60 + Number(values.seconds ?? 0)
const seed = values.seed === undefined ? Math.floor(Math.random() * 1_000_000) : Number(values.seed)
if (!(seconds > 0) || !Number.isInteger(seed)) {
  console.error('usage: npm run chaos -- [--minutes 5] [--seconds 60] [--seed N]')
  process.exit(2)
}

// A run that is broken off leaves no stopped node and no network behind; what it has seen is checked.
const broken = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => broken.abort())

const result = await runChaos({
  forMs: seconds * 1000,
  seed,
  say: (line) => console.log(line),
  signal: broken.signal,
})
const { lines, failures } = reportOf(result, seconds)
for (const line of lines) console.log(line)
for (const failure of failures.slice(0, 20)) console.error(failure)
console.log(failures.length === 0 ? `all is well (seed ${seed})` : `${failures.length} failures (seed ${seed})`)
process.exit(failures.length === 0 ? 0 : 1)
