/**
 * The node's configuration: settings over those of the definitions (sys.config), and telling those whom a change
 * concerns (Mod:config_change/3).
 *
 *     configure ── new settings of every loaded application, for all to see
 *               ── config ──► master ── configChange(context, change)     each running one whose settings changed
 *               ◄── done ────
 */
import { AgnerError, type AnyPid, type Node } from '@agner/core'
import { behavioursError } from '../errors.ts'
import type { AnyApplication } from './definition.ts'
import { allIncluded } from './start-order.ts'
import { difference, settingsOf } from './settings.ts'
import { tableOf, type ApplicationTable } from './table.ts'

/** Settings by application. `Application.config` makes a typed one. */
export interface NodeConfig {
  readonly [application: string]: Readonly<Record<string, unknown>>
}

/** How the settings of an application have changed. */
export interface ConfigChange<out Env> {
  readonly changed: Partial<Env>
  readonly added: Partial<Env>
  readonly removed: readonly string[]
}

/** To a master: run `configChange` of this one, its own or one that is included. */
export interface ConfigOrder {
  readonly type: 'config'
  readonly name: string
  readonly change: ConfigChange<object>
}

/** What is wrong with it; null if all went well. */
export type ConfigAnswer = null | { readonly failed: unknown }

/**
 * Gives a node its configuration, in place of the one that it had; what `setEnv` set meanwhile gives way, and so does
 * what it made persistent. Applications that run and whose settings change by it are told by their `configChange`, one
 * after the other; resolves when all are.
 *
 * One that is starting or stopping has the new settings, too, but is not told, as in OTP: what its `start` has read
 * before stays what it was.
 *
 * Rejects with `application.bad_setting`, and with `application.config_change_failed` if the callbacks of some failed
 * (`details.failures`); all are told, and all have the new settings then. With `application.config_changing`, and nothing
 * has changed, while the `configChange` of one runs whose settings would change: a `configChange` that configured its own
 * application would wait for its own end.
 */
export async function configure(node: Node, config: NodeConfig): Promise<void> {
  const table = tableOf(node)
  const entries = Object.entries(config).map(([name, settings]) => [name, settingsOf(name, settings)] as const)
  const before = new Map(table.settings)
  const next = Object.fromEntries(entries)
  refuseWhileChanging(table, next)
  table.config = next
  for (const application of table.loaded.values()) table.settings.set(application.name, table.configured(application))
  const failures: { readonly name: string; readonly reason: unknown }[] = []
  for (const { application, master } of running(table)) {
    const { name } = application
    const change = difference(before.get(name) ?? {}, table.settings.get(name) ?? {})
    if (change === null) continue
    const answer = await tell(node, master, { type: 'config', name, change })
    if (answer !== null) failures.push({ name, reason: answer.failed })
  }
  if (failures.length > 0)
    throw behavioursError('application.config_change_failed', {
      names: failures.map(({ name }) => name).join(', '),
      failures,
    })
}

/** Who calls is not known, so all are refused what would be a circle if the callback itself asked for it. */
function refuseWhileChanging(table: ApplicationTable, config: NodeConfig): void {
  for (const { application, master } of running(table)) {
    if (table.running.get(master) !== 'changesConfig') continue
    const { name } = application
    if (difference(table.settings.get(name) ?? {}, table.configured(application, config)) !== null)
      throw behavioursError('application.config_changing', { name })
  }
}

/** Every application that runs in a process, and what it includes. */
function running(table: ApplicationTable): { readonly application: AnyApplication; readonly master: AnyPid }[] {
  return [...table.active].flatMap(([name, master]) => {
    const top: AnyApplication | undefined = table.loaded.get(name)
    if (master === null || top === undefined || !table.running.has(master)) return []
    return [top, ...allIncluded(top)].map((application) => ({ application, master }))
  })
}

async function tell(node: Node, master: AnyPid, order: ConfigOrder): Promise<ConfigAnswer> {
  try {
    return (await node.request(master, order, { timeoutMs: Infinity })) as ConfigAnswer
  } catch (error) {
    // It has ended meanwhile: when it starts again it does so with the new settings.
    if (error instanceof AgnerError) return null
    throw error
  }
}
