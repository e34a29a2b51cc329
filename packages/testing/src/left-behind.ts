/**
 * Whose a network namespace is, by its name: `agner-PID-WHERE-RANDOM`, with the process that made it, and where its id counts. Those of a machine
 * have a number more. So what a process left behind that was killed with -9 can be told from what others use.
 */
import { readlinkSync } from 'node:fs'

/** @param random eight hexadecimal digits. */
export function namespaceOf(pid: number, random: string): string {
  return `agner-${String(pid)}-${pidNamespace()}-${random}`
}

/** Of those that `ip netns list` printed. Only where process ids mean the same as here: elsewhere a process may live that cannot be seen. */
export function leftBehind(printed: string): string[] {
  const here = pidNamespace()
  return printed.split('\n').flatMap((line) => {
    const [name, pid, where] = /^agner-(\d+)-(\d+)-[0-9a-f]{8}(?:-\d+)?(?= |$)/.exec(line) ?? []
    return name !== undefined && where === here && !isAlive(Number(pid)) ? [name] : []
  })
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid').replaceAll(/\D/g, '')
  } catch {
    return '0'
  }
}

/** Another process may have its id by now; then what it left stays until that has ended, too. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // One that may not be asked lives.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
