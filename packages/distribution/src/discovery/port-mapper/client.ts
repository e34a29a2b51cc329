/**
 * A node's connection to the port mapper of its host.
 *
 *     connect ──► register ──► (open as long as the node lives; lookups go over it)
 *        │ refused: nobody serves
 *        ▼
 *     serve ──► connect …          whoever gets the port serves the others; who loses the race connects to the winner
 *
 * When the serving node ends, all others see their connections close and race at once, each after a small random delay;
 * names are registered anew and lookups wait for that, so they work again within about a second.
 */
import type { Runtime, RuntimeTimer } from '@agner/core'
import { messageOf } from '@agner/core/kernel'
import { distributionError } from '../../errors.ts'
import type { Log } from '../../log.ts'
import type { Address, Network, Stream } from '../../network/network.ts'
import type { Discovery } from '../discovery.ts'
import { encodeLine, isAddress, LineReader, type AnswerLine, type RegisterLine } from './lines.ts'
import { MapperServer } from './server.ts'

const raceDelayMs = 50
const retryDelayMs = 100
const troubleDelayMs = 1000
const answerLimitMs = 2000
/** How long a name may be taken at start: the last life of this node may not be forgotten yet. */
const namePatienceMs = 1000
/** How long a mapper may close every connection at start, as one does that ends. */
const closedPatienceMs = 3000
/** How long a lookup waits for a mapper, or for a name when the mapper is young. */
const lookupPatienceMs = 2000

export interface PortMapperOptions {
  readonly network: Network
  readonly runtime: Runtime
  /** Where the mapper of this host is. */
  readonly address: Address
  readonly name: string
  /** Where this node listens; null if it does not. */
  readonly listening: Address | null
  readonly log: Log
}

type Answered = (line: AnswerLine | null) => void

export class PortMapper implements Discovery {
  readonly #options: PortMapperOptions
  #stream: Stream | null = null
  #server: MapperServer | null = null
  #registered = false
  #stopped = false
  /** Known by name, so that no other takes it, and not to be found. */
  #withdrawn = false
  #ids = 0
  #troubled = false
  readonly #startedMs: number
  readonly #answers = new Map<number, Answered>()
  readonly #timers = new Set<RuntimeTimer>()
  /** Called when registration succeeds, or the mapper is stopped. */
  #waiting: (() => void)[] = []
  #started: { resolve(): void; reject(error: Error): void } | null = null

  constructor(options: PortMapperOptions) {
    this.#options = options
    this.#startedMs = options.runtime.nowMs()
  }

  /** Resolves when the name is registered. @throws `distribution.name_taken`, `distribution.mapper_unreachable` */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#started = { resolve, reject }
      this.#connect()
    })
  }

  /** Whether this node serves the mapper of its host. */
  get isServing(): boolean {
    return this.#server !== null
  }

  /** Where the node `name` listens; null if nobody of that name is registered. */
  async lookup(name: string): Promise<Address | null> {
    const deadlineMs = this.#options.runtime.nowMs() + lookupPatienceMs
    while (!this.#stopped && this.#options.runtime.nowMs() < deadlineMs) {
      if (!this.#registered) {
        await this.#untilRegistered(deadlineMs)
        continue
      }
      const line = await this.#ask((id) => ({ op: 'lookup', id, name }))
      if (line !== null && isAddress(line)) return { host: line.host, port: line.port }
      if (line !== null && line.young !== true) return null
      await this.#pause(retryDelayMs)
    }
    return null
  }

  /** The name stays this node's, and nobody is told where it listens any more. */
  async withdraw(): Promise<void> {
    this.#withdrawn = true
    // A registration that is under way is followed by this one; a later mapper is told at once.
    if (this.#stream !== null) await this.#ask((id) => this.#registration(id))
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#registered = false
    this.#stream?.destroy()
    this.#stream = null
    for (const timer of this.#timers) timer.clear()
    this.#timers.clear()
    this.#dropAnswers()
    this.#wake()
    const server = this.#server
    this.#server = null
    await server?.close()
  }

  #connect(): void {
    const { network, address } = this.#options
    const lines = new LineReader()
    // A stream that was given up may still speak: only the newest one counts.
    const current = (): boolean => stream === this.#stream
    const patience = this.#timer(answerLimitMs, () => void (current() && this.#trouble('it cannot be reached')))
    const stream: Stream = network.connect(address, {
      opened: () => {
        this.#cancel(patience)
        if (!current()) return
        const fault = stream.security?.fault ?? null
        if (fault === null) this.#register()
        else this.#trouble(fault)
      },
      data: (bytes) => {
        if (!current()) return
        const objects = lines.push(bytes)
        if (objects === null) return this.#trouble('what listens there is no port mapper')
        for (const object of objects) this.#answered(object as unknown as AnswerLine)
      },
      closed: (error) => {
        this.#cancel(patience)
        if (current()) this.#lost(error)
      },
    })
    this.#stream = stream
  }

  #register(): void {
    void this.#ask((id) => this.#registration(id)).then((line) => {
      if (this.#stopped || line?.id === -1) return
      if (line === null) return this.#trouble('it does not answer')
      if (line.ok === true) return this.#up()
      if (line.error === 'name_taken') return this.#nameTaken()
      this.#trouble(`it answered ${String(line.error)}`)
    })
  }

  #registration(id: number): RegisterLine {
    const { name, listening } = this.#options
    const { host, port } = (this.#withdrawn ? null : listening) ?? { host: '127.0.0.1', port: 0 }
    return { op: 'register', id, name, host: reachable(host), port }
  }

  #up(): void {
    this.#registered = true
    this.#troubled = false
    this.#started?.resolve()
    this.#started = null
    this.#wake()
  }

  #nameTaken(): void {
    const { runtime, name, log } = this.#options
    this.#stream?.destroy()
    this.#stream = null
    if (this.#started === null) {
      if (!this.#troubled)
        log(
          'error',
          'distribution.name_taken',
          `the port mapper was taken over, and another node holds the name ${name} there: new connections may go to it. Stop one of the two.`,
        )
      this.#troubled = true
      return this.#later(troubleDelayMs, () => this.#connect())
    }
    if (runtime.nowMs() - this.#startedMs < namePatienceMs) return this.#later(retryDelayMs, () => this.#connect())
    this.#fail(distributionError('distribution.name_taken', { name }))
  }

  /** The mapper cannot be used: at the start that is an error, later it is tried again. */
  #trouble(reason: string): void {
    const { address, log } = this.#options
    this.#stream?.destroy()
    this.#stream = null
    this.#registered = false
    this.#dropAnswers()
    const error = distributionError('distribution.mapper_unreachable', { ...address, reason })
    if (this.#started !== null) return this.#fail(error)
    if (!this.#troubled) log('warning', 'distribution.mapper_unreachable', error.message)
    this.#troubled = true
    this.#later(troubleDelayMs, () => this.#connect())
  }

  #fail(error: Error): void {
    const started = this.#started
    this.#started = null
    void this.stop().then(() => started?.reject(error))
  }

  #lost(error: Error | null): void {
    this.#stream = null
    this.#registered = false
    this.#dropAnswers()
    if (this.#stopped) return
    const code = (error as { code?: unknown } | null)?.code
    const { runtime } = this.#options
    if (code === 'ECONNREFUSED') void this.#serve()
    else if (this.#started !== null && runtime.nowMs() - this.#startedMs > closedPatienceMs)
      this.#trouble(`it closes every connection (${error?.message ?? 'it may speak TLS'})`)
    else if (error === null || code === 'ECONNRESET' || code === 'EPIPE')
      this.#later(this.#options.runtime.random() * raceDelayMs, () => this.#connect())
    else this.#trouble(error.message)
  }

  async #serve(): Promise<void> {
    const { network, address, runtime } = this.#options
    try {
      const server = await MapperServer.listen(network, address, runtime)
      if (this.#stopped) {
        await server.close()
        return
      }
      this.#server = server
    } catch (error) {
      if (this.#stopped) return
      // Somebody else was faster: his mapper is ours too.
      if ((error as { code?: unknown }).code !== 'EADDRINUSE') return this.#trouble(messageOf(error))
      return this.#later(runtime.random() * raceDelayMs, () => this.#connect())
    }
    this.#connect()
  }

  #ask(question: (id: number) => Parameters<typeof encodeLine>[0]): Promise<AnswerLine | null> {
    const id = ++this.#ids
    return new Promise((resolve) => {
      const timer = this.#timer(answerLimitMs, () => this.#answered({ id, error: 'no_answer' }))
      this.#answers.set(id, (line) => {
        this.#answers.delete(id)
        this.#cancel(timer)
        resolve(line?.error === 'no_answer' ? null : line)
      })
      this.#stream?.write([encodeLine(question(id))])
    })
  }

  #answered(line: AnswerLine): void {
    this.#answers.get(line.id)?.(line)
  }

  /** The connection is gone: what was asked over it is asked again by whoever wants to know. */
  #dropAnswers(): void {
    for (const answered of [...this.#answers.values()]) answered({ id: -1, young: true })
  }

  #untilRegistered(deadlineMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#timer(Math.max(1, deadlineMs - this.#options.runtime.nowMs()), resolve)
      this.#waiting.push(() => {
        this.#cancel(timer)
        resolve()
      })
    })
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#stopped) return resolve()
      this.#waiting.push(resolve)
      this.#timer(delayMs, resolve)
    })
  }

  #later(delayMs: number, task: () => void): void {
    this.#timer(delayMs, () => {
      if (!this.#stopped) task()
    })
  }

  #cancel(timer: RuntimeTimer): void {
    timer.clear()
    this.#timers.delete(timer)
  }

  #timer(delayMs: number, task: () => void): RuntimeTimer {
    const timer = this.#options.runtime.setTimer(delayMs, () => {
      this.#timers.delete(timer)
      task()
    })
    this.#timers.add(timer)
    return timer
  }
}

/** What a node on the same host dials: a wildcard is no address to connect to. */
function reachable(host: string): string {
  return host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
}
