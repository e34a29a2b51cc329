/**
 * The way in: what a driver gives goes through the decoder to whoever asked, a `read` that waits or the owner's mailbox.
 *
 * The driver is asked only while somebody asks here, and for one item at a time: so a slow owner slows the source. What was given is
 * told before the end of the source is, and the end, too, only to one who asks.
 */
import { coreError } from '../errors.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { activate, noDemand, taken, toActive, type Active, type Demand } from './demand.ts'
import { noItem, type Decoder } from './decoder.ts'
import type { Driver } from './driver.ts'
import type { Reader } from './reader.ts'

/** The port that the items are for. */
export interface Receiver {
  /** False once it is closing. */
  readonly isOpen: boolean
  readonly runtime: Runtime
  /** The item as its owner gets it; {@link noItem} if it is to be passed over. */
  admit(item: unknown): unknown
  tellItem(item: unknown): void
  tellPassive(): void
  /** There is nothing left, and somebody asks. */
  exhausted(error: unknown): void
}

/** Pulls that may follow each other before the event loop has a turn: a source that is always ready must not hold the thread. */
const pullsPerTurn = 64

/** No error: the source ended in good order. */
export const inOrder: unique symbol = Symbol('in order')

/** Stands in when the real one has failed: what follows a broken packet cannot be read. */
const deaf: Decoder = { push: () => {}, next: () => noItem, end: () => {} }

export class Intake {
  readonly #driver: Driver
  readonly #receiver: Receiver
  #decoder: Decoder
  #demand: Demand = noDemand
  #reader: Reader | null = null
  #pulled = false
  #pulls = 0
  #flowing = false
  /** Set when the source has come to its end: an error, or {@link inOrder}. */
  #end: unknown = undefined

  constructor(driver: Driver, decoder: Decoder, receiver: Receiver) {
    this.#driver = driver
    this.#decoder = decoder
    this.#receiver = receiver
  }

  get active(): Active {
    return toActive(this.#demand)
  }

  get reader(): Reader | null {
    return this.#reader?.isWaited === true ? this.#reader : null
  }

  /** Why nothing more comes, if that is known already; undefined as long as it is not. */
  get end(): unknown {
    return this.#end
  }

  /** @throws `port.bad_active` */
  activate(active: Active): void {
    const { demand, usedUp } = activate(this.#demand, active)
    this.#demand = demand
    if (usedUp) this.#receiver.tellPassive()
    this.#flow()
  }

  read(reader: Reader): void {
    this.#reader = reader
    this.#flow()
  }

  /** @returns whether the reader was still waiting. */
  giveUp(reader: Reader): boolean {
    if (this.#reader !== reader) return false
    this.#reader = null
    return true
  }

  item(raw: unknown): void {
    if (this.#end !== undefined) return
    try {
      if (!this.#pulled) throw coreError('port.unasked')
      this.#pulled = false
      this.#decoder.push(raw)
    } catch (error) {
      this.#break(error)
    }
    this.#flow()
  }

  finish(end: unknown): void {
    // An end can turn out to be none; a failure is final.
    if (this.#end !== undefined && this.#end !== inOrder) return
    this.#pulled = false
    if (this.#end === undefined && end === inOrder) this.#decoder.end()
    this.#end = end
    this.#flow()
  }

  /** Nobody asks any more. */
  stop(): void {
    this.#reader = null
    this.#demand = noDemand
    this.#decoder = deaf
  }

  #asks(): boolean {
    if (!this.#receiver.isOpen) return false
    if (this.#reader !== null && !this.#reader.isWaited) this.#reader = null
    return this.#reader !== null || this.#demand.left > 0
  }

  #flow(): void {
    // What is told, and what is asked, can lead back here.
    if (this.#flowing) return
    this.#flowing = true
    while (this.#asks()) {
      try {
        if (!this.#step()) break
      } catch (error) {
        this.#break(error)
      }
    }
    this.#flowing = false
  }

  /** @returns whether there may be more to do now. */
  #step(): boolean {
    const item = this.#decoder.next()
    if (item !== noItem) {
      this.#give(item)
      return true
    }
    if (this.#end !== undefined) {
      this.#receiver.exhausted(this.#end)
      return false
    }
    if (this.#pulled) return false
    this.#pulled = true
    if (++this.#pulls % pullsPerTurn !== 0) this.#driver.pull()
    else this.#receiver.runtime.macrotask(() => this.#pullLater())
    return true
  }

  #pullLater(): void {
    if (!this.#receiver.isOpen || this.#end !== undefined) return
    try {
      this.#driver.pull()
    } catch (error) {
      this.#break(error)
      this.#flow()
    }
  }

  #give(item: unknown): void {
    const admitted = this.#receiver.admit(item)
    if (admitted === noItem) return
    const reader = this.#reader
    if (reader !== null) {
      this.#reader = null
      reader.resolve(admitted)
      return
    }
    const { demand, usedUp } = taken(this.#demand)
    this.#demand = demand
    this.#receiver.tellItem(admitted)
    if (usedUp) this.#receiver.tellPassive()
  }

  #break(error: unknown): void {
    this.#decoder = deaf
    this.#end = error
  }
}
