/**
 * The query of a URL: what is written in digits is a number, everything else stays the text that it is and is refused where a number is wanted.
 *
 * So nothing has to be made fit for its schema afterwards, which would make `5` out of `"5"` in a body too, and any number out of `1e999`.
 */
import { parse } from 'node:querystring'

export function readQuery(text: string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(parse(text)).map(([name, value]) => [name, isDigits(value) ? Number(value) : value]),
  )
}

function isDigits(value: unknown): boolean {
  return typeof value === 'string' && /^\d+$/.test(value)
}
