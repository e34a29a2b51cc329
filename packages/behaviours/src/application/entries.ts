/**
 * The applications that a controller is in charge of. Pure.
 */
import type { AnyPid, ExitReason, Pid } from '@agner/core'
import type { From } from '../server/definition.ts'
import type { ApplicationInfo, ApplicationOutcome, ApplicationType, StartOrder } from './controller.api.ts'

export interface Entry extends StartOrder {
  readonly state: ApplicationInfo['state']
  /** Null for a library. */
  readonly master: Pid<{ readonly type: 'stop' }> | null
  readonly top: AnyPid | null
  readonly waiting: readonly From<ApplicationOutcome>[]
  /** Start again when it has stopped, for these. */
  readonly again: readonly { readonly order: StartOrder; readonly from: From<ApplicationOutcome> }[]
}

/** In the order in which they came up; those that are starting are last. */
export interface Controlling {
  readonly entries: readonly Entry[]
}

export function find({ entries }: Controlling, name: string): Entry | undefined {
  return entries.find(({ application }) => application.name === name)
}

export function change({ entries }: Controlling, name: string, changed: Partial<Entry>): Controlling {
  return { entries: entries.map((entry) => (entry.application.name === name ? { ...entry, ...changed } : entry)) }
}

/** One that is up stands before those that are not, and after those that were up before it, so that it stops first. */
export function cameUp(state: Controlling, name: string, top: AnyPid | null): Controlling {
  const up: Entry[] = []
  const starting: Entry[] = []
  for (const entry of change(state, name, { state: 'running', top, waiting: [] }).entries)
    if (entry.application.name !== name) (entry.state === 'starting' ? starting : up).push(entry)
  const entry = find(change(state, name, { state: 'running', top, waiting: [] }), name)
  return { entries: [...up, ...(entry === undefined ? [] : [entry]), ...starting] }
}

export function without({ entries }: Controlling, gone: Entry): Controlling {
  return { entries: entries.filter((entry) => entry !== gone) }
}

export function describe({ application, type, state, top }: Entry): ApplicationInfo {
  const { name, version, definition } = application
  return { name, description: definition.description ?? '', version, type, state, supervisor: top }
}

/**
 * Whether the end by itself of an application, or its failed start, takes its node down. Note that `shutdown`, the end
 * by too many restarts, is not `normal`.
 */
export function takesNodeDown(type: ApplicationType, reason: ExitReason): boolean {
  return type === 'permanent' || (type === 'transient' && reason !== 'normal')
}
