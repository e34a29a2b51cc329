/**
 * Plays a trial round by round: each side once, in turns, in the same order every time.
 *
 * Alone: each play has a fresh OS process, which warms up with a small run first. Together: one OS process for each side of the
 * comparison plays all trials at their warm sizes, and only then, in the same processes, each of them in earnest.
 */
import type { Figures, Side, Sizes } from './job.ts'
import { Player, type PlayerOptions } from './player.ts'
import { formsOf, type Measured, type Trial } from './trial.ts'

const warmRuns = 3

export interface Outcome {
  readonly measured: Measured
  /** Why a side has no figures. */
  readonly problems: ReadonlyMap<Side, string>
}

export interface Game {
  readonly job: string
  readonly sizes: Sizes
  readonly warm: Sizes
  readonly sides: readonly Side[]
  readonly rounds: number
}

/** Who plays for a side: a fresh process, or the one that has played everything. */
type Chair = (side: Side, game: Game) => Promise<Figures>

export function alone(options: PlayerOptions): Chair {
  return async (side, { job, sizes, warm }) => {
    await using player = new Player(side, options)
    for (let run = 0; run < warmRuns; run++) await player.play({ job, side, sizes: warm })
    return await player.play({ job, side, sizes })
  }
}

export async function playRounds(game: Game, chair: Chair): Promise<Outcome> {
  const measured = new Map<Side, Figures[]>()
  const problems = new Map<Side, string>()
  for (let round = 0; round < game.rounds; round++) {
    for (const side of game.sides) {
      if (problems.has(side)) continue
      try {
        const figures = await chair(side, game)
        measured.set(side, [...(measured.get(side) ?? []), figures])
      } catch (error) {
        problems.set(side, error instanceof Error ? error.message : String(error))
        measured.delete(side)
      }
    }
  }
  return { measured, problems }
}

/** One process for Agner, in whatever form, and one for Erlang. Trials are played in it once before any is measured. */
export class Together implements AsyncDisposable {
  readonly #players: ReadonlyMap<'agner' | 'erlang', Player>

  constructor(options: PlayerOptions, withErlang: boolean) {
    const agner = ['agner', new Player('async', options)] as const
    this.#players = new Map(withErlang ? [agner, ['erlang', new Player('erlang', options)]] : [agner])
  }

  async playAll(trials: readonly Trial[]): Promise<void> {
    for (const trial of trials) {
      for (const side of [...formsOf(trial), 'erlang'] as const) {
        const player = this.#player(side)
        // What fails here fails again where it is measured, and is told there.
        await player?.play({ job: trial.job, side, sizes: trial.warm }).catch(() => {})
      }
    }
  }

  readonly chair: Chair = async (side, { job, sizes }) => {
    const player = this.#player(side)
    if (player === undefined) throw new Error('not there')
    return await player.play({ job, side, sizes })
  }

  #player(side: Side): Player | undefined {
    return this.#players.get(side === 'erlang' ? 'erlang' : 'agner')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const player of this.#players.values()) await player[Symbol.asyncDispose]()
  }
}
