/**
 * What a node knows of applications, for everybody to read at once: the table `ac_tab` of OTP.
 *
 * Settings are written by whoever changes them, the rest by loading and by the controller.
 */
import type { AnyPid, Node } from '@agner/core'
import type { NodeConfig } from './config.ts'
import type { AnyApplication } from './definition.ts'
import { merge, type Settings } from './settings.ts'
import { startOrder } from './start-order.ts'
import type { StartType } from './start-type.ts'

export class ApplicationTable {
  /** By name. */
  readonly loaded: Map<string, AnyApplication> = new Map()
  /** The settings of each application as they are now; also those set for one that is not loaded. */
  readonly settings: Map<string, Settings> = new Map()
  /** What was given at the start of each: it stays when the configuration changes. */
  readonly given: Map<string, Settings> = new Map()
  /** The master of each that is starting, running or stopping; null if it is a library. */
  readonly active: Map<string, AnyPid | null> = new Map()
  /** The masters of those that run, and what they do: only these are told of a new configuration. */
  readonly running: WeakMap<AnyPid, 'serves' | 'changesConfig'> = new WeakMap()
  /** Why each of those was started. */
  readonly startTypes: Map<string, StartType> = new Map()
  config: NodeConfig = {}

  /** What the settings of an application are when it is loaded, or configured anew. */
  configured({ name, definition }: AnyApplication, config: NodeConfig = this.config): Settings {
    return merge(definition.env as Settings, config[name], this.given.get(name))
  }

  /** It, its settings, and what it includes that is not running on its own. */
  forget({ name, definition }: AnyApplication): void {
    this.loaded.delete(name)
    this.settings.delete(name)
    this.given.delete(name)
    for (const included of definition.includedApplications ?? [])
      if (this.loaded.has(included.name) && !this.active.has(included.name)) this.forget(included)
  }

  /** These, and all that they need. @throws `application.cycle` */
  startOrder(wanted: readonly AnyApplication[]): AnyApplication[] {
    return startOrder(wanted, (name) => this.loaded.get(name))
  }

  /** @returns the name of the application that `master` is of. */
  led(master: AnyPid | null): string | undefined {
    if (master === null) return undefined
    for (const [name, each] of this.active) if (each === master) return name
    return undefined
  }
}

const tables = new WeakMap<Node, ApplicationTable>()

export function tableOf(node: Node): ApplicationTable {
  const table = tables.get(node) ?? new ApplicationTable()
  tables.set(node, table)
  return table
}
