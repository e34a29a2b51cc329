/**
 * What an application is: a part of a system that starts and stops as a unit.
 */
import type { AnyProcess, Node } from '@agner/core'
import { behavioursError } from '../errors.ts'
import type { SupervisorDefinition } from '../supervisor/definition.ts'

/** What an application's callbacks know. */
export interface ApplicationContext<out Env> {
  /** The application's master: the parent of its top supervisor. */
  readonly self: AnyProcess
  readonly node: Node
  /** The definition's `env`, and over it what `startApplication` was given. */
  readonly env: Env
}

export interface ApplicationDefinition<Env> {
  /** Unique on a node. */
  readonly name: string
  readonly version: string
  /**
   * Must be running before this one starts: an application is started if need be, one that is only named must run
   * already.
   */
  readonly dependencies?: readonly (AnyApplication | string)[]
  /** Settings, with their defaults. */
  readonly env?: Env
  /** Gives the top supervisor. What it throws is a failed start. */
  start(context: ApplicationContext<Env>): SupervisorDefinition | Promise<SupervisorDefinition>
  /** Before the tree is stopped on purpose. What it throws is reported, and the stop goes on. */
  prepareStop?(context: ApplicationContext<Env>): void | Promise<void>
  /** When every process of the application has ended, for whatever reason. */
  stop?(context: ApplicationContext<Env>): void | Promise<void>
}

/** An application whose settings' type is forgotten. */
export interface AnyApplication {
  readonly name: string
  readonly version: string
  readonly dependencies: readonly (AnyApplication | string)[]
}

export interface Application<in out Env> extends AnyApplication {
  readonly definition: ApplicationDefinition<Env>
}

/**
 * Defines an application (application(3), a `.app` file and its callback module in one).
 *
 * @throws `application.bad_definition`
 */
export function defineApplication<Env extends object = Record<never, never>>(
  definition: ApplicationDefinition<Env>,
): Application<Env> {
  const { name, version, dependencies = [] } = definition
  const bad = (problem: string) => behavioursError('application.bad_definition', { name: `"${String(name)}"`, problem })
  if (typeof name !== 'string' || name === '') throw bad('it needs a name, a non-empty string')
  if (typeof version !== 'string' || version === '') throw bad('it needs a version, a non-empty string')
  if (typeof definition.start !== 'function') throw bad('start must be a function that gives a supervisor definition')
  return Object.freeze({ name, version, dependencies: Object.freeze([...dependencies]), definition })
}
