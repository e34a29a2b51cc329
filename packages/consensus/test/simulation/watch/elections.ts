/** One leader in each term, and one vote of each member in it, over all its lives. */
import { Violation } from './violation.ts'

export class Elections {
  readonly #leaders = new Map<number, string>()
  readonly #votes = new Map<string, string>()
  latestTerm = 0

  leads(member: string, term: number): void {
    const leader = this.#leaders.get(term)
    if (leader !== undefined && leader !== member) {
      throw new Violation('election safety', `${member} and ${leader} both lead in term ${term}`)
    }
    this.#leaders.set(term, member)
    this.latestTerm = Math.max(this.latestTerm, term)
  }

  leaderOf(term: number): string | undefined {
    return this.#leaders.get(term)
  }

  votes(member: string, term: number, candidate: string): void {
    const name = `${term} ${member}`
    const vote = this.#votes.get(name)
    if (vote !== undefined && vote !== candidate) {
      throw new Violation('one vote', `${member} votes for ${vote} and for ${candidate} in term ${term}`)
    }
    this.#votes.set(name, candidate)
  }
}
