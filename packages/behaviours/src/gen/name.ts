/**
 * The name that a behaviour's process is started under: a local one, or one that a registry keeps ({local, _}, {via, _,
 * _}).
 */
import { AgnerError, type AnyPid, type AnyProcess } from '@agner/core'
import { describeVia, isVia, type ViaName } from '../protocol/via.ts'

export type ServerName = string | ViaName

export function describeName(name: ServerName): string {
  return typeof name === 'string' ? name : describeVia(name)
}

/** Gives the process its name: null when that is done, else who has it. */
export function takeName(self: AnyProcess, name: ServerName): AnyPid | null | Promise<AnyPid | null> {
  if (isVia(name)) return name.via.register(self.node, name.name, self.pid)
  try {
    self.register(name)
    return null
  } catch (error) {
    return holderIn(error)
  }
}

/** Before a failed start is told, so that who tries again finds the name free. A local name is given back by the exit. */
export function giveNameBack(self: AnyProcess, name: ServerName | null): void | Promise<void> {
  return isVia(name) ? name.via.unregister(self.node, name.name, self.pid) : undefined
}

/** Who has the name, of the error that says so. @throws any other error */
export function holderIn(error: unknown): AnyPid {
  if (error instanceof AgnerError && error.code === 'name.taken') return error.details['pid'] as AnyPid
  throw error
}

/** Whether the process has this name. */
export function hasName(self: AnyProcess, name: ServerName): boolean {
  return (isVia(name) ? name.via.whereis(self.node, name.name) : self.whereis(name)) === self.pid
}
