/**
 * The starter's side of a peer.
 *
 *     starting ── up ──► running ── stop() ──► stopping ──► ended
 *         └── failed ─────────┴── it ends ───────────────────┘     calls and waits that are open fail with `testing.peer_gone`
 */
import { describeReason, type ExitReason } from '@agner/core'
import { ValueCodec } from '@agner/distribution/values'
import { testingError } from '../errors.ts'
import { listAddress, whereIs } from './directory.ts'
import type { FromPeer, StartOrder, ToPeer } from './messages.ts'
import type { UntypedCalls } from './options.ts'
import { OsProcess, type PeerExit } from './os-process.ts'
import type { Peer, Until } from './peer.ts'
import { isSomeTime, setLimit, someTime, waitWithin, type Waiter } from './waiting.ts'

interface Watcher extends Waiter {
  fits(message: unknown): boolean
}

export interface RunningPeerOptions {
  readonly prefix: readonly string[]
  readonly nodeFlags: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly callTimeoutMs: number
}

const saidLimit = 100_000
const stopTimeoutMs = 5000
/** What of its output is in an error. */
const toldLimit = 4096

export class RunningPeer implements Peer<UntypedCalls> {
  readonly name: string
  readonly exited: Promise<PeerExit>
  readonly said: unknown[] = []
  readonly until: Until = (fits: (message: unknown) => boolean) => this.#until(fits) as Promise<never>
  readonly #os: OsProcess
  readonly #callTimeoutMs: number
  readonly #codec = new ValueCodec()
  readonly #calls = new Map<number, Waiter>()
  readonly #watchers = new Set<Watcher>()
  #starting: Waiter | null = null
  #exit: PeerExit | null = null
  #isStopping = false
  #ids = 0
  #delist = (): void => {}

  constructor(name: string, { callTimeoutMs, ...options }: RunningPeerOptions) {
    this.name = name
    this.#callTimeoutMs = callTimeoutMs
    this.#os = new OsProcess({ ...options, heard: (bytes) => this.#heard(this.#codec.decode(bytes) as FromPeer) })
    this.exited = this.#os.exited.then((exit) => this.#ended(exit))
  }

  get osPid(): number {
    return this.#os.osPid
  }

  get output(): string {
    return this.#os.output
  }

  /** Resolves when it is up. @throws `testing.peer_start_failed`, `testing.peer_start_timeout`, `testing.peer_unsendable` */
  async start(order: StartOrder, timeoutMs: number): Promise<void> {
    const { name } = this
    try {
      const bytes = this.#encode(order)
      await this.#within(timeoutMs, 'testing.peer_start_timeout', { name, timeoutMs }, (waiter) => {
        this.#starting = waiter
        this.#os.send(bytes)
      })
    } catch (error) {
      this.#os.kill('SIGKILL')
      await this.exited
      throw error
    } finally {
      this.#starting = null
    }
  }

  async call(name: string, ...args: readonly unknown[]): Promise<unknown> {
    const id = ++this.#ids
    const bytes = this.#encode({ is: 'call', id, name, args })
    const timeoutMs = this.#callTimeoutMs
    this.#wantUp()
    if (this.#isStopping) throw testingError('testing.peer_stopping', { name: this.name, call: name })
    try {
      const details = { call: name, name: this.name, timeoutMs }
      return await this.#within(timeoutMs, 'testing.peer_call_timeout', details, (waiter) => {
        this.#calls.set(id, waiter)
        this.#os.send(bytes)
      })
    } finally {
      this.#calls.delete(id)
    }
  }

  cast(name: string, ...args: readonly unknown[]): void {
    this.#os.send(this.#encode({ is: 'call', id: null, name, args }))
  }

  send(to: string, message: unknown): void {
    this.#os.send(this.#encode({ is: 'send', to, message }))
  }

  stop({ timeoutMs }: { readonly timeoutMs?: number } = {}): Promise<PeerExit> {
    if (timeoutMs !== undefined && !isSomeTime(timeoutMs))
      return Promise.reject(testingError('testing.peer_bad_timeout', { wanted: someTime, value: String(timeoutMs) }))
    if (this.#exit !== null) return this.exited
    // Of several times the one counts that is over first; whoever names none later waits as the others do.
    this.#killAfter(timeoutMs ?? (this.#isStopping ? Infinity : stopTimeoutMs))
    if (!this.#isStopping) this.#os.send(this.#encode({ is: 'stop' }))
    this.#isStopping = true
    return this.exited
  }

  #killAfter(timeoutMs: number): void {
    const timer = setLimit(timeoutMs, () => this.#os.kill('SIGKILL'))
    void this.exited.then(() => timer?.clear())
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): boolean {
    return this.#os.kill(signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #until(fits: (message: unknown) => boolean): Promise<unknown> {
    for (const message of this.said) if (fits(message)) return message
    const timeoutMs = this.#callTimeoutMs
    this.#wantUp()
    let watcher: Watcher | undefined
    try {
      const details = { name: this.name, timeoutMs, count: this.said.length }
      return await this.#within(timeoutMs, 'testing.peer_silent', details, (waiter) => {
        watcher = { ...waiter, fits }
        this.#watchers.add(watcher)
      })
    } finally {
      if (watcher !== undefined) this.#watchers.delete(watcher)
    }
  }

  #heard(message: FromPeer): void {
    switch (message.is) {
      case 'up':
        this.#delist = listAddress(this.name, message.address)
        return this.#starting?.resolve(undefined)
      case 'failed':
        return this.#failedToStart('its program failed', message.error)
      case 'answered':
        return this.#calls.get(message.id)?.resolve(message.value)
      case 'threw':
        return this.#calls.get(message.id)?.reject(message.error)
      case 'seek':
        return this.#os.send(this.#encode({ is: 'found', id: message.id, address: whereIs(message.name) }))
      case 'said':
        return this.#hears(message.message)
    }
  }

  #hears(message: unknown): void {
    if (this.said.push(message) > saidLimit) this.said.shift()
    for (const watcher of [...this.#watchers]) {
      try {
        if (watcher.fits(message)) watcher.resolve(message)
      } catch (error) {
        watcher.reject(error)
      }
    }
  }

  #failedToStart(how: string, cause: unknown): void {
    const reason =
      cause === undefined ? '' : ` ${cause instanceof Error ? cause.message : describeReason(cause as ExitReason)}`
    // What it printed is all there when it has ended.
    void this.exited.then(() => {
      const error = testingError('testing.peer_start_failed', { name: this.name, how, reason, output: this.#told() })
      error.cause = cause
      this.#starting?.reject(error)
    })
  }

  #ended(exit: PeerExit): PeerExit {
    this.#exit = exit
    this.#delist()
    for (const waiter of [...this.#calls.values(), ...this.#watchers]) waiter.reject(this.#gone())
    this.#failedToStart(`it ended with ${describeExit(exit)}`, undefined)
    return exit
  }

  #wantUp(): void {
    if (this.#exit !== null) throw this.#gone()
  }

  #gone(): Error {
    const how = describeExit(this.#exit ?? { code: null, signal: null })
    return testingError('testing.peer_gone', { name: this.name, how, output: this.#told() })
  }

  /** What it printed last, for an error. */
  #told(): string {
    const { output } = this
    return output === '' ? 'It printed nothing.' : `It printed:\n${output.slice(-toldLimit)}`
  }

  #encode(message: ToPeer): Uint8Array {
    try {
      return this.#codec.encode(message)
    } catch (error) {
      throw testingError('testing.peer_unsendable', { reason: (error as Error).message })
    }
  }

  #within(
    timeoutMs: number,
    code: 'testing.peer_start_timeout' | 'testing.peer_call_timeout' | 'testing.peer_silent',
    details: Readonly<Record<string, unknown>>,
    wait: (waiter: Waiter) => void,
  ): Promise<unknown> {
    return waitWithin(timeoutMs, () => testingError(code, { ...details, output: this.#told() }), wait)
  }
}

function describeExit({ code, signal }: PeerExit): string {
  if (signal !== null) return `the signal ${signal}`
  return code === null ? 'nothing: it could not be started' : `the code ${String(code)}`
}
