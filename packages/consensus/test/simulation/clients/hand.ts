/**
 * One operation after the other of one client: sent to whoever might lead, and again to another when nothing comes, until it is answered or given up.
 *
 * With a session, a command that was sent again is applied once. A plain command has none: it is sent again only when the one before
 * certainly came to nothing.
 */
import type { RegisterInput, RegisterOutput } from '../linearizability/register.ts'
import type { Dice } from '../world/dice.ts'
import type { Answer } from '../world/waiting.ts'
import { keys, type Command, type Key } from '../world/registers.ts'
import { Violation } from '../watch/violation.ts'
import type { Client } from './client.ts'
import type { Call } from './history.ts'
import type { Session } from './session.ts'

interface Task {
  readonly key: Key
  readonly input: RegisterInput
  readonly call: Call
  readonly command: Command
  readonly givesUpAtMs: number
  /** Null for reads and plain commands. */
  readonly session: Session | null
  readonly sequence: number
}

export class Hand {
  readonly #client: Client
  readonly #dice: Dice
  #task: Task | null = null
  #attempt = 0
  /** What it does when all has healed, before it stops. */
  #last: RegisterInput[] | null = null
  isDone = false

  constructor(client: Client, dice: Dice) {
    this.#client = client
    this.#dice = dice
  }

  begin(): void {
    const { world, thinkMs } = this.#client
    world.agenda.after(this.#dice.between(0, thinkMs), () => this.#next())
  }

  /** From now on nothing is given up: after what is under way come a write and a read, and then it stops. */
  finish(): void {
    this.#last = [{ type: 'add', by: 1 }, { type: 'get' }]
  }

  get doing(): string {
    return this.#task === null ? 'nothing' : `${JSON.stringify(this.#task.input)} on ${this.#task.key}`
  }

  #next(): void {
    const client = this.#client
    const input = this.#last === null ? this.#anyInput() : this.#last.shift()
    if (input === undefined) {
      this.isDone = true
      return
    }
    const isRead = input.type === 'get'
    client.whenReady(isRead, (session) => {
      const key = this.#dice.one(keys)
      this.#task = {
        key,
        input,
        call: client.world.history.call(client.id, key, input),
        command: { operation: client.world.nextOperation(), key, input },
        givesUpAtMs: client.world.agenda.nowMs + this.#dice.between(500, 3000),
        session,
        sequence: session?.begin() ?? 0,
      }
      this.#send()
    })
  }

  #anyInput(): RegisterInput {
    const { world } = this.#client
    const kind = this.#dice.unit()
    if (kind < 0.4) return { type: 'get' }
    if (kind < 0.6) return { type: 'put', value: world.nextOperation() * 100 }
    if (kind < 0.85) return { type: 'add', by: 1 }
    return { type: 'compareAndSet', expected: this.#client.lastSeen, value: world.nextOperation() * 100 }
  }

  #send(): void {
    const client = this.#client
    const task = this.#task!
    const attempt = ++this.#attempt
    const isPlain = task.session === null && task.input.type !== 'get'
    // As it is now: a copy that comes late says what was answered when it was sent.
    const request = task.session?.request(task.sequence) ?? null
    const isOnly = (): boolean => task === this.#task && (!isPlain || attempt === this.#attempt)
    client.ask(
      isPlain,
      (host, reply) => {
        if (task.input.type === 'get') host.read(task.key, reply)
        else if (request === null) host.submit({ own: 'command', command: task.command }, null, reply)
        else host.submit(task.command, request, reply)
      },
      (answer) => {
        if (isOnly()) this.#answered(task, answer, isPlain)
      },
    )
    client.world.agenda.after(client.patienceMs, () => {
      if (task !== this.#task || attempt !== this.#attempt) return
      client.forgetLeader()
      if (isPlain) this.#end()
      else this.#again()
    })
  }

  #answered(task: Task, answer: Answer, isPlain: boolean): void {
    const client = this.#client
    switch (answer.type) {
      case 'done':
        task.call.answer(answer.value as RegisterOutput)
        if (typeof answer.value === 'number') client.lastSeen = answer.value
        return this.#end()
      case 'rejected':
        if (answer.why === 'answered_before') {
          throw new Violation(
            'sessions',
            `${client.id} waits for ${task.sequence}, which its session counts as answered`,
          )
        }
        if (answer.why !== 'no_session') return this.#again()
        client.loseSession(task.session!)
        return this.#end()
      case 'refused':
        client.learn(answer.refusal)
        return this.#again()
      case 'lost':
        return this.#again()
      case 'unknown':
        return isPlain ? this.#end() : this.#again()
    }
  }

  /** A little later; or never, if it has taken too long. */
  #again(): void {
    const { world } = this.#client
    const task = this.#task!
    if (this.#last === null && world.agenda.nowMs >= task.givesUpAtMs) return this.#end()
    const attempt = ++this.#attempt
    world.agenda.after(this.#dice.between(1, 20), () => {
      if (task === this.#task && attempt === this.#attempt) this.#send()
    })
  }

  #end(): void {
    const task = this.#task!
    task.session?.end(task.sequence)
    this.#task = null
    this.begin()
  }
}
