/**
 * Nodes as OS processes of their own, told what to do by lines, telling what happens by lines of JSON.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { join } from 'node:path'

export interface NodeSettings {
  /** name@host */
  readonly name: string
  readonly cookie: string
  readonly listen: { readonly host: string; readonly port: number }
  readonly hosts: Readonly<Record<string, string>>
  readonly groups: Readonly<Record<string, readonly string[]>>
  readonly tickMs: number
}

export type Told = Readonly<Record<string, unknown>> & { readonly event: string; readonly atMs: number }

export class NodeProcess {
  readonly name: string
  readonly told: Told[] = []
  readonly #child: ChildProcess
  readonly #exited: Promise<void>
  #isOver = false
  #watchers: (() => void)[] = []

  /** @param prefix stands before the command and becomes it. */
  constructor(settings: NodeSettings, prefix: readonly string[] = []) {
    this.name = settings.name
    const [command, ...args] = [
      ...prefix,
      process.execPath,
      '--conditions=@agner/source',
      join(import.meta.dirname, 'node.ts'),
      JSON.stringify(settings),
    ]
    this.#child = spawn(command!, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#exited = new Promise((resolve) =>
      this.#child.once('exit', () => {
        this.#isOver = true
        resolve()
      }),
    )
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      this.told.push({ atMs: performance.now(), ...(JSON.parse(line) as object) } as Told)
      const watchers = this.#watchers
      this.#watchers = []
      for (const watcher of watchers) watcher()
    })
  }

  /** The first thing told from `since` on that fits. @throws when it is not told in time. */
  async until(fits: (told: Told) => boolean, since = 0, timeoutMs = 300_000): Promise<Told> {
    const endMs = performance.now() + timeoutMs
    for (;;) {
      const found = this.told.slice(since).find(fits)
      if (found !== undefined) return found
      const leftMs = endMs - performance.now()
      if (this.#isOver) throw new Error(`${this.name} has ended by itself`)
      if (leftMs <= 0) throw new Error(`${this.name} has not told it: ${JSON.stringify(this.told.slice(-3))}`)
      await Promise.race([
        new Promise<void>((resolve) => this.#watchers.push(resolve)),
        new Promise((resolve) => setTimeout(resolve, Math.min(leftMs, 1000))),
      ])
    }
  }

  /** Asks how things stand with it now. */
  async ask(): Promise<Told> {
    const since = this.told.length
    this.#child.stdin!.write('status\n')
    return this.until(({ event }) => event === 'status', since)
  }

  /** kill -9. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exited
  }
}

export async function startNodes(
  all: readonly { readonly settings: NodeSettings; readonly prefix?: readonly string[] }[],
): Promise<NodeProcess[]> {
  const started: NodeProcess[] = []
  try {
    // A few at a time: all at once, they starve each other of the cores.
    for (let first = 0; first < all.length; first += 4) {
      const some = all.slice(first, first + 4).map(({ settings, prefix }) => new NodeProcess(settings, prefix))
      started.push(...some)
      await Promise.all(some.map((node) => node.until(({ event }) => event === 'ready')))
    }
    return started
  } catch (error) {
    await Promise.all(started.map((node) => node.kill()))
    throw error
  }
}

/** Polls until `isDone`, once each `everyMs`. @throws after `timeoutMs`. */
export async function untilAll(
  nodes: readonly NodeProcess[],
  isDone: (all: readonly Told[]) => boolean,
  timeoutMs: number,
): Promise<Told[]> {
  const endMs = performance.now() + timeoutMs
  for (;;) {
    const all = await Promise.all(nodes.map((node) => node.ask()))
    if (isDone(all)) return all
    if (performance.now() > endMs)
      throw new Error(
        `not reached in ${timeoutMs} ms: ${JSON.stringify(all.map(({ node, peers }) => ({ node, peers })))}`,
      )
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
}
