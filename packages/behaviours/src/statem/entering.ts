/**
 * Events at the door: those with a schema are looked at once, when they come, and not again when they were postponed.
 */
import { check, type Checked } from '../protocol/check.ts'
import type { SchemaTables } from '../protocol/schemas.ts'
import type { StandardSchema } from '../protocol/standard-schema.ts'
import type { AnyEvent } from './events.ts'

type FromOutside = AnyEvent & { readonly type: 'call' | 'cast' | 'info' }

const parts = { call: 'calls', cast: 'casts', info: 'info' } as const

export interface Asked {
  readonly event: FromOutside
  readonly checked: Checked | Promise<Checked>
}

/** What the schema of an event says; null if it has none. */
export function askSchema(schemas: SchemaTables, event: AnyEvent): Asked | null {
  if (!isFromOutside(event)) return null
  const name = nameOf(event)
  const schema: StandardSchema | undefined = name === null ? undefined : schemas[parts[event.type]].get(name)
  if (schema === undefined) return null
  return { event, checked: check(schema, event.type === 'info' ? event.message : event.payload) }
}

/** As errors name it: `calls.pay`. */
export function nameInPart(event: FromOutside): string {
  return `${parts[event.type]}.${nameOf(event)}`
}

/** The event with what the schema made of its payload. */
export function withValue(event: FromOutside, value: unknown): AnyEvent {
  return event.type === 'info' ? { ...event, message: value } : { ...event, payload: value }
}

function isFromOutside(event: AnyEvent): event is FromOutside {
  return event.type in parts
}

function nameOf(event: FromOutside): string | null {
  if (event.type !== 'info') return event.name
  const { message } = event
  return typeof message === 'object' && message !== null && 'type' in message && typeof message.type === 'string'
    ? message.type
    : null
}
