/**
 * `npm run fuzz [-- --frames N --seed S --target NAME --play HEX --show --plant NAME]`: sends what no honest peer would.
 *
 * One line for each target; what is found is printed as hexadecimal digits, with the command that plays it again, and the exit code is 1.
 * `--frames` (default 1,000,000) is shared out among the targets; `--show` lists the outcomes; `--plant` puts a fault of `plants.ts` into
 * the sources first, which should be found.
 */
import { parseArgs } from 'node:util'
import type { Outcome } from './campaign.ts'
import { fromHex } from './input.ts'
import { plant } from './plant.ts'
import type { Target } from './target.ts'

const { values } = parseArgs({
  options: {
    frames: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 32)) },
    target: { type: 'string', multiple: true },
    play: { type: 'string' },
    show: { type: 'boolean', default: false },
    plant: { type: 'string' },
  },
})
const seed = Number(values.seed)
const frames = Number(values.frames)

// Nothing of the sources is loaded before this: what is planted counts from the start.
if (values.plant !== undefined) plant(values.plant)
const { campaign, describe } = await import('./campaign.ts')

async function makeTargets(): Promise<Target[]> {
  const { targets } = await import('./targets.ts')
  const made: Target[] = []
  for (const [name, make] of Object.entries(targets)) if (values.target?.includes(name) ?? true) made.push(await make())
  return made
}

function tell(outcome: Outcome): void {
  const { target, frames: played, plays, seconds, outcomes, counts, found } = outcome
  const rate = Math.round(played / seconds).toLocaleString('en')
  console.log(
    `${found === null ? '✓' : '✗'} ${target.padEnd(10)} ${played.toLocaleString('en').padStart(10)} frames in ${plays.toLocaleString('en')} plays, ${outcomes} outcomes, ${seconds.toFixed(1)} s (${rate} a second)`,
  )
  for (const [place, count] of [...counts].toSorted(([, a], [, b]) => b - a)) console.log(`    ${count} × ${place}`)
  if (found !== null) console.log(`    ${describe(outcome, seed)}`)
}

async function fuzz(made: readonly Target[]): Promise<number> {
  const shares = made.reduce((sum, { share }) => sum + share, 0)
  const startedMs = performance.now()
  let [total, failed] = [0, 0]
  for (const target of made) {
    const part = Math.ceil((frames * target.share) / shares)
    const outcome = await campaign(target, { frames: part, seed, counts: values.show })
    tell(outcome)
    total += outcome.frames
    if (outcome.found !== null) failed++
  }
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  console.log(
    `${total.toLocaleString('en')} frames under seed ${seed} in ${seconds} s: ${failed === 0 ? 'nothing found' : `${failed} targets have a finding`}`,
  )
  return failed === 0 ? 0 : 1
}

const made = await makeTargets()
if (made.length === 0) {
  console.error('No such target. Run without --target to see their names.')
  process.exitCode = 2
} else if (values.play === undefined) process.exitCode = await fuzz(made)
else
  for (const target of made) {
    console.log(`${target.name}: ${await target.play(fromHex(values.play))}`)
    await target.close?.()
  }
