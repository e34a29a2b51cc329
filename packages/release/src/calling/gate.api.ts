/**
 * What a client says to the gate of a node: the process that lets calls through to the applications that run there.
 *
 * It is part of the protocol between versions: fields may be added, never changed.
 */
import { protocol, type Protocol, type StandardSchema } from '@agner/behaviours'
import type { ResponseMessage, TimeoutMessage } from '@agner/core'

/** To be passed on to a process of an application. */
export interface Passage {
  readonly application: string
  /** The local name of the process. */
  readonly process: string
  readonly type: 'call' | 'cast'
  readonly name: string
  readonly arg: unknown
  /** The greatest token that the client has seen: an instance of an older one is not asked. 0 without any. */
  readonly atLeast: number
  /**
   * Milliseconds that the client still waits: after that the gate keeps no place for it. Absent in older versions, and of a call that waits for ever: such a
   * call has a place until the client gives it up, ends, or is lost.
   */
  readonly leftMs?: number
}

export type Whereabouts =
  | { readonly type: 'here'; readonly token: number | null }
  | { readonly type: 'refused'; readonly why: Refusal }

/** Why nothing was passed on: nobody was asked. */
export type Refusal =
  /** It does not run on this node. */
  | 'not_here'
  /** Its claim is over, or in doubt. */
  | 'not_held'
  /** The client has seen a later instance. */
  | 'superseded'
  /** It runs, and nobody has that name: the process is being restarted, say. */
  | 'no_process'
  /** The gate passes on as many calls as it may. */
  | 'busy'

export type GateAnswer =
  | { readonly type: 'done'; readonly value: unknown }
  | { readonly type: 'refused'; readonly why: Refusal }
  /** The process refused it, and did nothing. */
  | { readonly type: 'failed'; readonly code: string; readonly message: string; readonly details: unknown }
  /** The process ended before it answered. */
  | { readonly type: 'lost'; readonly last: string }

export interface GateApi {
  calls: {
    where(question: Pick<Passage, 'application' | 'atLeast'>): Whereabouts
    pass(passage: Passage): GateAnswer
  }
  info: ResponseMessage | TimeoutMessage<'look'> | { readonly type: 'gateOwnerDown' }
}

/** Whoever has the cookie is trusted not to lie; this keeps out what is broken, or of another version. */
function fields<T>(
  wanted: string,
  isGood: (value: Partial<Record<keyof Passage, unknown>>) => boolean,
): StandardSchema<T> {
  return {
    '~standard': {
      version: 1,
      vendor: '@agner/release',
      validate: (value) =>
        typeof value === 'object' && value !== null && isGood(value)
          ? { value: value as T }
          : { issues: [{ message: `this is not ${wanted}` }] },
    },
  }
}

function isQuestion({ application, atLeast }: Partial<Record<keyof Passage, unknown>>): boolean {
  return typeof application === 'string' && isToken(atLeast)
}

/** Tokens are compared and counted on: one that is no whole number would be greater than all others, or neither greater nor less. */
export function isToken(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isTimeLeft(value: unknown): boolean {
  return value === undefined || (typeof value === 'number' && value >= 0)
}

/** The local name of the gate on every node. */
export const gateProtocol: Protocol<GateApi> = protocol('@agner/release/gate', {
  timeoutMs: Infinity,
  schemas: {
    calls: {
      where: fields('a question for an application', isQuestion),
      pass: fields(
        'a call or cast for a process of an application',
        (passage) =>
          isQuestion(passage) &&
          typeof passage.process === 'string' &&
          typeof passage.name === 'string' &&
          (passage.type === 'call' || passage.type === 'cast') &&
          isTimeLeft(passage.leftMs),
      ),
    },
  },
})
