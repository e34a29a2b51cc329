/** How far one file is. */
export class Progress {
  readonly seeds: number
  passed = 0
  #played = 0
  readonly #failed = new Set<string>()

  constructor(seeds: number) {
    this.seeds = seeds
  }

  /** A piece of so many seeds has ended, with so many tests that passed. */
  played(seeds: number, passed: number, failures: readonly string[]): void {
    this.#played += seeds
    this.passed = Math.max(this.passed, passed)
    for (const failure of failures) this.#failed.add(failure)
  }

  get failed(): number {
    return this.#failed.size
  }

  get isDone(): boolean {
    return this.#played >= this.seeds
  }

  get isGreen(): boolean {
    return this.#failed.size === 0
  }

  get text(): string {
    return `${this.#played} of ${this.seeds} seeds`
  }
}
