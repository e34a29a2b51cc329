/**
 * The other OS process of a remote job: a Node.js program with this one's flags, started once by each host and kept, so that its code is
 * as warm as the host's.
 *
 * It prints one line when it can be talked to, and ends when its stdin does: with this process, however this one ends.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const programs = ['agner', 'grpc', 'http', 'moleculer', 'tcp'] as const
export type Program = (typeof programs)[number]

/** Where the other process leaves its profile, if this one makes one. */
export const farProfile = 'far.cpuprofile'

const running = new Map<string, Promise<string>>()

/** @returns the line that it printed. @throws Error if it ended without one. */
export function startFar(program: Program, ...args: readonly string[]): Promise<string> {
  const found = running.get(program)
  if (found !== undefined) return found
  const line = start(program, args)
  running.set(program, line)
  return line
}

async function start(program: Program, args: readonly string[]): Promise<string> {
  const named = process.execArgv.includes('--cpu-prof') ? [`--cpu-prof-name=${farProfile}`] : []
  const child = spawn(
    process.execPath,
    [...process.execArgv, ...named, join(import.meta.dirname, `${program}.ts`), ...args],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
  const ended = once(child, 'close').then(() => {
    running.delete(program)
    throw new Error(`the far side of ${program} ended`)
  })
  ended.catch(() => {})
  const [line] = (await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended])) as [string]
  // Nothing but the host's own work keeps it alive.
  child.unref()
  return line
}

/** For the far side: says how it can be reached, and ends with the host. */
export function serve(line: string): void {
  process.stdin.resume().once('end', () => process.exit(0))
  console.log(line)
}
