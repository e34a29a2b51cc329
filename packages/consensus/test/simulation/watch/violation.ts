/** Something that must never be. */
export class Violation extends Error {
  /** The check that saw it. */
  readonly check: string

  constructor(check: string, text: string) {
    super(`${check}: ${text}`)
    this.name = 'Violation'
    this.check = check
  }
}
