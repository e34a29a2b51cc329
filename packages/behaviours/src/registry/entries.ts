/**
 * The table of a registry on one node: who has which keys, with which values. Pure: it knows no processes, only pids.
 *
 *     by key    key ─► pid ─► values        in the order of registering
 *     by pid    pid ─► keys                 for the end of a process, which costs as many steps as it has keys
 */
import type { AnyPid } from '@agner/core'

export interface RegistryEntry<out Value> {
  readonly pid: AnyPid
  readonly value: Value
}

export class Entries<Key, Value> {
  readonly #byKey = new Map<Key, Map<AnyPid, Value[]>>()
  readonly #byPid = new Map<AnyPid, Set<Key>>()
  /** How many entries there are. */
  size = 0

  /** The first who has the key. */
  holder(key: Key): AnyPid | undefined {
    for (const pid of this.#byKey.get(key)?.keys() ?? []) return pid
    return undefined
  }

  add(key: Key, pid: AnyPid, value: Value): void {
    let holders = this.#byKey.get(key)
    if (holders === undefined) this.#byKey.set(key, (holders = new Map<AnyPid, Value[]>()))
    const values = holders.get(pid)
    if (values === undefined) holders.set(pid, [value])
    else values.push(value)
    this.size++
    const keys = this.#byPid.get(pid)
    if (keys === undefined) this.#byPid.set(pid, new Set([key]))
    else keys.add(key)
  }

  /** Takes out the values of a process under a key, or those that are chosen. Returns how many that were. */
  remove(key: Key, pid: AnyPid, chosen: (value: Value) => boolean = () => true): number {
    const holders = this.#byKey.get(key)
    const values = holders?.get(pid)
    if (holders === undefined || values === undefined) return 0
    const left = values.filter((value) => !chosen(value))
    this.size -= values.length - left.length
    if (left.length > 0) {
      holders.set(pid, left)
      return values.length - left.length
    }
    holders.delete(pid)
    if (holders.size === 0) this.#byKey.delete(key)
    const keys = this.#byPid.get(pid)!
    keys.delete(key)
    if (keys.size === 0) this.#byPid.delete(pid)
    return values.length
  }

  /** Takes out all of a process. Returns the keys that it had. */
  forget(pid: AnyPid): readonly Key[] {
    const keys = [...this.keysOf(pid)]
    for (const key of keys) this.remove(key, pid)
    return keys
  }

  *of(key: Key): Iterable<RegistryEntry<Value>> {
    for (const [pid, values] of this.#byKey.get(key) ?? []) for (const value of values) yield { pid, value }
  }

  *all(): Iterable<RegistryEntry<Value> & { readonly key: Key }> {
    for (const key of this.#byKey.keys()) for (const { pid, value } of this.of(key)) yield { key, pid, value }
  }

  keysOf(pid: AnyPid): Iterable<Key> {
    return this.#byPid.get(pid) ?? []
  }

  has(pid: AnyPid): boolean {
    return this.#byPid.has(pid)
  }

  valuesOf(key: Key, pid: AnyPid): readonly Value[] {
    return this.#byKey.get(key)?.get(pid) ?? []
  }

  /** Puts another value in the place of the one that a process has under a key. */
  replace(key: Key, pid: AnyPid, value: Value): void {
    this.#byKey.get(key)?.set(pid, [value])
  }
}
