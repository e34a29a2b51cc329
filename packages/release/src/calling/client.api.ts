/** What is said to the process of a client, by the program that it is in. */
import { protocol, type Protocol } from '@agner/behaviours'
import type { Down, ResponseMessage, TimeoutMessage } from '@agner/core'
import type { Passage } from './gate.api.ts'

export interface Question extends Pick<Passage, 'process' | 'type' | 'name' | 'arg'> {
  readonly timeoutMs: number
  readonly isSafe: boolean
}

/** An answer, or the error that the asker's promise is rejected with. */
export type ClientAnswer =
  | { readonly type: 'done'; readonly value: unknown }
  | { readonly type: 'failed'; readonly code: string; readonly message: string; readonly details: unknown }

export interface ClientApi {
  calls: {
    ask(question: Question): ClientAnswer
    close(): null
  }
  casts: { tell(question: Question): void }
  info: ResponseMessage | TimeoutMessage<Due> | Down<'gateDown'>
}

/** What a timer of a client is for: the next round of seeking, or an operation by its number. */
export type Due = 'seek' | number

export const clientProtocol: Protocol<ClientApi> = protocol('@agner/release/client', { timeoutMs: Infinity })
