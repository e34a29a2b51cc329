/**
 * What is said to the process of a client, by its owner's program.
 */
import { protocol, type Protocol } from '@agner/behaviours'
import type { ResponseMessage } from '@agner/core'
import type { ConsensusErrorCode } from '../errors.ts'

/** What is to be asked of a group, and under which name of the member's protocol. */
export interface Question {
  readonly call: 'submit' | 'read' | 'readLocal' | 'configure' | 'transfer' | 'status'
  readonly payload: unknown
  /** Milliseconds. */
  readonly timeoutMs: number
}

/** An answer, or the error that the asker's promise is rejected with. */
export type ClientAnswer =
  | { readonly type: 'done'; readonly value: unknown }
  | { readonly type: 'failed'; readonly code: ConsensusErrorCode; readonly details: Readonly<Record<string, unknown>> }

export interface ClientApi {
  calls: {
    ask(question: Question): ClientAnswer
    /** Gives the session back; then the process ends. */
    close(): null
  }
  info: ResponseMessage | { readonly type: 'raftWake'; readonly alarm: number }
}

export const clientProtocol: Protocol<ClientApi> = protocol('@agner/consensus/client', { timeoutMs: Infinity })
