/**
 * A network that delays each message by itself, so that they overtake each other, loses some, brings some twice, and is cut: each way is cut for
 * itself. A message that is under way when its way is cut still arrives.
 */
import type { Agenda } from './agenda.ts'
import type { Dice } from './dice.ts'

export interface Weather {
  readonly fastestMs: number
  readonly slowestMs: number
  /** The part of messages that vanish. */
  readonly loss: number
  /** The part of messages that come when nobody expects them any more. */
  readonly late: number
  /** The part of messages that come twice. */
  readonly duplicated: number
}

/** No message is under way for longer. */
export const latestMs = 1000

export class Network {
  readonly #agenda: Agenda
  readonly #dice: Dice
  readonly #cuts = new Map<string, Map<string, number>>()
  weather: Weather
  sent = 0

  constructor(agenda: Agenda, dice: Dice, weather: Weather) {
    this.#agenda = agenda
    this.#dice = dice
    this.weather = weather
  }

  /** `isOnce` is of a connection that gives each message at most once. */
  send(from: string, to: string, deliver: () => void, isOnce = false): void {
    this.sent++
    const dice = this.#dice
    const { loss, duplicated } = this.weather
    if (this.isCut(from, to) || (loss > 0 && dice.chance(loss))) return
    this.#agenda.after(this.#delayMs(), deliver)
    if (!isOnce && duplicated > 0 && dice.chance(duplicated)) this.#agenda.after(this.#delayMs(), deliver)
  }

  #delayMs(): number {
    const { fastestMs, slowestMs, late } = this.weather
    if (late > 0 && this.#dice.chance(late)) return this.#dice.between(slowestMs, latestMs)
    return this.#dice.between(fastestMs, slowestMs)
  }

  isCut(from: string, to: string): boolean {
    return (this.#cuts.get(from)?.get(to) ?? 0) > 0
  }

  /** Cuts one way, as often as it is called. Returns what heals this cut. */
  cut(from: string, to: string): () => void {
    const ways = this.#cuts.get(from) ?? new Map<string, number>()
    this.#cuts.set(from, ways)
    ways.set(to, (ways.get(to) ?? 0) + 1)
    let isHealed = false
    return () => {
      if (!isHealed) ways.set(to, ways.get(to)! - 1)
      isHealed = true
    }
  }
}
