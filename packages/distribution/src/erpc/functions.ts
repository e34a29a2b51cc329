/**
 * Functions that other nodes may call: a name that both sides know, and a module that has them.
 *
 *     prices.api.ts   export const prices: Functions<PricesApi> = erpc.functions('@acme/prices')       all that a client imports
 *     prices.ts       export const Prices = erpc.defineFunctions(prices, '1', { priceOf: … })          createNode({ modules: [Prices] })
 *     elsewhere       await erpc.call(self, 'shop@10.0.0.2', prices, 'priceOf', 'tea')
 *
 * Nothing else can be called from outside: neither what is not registered, nor the processes' bodies of ordinary modules.
 */
import { defineModule, type Module, type Process, type Spawnable } from '@agner/core'
import type { CheckedFunctions, Implementation } from './api.ts'
import { erpcError } from './errors.ts'

/** The name of a set of functions; it holds no code. */
export interface Functions<Api> {
  /** Exists in the types only. Invariant by its shape: bundled declarations of a namespace repeat `in out` where TypeScript refuses it. */
  readonly '~api'?: (api: Api) => Api
  /** The module's name, unique in the cluster; by custom a package name. */
  readonly module: string
  /** Milliseconds that a call waits when it says nothing itself. */
  readonly timeoutMs: number
}

export interface FunctionsOptions {
  /** Milliseconds that a call waits when it says nothing itself. Default Infinity, as erpc:call/4. */
  readonly timeoutMs?: number
}

/** @throws `erpc.bad_argument` */
export function functions<Api extends CheckedFunctions<Api>>(
  module: string,
  options: FunctionsOptions = {},
): Functions<Api> {
  const { timeoutMs = Infinity } = options
  if (typeof module !== 'string' || module === '')
    throw erpcError('erpc.bad_argument', {
      what: 'the name of the functions',
      wanted: 'a text, by custom a package name',
    })
  if (typeof timeoutMs !== 'number' || !(timeoutMs >= 0))
    throw erpcError('erpc.bad_argument', {
      what: 'timeoutMs',
      wanted: 'a number of milliseconds from 0 up, or Infinity',
    })
  return Object.freeze({ module, timeoutMs })
}

/** A function whose types are forgotten. */
export type AnyFunction = (argument: unknown, self: Process<unknown>) => unknown

/** What may be called, by what stands for it in the registry of modules. */
const callable = new WeakMap<object, AnyFunction>()

/**
 * Gives functions the name and a version, as a module to register on the nodes that have them. A node with several versions
 * runs the one that was registered last. Each may also be spawned by name; what it gives is lost then.
 *
 * @throws `module.bad`, `erpc.bad_argument`
 */
export function defineFunctions<Api>(
  api: Functions<Api>,
  version: string,
  implementation: NoInfer<Implementation<Api>>,
): Module {
  const bodies: Record<string, Spawnable> = {}
  for (const [name, code] of Object.entries(implementation)) {
    if (typeof code !== 'function') throw erpcError('erpc.bad_argument', { what: name, wanted: 'a function' })
    const run = code as AnyFunction
    const body = async (self: Process<unknown>, argument: unknown): Promise<void> => {
      await run(argument, self)
    }
    callable.set(body, run)
    bodies[name] = body
  }
  return defineModule(api.module, version, bodies)
}

/** The function that a registered body stands for; null if it may not be called. */
export function callableOf(body: Spawnable): AnyFunction | null {
  return callable.get(body) ?? null
}
