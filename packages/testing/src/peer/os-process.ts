/**
 * The OS process of a peer, as its starter sees it: bytes in and out, what it printed, how it ended.
 *
 * It never outlives the starter: when that exits it is killed; when that is killed the channel closes, on which the peer's side acts.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { unwrap, wrap } from './messages.ts'

/** How an OS process ended: with a code, or by a signal. Both are null if it never began. */
export interface PeerExit {
  readonly code: number | null
  readonly signal: string | null
}

export interface OsProcessOptions {
  readonly prefix: readonly string[]
  readonly nodeFlags: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly heard: (bytes: Uint8Array) => void
}

/** The parent of all of them. */
export const starterPid: number = process.pid
/** What is kept of what it printed, of its end. */
const outputLimit = 64 * 1024
/** Once it has ended, what it printed is waited for so long: a process that it left behind may keep the pipes open. */
const outputMs = 500

const living = new Set<ChildProcess>()
const endAll = (): void => {
  for (const child of living) child.kill('SIGKILL')
}

export class OsProcess {
  readonly exited: Promise<PeerExit>
  readonly #child: ChildProcess
  #output = ''

  constructor({ prefix, nodeFlags, env, heard }: OsProcessOptions) {
    // Built, it is a file of its own beside the others.
    const file = import.meta.url.endsWith('.ts') ? './boot.ts' : './peer-boot.js'
    const program = new URL(file, import.meta.url)
    const node = [process.execPath, ...conditions(), ...nodeFlags, fileURLToPath(program)]
    const [command, ...args] = [...prefix, ...node]
    const child = spawn(command!, args, {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'advanced',
      env: { ...process.env, ...env },
      windowsHide: true,
    })
    this.#child = child
    if (living.size === 0) process.on('exit', endAll)
    living.add(child)
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8')
      stream?.on('data', (text: string) => (this.#output = (this.#output + text).slice(-outputLimit)))
    }
    child.on('message', (message) => {
      const bytes = unwrap(message)
      if (bytes !== null) heard(bytes)
    })
    this.exited = new Promise((resolve) => {
      const ended = (code: number | null, signal: string | null): void => {
        living.delete(child)
        if (living.size === 0) process.off('exit', endAll)
        resolve({ code, signal })
      }
      // More than once: a signal that cannot be sent is one, too.
      child.on('error', (error) => {
        this.#output += `${error.message}\n`
        if (child.pid === undefined) ended(null, null)
      })
      child.once('exit', (code, signal) => {
        const late = setTimeout(ended, outputMs, code, signal)
        child.once('close', () => {
          clearTimeout(late)
          ended(code, signal)
        })
      })
    })
  }

  /** 0 if it could not be started. */
  get osPid(): number {
    return this.#child.pid ?? 0
  }

  get output(): string {
    return this.#output
  }

  /** Nothing happens once it has ended. */
  send(bytes: Uint8Array): void {
    // A channel that closes meanwhile is told by the end of the process.
    if (this.#child.connected) this.#child.send(wrap(bytes), () => {})
  }

  kill(signal: NodeJS.Signals): boolean {
    return this.#child.kill(signal)
  }
}

/** Those under which this process finds its packages. */
function conditions(): string[] {
  const flags = process.execArgv
  return flags.flatMap((flag, at) => {
    if (/^(--conditions|-C)=/.test(flag)) return [flag]
    return flag === '--conditions' || flag === '-C' ? [`--conditions=${flags[at + 1] ?? ''}`] : []
  })
}
