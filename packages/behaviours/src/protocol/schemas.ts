/**
 * Schemas of a protocol: what each message must look like when it reaches the server.
 *
 *     client ── call, cast, message ──► server ── schema ─┬─► handler, with what the schema made of the payload
 *                                                         └─► refused: the handler does not run, the state is as it was
 *
 * Types hold within one program. Another node may run an older version, or be written by somebody who casts; data from
 * outside has whatever type was asserted. A schema is asked where the message enters the server, wherever it comes
 * from.
 */
import type { ByType, Calls, Casts, Events, Messages, Payload } from './api.ts'
import { clientError } from './errors.ts'
import { isSchema, type StandardSchema } from './standard-schema.ts'

/** At most one schema for each call, cast and message. What it makes must be what the Api says; the handler gets that. */
export interface ProtocolSchemas<Api> {
  readonly calls?: { readonly [N in keyof Calls<Api>]?: StandardSchema<Payload<Calls<Api>[N]>> }
  readonly casts?: { readonly [N in keyof Casts<Api>]?: StandardSchema<Payload<Casts<Api>[N]>> }
  readonly info?: {
    readonly [T in keyof ByType<Messages<Api>>]?: StandardSchema<ByType<Messages<Api>>[T]>
  }
  /** Of an event manager. */
  readonly events?: {
    readonly [T in keyof ByType<Events<Api>>]?: StandardSchema<ByType<Events<Api>>[T]>
  }
}

export type SchemaTable = ReadonlyMap<string, StandardSchema>

export interface SchemaTables {
  readonly calls: SchemaTable
  readonly casts: SchemaTable
  readonly info: SchemaTable
  readonly events: SchemaTable
}

/** Null when there is none, so that who asks for each message asks no more than that. */
export function unlessEmpty(tables: SchemaTables): SchemaTables | null {
  return Object.values(tables).every((table: SchemaTable) => table.size === 0) ? null : tables
}

/** @throws `protocol.bad_schema` for what is no Standard Schema of version 1. */
export function toTables(
  module: string,
  schemas: { readonly [Part in keyof SchemaTables]?: object | undefined },
): SchemaTables {
  const table = (part: keyof SchemaTables): SchemaTable => {
    const entries = Object.entries(schemas[part] ?? {}).filter(([, schema]) => schema !== undefined)
    for (const [name, schema] of entries)
      if (!isSchema(schema)) throw clientError('protocol.bad_schema', { module, name: `${part}.${name}` })
    return new Map<string, StandardSchema>(entries)
  }
  return { calls: table('calls'), casts: table('casts'), info: table('info'), events: table('events') }
}
