/**
 * A handler in a process of its own, with overload protection (logger_std_h on logger_olp).
 *
 *     client ── line ──► process ── write ──► sink
 *        ▲                  │
 *        └─ in mode sync it is suspended until its line is handled
 *
 * The line is formatted in the client's turn, so who logs much pays for it. Flushed lines stay in the mailbox and are
 * passed over: each is known by its number. Before there is a node, and once the process is gone, lines go to the sink at
 * once, so that the last words of a node are not lost.
 */
import {
  finish,
  type AnyPid,
  type AnyProcess,
  type CallbackBody,
  type Exit,
  type Finish,
  type Node,
  type RuntimeTimer,
} from '@agner/core'
import { behavioursError } from '../errors.ts'
import type { LogEvent } from './event.ts'
import type { Formatter } from './formatters.ts'
import type { LogHandler } from './log-handler.ts'
import { decide, defaultLimits, noLoad, problemOf, type Limits, type Load, type OverloadOptions } from './overload.ts'
import { stderrSink, type Sink } from './sinks.ts'

/** @internal */
export interface Line {
  readonly type: 'line'
  readonly number: number
  readonly line: string
}

/** The longest that a timer of the runtime takes. */
const longestTimerMs = 2 ** 31 - 1

/** What the process takes. */
type Message = Line | { readonly type: 'close' } | Exit

/** What a handler has been through. */
export interface HandlerCounts {
  readonly written: number
  /** By clients, in mode drop. */
  readonly dropped: number
  readonly flushed: number
  /** Beyond the burst limit. */
  readonly skipped: number
  readonly restarts: number
}

export interface ProtectedHandler extends LogHandler {
  counts(): HandlerCounts
}

/** Lines to stderr. */
export function standardHandler(options: OverloadOptions = {}): ProtectedHandler {
  return protectedHandler(stderrSink, options)
}

/** Lines to a sink, by a process that is protected from overload. @throws `logger.bad_option` */
export function protectedHandler(sink: Sink, options: OverloadOptions = {}): ProtectedHandler {
  const limits = { ...defaultLimits, ...options }
  const problem = problemOf(limits)
  if (problem !== null) throw behavioursError('logger.bad_option', { option: 'the protection', value: problem })
  return new Protected(sink, limits)
}

/** @internal */
export class Protected implements ProtectedHandler {
  readonly #sink: Sink
  readonly #limits: Limits
  /** The process; null while there is none. */
  #pid: AnyPid | null = null
  /** The same, once it has begun. */
  #self: AnyProcess | null = null
  #node: Node | null = null
  #id = ''
  #load: Load = noLoad(0)
  #sent = 0
  /** Lines up to this number are thrown away. */
  #flushedTo = 0
  /** Clients that wait, each for its line to be handled, or for the time to be up. */
  readonly #heldUp = new Map<number, { readonly client: AnyPid; readonly timer: RuntimeTimer | null }>()
  #isClosed = false
  #formatter: Formatter | null = null
  #written = 0
  #dropped = 0
  #flushed = 0
  #skipped = 0
  #restarts = 0

  constructor(sink: Sink, limits: Limits) {
    this.#sink = sink
    this.#limits = limits
  }

  counts(): HandlerCounts {
    const [written, dropped, flushed, skipped] = [this.#written, this.#dropped, this.#flushed, this.#skipped]
    return { written, dropped, flushed, skipped, restarts: this.#restarts }
  }

  // — in the client's turn —

  log(event: LogEvent, formatter: Formatter): void {
    this.#formatter = formatter
    const pid = this.#pid
    if (pid === null) return this.writeNow(formatter(event))
    if (this.#load.mode === 'drop') {
      this.#dropped++
      return
    }
    const line = formatter(event)
    const number = ++this.#sent
    if (this.#load.mode === 'sync') this.#holdUp(number, event.meta.pid)
    this.#node!.send(pid as never, { type: 'line', number, line } satisfies Line as never)
  }

  /** Its code runs on when its line was handled, when it has waited for long, or when this process ends. */
  #holdUp(number: number, client: AnyPid | null): void {
    const self = this.#self
    if (self === null || client === null || client === self.pid || client.node !== self.node.name) return
    try {
      self.suspend(client)
    } catch {
      // It is dead by now.
      return
    }
    const { syncTimeoutMs } = this.#limits
    const timer =
      syncTimeoutMs > longestTimerMs ? null : self.node.runtime.setTimer(syncTimeoutMs, () => this.#letGo(self, number))
    this.#heldUp.set(number, { client, timer })
  }

  #letGo(self: AnyProcess, number: number): void {
    const held = this.#heldUp.get(number)
    if (held === undefined) return
    this.#heldUp.delete(number)
    held.timer?.clear()
    try {
      self.resume(held.client)
    } catch {
      // It is dead by now.
    }
  }

  attach(node: Node, id: string): void {
    this.#node = node
    this.#id = id
    this.#start(node)
  }

  detach(): void {
    this.#isClosed = true
    if (this.#pid === null) void this.#close()
    else this.#node!.send(this.#pid as never, { type: 'close' } satisfies Message as never)
  }

  // — in the process —

  #start(node: Node): void {
    if (node.isStopped || this.#isClosed) return
    const body: CallbackBody<Message, null> = {
      name: `logger ${this.#id}`,
      init: (self) => {
        this.#load = noLoad(node.monotonicTimeMs())
        this.#self = self as AnyProcess
        return null
      },
      message: (self, message) => this.#message(self as AnyProcess, message),
    }
    const name = `@agner/logger/${this.#id}`
    this.#pid = node.spawn<Message, null>(body, { name, trapExits: true, mailboxLimit: Infinity, priority: 'high' })
    void node.exited(this.#pid).then(() => this.#ended(node))
  }

  #message(self: AnyProcess, message: Message): null | Finish | Promise<null | Finish> {
    if (message.type === 'line') return this.line(self, message)
    // Its node stops, or it was removed: what was logged before has been written by now.
    this.#pid = null
    const closed = this.#close()
    return closed instanceof Promise ? closed.then(() => finish()) : finish()
  }

  /** Handles one line in the process. */
  line(self: AnyProcess, { number, line }: Line): null | Finish | Promise<null> {
    const handled = (): null => {
      this.#letGo(self, number)
      return null
    }
    if (number <= this.#flushedTo) return handled()
    const waiting = this.#sent - number
    const { load, action, changed } = decide(this.#limits, this.#load, waiting, self.node.monotonicTimeMs())
    this.#load = load
    if (action === 'kill') {
      this.#pid = null
      return finish({ shutdown: { overloaded: waiting } })
    }
    const notes: string[] = []
    if (changed !== null) notes.push(`went from mode ${changed.from} to mode ${changed.to}`)
    if (action === 'flush') {
      this.#flushedTo = this.#sent
      this.#flushed += waiting + 1
      notes.push(`threw ${waiting + 1} events away`)
    } else if (action === 'skip') this.#skipped++
    else this.#written++
    const text = notes.map((note) => this.#note(note)).join('') + (action === 'write' ? line : '')
    const written = text === '' ? undefined : this.#sink.write(text)
    return written instanceof Promise ? written.then(handled, handled) : handled()
  }

  /** What the handler has to say of itself goes past all filters. */
  #note(text: string): string {
    const node = this.#node!
    const meta = { timeMs: node.systemTimeMs(), node: node.name, pid: null, domain: ['agner', 'logger'] }
    const message = { text: `the log handler "${this.#id}" ${text}` }
    return (this.#formatter ?? String)({ level: 'notice', message, meta })
  }

  #ended(node: Node): void {
    this.#pid = null
    this.#self = null
    // Its death has let them go.
    for (const { timer } of this.#heldUp.values()) timer?.clear()
    this.#heldUp.clear()
    const { restartAfterMs } = this.#limits
    if (this.#isClosed || node.isStopped || restartAfterMs === Infinity) return
    node.runtime
      .setTimer(restartAfterMs, () => {
        if (this.#isClosed || node.isStopped) return
        this.#restarts++
        this.#flushedTo = this.#sent
        this.#start(node)
        this.writeNow(this.#note('was overloaded or crashed, and begins anew'))
      })
      .unref()
  }

  // — the sink —

  writeNow(line: string): void {
    // Nobody is there to wait for it, or to hear that it failed.
    void Promise.resolve(this.#sink.write(line)).catch(() => {})
    this.#written++
  }

  #close(): void | Promise<void> {
    return this.#isClosed ? this.#sink.close?.() : undefined
  }
}
