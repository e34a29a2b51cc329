/** Which node is meant. Pure. */
import { cliError } from './errors.ts'

/**
 * By its whole name, by the part before the @, or by the beginning of it if that is no other's too; the only one, if none was named.
 *
 * @throws `cli.no_node`, `cli.which_node`
 */
export function chooseNode(wanted: string | null, names: readonly string[]): string {
  const known = describe(names)
  if (wanted === null) {
    if (names.length === 1) return names[0]!
    throw names.length === 0
      ? cliError('cli.no_node', { wanted: 'to look at', known })
      : cliError('cli.which_node', { known })
  }
  const exact = names.filter((name) => name === wanted || name.split('@')[0] === wanted)
  const found = exact.length > 0 ? exact : names.filter((name) => name.startsWith(wanted))
  if (found.length === 1) return found[0]!
  throw cliError('cli.no_node', {
    wanted,
    known: found.length > 1 ? `It could be one of: ${found.join(', ')}.` : known,
  })
}

function describe(names: readonly string[]): string {
  return names.length === 0 ? 'The port mapper knows of none.' : `The port mapper knows: ${names.join(', ')}.`
}
