/**
 * Where an application is, as far as a client knows: the instance that was found last, until something speaks against it.
 *
 * What a gate says counts if it is of no older instance than one that was seen. A gate that is gone, or that refuses, is believed no more.
 */
import type { AnyProcess, Down, Ref } from '@agner/core'
import { gateProtocol, type Whereabouts } from './gate.api.ts'

/** An application on a node, and the token that it had there. */
export interface Instance {
  readonly node: string
  readonly token: number | null
}

export class Location {
  readonly #self: AnyProcess
  /** Told where it was found; null when that is not known any more. */
  readonly #located: (node: string | null) => void
  #instance: Instance | null = null
  #greatest = 0
  #monitor: Ref | null = null

  constructor(self: AnyProcess, located: (node: string | null) => void) {
    this.#self = self
    this.#located = located
  }

  get instance(): Instance | null {
    return this.#instance
  }

  /** The greatest token that was seen; 0 without any. */
  get greatest(): number {
    return this.#greatest
  }

  /** @returns the instance that is asked from now on, if it is another. */
  learn(node: string, where: Whereabouts): Instance | null {
    if (where.type !== 'here') return null
    const token = where.token ?? 0
    if (token < this.#greatest || (this.#instance !== null && token === this.#greatest)) return null
    this.#greatest = token
    this.#instance = { node, token: where.token }
    this.#located(node)
    if (this.#monitor !== null) this.#self.demonitor(this.#monitor, { flush: true })
    this.#monitor = this.#self.monitor({ name: gateProtocol.module, node }, { tag: 'gateDown' })
    return this.#instance
  }

  /** It is asked for anew, unless another was found meanwhile. */
  distrust(instance: Instance): void {
    if (this.#instance === instance) this.#leave()
  }

  down({ ref }: Down<'gateDown'>): void {
    if (ref !== this.#monitor) return
    this.#monitor = null
    this.#leave()
  }

  #leave(): void {
    this.#instance = null
    this.#located(null)
  }
}
