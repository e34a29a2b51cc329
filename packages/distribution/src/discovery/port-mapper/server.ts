/**
 * The port mapper's serving side: it lives in the first node of a host that needs it, and moves to another when that
 * node ends.
 *
 * It knows names and ports, and nobody has to trust it: whom a node really talks to is proven by the handshake. Bounded
 * against everybody who can reach the port: connections, bytes a line, unread answers, and the time until a connection
 * has registered a name.
 */
import type { Runtime, RuntimeTimer } from '@agner/core'
import type { Address, Listener, Network, Stream, StreamHandlers } from '../../network/network.ts'
import { encodeLine, lineLimitBytes, LineReader, toQuestion } from './lines.ts'
import type { AnswerLine, ListedNode, ListLine, LookupLine, RegisterLine } from './lines.ts'

const connectionLimit = 1024
const idleLimitMs = 10_000
const unreadLimitBytes = 64 * 1024
/** How long after the start an unknown name may still be about to register. */
const youthMs = 1000

class Client implements StreamHandlers {
  readonly #server: MapperServer
  readonly stream: Stream
  readonly #lines = new LineReader()
  readonly #idle: RuntimeTimer
  name: string | null = null

  constructor(server: MapperServer, stream: Stream, runtime: Runtime) {
    this.#server = server
    this.stream = stream
    this.#idle = runtime.setTimer(idleLimitMs, () => this.end())
    this.#idle.unref()
  }

  data(bytes: Uint8Array): void {
    const objects = this.#lines.push(bytes)
    if (objects === null) return this.end()
    for (const object of objects) {
      const question = toQuestion(object)
      if (question === null) return this.end()
      this.#answer(this.#answerTo(question))
    }
  }

  #answerTo(question: RegisterLine | LookupLine | ListLine): AnswerLine {
    if (question.op === 'register') return this.#register(question)
    if (question.op === 'lookup') return this.#server.lookup(question.id, question.name)
    return this.#server.list(question.id, question.after)
  }

  #register(line: RegisterLine): AnswerLine {
    if (this.name !== null && this.name !== line.name) return { id: line.id, error: 'has_name' }
    if (!this.#server.take(line, this)) return { id: line.id, error: 'name_taken' }
    this.name = line.name
    this.#idle.clear()
    return { id: line.id, ok: true }
  }

  #answer(line: AnswerLine): void {
    if (this.stream.bufferedBytes > unreadLimitBytes) return this.end()
    this.stream.write([encodeLine(line)])
  }

  closed(): void {
    this.#idle.clear()
    this.#server.forget(this)
  }

  end(): void {
    this.stream.destroy()
    this.closed()
  }
}

interface Entry {
  readonly client: Client
  readonly address: Address
}

export class MapperServer {
  readonly #runtime: Runtime
  readonly #names = new Map<string, Entry>()
  readonly #clients = new Set<Client>()
  readonly #startedMs: number
  #listener: Listener | null = null

  private constructor(runtime: Runtime) {
    this.#runtime = runtime
    this.#startedMs = runtime.nowMs()
  }

  /** Rejects with `EADDRINUSE` when another serves already. */
  static async listen(network: Network, address: Address, runtime: Runtime): Promise<MapperServer> {
    const server = new MapperServer(runtime)
    server.#listener = await network.listen(address, (stream) => server.#accept(stream))
    return server
  }

  #accept(stream: Stream): StreamHandlers {
    if ((stream.security?.fault ?? null) !== null) {
      // Not trusted: nothing that it says is read.
      this.#runtime.microtask(() => stream.destroy())
      return { data() {}, closed() {} }
    }
    const client = new Client(this, stream, this.#runtime)
    this.#clients.add(client)
    if (this.#clients.size > connectionLimit) this.#runtime.microtask(() => client.end())
    return client
  }

  /** False when a live connection holds the name. */
  take({ name, host, port }: RegisterLine, client: Client): boolean {
    const entry = this.#names.get(name)
    if (entry !== undefined && entry.client !== client) return false
    this.#names.set(name, { client, address: { host, port } })
    return true
  }

  lookup(id: number, name: string): AnswerLine {
    const entry = this.#names.get(name)
    if (entry !== undefined && entry.address.port !== 0) return { id, ...entry.address }
    return this.#isYoung ? { id, error: 'unknown', young: true } : { id, error: 'unknown' }
  }

  get #isYoung(): boolean {
    return this.#runtime.nowMs() - this.#startedMs < youthMs
  }

  /** As many as fit into a line; the first of them always does, as long as a name and a host may be. */
  list(id: number, after: string): AnswerLine {
    const behind = [...this.#names]
      .filter(([name, { address }]) => name > after && address.port !== 0)
      .map(([name, { address }]): ListedNode => ({ name, ...address }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    const nodes: ListedNode[] = []
    let bytes = 0
    for (const node of behind) {
      bytes += encodeLine({ id: 0, nodes: [node] }).length
      if (nodes.length > 0 && bytes > lineLimitBytes - 100) break
      nodes.push(node)
    }
    return { id, nodes, more: nodes.length < behind.length, ...(this.#isYoung && { young: true }) }
  }

  forget(client: Client): void {
    this.#clients.delete(client)
    if (client.name !== null && this.#names.get(client.name)?.client === client) this.#names.delete(client.name)
  }

  async close(): Promise<void> {
    const closed = this.#listener?.close()
    for (const client of [...this.#clients]) client.end()
    await closed
  }
}
