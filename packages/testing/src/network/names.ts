/**
 * How the nodes of a simulated cluster are called, checked before one of them is made.
 */
import { checkOption } from '../checks.ts'

const call = 'simulateCluster'
/** They stand before the `@` of the name of a node, and are the hosts that it listens on. */
const shortName = /^[^@\s:]{1,100}$/
const ofTheMachine = new Set(['localhost', '127.0.0.1', '0.0.0.0'])

export interface NodeNames {
  /** Of those that are started at once. */
  readonly first: readonly string[]
  readonly all: readonly string[]
}

/** @throws `testing.bad_option` */
export function namesOf(nodes: number | readonly string[], later: readonly string[] = []): NodeNames {
  const first = typeof nodes === 'number' ? madeUp(nodes) : nodes
  const all = [...first, ...later]
  checkOption(call, 'nodes', all.length > 0, 'the names of one node or more, or some later', '[]')
  for (const [at, name] of all.entries()) {
    const isName = typeof name === 'string' && shortName.test(name) && !ofTheMachine.has(name)
    checkOption(
      call,
      'nodes',
      isName,
      'short names, without @, : and spaces, and no loopback address',
      `"${String(name)}"`,
    )
    checkOption(
      call,
      'nodes',
      all.indexOf(name) === at,
      'names that differ, also from those of later',
      `"${name}" twice`,
    )
  }
  return { first, all }
}

function madeUp(count: number): readonly string[] {
  checkOption(call, 'nodes', Number.isInteger(count) && count > 0, 'an integer from 1 up, or a list of names', count)
  return Array.from({ length: count }, (_, index) =>
    count <= 26 ? String.fromCharCode(97 + index) : `n${String(index + 1)}`,
  )
}
