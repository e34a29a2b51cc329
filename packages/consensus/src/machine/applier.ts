/**
 * The applier: runs the user's machine over what is committed, with the sessions beside it, and makes snapshots of both.
 *
 *     committed entry ──► sessions: new? ──► machine.apply ──► state, result ──► can it be sent? ──► kept for the session, told to who waits
 *
 * A witness has none of this but the place it has come to, and the configuration.
 */
import { consensusError } from '../errors.ts'
import type { Configuration, Entry, Snapshot } from '../raft/interface.ts'
import { appliedBy, begunBy, heard } from './checks.ts'
import type { Machine } from './machine.ts'
import { keptOf, Unsendable } from './results.ts'
import { Sessions, type Admission, type SessionLimits, type StoredSession } from './sessions.ts'

/** A command without a request is the library's own. */
export type OwnCommand =
  | { readonly own: 'open'; readonly owner: string; readonly limits: SessionLimits }
  | { readonly own: 'close'; readonly session: string }
  /** One of the user's that may come twice. */
  | { readonly own: 'command'; readonly command: unknown }

export interface AppliedCommand {
  readonly value: unknown
}

/** What came of an entry. `command` is there if the machine has applied one. */
export type Outcome =
  | { readonly type: 'result'; readonly value: unknown; readonly command?: AppliedCommand }
  /** It was applied, but what came of it cannot be sent. */
  | { readonly type: 'unsendable'; readonly why: string; readonly command?: AppliedCommand }
  | { readonly type: 'refused'; readonly why: Extract<Admission, { readonly type: 'refused' }>['why'] }

/** What a snapshot's state is. */
interface Stored {
  readonly machine: string
  readonly state: unknown
  readonly sessions: readonly StoredSession[]
}

export type AnyMachine = Machine<unknown, unknown, unknown, unknown, unknown>

const nothing: Outcome = { type: 'result', value: null }

export class Applier {
  readonly #machine: AnyMachine
  readonly #isWitness: boolean
  #sessions = new Sessions()
  /** The user's. */
  state: unknown
  /** The last entry that is applied. */
  index = 0
  #term = 0
  configuration: Configuration = []

  constructor(machine: AnyMachine, isWitness: boolean) {
    this.#machine = machine
    this.#isWitness = isWitness
    this.state = isWitness ? null : begunBy(machine)
  }

  get sessionCount(): number {
    return this.#sessions.size
  }

  /** @throws what the machine throws, or `consensus.bad_machine`: a bug that every member has. */
  apply(entry: Entry): Outcome {
    const outcome = this.#outcome(entry)
    this.index = entry.index
    this.#term = entry.term
    return outcome
  }

  #outcome(entry: Entry): Outcome {
    if (entry.type === 'configuration') this.configuration = entry.configuration
    if (entry.type !== 'command' || this.#isWitness) return nothing
    const { command, request, index } = entry
    if (request === null) return this.#own(command as OwnCommand, index)
    const admission = this.#sessions.admit(request)
    if (admission.type === 'known') return outcomeOf(admission.result)
    if (admission.type === 'refused') return admission
    const kept = this.#run(command, index)
    this.#sessions.keep(request, kept)
    return { ...outcomeOf(kept), command: { value: command } }
  }

  #own(command: OwnCommand, index: number): Outcome {
    switch (command.own) {
      case 'open':
        return { type: 'result', value: this.#sessions.open(index, command.owner, command.limits) }
      case 'close':
        this.#sessions.close(command.session)
        return nothing
      case 'command':
        return { ...outcomeOf(this.#run(command.command, index)), command: { value: command.command } }
      default:
        // A newer version has written it: whoever passes over it has another state than the others.
        throw consensusError('consensus.unknown_entry', { index, machine: this.#machine.name })
    }
  }

  /** What is kept of the result. */
  #run(command: unknown, index: number): unknown {
    const { state, result } = appliedBy(this.#machine, this.state, command, { index })
    this.state = state
    return keptOf(result)
  }

  get hasQuery(): boolean {
    return this.#machine.query !== undefined && !this.#isWitness
  }

  query(query: unknown): unknown {
    return heard(this.#machine.query?.(this.state, query))
  }

  /** Of everything that is applied. Later steps do not touch it. */
  snapshot(): Snapshot {
    const { index, configuration } = this
    const stored: Stored = { machine: this.#machine.name, state: this.state, sessions: this.#sessions.store() }
    return { index, term: this.#term, configuration, state: this.#isWitness ? null : stored }
  }

  /** Goes on from a snapshot; one without state is that of a beginning, or a witness's. @throws `consensus.other_machine` */
  restore({ index, term, configuration, state }: Snapshot): void {
    if (state !== null && !this.#isWitness) {
      const stored = state as Stored
      if (stored.machine !== this.#machine.name)
        throw consensusError('consensus.other_machine', { machine: this.#machine.name, stored: stored.machine })
      this.state = stored.state
      this.#sessions = new Sessions(stored.sessions)
    }
    this.index = index
    this.#term = term
    this.configuration = configuration
  }
}

function outcomeOf(kept: unknown): Exclude<Outcome, { readonly type: 'refused' }> {
  return kept instanceof Unsendable ? { type: 'unsendable', why: kept.why } : { type: 'result', value: kept }
}
