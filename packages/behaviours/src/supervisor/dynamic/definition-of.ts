/**
 * The definition behind each dynamic supervisor, out of reach of its users.
 */
import type { Module } from '@agner/core'
import { badDefinition } from '../definition.ts'
import type { FullDynamic } from './definition.ts'

const known = new WeakMap<object, FullDynamic>()

export function rememberDynamic(module: object, definition: FullDynamic): void {
  known.set(module, definition)
}

/** @throws `supervisor.bad_definition` for what defineDynamicSupervisor did not make. */
export function dynamicOf(module: Module): FullDynamic {
  const definition = known.get(module)
  if (definition !== undefined) return definition
  throw badDefinition(`${module.module} is not what defineDynamicSupervisor returned`)
}
