/**
 * The applications that a controller is in charge of: a list that never changes; a change is another list. Pure.
 */
import type { AnyPid, ExitReason, Pid } from '@agner/core'
import type { From } from '../server/definition.ts'
import type {
  ApplicationInfo,
  ApplicationOutcome,
  ApplicationRefused,
  ApplicationType,
  StartOrder,
} from './controller.api.ts'
import type { AnyApplication } from './definition.ts'
import { namesNeeded } from './start-order.ts'

export interface Entry extends StartOrder {
  readonly state: ApplicationInfo['state']
  /** Null for a library. */
  readonly master: Pid<{ readonly type: 'stop' }> | null
  readonly top: AnyPid | null
  readonly waiting: readonly From<ApplicationOutcome>[]
  /** Start again when it has stopped, for these. */
  readonly again: readonly { readonly order: StartOrder; readonly from: From<ApplicationOutcome> }[]
}

export class Entries {
  /** In the order in which they came up; those that are starting are last. */
  readonly #list: readonly Entry[]

  constructor(list: readonly Entry[] = []) {
    this.#list = list
  }

  find(name: string): Entry | undefined {
    return this.#list.find(({ application }) => application.name === name)
  }

  of(master: AnyPid): Entry | undefined {
    return this.#list.find((entry) => entry.master === master)
  }

  with(entry: Entry): Entries {
    return new Entries([...this.#list, entry])
  }

  without(gone: Entry): Entries {
    return new Entries(this.#list.filter((entry) => entry !== gone))
  }

  change(name: string, changed: Partial<Entry>): Entries {
    return new Entries(this.#list.map((entry) => (entry.application.name === name ? { ...entry, ...changed } : entry)))
  }

  /** It stands after those that were up before it, so that it stops before them, and before those that are not up. */
  cameUp(entry: Entry, top: AnyPid | null): Entries {
    const others = this.#list.filter((each) => each !== entry)
    return new Entries([
      ...others.filter(({ state }) => state !== 'starting'),
      { ...entry, state: 'running', top, waiting: [] },
      ...others.filter(({ state }) => state === 'starting'),
    ])
  }

  /** The first of those that an application needs that is not running. */
  missing(application: AnyApplication): string | undefined {
    return namesNeeded(application).find((needed) => this.find(needed)?.state !== 'running')
  }

  /** Why an application cannot be stopped. That others depend on it is no reason. */
  refusesStop(name: string): ApplicationRefused | null {
    const entry = this.find(name)
    return entry === undefined || entry.state === 'starting' ? { refused: 'application.not_running' } : null
  }

  /**
   * Whether the end by itself of an application, or its failed start, takes its node down. Note that `shutdown`, the
   * end by too many restarts, is not `normal`.
   */
  takesNodeDown(type: ApplicationType, reason: ExitReason): boolean {
    return type === 'permanent' || (type === 'transient' && reason !== 'normal')
  }

  /** The newest first. */
  inStopOrder(): readonly Entry[] {
    return this.#list.toReversed()
  }

  describe(): ApplicationInfo[] {
    return this.#list.map(({ application, type, state, top }) => {
      const { name, version, definition } = application
      return { name, description: definition.description ?? '', version, type, state, supervisor: top }
    })
  }
}
