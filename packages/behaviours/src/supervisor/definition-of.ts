/**
 * The definition behind each supervisor, out of reach of its users.
 */
import type { Module } from '@agner/core'
import { badDefinition, type FullDefinition } from './definition.ts'

const known = new WeakMap<object, FullDefinition>()

export function remember(module: object, definition: FullDefinition): void {
  known.set(module, definition)
}

/** @throws `supervisor.bad_definition` for what defineSupervisor did not make. */
export function definitionOf(module: Module): FullDefinition {
  const definition = known.get(module)
  if (definition !== undefined) return definition
  throw badDefinition(`${module.module} is not what defineSupervisor returned`)
}
