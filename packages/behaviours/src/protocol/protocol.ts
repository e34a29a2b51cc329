/**
 * A protocol: one small value that types both ends, and all that a client imports.
 *
 *     counter.api.ts   export const counter: Protocol<CounterApi> = protocol('@acme/counter')
 *     counter.ts       defineServer(counter, { … })                    the server is defined against it
 *     elsewhere        await call(self, counter, 'add', 3)             a client is checked against it
 *
 * It holds a name and no code, so nothing of the server comes along.
 */
import type { Pid, ProcessAddress } from '@agner/core'
import type { ApiShape, CheckedApi, Messages } from './api.ts'
import { clientError } from './errors.ts'
import { toTables, type ProtocolSchemas, type SchemaTables } from './schemas.ts'
import type { ViaName } from './via.ts'

/**
 * The protocol of a server. As the target of a call it means the process that is registered, on the caller's node,
 * under the protocol's name.
 */
export interface Protocol<in out Api> {
  /** Exists in the types only. */
  readonly '~api'?: Api
  /** The module's name, unique in the cluster; by custom a package name. */
  readonly module: string
  /** Milliseconds that a call waits when it says nothing itself. */
  readonly timeoutMs: number
  /** What its servers check, by part and name. */
  readonly schemas: SchemaTables
  /**
   * The server at a pid, a local name, a name on a node, or a name in a registry. Nothing is looked up until a call is
   * made.
   */
  at(process: ServerAddress): Address<Api>
}

/** What a server may be known by: its pid, a local name, a name on a node, or a name that a registry keeps. */
export type ServerAddress = ProcessAddress | ViaName

/** Where a server of this protocol is. */
export interface Address<in out Api> {
  /** Exists in the types only. */
  readonly '~api'?: Api
  readonly module: string
  readonly process: ServerAddress
  readonly timeoutMs: number
}

/** Exists in the types only: says which protocol a pid speaks. */
export interface Speaks<in out Api> {
  readonly '~api': Api
}

/** The pid of a server: it can be called, cast to, and sent the plain messages of its protocol. */
export type ServerPid<Api> = Pid<Messages<Api>> & Speaks<Api>

/** Whatever a call may go to. */
export type Target<Api> = Protocol<Api> | Address<Api> | ServerPid<Api>

export interface ProtocolOptions<in out Api> {
  /**
   * Milliseconds that a call waits for its answer when it says nothing itself. Default 5,000; Infinity waits for ever.
   */
  readonly timeoutMs?: number
  /**
   * Schemas that messages are checked against where they enter a server: {@link ProtocolSchemas}. A call that is refused
   * is rejected with `call.bad_argument` (`details.issues`); a cast or message is reported and dropped; the handler does
   * not run. Any library of the Standard Schema will do. A schema may be async: the server's messages wait meanwhile.
   */
  readonly schemas?: ProtocolSchemas<Api>
}

/**
 * Makes a protocol.
 *
 * @throws `protocol.bad_name`, `protocol.bad_schema`, `call.bad_timeout`
 */
export function protocol<Api extends ApiShape & CheckedApi<Api>>(
  module: string,
  options: ProtocolOptions<Api> = {},
): Protocol<Api> {
  if (typeof module !== 'string' || module === '')
    throw clientError('protocol.bad_name', {
      value: typeof module === 'string' ? 'an empty string' : typeof module,
    })
  const { timeoutMs = 5000, schemas = {} } = options
  return Object.freeze({
    module,
    timeoutMs,
    schemas: toTables(module, schemas),
    at: (process: ServerAddress): Address<Api> => Object.freeze({ module, process, timeoutMs }),
  })
}
