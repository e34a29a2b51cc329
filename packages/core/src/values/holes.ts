/**
 * Arrays with more holes than may be sent.
 *
 * `rows[id] = row` makes an array as long as the largest id, and to copy it, or to write it to the wire, takes a step for each place of it: seconds for
 * one row. A few holes go along, as they would with structuredClone.
 */

/** So many holes an array may have. */
export const mostHoles = 10_000

/** What it is called where it is refused; null for an array that may be sent. What has no holes is found out quickly. */
export function asSparse(value: readonly unknown[]): string | null {
  if (value.length <= mostHoles || !value.includes(undefined)) return null
  let holes = 0
  for (let i = 0; i < value.length; i++)
    if (value[i] === undefined && !(i in value) && ++holes > mostHoles)
      return `an array of ${value.length} places, over ${mostHoles} of which are empty (make it a Map)`
  return null
}
