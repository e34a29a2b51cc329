/**
 * The code that a node knows by name and version.
 *
 * A module is registered explicitly, never by being imported. A process runs the version that it was started with; what is asked for
 * without a version gets the one that was registered last. Other nodes can spawn only what stands here.
 */
import { coreError } from './errors.ts'
import { RunningAsync } from './kernel/async-body.ts'
import { RunningCallback, type AnyCallback } from './kernel/callback-body.ts'
import type { Process } from './process/process.ts'

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

type TakesArgument = (self: Process<never>, argument: unknown) => Promise<unknown>

export class ModuleRegistry {
  readonly #node: string
  /** Versions in order of registration: the last is the newest. */
  readonly #modules = new Map<string, Map<string, Module>>()

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

  body(
    name: string,
    version: string | undefined,
    functionName: string,
    argument: unknown,
  ): RunningAsync | RunningCallback {
    return toBody(this.function(name, version, functionName), argument)
  }
}

/** @throws `spawn.bad_body` */
export function toBody(body: Spawnable, argument: unknown): RunningAsync | RunningCallback {
  if (typeof body === 'function') return new RunningAsync((self) => (body as TakesArgument)(self, argument))
  if (
    typeof body === 'object' &&
    body !== null &&
    typeof body.init === 'function' &&
    typeof body.message === 'function'
  ) {
    return new RunningCallback(body as AnyCallback, argument)
  }
  throw coreError('spawn.bad_body', { value: body === null ? 'null' : typeof body })
}
