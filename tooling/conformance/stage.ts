/**
 * What a scenario has at hand in TypeScript, as `t.erl` is in Erlang: labels, events, and a few moves that many of them make.
 *
 * Emitting writes to a list and asks nobody: a dead process that still ran would be seen.
 */
import { timedOut } from '../../packages/core/src/index.ts'
import type {
  AgnerError,
  AnyPid,
  AsyncBody,
  CallbackBody,
  CrashReport,
  Down,
  ExitReason,
  Pid,
  Process,
  ProcessAddress,
  Ref,
  Report,
} from '../../packages/core/src/index.ts'
import type { DistributionOptions } from '../../packages/distribution/src/index.ts'
import { Cluster, type Short } from './cluster.ts'
import { errorWord, toRaw } from './neutral.ts'
import type { RawEvent, RawTrace } from './raw.ts'

type Made = AnyPid | { readonly pid: AnyPid; readonly ref: Ref }
export type Body = AsyncBody<unknown> | CallbackBody<unknown, unknown>
type Reaction = (self: Process<unknown>, message: unknown) => unknown

/** The two kinds of body that a process can have. */
export const forms = ['async', 'callback'] as const
export type Form = (typeof forms)[number]

export class Stage {
  readonly #node: string
  readonly #form: Form
  /** That of the virtual runtime, if this is not a play in real time. */
  readonly seed: number | undefined
  #cluster: Cluster | null = null
  readonly #ends: (() => Promise<void>)[] = []
  readonly #labels: Record<string, string> = {}
  readonly #events: RawEvent[] = []
  #reportTo: ((report: CrashReport) => void) | null = null
  /** Whether the scenario has processes that can take either form. */
  hasLoops = false

  /** @param seed of the network between nodes, if the scenario has more than one. */
  constructor(node: string, form: Form, seed?: number) {
    this.#node = node
    this.#form = form
    this.seed = seed
  }

  /** Other nodes. It is called once. @param options of the scenario's own node. */
  async cluster(
    self: Process<unknown>,
    shorts: readonly Short[],
    options: Partial<DistributionOptions> = {},
  ): Promise<Cluster> {
    this.#cluster = new Cluster(self.node, this.seed)
    await self.wait(this.#cluster.start(shorts, options))
    return this.#cluster
  }

  /** What is to be done when the play is over, however it went. */
  atEnd(end: () => Promise<void>): void {
    this.#ends.push(end)
  }

  /** Nothing of a play is left for the next one. */
  async stop(): Promise<void> {
    for (const end of this.#ends) await end()
    await this.#cluster?.stop()
  }

  get trace(): RawTrace {
    return { labels: this.#labels, events: this.#events }
  }

  label<T extends Made>(label: string, made: T): T {
    const pid = String('pid' in made ? made.pid : made)
    if (Object.values(this.#labels).includes(label)) throw new Error(`Two processes are labelled ${label}.`)
    this.#labels[pid] = label
    return made
  }

  emit(self: { readonly pid: AnyPid }, what: string, ...data: [unknown?]): void {
    this.#events.push([String(self.pid), what, data.length === 0 ? 'none' : toRaw(data[0], this.#node)])
  }

  /** The result of `run`, or what it threw as `{ raised }`. */
  attempt(run: () => unknown): unknown {
    try {
      return run() ?? true
    } catch (error) {
      return { raised: errorWord(error) }
    }
  }

  /** The same for what takes its time. */
  async attemptLater(run: () => Promise<unknown>): Promise<unknown> {
    try {
      return await run()
    } catch (error) {
      return { raised: errorWord(error) }
    }
  }

  /** A call, and how it went: `answer`, or `failed` with the reason. */
  async call(self: Process<unknown>, to: ProcessAddress, question: unknown, timeoutMs: number): Promise<unknown> {
    try {
      return ['answer', await self.request(to, question, { timeoutMs })]
    } catch (error) {
      const { code, details } = error as AgnerError
      return ['failed', code === 'call.timeout' ? 'timeout' : details['reason']]
    }
  }

  /** From now on `self` gets `['reported', pid]`, or what `show` makes of it, for each crash that is reported. */
  reports(self: Process<unknown>, show = (report: CrashReport): unknown => ['reported', report.pid]): void {
    this.#reportTo = (report) => self.node.send(self.pid, show(report))
  }

  report(report: Report): void {
    if (report.type === 'crash') this.#reportTo?.(report)
  }

  /** The next message, or `nothing` if none comes in a while. */
  quiet(self: Process<unknown>, timeoutMs = 50): Promise<unknown> {
    return self.receive({ timeoutMs })
  }

  /** All that waits in the mailbox, in order. */
  async collect(self: Process<unknown>): Promise<unknown[]> {
    const messages: unknown[] = []
    for (;;) {
      const message = await self.receive({ timeoutMs: 0 })
      if (message === timedOut) return messages
      messages.push(message)
    }
  }

  /** A process that handles messages for ever: an async function or callbacks, whichever form this run is in. */
  loop(react: Reaction, start: (self: Process<unknown>) => unknown = () => null): Body {
    this.hasLoops = true
    if (this.#form === 'callback') {
      return { init: (self) => start(self), message: (self, message) => react(self, message) }
    }
    return async (self) => {
      await start(self)
      for (;;) await react(self, await self.receive())
    }
  }

  /** Answers pings for ever. */
  echo(start?: (self: Process<unknown>) => unknown): Body {
    const react: Reaction = (self, message) => {
      if (isTuple(message, 'ping')) self.send(message[1] as Pid<unknown>, ['pong', self.pid])
    }
    return this.loop(react, start)
  }

  /** Waits until a process is dead; its exit reason. */
  async dead(self: Process<unknown>, pid: AnyPid): Promise<ExitReason> {
    return this.reason(self, { ref: self.monitor(pid) })
  }

  /** The exit reason of what spawnMonitor made. */
  async reason(self: Process<unknown>, made: { readonly ref: Ref }): Promise<ExitReason> {
    return (await self.receive((message): message is Down => isDown(message) && message.ref === made.ref)).reason
  }

  async ping(self: Process<unknown>, pid: Pid<unknown>): Promise<void> {
    self.send(pid, ['ping', self.pid])
    await self.receive((message) => isTuple(message, 'pong') && message[1] === pid)
  }
}

export function isTuple(message: unknown, tag: string): message is readonly [string, ...unknown[]] {
  return Array.isArray(message) && message[0] === tag
}

export function isDown(message: unknown): message is Down {
  return typeof message === 'object' && message !== null && (message as { type?: unknown }).type === 'down'
}

export const is =
  (word: string) =>
  (message: unknown): boolean =>
    message === word

export const isType =
  (type: 'exit' | 'down' | 'timeout') =>
  (message: unknown): boolean =>
    typeof message === 'object' && message !== null && (message as { type?: unknown }).type === type
