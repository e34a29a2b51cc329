/** A throw-away repository around the real bootstrap: its scripts, and a main program planted by the test. */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const bootstrap = join(import.meta.dirname, '..', 'bootstrap')

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly output: string
}

export interface Run {
  readonly child: ChildProcess
  readonly pid: number
  /** All that held its output has ended, too. */
  readonly ended: Promise<Ended>
  /** The program itself has ended. */
  readonly exited: Promise<void>
  /** Settles when the output matches; rejects when the run ends without. */
  readonly prints: (pattern: RegExp) => Promise<RegExpExecArray>
}

export class Workspace {
  readonly root = mkdtempSync(join(tmpdir(), 'agner-workspace-'))
  readonly #runs: Run[] = []

  constructor() {
    cpSync(bootstrap, join(this.root, 'tooling/bootstrap'), { recursive: true })
    const scripts = { start: 'exec node tooling/bootstrap/run.js start', plain: 'node tooling/bootstrap/run.js start' }
    this.write('package.json', JSON.stringify({ name: 'planted', private: true, type: 'module', scripts }))
  }

  write(path: string, text: string, mode = 0o644): string {
    const file = join(this.root, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    chmodSync(file, mode)
    return file
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8')
  }

  run(command: string, args: readonly string[], env: Record<string, string> = {}): Run {
    const inherited = Object.fromEntries(
      Object.entries(process.env).filter(([key]) => !/^(npm_|AGNER_|NODE_OPTIONS)/.test(key)),
    )
    // Detached, as a terminal would: a signal to the group reaches npm, the bootstrap and nothing of ours.
    const child = spawn(command, args, {
      cwd: this.root,
      env: { ...inherited, ...env },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const run = observe(child)
    this.#runs.push(run)
    return run
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child, ended } of this.#runs) {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
      await ended
    }
    rmSync(this.root, { recursive: true, force: true })
  }
}

function observe(child: ChildProcess): Run {
  let output = ''
  const listeners = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
      for (const listener of listeners) listener()
    })
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, output }))
  })
  const prints = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(output)
        if (match) resolve(match)
      }
      listeners.add(look)
      look()
      void ended.then(() => reject(new Error(`ended without ${pattern}: ${output}`)))
    })
  const exited = new Promise<void>((resolve) => void child.once('exit', () => resolve()))
  return { child, pid: child.pid ?? 0, ended, exited, prints }
}

export function isAlive(pid: number): boolean {
  try {
    // A zombie is dead; it only waits for its parent to ask.
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
