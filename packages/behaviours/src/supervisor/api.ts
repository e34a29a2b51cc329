/**
 * The protocol of supervisors. A child specification holds functions, so it goes as left luggage.
 */
import type { AnyPid, Exit } from '@agner/core'
import { LeftLuggage } from '../left-luggage.ts'
import { protocol, type Protocol, type ServerPid } from '../protocol/protocol.ts'
import type { BehavioursErrorCode } from '../errors.ts'
import type { FullSpec } from './child-spec.ts'

/** A child as `whichChildren` tells it. */
export interface ChildInfo {
  readonly id: string
  /** `restarting` while a restart that failed is tried again; null when it is not running. */
  readonly pid: AnyPid | 'restarting' | null
  readonly type: 'worker' | 'supervisor'
  readonly restart: 'permanent' | 'transient' | 'temporary'
}

export interface ChildCounts {
  readonly specs: number
  /** With a process; children that are being restarted have none. */
  readonly active: number
  readonly supervisors: number
  readonly workers: number
}

/** What became of a request: a domain error is an answer. */
export type Outcome =
  | { readonly pid: AnyPid | null }
  | {
      readonly refused: BehavioursErrorCode
      readonly reason?: unknown
      readonly pid?: AnyPid
      readonly problem?: string
    }

export interface SupervisorApi {
  calls: {
    whichChildren(): ChildInfo[]
    countChildren(): ChildCounts
    startChild(ticket: number): Outcome
    terminateChild(id: string): Outcome
    restartChild(id: string): Outcome
    deleteChild(id: string): Outcome
  }
  casts: { retry(id: string): void }
  info: Exit
}

export type SupervisorPid = ServerPid<SupervisorApi>

export const supervisor: Protocol<SupervisorApi> = protocol('@agner/supervisor', { timeoutMs: Infinity })

/** Specifications on their way to a supervisor. */
export const leftSpecs: LeftLuggage<FullSpec> = new LeftLuggage()
