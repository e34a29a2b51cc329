/**
 * Starting a member of a group on a node.
 *
 *     startMember ──► process: storage.load ──► the algorithm, with what was kept, or the founders, or nothing: then the group must add it
 *
 * One member of a group runs on a node at most, under a name that the others know. When its storage fails, or the machine throws, the process ends with a
 * report. With durable storage whoever supervises it starts it again, and it goes on where it was. Without, it has forgotten what it promised: the same id is
 * refused from then on (`lives.ts`).
 */
import { startServer, stopServer, type Starter } from '@agner/behaviours'
import { AgnerError, Pid, type AnyPid, type Node } from '@agner/core'
import { consensusError } from '../errors.ts'
import type { AnyMachine } from '../machine/applier.ts'
import { checkMachine } from '../machine/checks.ts'
import type { Configuration, MemberId } from '../raft/interface.ts'
import { isConfiguration } from '../raft/check-message.ts'
import { raftSettings } from '../raft/settings.ts'
import { MemoryStorage } from '../storage/memory.ts'
import { memberIdOf, processNameOf, type RaftGroup } from './group.ts'
import type { GroupMember, LogEnd, MemberLimits, MemberOptions } from './member-interface.ts'
import { Life } from './lives.ts'
import { memberServer } from './process.ts'
import type { Running } from './running.ts'
import { Watchers } from './watchers.ts'

const defaultLimits: MemberLimits = {
  snapshotEntries: 4096,
  heldEntries: 65_536,
  sessions: 1024,
  resultsPerSession: 1024,
  waiting: 16_384,
}

/**
 * Starts the member of a group on this node, and resolves when it has read its storage. A process that starts it is linked to it.
 *
 * Rejects with `consensus.bad_option`, `consensus.not_a_founder`, `consensus.forgotten` (without lasting storage: that member has run on this node before, so
 * its next `life` is due), `consensus.later_life` (such a life founds nothing); with a StartError: `start.already_started`, and `start.failed` if storage cannot be loaded
 * or the machine fails
 * (`reason`: `consensus.damaged_log`, `consensus.other_machine`, `consensus.bad_machine`).
 */
export async function startMember<Command, Result, State, Query = never, Answer = never>(
  parent: Starter,
  group: RaftGroup<Command, Result, Query, Answer>,
  options: MemberOptions<Command, Result, State, Query, Answer>,
): Promise<GroupMember<Command, Result, State>> {
  const node: Node = 'node' in parent ? parent.node : parent
  const { founders = null, machine, settings = {}, life = 0, storage = new MemoryStorage() } = options
  if (!(Number.isSafeInteger(life) && life >= 0)) throw badOption('life', 'a whole number from 0 up')
  if (life > 0 && options.storage !== undefined)
    throw badOption(
      'life',
      'of members in memory only; one with storage is called by the name of its node in every life',
    )
  const id = memberIdOf(node, options.storage === undefined ? 'memory' : 'durable', life)
  const limits = checkLimits({ ...defaultLimits, ...options.limits })
  checkMachine(machine)
  raftSettings(settings)
  if (founders !== null) checkFounders(group.name, id, founders)
  if (founders !== null && life > 0) throw consensusError('consensus.later_life', { group: group.name, id })
  const name = processNameOf(group.name)
  const itsLife = new Life(node, group.name, id, storage)
  // While one runs, that is what is wrong.
  if (node.whereis(name) === undefined) itsLife.check()
  const own = founders?.find((member) => member.id === id)
  const watchers = new Watchers(group.name)
  let running: Running | null = null
  const server = memberServer({
    group: group.name,
    id,
    machine: machine as unknown as AnyMachine,
    isWitness: options.isWitness === true || own?.role === 'witness',
    connects: options.connects !== false,
    isFirst: options.isFirst === true,
    waitsToForget: options.forgets === 'whenTold',
    settings,
    limits,
    watchers,
    storage,
    life: itsLife,
    founders,
    begun: (begun) => {
      running = begun
    },
  })
  const pid = await startServer(parent, server, undefined, { name })
  const runs = running as Running | null
  if (runs === null) throw new TypeError('A member that has started runs.')
  return {
    group: group.name,
    id,
    pid,
    status: () => runs.status(),
    state: () => ({ state: runs.state as State, index: runs.applied }),
    ahead: () => runs.ahead as LogEnd<State>,
    onRole: (callback) => watchers.onRole(callback),
    onApplied: (callback) => watchers.onApplied(callback as Parameters<Watchers['onApplied']>[0]),
    watch: (process, how = true) => {
      const watcher = checkWatcher(node, process)
      const after = typeof how === 'boolean' ? null : checkAfter(how)
      // Nobody would ever tell it anything.
      if (how !== false && !node.isAlive(pid)) throw consensusError('consensus.member_ended', { group: group.name, id })
      node.send(pid as never, { type: 'raftWatch', pid: watcher, on: how !== false, after } as never)
    },
    mayForget: (index) => node.send(pid as never, { type: 'raftMayForget', index } as never),
    proposeHere: (command) => node.send(pid as never, { type: 'raftPropose', command } as never),
    stop: () => stopServer(node, pid, 'shutdown').catch(passIfEnded),
  }
}

/** @throws `consensus.bad_option` */
function checkWatcher(node: Node, process: unknown): AnyPid {
  const { pid } = (process ?? {}) as { readonly pid?: unknown }
  if (pid instanceof Pid && pid.node === node.name) return pid
  throw badOption('process', 'a process of the node that the member runs on, or { pid } of one')
}

/** @throws `consensus.bad_option` */
function checkAfter(how: { readonly after: number } | null): number {
  const after = how?.after
  if (Number.isSafeInteger(after) && after! >= 0) return after!
  throw badOption('after', 'the index of an entry: a whole number from 0 up')
}

/** Who is to stop what has ended already has what was wanted. */
function passIfEnded(error: unknown): void {
  if (!(error instanceof AgnerError && error.code === 'call.no_process')) throw error
}

function checkLimits(limits: MemberLimits): MemberLimits {
  for (const [option, value] of Object.entries(limits))
    if (!(Number.isInteger(value) && value > 0)) throw badOption(`limits.${option}`, 'a whole number from 1 up')
  return limits
}

/** All members begin with them, and each believes that the others have the same. */
function checkFounders(group: string, id: MemberId, founders: Configuration): void {
  if (!isConfiguration(founders))
    throw badOption('founders', 'members with an id and a role, each id once, and a voter among them')
  if (founders.some((member) => member.id === id)) return
  const names = founders.map((member) => member.id).join(', ') || 'none'
  throw consensusError('consensus.not_a_founder', { group, id, founders: names })
}

function badOption(option: string, wanted: string): Error {
  return consensusError('consensus.bad_option', { option, wanted })
}
