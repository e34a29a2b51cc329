/**
 * The process dictionary: values that a process keeps for itself (erlang:put/2, get/1, erase/1).
 *
 * It is private: nothing is copied on the way in or out, so what cannot be sent may stand here too. It is made when first asked
 * for, and ends with its process. Others see a copy of it, through process info and crash reports.
 */
import type { AnyPid } from '../identity/pid.ts'
import type { Ref } from '../identity/ref.ts'

/** What equals itself by value. A symbol is a key that nobody else can have. */
export type DictionaryKey = string | number | bigint | boolean | symbol | AnyPid | Ref

/** What a process keeps for itself. After the process's death it holds nothing that anybody sees. */
export interface ProcessDictionary {
  readonly size: number
  /** Undefined if there is nothing under `key`. */
  get(key: DictionaryKey): unknown
  /** @returns what stood there before. */
  put(key: DictionaryKey, value: unknown): unknown
  /** @returns what stood there. */
  erase(key: DictionaryKey): unknown
  /** Empties it. @returns what it held. */
  eraseAll(): Map<DictionaryKey, unknown>
  /** In order of the first put. */
  keys(): DictionaryKey[]
  entries(): [DictionaryKey, unknown][]
}

export class Dictionary implements ProcessDictionary {
  #values = new Map<DictionaryKey, unknown>()

  get size(): number {
    return this.#values.size
  }

  get(key: DictionaryKey): unknown {
    return this.#values.get(key)
  }

  put(key: DictionaryKey, value: unknown): unknown {
    const before = this.#values.get(key)
    this.#values.set(key, value)
    return before
  }

  erase(key: DictionaryKey): unknown {
    const before = this.#values.get(key)
    this.#values.delete(key)
    return before
  }

  eraseAll(): Map<DictionaryKey, unknown> {
    const before = this.#values
    this.#values = new Map()
    return before
  }

  keys(): DictionaryKey[] {
    return [...this.#values.keys()]
  }

  entries(): [DictionaryKey, unknown][] {
    return [...this.#values]
  }
}
