/**
 * The port mapper's language: JSON objects, one a line, at most {@link lineLimitBytes} each. Small enough to try with
 * `nc`.
 *
 *     {"op":"register","id":1,"name":"a@127.0.0.1","host":"127.0.0.1","port":40123}   →  {"id":1,"ok":true} or
 * {"id":1,"error":"name_taken"}
 *     {"op":"lookup","id":2,"name":"b@127.0.0.1"}                                      →
 * {"id":2,"host":"127.0.0.1","port":40124} or {"id":2,"error":"unknown"}
 *
 *     {"op":"list","id":3,"after":""}  →  {"id":3,"nodes":[{"name":"b@127.0.0.1","host":"127.0.0.1","port":40124}],"more":true}
 *
 * A name is held for as long as the connection that registered it is open. Port 0 registers a name that cannot be
 * connected to. What is registered is shown to everybody on the host, so it is a name of a node and a plain host, and a line has room for
 * any of them: nobody can make a list that cannot be read.
 */

import { isHost, isNodeName } from '../../handshake/names.ts'
import type { Address } from '../../network/network.ts'

export const lineLimitBytes = 1024
const hostLimitBytes = 255

export interface RegisterLine {
  readonly op: 'register'
  readonly id: number
  readonly name: string
  readonly host: string
  readonly port: number
}

export interface LookupLine {
  readonly op: 'lookup'
  readonly id: number
  readonly name: string
}

/** Who is registered and can be connected to, in the order of names, behind the name `after`: as many as a line holds. */
export interface ListLine {
  readonly op: 'list'
  readonly id: number
  readonly after: string
}

export interface ListedNode {
  readonly name: string
  readonly host: string
  readonly port: number
}

/** `young`: the mapper has only just begun, so an unknown name may be about to register. */
export interface AnswerLine {
  readonly id: number
  readonly ok?: true
  readonly host?: string
  readonly port?: number
  readonly error?: string
  readonly young?: true
  readonly nodes?: readonly ListedNode[]
  /** There are others behind the last of `nodes`. */
  readonly more?: boolean
}

export function encodeLine(line: RegisterLine | LookupLine | ListLine | AnswerLine): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(line)}\n`)
}

/**
 * Cuts bytes into lines. A line over the limit, or one that is no JSON object, is an error, after which nothing more is
 * read.
 */
export class LineReader {
  #text = ''
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })

  /** The objects whose lines are complete, or null when the other side does not speak this language. */
  push(bytes: Uint8Array): Record<string, unknown>[] | null {
    this.#text += this.#decoder.decode(bytes, { stream: true })
    const lines = this.#text.split('\n')
    this.#text = lines.pop() ?? ''
    if (this.#text.length > lineLimitBytes) return null
    const objects: Record<string, unknown>[] = []
    for (const line of lines) {
      const object = parse(line)
      if (object === null) return null
      objects.push(object)
    }
    return objects
  }
}

function parse(line: string): Record<string, unknown> | null {
  if (line.length > lineLimitBytes) return null
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && isNodeName(value)
}

/** What a line has room for beside the longest name: JSON says a quotation mark and a backslash with two characters each. */
function isPlainHost(value: unknown): value is string {
  if (typeof value !== 'string' || !isHost(value) || /["\\]/.test(value)) return false
  return new TextEncoder().encode(value).length <= hostLimitBytes
}

function isPort(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 65_535
}

/** Whether it is a node that can be connected to: whoever answers may be anybody. */
export function isListed(value: unknown): value is ListedNode {
  if (typeof value !== 'object' || value === null) return false
  return isName((value as Partial<ListedNode>).name) && isAddress(value)
}

/** Whether it is an address that can be dialled. */
export function isAddress(value: Partial<Address>): value is Address {
  return isPlainHost(value.host) && isPort(value.port) && value.port > 0
}

/** The question in `object`, or null if it is none. */
export function toQuestion(object: Record<string, unknown>): RegisterLine | LookupLine | ListLine | null {
  const { op, id, name, host, port, after } = object
  if (typeof id !== 'number' || !Number.isSafeInteger(id)) return null
  if (op === 'list') return typeof after === 'string' && after.length <= 255 ? { op, id, after } : null
  if (!isName(name)) return null
  if (op === 'lookup') return { op, id, name }
  if (op !== 'register' || !isPlainHost(host) || !isPort(port)) return null
  return { op, id, name, host, port }
}
