/** Starts nodes in OS processes of their own, and listens to what they say. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { DistributionOptions } from '../../src/index.ts'

export type Event = Record<string, unknown> & { readonly event: string }

export type PeerOptions = Pick<DistributionOptions, 'tickMs' | 'liveness'>

export class Peer {
  readonly child: ChildProcess
  readonly events: Event[] = []
  readonly exited: Promise<number | null>
  #watchers: (() => void)[] = []

  constructor(name: string, cookie: string, mapperPort: number, options: PeerOptions, flags: readonly string[]) {
    const script = fileURLToPath(new URL('peer.ts', import.meta.url))
    this.child = spawn(
      process.execPath,
      ['--conditions=@agner/source', ...flags, script, name, cookie, String(mapperPort), JSON.stringify(options)],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    )
    this.exited = new Promise((resolve) => this.child.once('exit', (code) => resolve(code)))
    createInterface({ input: this.child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      this.events.push(JSON.parse(line) as Event)
      const watchers = this.#watchers
      this.#watchers = []
      for (const watcher of watchers) watcher()
    })
  }

  /** The first event that fits, seen already or still to come. */
  async until(fits: (event: Event) => boolean): Promise<Event> {
    for (;;) {
      const found = this.events.find(fits)
      if (found !== undefined) return found
      await new Promise<void>((resolve) => this.#watchers.push(resolve))
    }
  }

  order(order: Record<string, unknown>): void {
    this.child.stdin?.write(`${JSON.stringify(order)}\n`)
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name)
  }
}

const started: Peer[] = []

export async function startPeer(
  name: string,
  cookie: string,
  mapperPort: number,
  options: PeerOptions = {},
  flags: readonly string[] = [],
): Promise<Peer> {
  const peer = new Peer(name, cookie, mapperPort, options, flags)
  started.push(peer)
  await peer.until(({ event }) => event === 'ready')
  return peer
}

/** For afterEach: no process is left. */
export async function endPeers(): Promise<void> {
  for (const peer of started.splice(0)) {
    peer.signal('SIGKILL')
    await peer.exited
  }
}

/** A port that nobody has at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port: 0 }, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
