/**
 * The protocol of supervisors, static and dynamic ones. What a message cannot carry, a child specification or an
 * argument with functions in it, goes as left luggage.
 */
import type { AnyPid } from '@agner/core'
import type { BehavioursErrorCode } from '../errors.ts'
import { LeftLuggage } from '../left-luggage.ts'
import { protocol, type Protocol, type ServerPid } from '../protocol/protocol.ts'
import type { ChildStarted, FullManners, FullSpec, Restart } from './child-spec.ts'

/** A child as `whichChildren` tells it. */
export interface ChildInfo {
  /** Null for a child of a dynamic supervisor: it is known by its pid alone. */
  readonly id: string | null
  /** `restarting` while a restart that failed is tried again; null when it is not running. */
  readonly pid: AnyPid | 'restarting' | null
  readonly type: 'worker' | 'supervisor'
  readonly restart: Restart
}

/** A child's specification as `getChildSpec` tells it: all but its start, which is a function. */
export interface ChildDescription extends FullManners {}

export interface ChildCounts {
  readonly specs: number
  /** With a process; children that are being restarted have none. */
  readonly active: number
  readonly supervisors: number
  readonly workers: number
}

/** What became of a request: a domain error is an answer. */
export type Outcome<T> = { readonly done: T } | Refused

export interface Refused {
  readonly refused: BehavioursErrorCode
  readonly details?: Readonly<Record<string, unknown>>
}

export interface SupervisorApi {
  calls: {
    whichChildren(): ChildInfo[]
    countChildren(): ChildCounts
    getChildSpec(child: string | AnyPid): Outcome<ChildDescription>
    startChild(start: StartRequest): Outcome<ChildStarted>
    terminateChild(child: string | AnyPid): Outcome<null>
    restartChild(id: string): Outcome<ChildStarted>
    deleteChild(id: string): Outcome<null>
  }
}

/** Of a specification that was left, of an argument that was left, or of one that could be sent, for a template. */
export type StartRequest = { readonly spec: number } | { readonly left: number } | { readonly arg: unknown }

/** Whether it looks like one: anybody may send anything, and no supervisor may end over that. */
export function isRequest(start: unknown): start is StartRequest {
  return typeof start === 'object' && start !== null
}

export type SupervisorPid = ServerPid<SupervisorApi>

export const supervisor: Protocol<SupervisorApi> = protocol('@agner/supervisor', { timeoutMs: Infinity })

/** Specifications on their way to a supervisor. */
export const leftSpecs: LeftLuggage<FullSpec> = new LeftLuggage()
/** Arguments on their way to a dynamic supervisor. */
export const leftArguments: LeftLuggage<{ readonly arg: unknown }> = new LeftLuggage()
