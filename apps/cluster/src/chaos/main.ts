/**
 * `npm run chaos -- --seconds 60 --seed N`: the chat under `kill -9`, with a checker over everything that was acknowledged and read.
 *
 * Exit code 1 if a message was lost, doubled, invented or seen out of order; the seed is printed so that the same plan can be run again.
 */
import { parseArgs } from 'node:util'
import { runChaos } from './run.ts'

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' } } })
const seconds = Number(values.seconds)
const seed = values.seed === undefined ? Math.floor(Math.random() * 1_000_000) : Number(values.seed)
if (!(seconds > 0) || !Number.isInteger(seed)) {
  console.error('usage: npm run chaos -- [--seconds 60] [--seed N]')
  process.exit(2)
}

const { violations, tally, kills, reads, reconnects } = await runChaos({
  seconds,
  seed,
  say: (line) => console.log(line),
})
const killed = [...kills].map(([name, times]) => `${name} ${times}x`).join(', ') || 'none'
console.log(`killed: ${killed}`)
console.log(
  `acknowledged ${tally.acknowledged} messages in ${tally.tries} tries (${tally.unavailable} answered 503, ${tally.failed} broken connections)`,
)
console.log(
  `longest pause between two acknowledgements: ${Math.round(tally.longestPauseMs)} ms; readers got ${reads} messages and reconnected ${reconnects} times`,
)
for (const violation of violations.slice(0, 20)) console.error(`VIOLATION ${violation}`)
console.log(violations.length === 0 ? `all is well (seed ${seed})` : `${violations.length} violations (seed ${seed})`)
process.exit(violations.length === 0 ? 0 : 1)
