/** Names of nodes as options give them. */

export const wantedNames = 'a list of names of nodes (name@host)'

export function isNodeName(value: unknown): value is string {
  return typeof value === 'string' && /^[^@]+@[^@]+$/.test(value)
}

/** A text is none: it would be taken for a list of its letters. */
export function areNodeNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isNodeName)
}
