/**
 * What a machine does with a program, told as plainly as can be: lists, a clock that is a number, and no cleverness. It
 * shares no code with the machine.
 */

/** What happens to the machine; what it then does is written in the event itself. */
export interface Script {
  readonly name: string
  /** The states in which it is postponed, and nothing else done but its timers. */
  readonly postponedIn: readonly string[]
  /** Where it leads. */
  readonly to: 'a' | 'b' | 'c' | 'keep' | 'repeat'
  readonly inserts: readonly Script[]
  readonly timers: readonly TimerWord[]
}

export interface TimerWord {
  readonly timer: 'state' | 'event' | 'x' | 'y' | 'z'
  readonly ms: number | 'update' | 'cancel'
  readonly then: Script
}

export type Move =
  | { readonly type: 'tell'; readonly script: Script }
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'hold' }
  | { readonly type: 'release' }

interface Running {
  readonly timer: TimerWord['timer']
  /** Null: over already, and waiting for its turn. */
  readonly atMs: number | null
  then: Script
  readonly start: number
}

type Mail = { readonly script: Script } | { readonly start: number }

export class StatemModel {
  readonly log: string[] = []
  /** Two things were due at the same instant: their order is nobody's promise. */
  isAmbiguous = false
  #state: string
  readonly #enters: (state: string) => readonly TimerWord[]
  #queue: Script[] = []
  #postponed: Script[] = []
  #timers: Running[] = []
  #mailbox: Mail[] = []
  /** Timers whose message is under way or dropped by then, by start. */
  #sent: { readonly start: number; readonly atMs: number }[] = []
  #held = false
  #nowMs = 0
  #starts = 0

  constructor(state: string, enters: (state: string) => readonly TimerWord[]) {
    this.#state = state
    this.#enters = enters
    this.#enter(state, [])
    this.#run()
  }

  play(moves: readonly Move[]): void {
    for (const move of moves) {
      if (move.type === 'tell') this.#mailbox.push({ script: move.script })
      else if (move.type === 'hold') this.#held = true
      else if (move.type === 'release') this.#held = false
      else this.#wait(this.#nowMs + move.ms)
      if (!this.#held) this.#run()
    }
  }

  #wait(untilMs: number): void {
    for (;;) {
      const due = this.#sent.filter(({ atMs }) => atMs <= untilMs)
      if (due.length === 0) break
      const atMs = Math.min(...due.map((one) => one.atMs))
      const first = due.filter((one) => one.atMs === atMs)
      // Timers of the machine of one instant come in the order of setting; a wait that ends then is a matter of luck.
      if (atMs === untilMs) this.isAmbiguous = true
      const { start } = first.reduce((a, b) => (a.start < b.start ? a : b))
      this.#sent = this.#sent.filter((one) => one.start !== start)
      this.#nowMs = atMs
      this.#mailbox.push({ start })
      if (!this.#held) this.#run()
    }
    this.#nowMs = untilMs
  }

  #run(): void {
    for (;;) {
      const inner = this.#queue.shift() ?? this.#zero()
      if (inner !== undefined) {
        this.#handle(inner)
        continue
      }
      const mail = this.#mailbox.shift()
      if (mail === undefined) return
      if ('script' in mail) {
        this.#handle(mail.script)
        continue
      }
      const running = this.#timers.find(({ start }) => start === mail.start)
      if (running === undefined) continue
      this.#timers = this.#timers.filter((one) => one !== running)
      this.#handle(running.then)
    }
  }

  #zero(): Script | undefined {
    const zero = this.#timers.filter(({ atMs }) => atMs === null).toSorted((a, b) => a.start - b.start)[0]
    this.#timers = this.#timers.filter((one) => one !== zero)
    return zero?.then
  }

  #handle(script: Script): void {
    const old = this.#state
    const isPostponed = script.postponedIn.includes(old)
    this.log.push(`${script.name} in ${old}${isPostponed ? ', postponed' : ''}`)
    const to = isPostponed || script.to === 'keep' || script.to === 'repeat' ? old : script.to
    const changed = to !== old
    const enters = changed || (script.to === 'repeat' && !isPostponed)
    this.#state = to
    const timers = enters ? [...script.timers, ...this.#entering(old)] : script.timers
    if (isPostponed) this.#postponed.push(script)
    const again = changed ? this.#postponed : []
    if (changed) this.#postponed = []
    this.#queue = [...(isPostponed ? [] : script.inserts), ...again, ...this.#queue]
    this.#drop((timer) => timer === 'event' || (changed && timer === 'state'))
    this.#set(timers)
  }

  #entering(old: string): readonly TimerWord[] {
    this.log.push(`enter ${this.#state} from ${old}`)
    return this.#enters(this.#state)
  }

  #enter(state: string, timers: readonly TimerWord[]): void {
    this.#set([...timers, ...this.#entering(state)])
  }

  #drop(which: (timer: TimerWord['timer']) => boolean): void {
    const gone = this.#timers.filter(({ timer }) => which(timer))
    this.#timers = this.#timers.filter((one) => !gone.includes(one))
    this.#sent = this.#sent.filter(({ start }) => !gone.some((one) => one.start === start))
  }

  #set(words: readonly TimerWord[]): void {
    words.forEach(({ timer, ms, then }, index) => {
      if (words.slice(index + 1).some((later) => later.timer === timer)) return
      const running = this.#timers.find((one) => one.timer === timer)
      if (ms === 'update' && running !== undefined) {
        running.then = then
        return
      }
      this.#drop((other) => other === timer)
      if (ms === 'cancel') return
      const start = ++this.#starts
      const atMs = ms === 0 || ms === 'update' ? null : this.#nowMs + ms
      this.#timers.push({ timer, atMs, then, start })
      if (atMs !== null) this.#sent.push({ start, atMs })
    })
  }
}
