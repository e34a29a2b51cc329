/**
 * Plays jobs on Agner, or on a peer, in this OS process: a line in, `JOB SIDE SIZE=N ...`, and a line out, `ok NAME=VALUE ...` or
 * `error TEXT`. `erlang/bench.erl` speaks the same.
 */
import { createInterface } from 'node:readline'
import type { Figures, Half } from '../job.ts'
import { formatAnswer, parseRequest, type Request } from '../lines.ts'
import { jobs } from '../jobs/index.ts'
import { halvesOf } from '../peers/index.ts'

async function halfFor({ job, side }: Request): Promise<Half> {
  const half =
    side === 'async' || side === 'callback'
      ? jobs[job]?.[side]
      : side === 'erlang'
        ? undefined
        : (await halvesOf(side))[job]
  if (half === undefined) throw new Error(`${side} has no half of ${job}`)
  return half
}

async function play(line: string): Promise<string> {
  try {
    const request = parseRequest(line)
    const figures: Figures = await (await halfFor(request))(request.sizes)
    return formatAnswer({ figures })
  } catch (error) {
    return formatAnswer({ problem: error instanceof Error ? error.message : String(error) })
  }
}

for await (const line of createInterface({ input: process.stdin })) console.log(await play(line))
// A peer may leave timers or workers behind.
process.exit(0)
