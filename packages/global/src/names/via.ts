/**
 * Names of a scope where behaviours take names: `{ via, name }` ({global, Name} of OTP).
 *
 *     startServer(self, Room, arg, { name: names.at('lobby') })         registered everywhere before init runs
 *     call(self, room.at(names.at('lobby')), 'say', 'hello')            looked up on the caller's node at each call
 *
 * The address is a value that belongs to no node: on each it means the scope of that name that runs there.
 */
import type { NameRegistry, ViaName } from '@agner/behaviours'
import type { AnyPid, Node } from '@agner/core'
import { globalError } from '../errors.ts'
import type { RegisterOptions } from './resolve.ts'
import type { Scope } from './scope.ts'

/** The scopes that run on each node, by name. */
class Running {
  readonly #ofNode = new WeakMap<Node, Map<string, Scope>>()

  add(node: Node, scope: Scope): void {
    const scopes = this.#ofNode.get(node)
    if (scopes === undefined) this.#ofNode.set(node, new Map([[scope.name, scope]]))
    else scopes.set(scope.name, scope)
  }

  remove(node: Node, scope: Scope): void {
    const scopes = this.#ofNode.get(node)
    if (scopes?.get(scope.name) === scope) scopes.delete(scope.name)
  }

  get(node: Node, name: string): Scope | undefined {
    return this.#ofNode.get(node)?.get(name)
  }
}

export const running: Running = new Running()

/** What {@link viaScope} puts into an address beside the name. */
interface Registered {
  readonly name: string
  readonly options: RegisterOptions
}

class ScopeRegistry implements NameRegistry {
  readonly registry: string
  readonly #scope: string

  constructor(scope: string) {
    this.registry = scope
    this.#scope = scope
  }

  async register(node: Node, given: unknown, pid: AnyPid): Promise<AnyPid | null> {
    const scope = running.get(node, this.#scope)
    if (scope === undefined) throw globalError('global.not_running', { scope: this.#scope, node: node.name })
    const { name, options } = read(given)
    if (await scope.register(node, name, pid, options)) return null
    const holder = scope.whereis(name)
    if (holder !== undefined && holder !== pid) return holder
    throw globalError('global.has_name', { pid: String(pid), name, present: scope.nameOf(pid) ?? 'none' })
  }

  async unregister(node: Node, given: unknown, pid: AnyPid): Promise<void> {
    const { name } = read(given)
    const scope = running.get(node, this.#scope)
    if (scope?.whereis(name) === pid) await scope.unregister(node, name)
  }

  whereis(node: Node, given: unknown): AnyPid | undefined {
    return running.get(node, this.#scope)?.whereis(read(given).name)
  }
}

const registries = new Map<string, ScopeRegistry>()

/** A name of the scope of that name, on whichever node it is used. */
export function viaScope(scope: string, name: string, options: RegisterOptions): ViaName {
  let via = registries.get(scope)
  if (via === undefined) registries.set(scope, (via = new ScopeRegistry(scope)))
  const isPlain = options.resolve === undefined
  return { via, name: isPlain ? name : ({ name, options } satisfies Registered) }
}

function read(given: unknown): Registered {
  if (typeof given === 'object' && given !== null && 'options' in given) return given as Registered
  return { name: given as string, options: {} }
}
