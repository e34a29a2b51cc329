/** A chat as a program of its own, in a data folder of its own: the cluster of the reference chat, or one in a single process. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const clusterMain = join(import.meta.dirname, '..', '..', '..', 'apps', 'cluster', 'src', 'main.ts')
const askTimeoutMs = 1500

export interface ClusterView {
  readonly nodes: readonly NodeView[]
  readonly applications: readonly { readonly name: string; readonly node: string; readonly state: string }[]
}

export interface NodeView {
  readonly name: string
  readonly osPid: number | null
  readonly up: boolean
  readonly database?: { readonly role: string; readonly lag: number; readonly serves: string }
}

export class RunningChat implements AsyncDisposable {
  readonly url: string
  readonly osPid: number
  readonly #child: ChildProcess
  readonly #folder: string

  private constructor(url: string, child: ChildProcess, folder: string) {
    this.url = url
    this.osPid = child.pid!
    this.#child = child
    this.#folder = folder
  }

  /** The cluster, as `npm start` runs it. */
  static cluster(): Promise<RunningChat> {
    return RunningChat.of(clusterMain)
  }

  /** @param main a program that takes CHAT_PORT and CHAT_DATA, and says `… ready at URL` once it can be used. */
  static async of(main: string): Promise<RunningChat> {
    const folder = mkdtempSync(join(tmpdir(), 'agner-chat-'))
    const child = spawn(
      process.execPath,
      ['--conditions=@agner/source', '--disable-warning=ExperimentalWarning', main],
      {
        env: { ...process.env, CHAT_PORT: '0', CHAT_DATA: folder },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    const lines: string[] = []
    try {
      const url = await new Promise<string>((resolve, reject) => {
        const hear = (line: string): void => {
          lines.push(line)
          const ready = / ready at (http:\S+)$/.exec(line)
          if (ready !== null) resolve(ready[1]!)
        }
        createInterface({ input: child.stdout }).on('line', hear)
        createInterface({ input: child.stderr }).on('line', hear)
        child.once('exit', (code) => reject(new Error(`it ended with code ${code}:\n${lines.slice(-20).join('\n')}`)))
      })
      return new RunningChat(url, child, folder)
    } catch (error) {
      rmSync(folder, { recursive: true, force: true })
      throw error
    }
  }

  /** Null when nobody answers at this moment. */
  async view(): Promise<ClusterView | null> {
    try {
      const response = await fetch(`${this.url}/api/cluster`, { signal: AbortSignal.timeout(askTimeoutMs) })
      return response.ok ? ((await response.json()) as ClusterView) : null
    } catch {
      return null
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const gone = once(this.#child, 'exit')
      this.#child.kill('SIGTERM')
      await gone
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** The node that takes messages, when there is exactly one. */
export function leaderOf({ nodes, applications }: ClusterView): NodeView | undefined {
  const leading = nodes.filter(({ up, database }) => up && database?.serves === 'readsAndWrites')
  if (leading.length > 0) return leading.length === 1 ? leading[0] : undefined
  if (nodes.some(({ database }) => database !== undefined)) return undefined
  const running = applications.find(({ name, state }) => name === 'database' && state === 'running')
  return nodes.find(({ name, up }) => up && name === running?.node)
}

/** Everybody is there, one node takes messages, and no copy is more than a little behind. */
export function isWhole(view: ClusterView): boolean {
  return (
    leaderOf(view) !== undefined &&
    view.nodes.every(({ up, database }) => up && (database === undefined || database.lag <= 100))
  )
}
