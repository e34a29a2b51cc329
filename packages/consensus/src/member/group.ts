/**
 * What a group is called, and what is said to it: one small value that types its members and its clients.
 *
 *     bank.group.ts   export const bank: RaftGroup<Command, Result, Query, Answer> = raftGroup('bank')
 *     a member        startMember(node, bank, { machine, … })       the machine is checked against it
 *     a client        startClient(node, bank, { nodes: [ … ] })     has none of the machine's code
 */
import { Pid, type AnyPid, type NameAddress, type Node } from '@agner/core'
import { consensusError } from '../errors.ts'
import type { MemberId } from '../raft/interface.ts'

/** Names a group. A name belongs to one group for ever: a group that is founded anew needs another, or a part that is random. */
export interface RaftGroup<in out Command, in out Result, in out Query = never, in out Answer = never> {
  /** Exists in the types only. */
  readonly '~group'?: readonly [Command, Result, Query, Answer]
  readonly name: string
}

/** Names are compared and shown, and are part of a process name. */
const nameLimit = 128

/** @throws `consensus.bad_option` */
export function raftGroup<Command, Result, Query = never, Answer = never>(
  name: string,
): RaftGroup<Command, Result, Query, Answer> {
  if (typeof name !== 'string' || name === '' || name.length > nameLimit)
    throw consensusError('consensus.bad_option', {
      option: 'name',
      wanted: `a text of 1 to ${String(nameLimit)} characters`,
    })
  return Object.freeze({ name })
}

/** The local name of a group's member on every node: there is one member of a group on a node at most. */
export function processNameOf(group: string): string {
  return `@agner/consensus/${group}`
}

/**
 * The id of a node's member. With `durable` storage it is the node's name, since the log outlives the node's life. With memory it is `node#incarnation`: a node
 * that comes back has forgotten what it promised, and is another member. One that forgets while its node lives takes the next `life`: `node#incarnation.1`.
 */
export function memberIdOf(
  node: Pick<Node, 'name' | 'incarnation'>,
  storage: 'durable' | 'memory',
  life: number = 0,
): MemberId {
  if (storage === 'durable') return node.name
  return `${node.name}#${String(node.incarnation)}${life === 0 ? '' : `.${String(life)}`}`
}

/** The node that a member lives on. */
export function nodeOfMember(id: MemberId): string {
  const end = id.indexOf('#')
  return end < 0 ? id : id.slice(0, end)
}

/** Where a member is reached. */
export function addressOfMember(group: string, id: MemberId): NameAddress {
  return { name: processNameOf(group), node: nodeOfMember(id) }
}

/** Whether a process may speak for a member: it lives on the member's node and, where the id names one, in its life. */
export function speaksFor(pid: AnyPid, id: MemberId): boolean {
  if (!(pid instanceof Pid) || typeof id !== 'string') return false
  const end = id.indexOf('#')
  if (end < 0) return pid.node === id
  const [incarnation] = id.slice(end + 1).split('.')
  return pid.node === id.slice(0, end) && String(pid.incarnation) === incarnation
}
