/**
 * How the process of a behaviour begins: what it is given, and what its `begin` makes of that.
 */
import type { AnyPid, ExitReason, Finish, Priority } from '@agner/core'
import type { SysEnvelope } from '../protocol/envelope.ts'
import type { ServerName } from './name.ts'
import type { Gen } from './gen.ts'

/** Who started it; null is code outside any process. */
export type Parent = AnyPid | null

/** What a process of a behaviour is made with. */
export interface Beginning {
  readonly parent: Parent
  readonly arg: unknown
  /** Registered at the start request. A local name of a start on the same node is registered before, by the spawn. */
  readonly name: ServerName | null
  /** Milliseconds without a message after which it hibernates. */
  readonly hibernateAfterMs?: number
  readonly sensitive?: boolean
  /** Of a start on another node, where the spawn does not say it. */
  readonly priority?: Priority
  /** What is looked at from the very first message. */
  readonly debug?: readonly SysEnvelope[]
}

/** What `begin` says: it runs, there is nothing to run, or it cannot. */
export type Begun =
  | {
      readonly kind: 'ok'
      /** Runs when the starter was answered, before any message (handle_continue, the first state enter call). */
      readonly go?: () => Loop
    }
  | { readonly kind: 'ignore' }
  | { readonly kind: 'stop'; readonly reason: ExitReason }

export const begun: Begun = Object.freeze({ kind: 'ok' })

/** What is left when a message has been handled: the process itself, or its end; now, or later. */
export type Loop = Gen | Finish | Promise<Gen | Finish>
