/**
 * What layers above keep in the name of a process: it is let go at the process's death, with its name and its aliases,
 * before links, monitors and callers are told. So whoever hears of the death finds it gone.
 */
import type { AnyPid } from '../identity/pid.ts'
import type { Node } from '../node-interface.ts'
import { kernelOf } from '../node.ts'

/**
 * Calls `release` when the process dies: once, on the stack of whoever ends it, so it runs no code of any process and
 * throws nothing. The same function counts once.
 *
 * @returns what takes it back; null if there is no such live process on this node.
 */
export function onDeath(node: Node, pid: AnyPid, release: (pid: AnyPid) => void): (() => void) | null {
  const record = kernelOf(node).local(pid)
  if (record === null || record === 'remote' || !record.lives) return null
  const belongings = record.belong()
  const releases = (belongings.releases ??= new Set())
  releases.add(release)
  return () => void releases.delete(release)
}
