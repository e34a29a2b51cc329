/** Runs a program and keeps what it printed: a check speaks only when it fails. */
import { spawn } from 'node:child_process'

export interface Finished {
  /** 128 + n when it died of a signal; 124 when it ran out of time. */
  readonly code: number
  readonly output: string
}

export interface CommandOptions {
  readonly cwd: string
  readonly env?: NodeJS.ProcessEnv
  /** Default: 10 minutes. The program is killed then. */
  readonly timeoutMs?: number
}

export function run(command: string, args: readonly string[], options: CommandOptions): Promise<Finished> {
  const { cwd, env = process.env, timeoutMs = 600_000 } = options
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...env, NO_COLOR: '1', FORCE_COLOR: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    let timedOut = false
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text))
    const timer = setTimeout(() => {
      timedOut = true
      output += `\n${command} ${args.join(' ')} did not end within ${timeoutMs} ms\n`
      child.kill('SIGKILL')
    }, timeoutMs)
    child.once('error', (error) => {
      clearTimeout(timer)
      resolve({ code: 127, output: `${output}cannot run ${command}: ${error.message}\n` })
    })
    child.once('close', (code) => {
      clearTimeout(timer)
      resolve({ code: timedOut ? 124 : (code ?? 128), output })
    })
  })
}

/** At most `lanes` at a time, answers in the order of the items. */
export async function inLanes<T, R>(items: readonly T[], lanes: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const queue = items.entries()
  const lane = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return results
}

/** A queue for work of which one is to be done at a time. */
export function oneAtATime(): <R>(work: () => Promise<R>) => Promise<R> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const done = last.then(work)
    last = done.catch(() => undefined)
    return done
  }
}
