/**
 * How a client finds an application: it asks the gates of all nodes at once, and again after a while, which grows from round to round until somebody has answered a
 * call.
 */
import { sendRequest } from '@agner/behaviours'
import type { AnyProcess, Ref } from '@agner/core'
import type { Due } from './client.api.ts'
import { gateProtocol, type Whereabouts } from './gate.api.ts'

export interface SeekingOptions {
  readonly application: string
  readonly nodes: readonly string[]
  readonly retryMs: number
}

/** Whiles double so often. */
export const growth = 3

export class Seeking {
  readonly #self: AnyProcess
  readonly #options: SeekingOptions
  readonly #probes = new Map<Ref, string>()
  /** Nodes that have not answered yet: one question at a time. */
  readonly #asked = new Set<string>()
  #rounds = 0
  #timer: Ref | null = null
  #mayBeginMs = -Infinity

  constructor(self: AnyProcess, options: SeekingOptions) {
    this.#self = self
    this.#options = options
  }

  get isUnderWay(): boolean {
    return this.#timer !== null
  }

  begin(): void {
    if (this.isUnderWay) return
    this.#wait(Math.max(0, this.#mayBeginMs - this.#self.node.monotonicTimeMs()))
  }

  /** A timer has gone off for it. */
  round(ref: Ref, atLeast: number): void {
    if (ref !== this.#timer) return
    const { nodes, application, retryMs } = this.#options
    for (const node of nodes) {
      if (this.#asked.has(node)) continue
      const to = gateProtocol.at({ name: gateProtocol.module, node })
      this.#asked.add(node)
      this.#probes.set(sendRequest(this.#self, to, 'where', { application, atLeast }).ref, node)
    }
    const delayMs = retryMs * 2 ** Math.min(this.#rounds++, growth) * (0.5 + this.#self.node.runtime.random())
    this.#mayBeginMs = this.#self.node.monotonicTimeMs() + delayMs
    this.#wait(delayMs)
  }

  /** Who has answered, if that was for this. */
  heard(ref: Ref): string | undefined {
    const node = this.#probes.get(ref)
    if (node === undefined) return undefined
    this.#probes.delete(ref)
    this.#asked.delete(node)
    return node
  }

  /** It is found, or nobody wants to know any more. */
  end(): void {
    if (this.#timer !== null) this.#self.cancelTimer(this.#timer, { info: false })
    this.#timer = null
  }

  /** It has answered a call: the next search begins with short whiles. */
  rest(): void {
    this.#rounds = 0
    this.#mayBeginMs = -Infinity
  }

  #wait(ms: number): void {
    const due: Due = 'seek'
    this.#timer = this.#self.startTimer(ms, due)
  }
}

/** What a gate said, in words. */
export function inWords(where: Whereabouts, node: string): string {
  return where.type === 'here' ? `${node}: here` : `${node}: ${where.why}`
}
