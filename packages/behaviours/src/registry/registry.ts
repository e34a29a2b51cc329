/**
 * Registries: processes of a node by keys of any number, with values (Registry of Elixir).
 *
 *     export const rooms = defineRegistry<string, { topic: string }>('@chat/rooms')              unique keys: names
 *     startServer(self, Room, arg, { name: rooms.name('lobby', { topic: 'tea' }) })
 *     call(self, room.at(rooms.at('lobby')), 'say', 'hello')
 *
 *     export const topics = defineRegistry<string>('@chat/topics', { keys: 'duplicate' })        a dispatcher
 *     registerKey(self, topics, 'weather')
 *     dispatch(self, topics, 'weather', (entries) => { for (const { pid } of entries) … })
 *
 * A registry is no process: there is nothing to start and nothing that could crash. What is registered belongs to the
 * process that has it, and is gone at its death, before links, monitors and callers hear of that: who is told finds the
 * key free. Each node has a table of its own; names that many nodes share are global names.
 *
 * Keys are compared as those of a Map; values are copied on their way in and out.
 */
import { Pid, Ref, type AnyPid, type Node } from '@agner/core'
import { copy, onDeath } from '@agner/core/kernel'
import { behavioursError } from '../errors.ts'
import type { NameRegistry, ViaName } from '../protocol/via.ts'
import { Entries } from './entries.ts'

/** Whatever is one and the same by value. Of several parts make one string. */
export type RegistryKey = string | number | bigint | boolean | AnyPid | Ref

export interface RegistryOptions {
  /**
   * `unique` (the default): a key has one process at most. `duplicate`: any number, and each process any number of
   * values.
   */
  readonly keys?: 'unique' | 'duplicate'
  /** Names of local processes that are told of all changes by {@link RegistryChange}s. */
  readonly listeners?: readonly string[]
  /** Entries on one node at once; default 1,000,000. Beyond it `registerKey` throws `registry.full`. */
  readonly limit?: number
}

/** What listeners are told, each change once and in order. */
export type RegistryChange<Key = RegistryKey, Value = unknown> =
  | {
      readonly type: 'registered'
      readonly registry: string
      readonly key: Key
      readonly pid: AnyPid
      readonly value: Value
    }
  /** It took back what it had under the key, or a part of it, or died: that is told before links and monitors are. */
  | { readonly type: 'unregistered'; readonly registry: string; readonly key: Key; readonly pid: AnyPid }

/** What {@link Registry.name} puts into an address. */
interface Valued<Key, Value> {
  readonly key: Key
  readonly value: Value
}

type ValueThen<Value> = undefined extends Value ? [value?: Value] : [value: Value]

export class Registry<in out Key extends RegistryKey, in out Value> implements NameRegistry {
  readonly registry: string
  readonly keys: 'unique' | 'duplicate'
  readonly #listeners: readonly string[]
  readonly #limit: number
  readonly #tables = new WeakMap<Node, Entries<Key, Value>>()

  /** @internal */
  constructor(registry: string, { keys = 'unique', listeners = [], limit = 1_000_000 }: RegistryOptions) {
    this.registry = registry
    this.keys = keys
    this.#listeners = [...listeners]
    this.#limit = limit
  }

  /** Who has this key, as the address of a call: `protocol.at(rooms.at('lobby'))`. */
  at(key: Key): ViaName {
    return { via: this, name: key }
  }

  /** This key with a value, as the name that a server is started under. */
  name(key: Key, ...[value]: ValueThen<Value>): ViaName {
    const name: Valued<Key, Value | undefined> = { key, value }
    return { via: this, name }
  }

  // — for addresses: {via, _, _} —

  register(node: Node, name: unknown, pid: AnyPid): AnyPid | null {
    if (this.keys !== 'unique') throw behavioursError('registry.not_unique', { registry: this.registry })
    const { key, value } = (isValued(name) ? name : { key: name, value: undefined }) as Valued<Key, Value>
    return this.add(node, key, pid, value)
  }

  unregister(node: Node, name: unknown, pid: AnyPid): void {
    this.remove(node, (isValued(name) ? name.key : name) as Key, pid)
  }

  whereis(node: Node, name: unknown): AnyPid | undefined {
    return this.#tables.get(node)?.holder((isValued(name) ? name.key : name) as Key)
  }

  // — for the operations —

  /** @internal Null when it is done, else who has the key. */
  add(node: Node, key: Key, pid: AnyPid, value: Value): AnyPid | null {
    if (!isKey(key)) throw behavioursError('registry.bad_key', { registry: this.registry, value: typeof key })
    const copied = copy(value) as Value
    const entries = this.table(node)
    const holder = this.keys === 'unique' ? entries.holder(key) : undefined
    if (holder !== undefined) return holder
    if (entries.size >= this.#limit)
      throw behavioursError('registry.full', { registry: this.registry, limit: this.#limit })
    if (!entries.has(pid) && onDeath(node, pid, this.#release(node)) === null)
      throw behavioursError('registry.no_process', { registry: this.registry, pid: String(pid) })
    entries.add(key, pid, copied)
    this.#tell(node, { type: 'registered', registry: this.registry, key, pid, value: copied })
    return null
  }

  /** @internal Returns how many entries were taken out. */
  remove(node: Node, key: Key, pid: AnyPid, chosen?: (value: Value) => boolean): number {
    const removed = this.table(node).remove(key, pid, chosen)
    if (removed > 0) this.#tell(node, { type: 'unregistered', registry: this.registry, key, pid })
    return removed
  }

  /** @internal */
  table(node: Node): Entries<Key, Value> {
    let entries = this.#tables.get(node)
    if (entries === undefined) this.#tables.set(node, (entries = new Entries<Key, Value>()))
    return entries
  }

  readonly #releases = new WeakMap<Node, (pid: AnyPid) => void>()

  /** One function for all processes of a node, so that each is watched once. */
  #release(node: Node): (pid: AnyPid) => void {
    let release = this.#releases.get(node)
    if (release === undefined) {
      release = (pid) => {
        for (const key of this.table(node).forget(pid))
          this.#tell(node, { type: 'unregistered', registry: this.registry, key, pid })
      }
      this.#releases.set(node, release)
    }
    return release
  }

  #tell(node: Node, change: RegistryChange<Key, Value>): void {
    for (const name of this.#listeners) node.send({ name, node: node.name }, change as never)
  }
}

/**
 * Defines a registry: a value, of which each node has a table of its own.
 *
 * @throws `registry.bad_definition`
 */
export function defineRegistry<Key extends RegistryKey, Value = undefined>(
  registry: string,
  options: RegistryOptions = {},
): Registry<Key, Value> {
  const { keys = 'unique', limit = 1, listeners = [] } = options
  const problem =
    typeof registry !== 'string' || registry === ''
      ? 'it needs a name, a non-empty string'
      : keys !== 'unique' && keys !== 'duplicate'
        ? `keys must be unique or duplicate; got ${String(keys)}`
        : !(typeof limit === 'number' && limit >= 1)
          ? `limit must be a number of at least 1, or Infinity; got ${String(limit)}`
          : !Array.isArray(listeners) || listeners.some((name) => typeof name !== 'string')
            ? 'listeners must be names of processes'
            : null
  if (problem !== null) throw behavioursError('registry.bad_definition', { registry: String(registry), problem })
  return new Registry(registry, options)
}

function isValued(name: unknown): name is Valued<unknown, unknown> {
  return typeof name === 'object' && name !== null && !(name instanceof Pid) && 'key' in name && 'value' in name
}

function isKey(key: unknown): key is RegistryKey {
  if (typeof key === 'object') return key instanceof Pid || key instanceof Ref
  return typeof key === 'string' || typeof key === 'number' || typeof key === 'bigint' || typeof key === 'boolean'
}
