/**
 * Distributed applications, as their users see them: an application has a list of nodes, and runs on one of them (`distributed` of kernel).
 *
 *     const applications = await startDistributedApplications(node, distribution, {
 *       applications: [{ application: Shop, nodes: ['n1@h', ['n2@h', 'n3@h']], timeoutMs: 2000 }],
 *     })
 *     await applications.start(Shop)          the same on every node; resolves when it runs on one of them
 */
import type { AnyApplication, ApplicationType } from '@agner/behaviours'
import type { AnyPid, Node } from '@agner/core'
import type { Arbiter } from '../arbiter/arbiter.ts'

/** An application of the table. The table is the same on every node: what differs is refused, as `release.table_mismatch`. */
export interface DistributedApplication {
  readonly application: AnyApplication
  /** The names of the nodes that may run it, the first one first. Those of an inner list are equal: the one that runs fewer applications is taken. */
  readonly nodes: readonly (string | readonly string[])[]
  /**
   * Milliseconds that a node which was lost has to come back and start it again in its place, before another does. Default 0; Infinity: none does. They count
   * from when the loss is noticed. While a better node is up they are waited out: that one starts it then.
   */
  readonly timeoutMs?: number
  /**
   * Who says whether it may run. Without one the connections between nodes say it, as in Erlang: when those are cut, it runs on each side, and when they are
   * back, all but one are stopped. With one it runs only where a claim is held, and is stopped at once where that is lost.
   */
  readonly arbiter?: Arbiter
  /** Milliseconds that it has to stop where its claim was lost, or its node leaves and nobody has taken it over; what is left of it then is killed. Default 1,000. */
  readonly lostMs?: number
}

export interface DistributedApplicationsOptions {
  /** The table. */
  readonly applications: readonly DistributedApplication[]
  /** Nodes without which this one does not begin (`sync_nodes_mandatory`). Default none. */
  readonly mandatory?: readonly string[]
  /** Nodes that it waits for, and begins without (`sync_nodes_optional`). Default none. */
  readonly optional?: readonly string[]
  /** Milliseconds to wait for both. Default 5,000. */
  readonly syncTimeoutMs?: number
  /** Which applications may run on this node, by name; those that are not named may (`permissions`). */
  readonly permissions?: Readonly<Record<string, boolean>>
  readonly limits?: Partial<DistributedApplicationsLimits>
}

export interface DistributedApplicationsLimits {
  /** Nodes that are listened to: those of the table, and others that ask where things run. Default 1,024. */
  readonly peers: number
  /** Processes that watch. Default 1,024. */
  readonly watchers: number
}

/** Where an application runs, as far as this node knows. */
export interface RunningAt {
  readonly node: string
  /** Grows with every start of the application that this node has heard of: it tells two instances on one node apart. */
  readonly instance: number
  /** The fencing token of its claim; null without an arbiter. */
  readonly token: number | null
}

/**
 * What a node does about an application:
 *
 * - `idle`: nothing. It was not started here, or was stopped, or may not run anywhere.
 * - `waiting`: it should run, and it is not yet settled where, or another node's turn comes first.
 * - `standby`: it runs elsewhere.
 * - `lost`: the node that ran it is lost, and has time to come back. A node that may not run it now says so, too: others may know of it by that node alone.
 * - `claiming`: this node asks for leave to run it. `starting`, `running`, `stopping`: here.
 */
export type Standing = 'idle' | 'waiting' | 'standby' | 'lost' | 'claiming' | 'starting' | 'running' | 'stopping'

/** Sent to watchers when an application moves, or this node's standing with it changes. */
export interface ApplicationChange {
  readonly type: 'applicationChange'
  readonly application: string
  /**
   * Where it runs; of two while it is taken over, the new one once that is up. With an arbiter it stops there first, and runs nowhere in between. Null: nowhere
   * that this node knows of.
   */
  readonly at: RunningAt | null
  readonly standing: Standing
}

export interface DistributedApplicationInfo {
  readonly name: string
  readonly nodes: readonly (string | readonly string[])[]
  readonly timeoutMs: number
  /** The name of its arbiter. */
  readonly arbiter: string | null
  readonly at: RunningAt | null
  /** Of this node. */
  readonly standing: Standing
  readonly isPermitted: boolean
  /** `start` was called here, and no `stop` since. */
  readonly isStarted: boolean
  /** The other nodes that take part. One of the table that is not there is not connected, or has not begun. */
  readonly peers: readonly {
    readonly node: string
    readonly standing: Standing
    readonly isPermitted: boolean
    readonly isStarted: boolean
    /** Its table differs for this application: it is not counted on. */
    readonly differs: boolean
  }[]
  /** Why it does not run where it might: what an arbiter or a failed start said last. */
  readonly problem: string | null
}

/** The instance of an application that runs on this node. */
export interface OwnInstance {
  readonly instance: number
  readonly token: number | null
  /** Whether it may act as the one that runs: with an arbiter, that its claim is held now. False once it is being stopped. Look just before you act. */
  isHeld(): boolean
}

/**
 * The distributed applications of a node. Names may be given for applications. Every method rejects or throws `release.unknown_application` for one that is
 * not in the table, `release.bad_option` for an argument that is none, and `release.stopped` once it has ended.
 */
export interface DistributedApplications {
  readonly node: Node
  /** The process that speaks for this node. Its local name is the same on every node. */
  readonly pid: AnyPid
  /**
   * Says that the application should run; call it on every node, those included that only want to know where it runs. Resolves when it runs somewhere, here or
   * elsewhere, or cannot run anywhere since no node is permitted to (application:start/2). A node that is connected, comes earlier in the list, and has not
   * yet said so is waited for.
   *
   * Rejects with `release.already_started`, `release.start_failed` (`details.node`, and its `reason`), `release.table_mismatch`,
   * `release.stopped` if it was stopped meanwhile.
   */
  start(application: AnyApplication | string, options?: { readonly type?: ApplicationType }): Promise<void>
  /**
   * Says that it should not run here any more, and stops it if it does; resolves when it has stopped. If it ran here, it runs nowhere then: call it on every
   * node (application:stop/1).
   *
   * Rejects with `release.not_started`.
   */
  stop(application: AnyApplication | string): Promise<void>
  /**
   * Takes an application over from the node that runs it, whatever the order of nodes says: it starts here, with the start type `takeover`, and then is stopped
   * there. With an arbiter it stops there first. Resolves when it runs here (application:takeover/2).
   *
   * Rejects with `release.not_started`, `release.runs_here`, `release.runs_nowhere`, `release.not_permitted`, `release.not_among_nodes`, `release.start_failed`,
   * `release.table_mismatch`, `release.not_given` (another took it over, the arbiter gave it to nobody, or says that this node is not ready).
   */
  takeover(application: AnyApplication | string, type?: ApplicationType): Promise<void>
  /**
   * Whether it may run on this node. False: it is taken over by another node that may run it, or stopped if there is none. True: it starts or is taken over
   * here if this node's turn it is. Resolves when that is done (application:permit/2).
   */
  permit(application: AnyApplication | string, isPermitted: boolean): Promise<void>
  /** Where it runs, as this node knows: at once, and perhaps no longer true. */
  where(application: AnyApplication | string): RunningAt | null
  /** The instance on this node; null if it does not run here. */
  own(application: AnyApplication | string): OwnInstance | null
  info(): DistributedApplicationInfo[]
  /**
   * Sends a process an {@link ApplicationChange} for each application now, and for each change from now on, until it ends, or until `on` is false. What was
   * said last counts; a process that watches already is told nothing anew. Nothing is told about the end of this node's part: monitor `pid` for that.
   *
   * @throws `release.too_many_watchers`, `release.bad_option` for what has no pid, `release.stopped` once it has ended
   */
  watch(process: { readonly pid: AnyPid }, on?: boolean): void
  /**
   * Leaves: what runs here is taken over by other nodes that may run it, or is stopped if there are none; then this node takes no part any more, and claims are
   * given back. For a restart that nobody is to feel: before the distribution and the node are stopped. What nobody has taken over after `timeoutMs` (default
   * 10,000; Infinity: it has all the time that it needs) is stopped, and after its `lostMs` killed. Calling it again is harmless: the first call's time counts.
   *
   * Rejects with `release.bad_option`.
   */
  leave(options?: { readonly timeoutMs?: number }): Promise<void>
}
