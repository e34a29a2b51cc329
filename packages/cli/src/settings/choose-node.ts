/** Which node is meant. Pure. */
import { cliError } from './errors.ts'

/**
 * By its whole name, by the part before the @, or by the beginning of that if it is no other's too; the only one, if none was
 * named. What has an @ is a whole name: `shop@10.0.0.1` is not the beginning of `shop@10.0.0.12`, but another node.
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
  const isWhole = wanted.includes('@')
  const found = exact.length > 0 || isWhole ? exact : names.filter((name) => name.startsWith(wanted))
  if (found.length === 1) return found[0]!
  throw cliError('cli.no_node', {
    wanted,
    known: found.length > 1 ? `It could be one of: ${found.join(', ')}.` : known,
  })
}

function describe(names: readonly string[]): string {
  return names.length === 0 ? 'The port mapper knows of none.' : `The port mapper knows: ${names.join(', ')}.`
}
