/** What the files of a log are called. Names sort as their numbers do. */
const digits = 16

export const segmentName = (number: number): string => `${String(number).padStart(digits, '0')}.log`
export const snapshotName = (index: number): string => `${String(index).padStart(digits, '0')}.snapshot`

/** Whose log it is. */
export const ownerName = 'owner'

/** While a file is being made: it is none of the log until it has its name. */
export const unfinished = (name: string): string => `${name}.new`
export const isUnfinished = (name: string): boolean => /^(?:\d{16}\.(?:log|snapshot)|owner)\.new$/.test(name)

/** In order. What has another name is not ours, and is let be. */
export function segmentNumbers(names: readonly string[]): number[] {
  return numbers(names, '.log')
}

/** The indices of the snapshots, in order. */
export function snapshotIndices(names: readonly string[]): number[] {
  return numbers(names, '.snapshot')
}

function numbers(names: readonly string[], ending: string): number[] {
  return names
    .filter((name) => name.length === digits + ending.length && name.endsWith(ending))
    .map((name) => name.slice(0, digits))
    .filter((text) => /^\d+$/.test(text))
    .map(Number)
    .toSorted((a, b) => a - b)
}
