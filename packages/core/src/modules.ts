/**
 * The code that a node knows by name and version.
 *
 * A module is registered explicitly, never by being imported. A process runs the version that it was started with; what is asked for
 * without a version gets the one that was registered last. Other nodes can spawn only what stands here.
 */
import { coreError } from './errors.ts'
import type { AnyCallback } from './kernel/callback-body.ts'

/**
 * Any body that can be spawned by name: an async function `(self, argument)`, or callbacks whose `init` takes the argument. The types of
 * message, state and argument are its own affair.
 */
export type Spawnable =
  | ((...args: never) => Promise<unknown>)
  | { readonly init: (...args: never) => unknown; readonly message: (...args: never) => unknown }

/** Named, versioned code: what `defineModule`, and the behaviours' define functions, make. */
export interface Module {
  /** The name, unique in the cluster: by custom a package name, `@acme/counter`. */
  readonly module: string
  readonly version: string
  /** What may be spawned by name. */
  readonly functions: Readonly<Record<string, Spawnable>>
}

/**
 * Gives a name and a version to functions, so that other nodes may spawn them.
 *
 * @throws `module.bad` for an empty name or version.
 */
export function defineModule<const F extends Readonly<Record<string, Spawnable>>>(
  module: string,
  version: string,
  functions: F,
): Module & { readonly functions: F } {
  check({ module, version, functions })
  return Object.freeze({ module, version, functions })
}

function check(module: Module): void {
  if (typeof module.module !== 'string' || module.module === '')
    throw coreError('module.bad', { value: describe(module.module) })
  if (typeof module.version !== 'string' || module.version === '')
    throw coreError('module.bad', { value: describe(module.version) })
}

function describe(value: unknown): string {
  return typeof value === 'string' ? `"${value}"` : typeof value
}

export class ModuleRegistry {
  readonly #node: string
  /** Versions in order of registration: the last is the newest. */
  readonly #modules = new Map<string, Map<string, Module>>()
  /** What a function is called; one that stands in several modules or versions by the first of them. */
  readonly #names = new Map<object, string>()

  constructor(node: string) {
    this.#node = node
  }

  /** @throws `module.clash` if other code stands under the same name and version. */
  register(module: Module): void {
    check(module)
    const versions = this.#modules.get(module.module) ?? new Map<string, Module>()
    const present = versions.get(module.version)
    if (present !== undefined && present !== module)
      throw coreError('module.clash', { module: `${module.module}@${module.version}` })
    versions.delete(module.version)
    versions.set(module.version, module)
    this.#modules.set(module.module, versions)
    for (const [name, code] of Object.entries(module.functions))
      if (!this.#names.has(code)) this.#names.set(code, `${module.module}@${module.version}:${name}`)
  }

  /** `module@version:name` of code that is registered; else the name that it has of itself, or null. */
  nameOf(code: object): string | null {
    const known = this.#names.get(code)
    if (known !== undefined) return known
    const { name } = code as { readonly name?: unknown }
    return typeof name === 'string' && name !== '' ? name : null
  }

  /** @throws `module.unknown` */
  get(name: string, version?: string): Module {
    const versions = this.#modules.get(name)
    const found = version === undefined ? [...(versions?.values() ?? [])].at(-1) : versions?.get(version)
    if (found === undefined)
      throw coreError('module.unknown', {
        module: version === undefined ? name : `${name}@${version}`,
        node: this.#node,
      })
    return found
  }

  list(): Module[] {
    return [...this.#modules.values()].flatMap((versions) => [...versions.values()])
  }

  /** @throws `module.unknown`, `module.no_function` */
  function(name: string, version: string | undefined, functionName: string): Spawnable {
    const module = this.get(name, version)
    const found = Object.hasOwn(module.functions, functionName) ? module.functions[functionName] : undefined
    if (found === undefined) {
      throw coreError('module.no_function', {
        module: `${name}@${module.version}`,
        name: functionName,
        known: Object.keys(module.functions).join(', ') || 'none',
      })
    }
    return found
  }
}

/** @throws `spawn.bad_body` */
export function checkSpawnable(body: unknown): asserts body is Spawnable {
  if (typeof body === 'function') return
  if (typeof body === 'object' && body !== null) {
    const { init, message } = body as Partial<AnyCallback>
    if (typeof init === 'function' && typeof message === 'function') return
  }
  throw coreError('spawn.bad_body', { value: body === null ? 'null' : typeof body })
}
