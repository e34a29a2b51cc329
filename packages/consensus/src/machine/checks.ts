/**
 * What a machine must be, and what it must give. One that gives something else has a bug that every member has, as one that throws: the state would be
 * undefined at all of them, and nobody would be told.
 */
import { consensusError } from '../errors.ts'
import type { AnyMachine } from './applier.ts'
import type { Applied, AppliedAt } from './machine.ts'

/** Looked at before anything is started. @throws `consensus.bad_option` */
export function checkMachine(machine: unknown): void {
  if (typeof machine !== 'object' || machine === null) throw bad('machine', 'an object with name, init and apply')
  const { name, init, apply, query } = machine as Readonly<Record<string, unknown>>
  if (typeof name !== 'string' || name === '') throw bad('machine.name', 'a text that is not empty')
  if (typeof init !== 'function') throw bad('machine.init', 'a function')
  if (typeof apply !== 'function') throw bad('machine.apply', 'a function')
  if (query !== undefined && typeof query !== 'function') throw bad('machine.query', 'a function, or left out')
}

/** The state that it begins with. @throws `consensus.bad_machine` */
export function begunBy(machine: AnyMachine): unknown {
  const state = machine.init()
  if (isPromise(heard(state))) throw broken(machine, 'init', 'a promise')
  return state
}

/** What comes of a command. @throws `consensus.bad_machine` */
export function appliedBy(
  machine: AnyMachine,
  state: unknown,
  command: unknown,
  at: AppliedAt,
): Applied<unknown, unknown> {
  const applied: unknown = machine.apply(state, command, at)
  if (isPromise(heard(applied))) throw broken(machine, 'apply', 'a promise')
  if (!isApplied(applied)) throw broken(machine, 'apply', 'no object with state and result')
  if (isPromise(heard(applied.state))) throw broken(machine, 'apply', 'a promise as the state')
  return applied
}

function isApplied(value: unknown): value is Applied<unknown, unknown> {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'state') && Object.hasOwn(value, 'result')
}

/** A promise that nobody awaits may be rejected all the same, and the program would end by that. */
export function heard(value: unknown): unknown {
  if (value instanceof Promise) value.catch(() => undefined)
  return value
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { readonly then?: unknown }).then === 'function'
  )
}

function bad(option: string, wanted: string): Error {
  return consensusError('consensus.bad_option', { option, wanted })
}

function broken({ name: machine }: AnyMachine, what: string, gave: string): Error {
  return consensusError('consensus.bad_machine', { machine, what, gave })
}
