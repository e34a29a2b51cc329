/**
 * Starting a client of a group on a node. One serves all processes of the node that want the group: its requests share a session.
 */
import { call, defineServer, noreply, startServer, stopAndReply, type Server, type Starter } from '@agner/behaviours'
import { AgnerError } from '@agner/core'
import { consensusError } from '../errors.ts'
import type { RaftGroup } from '../member/group.ts'
import type { MemberId } from '../raft/interface.ts'
import { checkAdded, checkId, checkLimits, checkNodes, checkTimeout } from './options.ts'
import { Asking, type AskingOptions } from './asking.ts'
import type { AskOptions, Caller, ClientLimits, ClientOptions, GroupClient } from './client-interface.ts'
import { clientProtocol, type ClientApi, type Question } from './client.api.ts'
import { Directory } from './directory.ts'

const defaultLimits: ClientLimits = { underWay: 512, waiting: 16_384, attemptMs: 2000, retryMs: 20 }

/**
 * Starts a client; a process that starts it is linked to it. It may run on any node, a member's or not.
 *
 * Rejects with `consensus.bad_option`.
 */
export async function startClient<Command, Result, Query = never, Answer = never>(
  parent: Starter,
  group: RaftGroup<Command, Result, Query, Answer>,
  options: ClientOptions = {},
): Promise<GroupClient<Command, Result, Query, Answer>> {
  const node = 'node' in parent ? parent.node : parent
  const { nodes = [], timeoutMs = 5000, reaches = () => true } = options
  checkTimeout(timeoutMs)
  const limits = checkLimits({ ...defaultLimits, ...options.limits })
  const directory = new Directory(node.name, [...checkNodes(nodes)])
  const pid = await startServer(parent, clientServer({ group: group.name, limits, directory, reaches }))

  const ask = async (
    from: Caller,
    what: Question['call'],
    payload: unknown,
    { timeoutMs: ownMs = timeoutMs }: AskOptions = {},
  ): Promise<never> => {
    // The process that would find out later serves everybody on this node.
    checkTimeout(ownMs)
    const answer = await call(
      from,
      pid,
      'ask',
      { call: what, payload, timeoutMs: ownMs },
      { timeoutMs: Infinity },
    ).catch((error: unknown) => {
      const code = error instanceof AgnerError ? error.code : ''
      const details = { group: group.name, what, timeoutMs: ownMs, last: code }
      if (code === 'call.exited') throw consensusError('consensus.unknown_outcome', details)
      if (code === 'call.no_process') throw consensusError('consensus.unavailable', details)
      throw error
    })
    if (answer.type === 'failed') throw consensusError(answer.code, answer.details)
    return answer.value as never
  }

  return {
    group: group.name,
    pid,
    submit: (from, command, asked) => ask(from, 'submit', command, asked),
    read: (from, query, asked) => ask(from, 'read', { query }, asked),
    readLocal: async (from, query, asked) => ({
      ...((await ask(from, 'readLocal', { query }, asked)) as { answer: Answer; member: MemberId; applied: number }),
      isStale: true,
    }),
    status: (from, asked) => ask(from, 'status', undefined, asked),
    addMember: async (from, id, role = 'voter', asked) =>
      void (await ask(from, 'configure', { change: { type: 'add', ...checkAdded({ id, role }) } }, asked)),
    removeMember: async (from, id, asked) =>
      void (await ask(from, 'configure', { change: { type: 'remove', id: checkId(id) } }, asked)),
    transfer: async (from, to = null, asked) => ask(from, 'transfer', { to: to === null ? null : checkId(to) }, asked),
    members: () => directory.members,
    stop: async () => void (await call(node, pid, 'close', undefined, { timeoutMs: 5000 }).catch(() => null)),
  }
}

function clientServer(options: AskingOptions): Server<ClientApi, void, Asking> {
  return defineServer(clientProtocol, {
    unknown: 'refuse',
    init: (_: void, { self }): Asking => new Asking(self, options),
    formatStatus: ({ state }) => ({ state: state.counts() }),
    calls: {
      ask: (asking, question, { from }) => {
        asking.ask(question, from)
        return noreply(asking)
      },
      close: (asking) => {
        asking.close()
        return stopAndReply('shutdown', null)
      },
    },
    info: {
      response: (asking, response) => {
        asking.heard(response)
        return noreply(asking)
      },
      raftWake: (asking, { alarm }) => {
        asking.wake(alarm)
        return noreply(asking)
      },
    },
  })
}
