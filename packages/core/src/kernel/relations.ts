/**
 * What this node has to do with one other: what fails when that node is lost.
 */
import type { Ref } from '../identity/ref.ts'
import type { LinkDemand, Tally } from './demands.ts'
import type { Monitor } from './monitor.ts'
import type { ProcessRecord } from './process-record.ts'
import type { Request } from './request.ts'

export class Relations {
  /** Processes here with links, monitors or watchers there. */
  readonly processes: Set<ProcessRecord> = new Set()
  /** Monitors that processes there have here. */
  readonly monitors: Map<Ref, Monitor> = new Map()
  /** Requests from here that wait for an answer from there. */
  readonly asked: Map<number, Request> = new Map()
  /** Requests from there that wait for an answer from here. */
  readonly asking: Map<number, Request> = new Map()
  /** Links that processes there made to some here. */
  links: Tally | null = null
  /** Those that wait to be handled. */
  readonly linking: Set<LinkDemand> = new Set()
  /** Processes here that were spawned from there. */
  spawned: Tally | null = null
}
