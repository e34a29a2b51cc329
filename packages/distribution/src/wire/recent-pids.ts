/**
 * The pids that a connection decoded last, found by their number alone.
 *
 * Looking a pid up in the realm's table costs the making of a key; most signals are between few processes. Bounded: a
 * newer pid takes the place of an older one.
 */
import type { AnyPid } from '@agner/core'
import { internPid } from '@agner/core/kernel'
import type { Party } from './parties.ts'

const places = 256

export class RecentPids {
  readonly #party: Party
  readonly #pids: (AnyPid | undefined)[] = Array.from({ length: places }, () => undefined)

  constructor(party: Party) {
    this.#party = party
  }

  get(id: number): AnyPid {
    const place = id % places
    const known = this.#pids[place]
    if (known !== undefined && known.id === id) return known
    const pid = internPid(this.#party.name, this.#party.incarnation, id)
    this.#pids[place] = pid
    return pid
  }
}
