/** Starts nodes in network namespaces, and listens to what they say. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { NetworkNamespaces } from '@agner/testing'
import type { Event } from './peers.ts'

export type Side = 'a' | 'b'

export interface FarOptions {
  readonly name: string
  readonly cookie: string
  readonly host: string
  readonly port: number
  readonly hosts: Readonly<Record<string, string>>
  readonly tickMs: number
  readonly liveness: false | Record<string, never>
}

const port = 4400

export class FarPeer {
  readonly child: ChildProcess
  readonly name: string
  readonly #exited: Promise<void>
  /** What was said and not asked for yet. */
  #events: Event[] = []
  #watchers: (() => void)[] = []

  constructor(network: NetworkNamespaces<Side>, side: Side, terms: Pick<FarOptions, 'tickMs' | 'liveness'>) {
    const other = side === 'a' ? 'b' : 'a'
    const nameOf = (which: Side): string => `${which}@${network.addressOf(which)}`
    this.name = nameOf(side)
    const options: FarOptions = {
      name: this.name,
      cookie: 'a cookie for the tests',
      host: network.addressOf(side),
      port,
      hosts: { [nameOf(other)]: `${network.addressOf(other)}:${port}` },
      ...terms,
    }
    const script = fileURLToPath(new URL('far-peer.ts', import.meta.url))
    const node = [process.execPath, '--conditions=@agner/source', '--expose-gc', script, JSON.stringify(options)]
    const [command, ...args] = [...network.prefixOf(side), ...node]
    this.child = spawn(command!, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#exited = new Promise((resolve) => this.child.once('exit', () => resolve()))
    createInterface({ input: this.child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      this.#events.push(JSON.parse(line) as Event)
      for (const watcher of this.#watchers.splice(0)) watcher()
    })
  }

  /** The first event of that kind, said already or still to come; those before it are forgotten. */
  async until(kind: string): Promise<Event> {
    for (;;) {
      const at = this.#events.findIndex(({ event }) => event === kind)
      const found = this.#events[at]
      this.#events.splice(0, at === -1 ? 0 : at + 1)
      if (found !== undefined) return found
      await new Promise<void>((resolve) => this.#watchers.push(resolve))
    }
  }

  /** What the watcher has seen, until it was so much. */
  async seen(count: number): Promise<string[]> {
    const made: string[] = []
    while (made.length < count) {
      const { type, reason } = await this.until('seen')
      made.push(
        reason === null
          ? String(type)
          : `${String(type)} ${typeof reason === 'string' ? reason : JSON.stringify(reason)}`,
      )
    }
    return made
  }

  /** What the watcher has seen up to now, that nobody asked for. */
  rest(): string[] {
    const rest = this.#events.filter(({ event }) => event === 'seen').map(({ type }) => String(type))
    this.#events = []
    return rest
  }

  order(what: string, node = '', count = 0): void {
    this.child.stdin?.write(`${JSON.stringify({ do: what, node, count })}\n`)
  }

  async stats(): Promise<Record<string, number> & { readonly relations: readonly number[] }> {
    this.order('stats')
    return (await this.until('stats')) as never
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name)
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.#exited
  }
}
