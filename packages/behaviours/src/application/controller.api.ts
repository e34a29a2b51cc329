/**
 * The protocol of the application controller. An application holds functions, so it goes as left luggage.
 */
import type { AnyPid, Exit, ExitReason } from '@agner/core'
import type { BehavioursErrorCode } from '../errors.ts'
import { LeftLuggage } from '../left-luggage.ts'
import { protocol, type Protocol } from '../protocol/protocol.ts'
import type { AnyApplication } from './definition.ts'
import type { StartType } from './start-type.ts'

/**
 * What the end of an application means for its node. `permanent`: any end takes the node down. `transient`: any but
 * `normal` does, `shutdown` included. `temporary`: it is only reported. A start that fails is such an end, too.
 */
export type ApplicationType = 'permanent' | 'transient' | 'temporary'

export interface ApplicationInfo {
  readonly name: string
  readonly description: string
  readonly version: string
  readonly type: ApplicationType
  readonly state: 'starting' | 'running' | 'stopping'
  /** The top supervisor; null while it starts, and of a library. */
  readonly supervisor: AnyPid | null
}

export interface ApplicationRefused {
  readonly refused: BehavioursErrorCode
  readonly reason?: ExitReason
  readonly dependency?: string
}

export type ApplicationOutcome = { readonly ok: true } | ApplicationRefused

export interface StartOrder {
  readonly application: AnyApplication
  readonly env: object
  readonly type: ApplicationType
  readonly startType: StartType
}

export interface ControllerApi {
  calls: {
    start(ticket: number): ApplicationOutcome
    stop(name: string): ApplicationOutcome
    kill(name: string): ApplicationOutcome
    list(): ApplicationInfo[]
  }
  info: Exit | { readonly type: 'started'; readonly name: string; readonly top: AnyPid }
}

export const controller: Protocol<ControllerApi> = protocol('@agner/applications', { timeoutMs: Infinity })

/** Orders on their way to the controller. */
export const leftOrders: LeftLuggage<StartOrder> = new LeftLuggage()
