/**
 * What goes over the wire for a call, a cast and a system request: plain data, the same for here and there. It is part
 * of the protocol between versions: fields may be added, never changed.
 *
 *     call     a request with the payload  { call: 'add', arg: 3 }     answered with the bare result
 *     cast     a message                   { type: '$agner/cast', cast: 'reset', arg: undefined }
 *     system   a request with the payload  { system: 'start' }         answered with data of its own
 *
 * The types of info messages may not begin with `$agner/`, so nothing that a user sends is taken for a cast.
 */
import type { AnyPid } from '@agner/core'

export const castType = '$agner/cast'
export const reservedTypes = '$agner/'

export interface CallEnvelope {
  readonly call: string
  readonly arg: unknown
  /** It wants to fail when it is part of a circle of calls. Read on the caller's node. */
  readonly deadlock?: 'fail'
}

export interface CastEnvelope {
  readonly type: typeof castType
  readonly cast: string
  readonly arg: unknown
}

/** Requests that every behaviour answers, whatever its protocol: sys speaks through them. */
export type SystemEnvelope =
  /** Run init now; answered once it has succeeded. Only the process that spawned the server sends it. */
  | { readonly system: 'start' }
  /** Run terminate and exit with the reason; never answered, since the exit is the answer. */
  | { readonly system: 'stop'; readonly reason: unknown }
  | SysEnvelope

/** What sys asks for; answered with a {@link SysAnswer}. Functions stay on their node and go by ticket. */
export type SysEnvelope =
  | { readonly system: 'suspend' }
  | { readonly system: 'resume' }
  | { readonly system: 'getState' }
  | { readonly system: 'getStatus' }
  | { readonly system: 'look'; readonly ticket: number }
  | { readonly system: 'replaceState'; readonly ticket: number }
  | {
      readonly system: 'changeCode'
      /** Null: the newest that the node has. */
      readonly version: string | null
      /** Null: the one that runs. */
      readonly oldVersion: string | null
      readonly extra: unknown
    }
  | { readonly system: 'log'; readonly size: number }
  | { readonly system: 'getLog' }
  | { readonly system: 'statistics'; readonly on: boolean }
  | { readonly system: 'getStatistics' }
  | { readonly system: 'trace'; readonly on: boolean }
  | { readonly system: 'install'; readonly ticket: number }
  | { readonly system: 'remove'; readonly id: string }
  | { readonly system: 'noDebug' }

export type SysAnswer =
  | { readonly value: unknown }
  | { readonly refused: string; readonly details: Readonly<Record<string, unknown>> }

/** The answers to `{ system: 'start' }`; `alreadyStarted` when another has the name, and `acknowledged` of
 * hand-written processes. A failure is no answer: the process ends, and its exit reason says why. */
export type StartAnswer =
  | 'started'
  | 'ignored'
  | { readonly alreadyStarted: AnyPid }
  | { readonly acknowledged: unknown }

export function isCast(message: unknown): message is CastEnvelope {
  return (
    typeof message === 'object' &&
    message !== null &&
    'type' in message &&
    message.type === castType &&
    'cast' in message &&
    typeof message.cast === 'string'
  )
}

export function isCall(payload: unknown): payload is CallEnvelope {
  return typeof payload === 'object' && payload !== null && 'call' in payload && typeof payload.call === 'string'
}

export function isSystem(payload: unknown): payload is SystemEnvelope {
  return typeof payload === 'object' && payload !== null && 'system' in payload && typeof payload.system === 'string'
}
