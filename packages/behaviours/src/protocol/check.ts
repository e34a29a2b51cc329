/**
 * Asks a schema about a value, and puts what it says into bounded, plain data: the value comes from somebody who may
 * mean no good, and the answer travels and is reported.
 */
import { messageOf } from '@agner/core/kernel'
import type { SchemaIssue, SchemaResult, StandardSchema } from './standard-schema.ts'

/** What is wrong with a part of a payload. */
export interface PayloadIssue {
  readonly message: string
  /** Where in the payload, as in `lines.0.amount`; empty for the payload itself. */
  readonly path: string
}

export type Checked =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly issues: readonly PayloadIssue[] }

export const issueLimit = 10
export const issueTextLimit = 200

/** Never throws or rejects: a schema that does so has not let the value through. */
export function check(schema: StandardSchema, value: unknown): Checked | Promise<Checked> {
  try {
    const result = schema['~standard'].validate(value)
    return result instanceof Promise ? result.then(toChecked).catch(threw) : toChecked(result)
  } catch (error) {
    return threw(error)
  }
}

function toChecked(result: SchemaResult<unknown>): Checked {
  if (result.issues === undefined) return { ok: true, value: result.value }
  return { ok: false, issues: result.issues.slice(0, issueLimit).map(toIssue) }
}

function toIssue({ message, path = [] }: SchemaIssue): PayloadIssue {
  const keys = path.map((part) => String(typeof part === 'object' ? part.key : part))
  return { message: cut(message), path: cut(keys.join('.')) }
}

function threw(error: unknown): Checked {
  const message = messageOf(error)
  return { ok: false, issues: [{ message: cut(`the schema failed: ${message}`), path: '' }] }
}

function cut(text: string): string {
  return text.length > issueTextLimit ? `${text.slice(0, issueTextLimit - 1)}…` : text
}

/** For people: `amount: must be positive; name: too long`. */
export function issuesInWords(issues: readonly PayloadIssue[]): string {
  return issues.map(({ message, path }) => (path === '' ? message : `${path}: ${message}`)).join('; ')
}
