/**
 * The debug options of one process (sys:log, statistics, trace, install). There is none as long as nobody looks.
 *
 *     event ─┬─► log: the last N
 *            ├─► statistics: counted
 *            ├─► trace: reported to the node, as a notice
 *            └─► installed functions: each with a state of its own
 */
import type { AnyProcess } from '@agner/core'
import type { SysEvent } from './sys-event.ts'

/** What a debug function returns to be taken away. */
export const done: unique symbol = Symbol('done')

/** Whose events they are. */
export interface Observed {
  readonly self: AnyProcess
  readonly module: string
}

/**
 * Sees each event of a process, in it: what it does should be quick. Gives its next state, or {@link done}. One that
 * throws is taken away.
 */
export type DebugFunction<State = unknown> = (state: State, event: SysEvent, self: AnyProcess) => State | typeof done

/** A debug function with its first state; a second one of the same id is refused. */
export interface Installed<State = unknown> {
  readonly id: string
  readonly run: DebugFunction<State>
  readonly state: State
}

export interface Statistics {
  readonly startMs: number
  readonly currentMs: number
  readonly reductions: number
  readonly messagesIn: number
  readonly messagesOut: number
}

/** Which options are on, for getStatus. */
export interface DebugOptions {
  /** How many events the log keeps; 0 is off. */
  readonly log: number
  readonly statistics: boolean
  readonly trace: boolean
  readonly installed: readonly string[]
}

export const noDebugOptions: DebugOptions = { log: 0, statistics: false, trace: false, installed: [] }

export class Debug {
  readonly #of: Observed
  #log: SysEvent[] = []
  #logSize = 0
  #counted: { readonly startMs: number; readonly reductions: number; in: number; out: number } | null = null
  #traces = false
  readonly #installed = new Map<string, { readonly run: DebugFunction; state: unknown }>()

  constructor(of: Observed) {
    this.#of = of
  }

  get options(): DebugOptions {
    return {
      log: this.#logSize,
      statistics: this.#counted !== null,
      trace: this.#traces,
      installed: [...this.#installed.keys()],
    }
  }

  get isOff(): boolean {
    return this.#logSize === 0 && this.#counted === null && !this.#traces && this.#installed.size === 0
  }

  tell(event: SysEvent): void {
    if (this.#counted !== null) {
      if (event.type === 'in') this.#counted.in++
      else if (event.type === 'out') this.#counted.out++
    }
    if (this.#logSize > 0) {
      this.#log.push(event)
      if (this.#log.length > this.#logSize) this.#log.shift()
    }
    if (this.#traces) this.#report(event)
    // The newest first, as there.
    for (const [id, installed] of [...this.#installed].toReversed()) this.#show(id, installed, event)
  }

  #show(id: string, installed: { readonly run: DebugFunction; state: unknown }, event: SysEvent): void {
    try {
      const next = installed.run(installed.state, event, this.#of.self)
      if (next === done) this.#installed.delete(id)
      else installed.state = next
    } catch {
      this.#installed.delete(id)
    }
  }

  #report(event: SysEvent): void {
    const { self, module } = this.#of
    const details = { pid: self.pid, module, event }
    self.node.report({
      type: 'notice',
      level: 'info',
      source: 'sys',
      text: `${module} ${String(self.pid)}: ${event.type}`,
      details,
    })
  }

  get log(): readonly SysEvent[] {
    return [...this.#log]
  }

  /** Keeps the last `size` events; 0 ends it and forgets them. */
  keepLog(size: number): void {
    this.#logSize = size
    this.#log = size === 0 ? [] : this.#log.slice(-size)
  }

  trace(on: boolean): void {
    this.#traces = on
  }

  count(on: boolean): void {
    this.#counted = on ? { startMs: this.#nowMs(), reductions: this.#reductions(), in: 0, out: 0 } : null
  }

  get statistics(): Statistics | null {
    const counted = this.#counted
    if (counted === null) return null
    return {
      startMs: counted.startMs,
      currentMs: this.#nowMs(),
      reductions: this.#reductions() - counted.reductions,
      messagesIn: counted.in,
      messagesOut: counted.out,
    }
  }

  /** @returns false if one of that id is there. */
  install({ id, run, state }: Installed): boolean {
    if (this.#installed.has(id)) return false
    this.#installed.set(id, { run, state })
    return true
  }

  remove(id: string): void {
    this.#installed.delete(id)
  }

  #nowMs(): number {
    return this.#of.self.node.systemTimeMs()
  }

  #reductions(): number {
    const { self } = this.#of
    return self.processInfo(self.pid, ['reductions'])?.reductions ?? 0
  }
}
