/**
 * What all logs together say, and what of it is committed.
 *
 * Log matching: whoever has an entry of some index and term has the same one, after an entry of the same term as everybody; by induction all before it is equal,
 * too. State machine safety: what one member applies at an index, every member applies there. An entry is committed only when a majority of its leader's
 * configuration has it on disk.
 */
import type { Configuration, Entry } from '../../../src/raft/interface.ts'
import { Violation } from './violation.ts'

interface Known {
  readonly entry: Entry
  readonly previousTerm: number
}

export interface Committed {
  readonly entry: Entry
  /** A term in which it was committed, or a later one. */
  readonly byTerm: number
}

const termStep = 2 ** 24

export class Ledger {
  readonly #known = new Map<number, Known>()
  /** From index 1 on. */
  readonly committed: Committed[] = []

  appended(member: string, entry: Entry, previousTerm: number): void {
    const name = entry.term * termStep + entry.index
    const known = this.#known.get(name)
    if (known === undefined) {
      if (previousTerm > entry.term) {
        throw new Violation('log matching', `${member} has ${at(entry)} after an entry of term ${previousTerm}`)
      }
      this.#known.set(name, { entry, previousTerm })
      return
    }
    if (!isSame(known.entry, entry)) {
      throw new Violation(
        'log matching',
        `${member} has another entry at ${at(entry)}: ${show(entry)}, not ${show(known.entry)}`,
      )
    }
    if (known.previousTerm !== previousTerm) {
      throw new Violation(
        'log matching',
        `${member} has ${at(entry)} after term ${previousTerm}, others after ${known.previousTerm}`,
      )
    }
  }

  /** True if nobody had applied it before. */
  applied(member: string, entry: Entry, term: number): boolean {
    const committed = this.committed[entry.index - 1]
    if (committed === undefined) {
      if (this.committed.length !== entry.index - 1) {
        throw new Violation(
          'state machine safety',
          `${member} applies ${at(entry)} before anybody had applied what is before it`,
        )
      }
      this.committed.push({ entry, byTerm: term })
      return true
    }
    if (committed.entry.term !== entry.term || !isSame(committed.entry, entry)) {
      throw new Violation(
        'state machine safety',
        `${member} applies ${show(entry)} at ${at(entry)}, where ${show(committed.entry)} of term ${committed.entry.term} was`,
      )
    }
    return false
  }
}

export function majorityOf(configuration: Configuration): number {
  return Math.floor(configuration.filter(({ role }) => role !== 'learner').length / 2) + 1
}

function isSame(left: Entry, right: Entry): boolean {
  if (left === right) return true
  if (left.type === 'command' && right.type === 'command') {
    if (left.command !== right.command) return false
    return left.request?.session === right.request?.session && left.request?.sequence === right.request?.sequence
  }
  if (left.type === 'configuration' && right.type === 'configuration') {
    return JSON.stringify(left.configuration) === JSON.stringify(right.configuration)
  }
  return left.type === right.type
}

function at({ index, term }: Entry): string {
  return `${index}/${term}`
}

function show(entry: Entry): string {
  if (entry.type === 'command') return JSON.stringify(entry.command)
  return entry.type === 'configuration' ? JSON.stringify(entry.configuration) : 'nothing'
}
