/**
 * The part of a node in the log of messages, as an application that always runs there: the member, and beside it the copy, where the node has one.
 *
 *     member ──► replica ──► client        started in this order; a member that is started again gets a new copy, which goes on from its disk
 */
import { join } from 'node:path'
import { defineApplication, type Application, type ChildSpec } from '@agner/behaviours'
import {
  segmentStorage,
  startClient,
  startMember,
  type Configuration,
  type MemberLimits,
  type RaftSettings,
  type Storage,
} from '@agner/consensus'
import type { AnyPid } from '@agner/core'
import { messagesMachine, windowSize } from './machine.ts'
import type { MessageTable } from './message-table.ts'
import { messages } from './messages.group.ts'
import type { MessagePart } from './part.ts'
import { defineReplica } from './replica.ts'
import { replica } from './replica.api.ts'

export interface LogSettings {
  readonly part: MessagePart
  readonly founders: Configuration
  /** The name of this node. */
  readonly node: string
  readonly openStorage: () => Storage
  /** Null: this node is a witness, and has no copy. */
  readonly openTable: (() => Promise<MessageTable>) | null
  /** Keys and rooms that the machine remembers. Default 10,000; the same at all members. */
  readonly windowSize?: number
  readonly settings?: Partial<RaftSettings>
  readonly limits?: Partial<Pick<MemberLimits, 'snapshotEntries' | 'heldEntries'>>
}

/** Entries that are kept for a copy which is behind, here or elsewhere: one that was away for no longer finds all that it lacks in the log. */
const heldEntries = 16_384

export interface LogEnv {
  readonly dataFolder: string
}

export function defineMessageLog(settings: (env: LogEnv) => LogSettings): Application<LogEnv> {
  return defineApplication({
    name: 'messages',
    version: '1.0.0',
    env: { dataFolder: '.data' } as LogEnv,
    start: ({ env }) => ({
      strategy: 'restForOne',
      intensity: 10,
      periodMs: 10_000,
      children: childrenOf(settings(env)),
    }),
  })
}

export function childrenOf(settings: LogSettings): ChildSpec[] {
  const { part, founders, node, openStorage, openTable, windowSize: size = windowSize } = settings
  const member: ChildSpec = {
    id: 'member',
    start: async (supervisor) => {
      const started = await startMember(supervisor, messages, {
        machine: messagesMachine(size),
        storage: openStorage(),
        founders,
        isFirst: founders[0]?.id === node,
        settings: settings.settings ?? {},
        forgets: openTable === null ? 'atOnce' : 'whenTold',
        limits: { heldEntries, ...settings.limits },
      })
      part.member = started
      return started.pid
    },
  }
  if (openTable === null) return [member]
  const others = founders.filter(({ id, role }) => role === 'voter' && id !== node).map(({ id }) => id)
  const copy = defineReplica({ part, openTable, others }).child({
    id: 'replica',
    name: replica.module,
    shutdownMs: 5000,
  })
  const client: ChildSpec = {
    id: 'client',
    start: async (supervisor) => {
      const started = await startClient(supervisor, messages, { nodes: founders.map(({ id }) => id) })
      part.client = started
      return started.pid as AnyPid
    },
  }
  return [member, copy, client]
}

/** Where a node has its log: one folder of the chat's data for all that has to do with messages. */
export function storageIn(dataFolder: string, node: string): () => Storage {
  return () => segmentStorage({ folder: join(dataFolder, 'messages', `${shortName(node)}.log`) })
}

export function tableFileIn(dataFolder: string, node: string): string {
  return join(dataFolder, 'messages', `${shortName(node)}.sqlite`)
}

function shortName(node: string): string {
  return node.split('@')[0]!
}
