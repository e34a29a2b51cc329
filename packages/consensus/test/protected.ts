/** What leases and claims protect: it compares the tokens of those who write. */
import { checkFence } from '@agner/consensus'

/** Refuses older tokens, and remembers in which order the others came. */
export class Protected {
  greatest = 0
  readonly tokens: number[] = []
  refused = 0

  write(token: number): boolean {
    try {
      this.greatest = checkFence(this.greatest, token)
    } catch {
      this.refused++
      return false
    }
    if (this.tokens.at(-1) !== token) this.tokens.push(token)
    return true
  }
}
