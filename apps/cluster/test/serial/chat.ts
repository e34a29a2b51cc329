/**
 * A whole chat for a test: started as a user starts it, in a data folder of its own, on a free port.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { DatabaseStatus } from '../../src/boot/status.api.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

export interface ClusterView {
  readonly nodes: readonly {
    readonly name: string
    readonly service: string
    readonly osPid: number | null
    readonly up: boolean
    readonly url?: string
    readonly groups: readonly string[]
    readonly connections: readonly string[]
    readonly database?: DatabaseStatus
  }[]
  readonly applications: readonly { readonly name: string; readonly node: string; readonly state: string }[]
}

export class Chat implements AsyncDisposable {
  readonly url: string
  readonly dataFolder: string
  readonly process: ChildProcess
  readonly lines: string[]

  private constructor(url: string, dataFolder: string, process: ChildProcess, lines: string[]) {
    this.url = url
    this.dataFolder = dataFolder
    this.process = process
    this.lines = lines
  }

  /** Resolves when the chat says that it is ready. @param more of its environment */
  static async start(more: Readonly<Record<string, string>> = {}): Promise<Chat> {
    const dataFolder = await mkdtemp(join(tmpdir(), 'agner-chat-'))
    const child = spawn(process.execPath, ['--conditions=@agner/source', main], {
      env: { ...process.env, CHAT_PORT: '0', CHAT_DATA: dataFolder, ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const lines: string[] = []
    const url = await new Promise<string>((resolve, reject) => {
      const take = (line: string): void => {
        lines.push(line)
        const ready = /^chat is ready at (http:\S+)$/.exec(line)
        if (ready !== null) resolve(ready[1]!)
      }
      createInterface({ input: child.stdout }).on('line', take)
      createInterface({ input: child.stderr }).on('line', take)
      child.once('exit', (code) => reject(new Error(`the chat ended with code ${code}:\n${lines.join('\n')}`)))
    })
    return new Chat(url, dataFolder, child, lines)
  }

  async cluster(): Promise<ClusterView> {
    const answer = await fetch(`${this.url}/api/cluster`, { signal: AbortSignal.timeout(10_000) })
    return (await answer.json()) as ClusterView
  }

  /** Resolves with the cluster once it is as wanted; fails after `withinMs`. */
  async until(wanted: (view: ClusterView) => boolean, withinMs: number): Promise<ClusterView> {
    const deadlineMs = performance.now() + withinMs
    for (;;) {
      const view = await this.cluster().catch(() => null)
      if (view !== null && wanted(view)) return view
      if (performance.now() > deadlineMs)
        throw new Error(
          `the cluster did not get there within ${withinMs} ms: ${JSON.stringify(view)}\n${this.lines.slice(-20).join('\n')}`,
        )
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  /** Resolves when it has said a line like that; fails after `withinMs`. */
  async says(line: RegExp, withinMs: number): Promise<void> {
    const deadlineMs = performance.now() + withinMs
    while (!this.lines.some((said) => line.test(said))) {
      if (performance.now() > deadlineMs)
        throw new Error(`it did not say ${String(line)} within ${withinMs} ms:\n${this.lines.slice(-20).join('\n')}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  post(room: string, user: string, text: string, key?: string): Promise<Response> {
    return fetch(`${this.url}/api/rooms/${room}/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { 'idempotency-key': key }) },
      body: JSON.stringify({ user, text }),
      signal: AbortSignal.timeout(10_000),
    })
  }

  /** Ends it as `kill` does, and resolves with its exit code. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return this.process.exitCode
    const gone = once(this.process, 'exit')
    this.process.kill(signal)
    const [code] = (await gone) as [number | null]
    return code
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    await rm(this.dataFolder, { recursive: true, force: true })
  }
}

export function isRunning(osPid: number): boolean {
  try {
    process.kill(osPid, 0)
    return true
  } catch {
    return false
  }
}

/** Whether nobody listens there. */
export async function isFree(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  const free = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(false))
    socket.once('error', () => resolve(true))
  })
  socket.destroy()
  return free
}
