/**
 * A node of a measured cluster: an operating-system process that takes a line and answers with one.
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { createInterface } from 'node:readline'

const askLimitMs = 120_000

export class Member {
  readonly name: string
  readonly #process: ChildProcessWithoutNullStreams
  readonly #exited: Promise<void>
  #waiting: PromiseWithResolvers<Record<string, unknown>>[] = []
  #errors = ''

  private constructor(name: string, command: string, args: readonly string[]) {
    this.name = name
    this.#process = spawn(command, args)
    this.#process.stderr.on('data', (text: Buffer) => void (this.#errors = (this.#errors + String(text)).slice(-2000)))
    // A member that is gone is told by its exit.
    this.#process.stdin.on('error', () => {})
    createInterface({ input: this.#process.stdout }).on('line', (line) => this.#answered(line))
    this.#exited = new Promise((resolve) => {
      const over = (why: string): void => {
        for (const { reject } of this.#waiting) reject(new Error(`${name} is gone (${why}): ${this.#errors}`))
        this.#waiting = []
        resolve()
      }
      this.#process.on('error', ({ message }) => over(message))
      this.#process.on('exit', (code, signal) => over(String(code ?? signal)))
    })
  }

  /** Resolves when it says that it is ready. */
  static async start(name: string, command: string, args: readonly string[]): Promise<Member> {
    const member = new Member(name, command, args)
    await member.#answer().promise
    return member
  }

  /** Rejects if there is no answer in two minutes. */
  async ask(order: string): Promise<Record<string, unknown>> {
    const waiting = this.#answer()
    this.#process.stdin.write(`${order}\n`)
    const late = setTimeout(() => waiting.reject(new Error(`${this.name} did not answer: ${order}`)), askLimitMs)
    try {
      return await waiting.promise
    } finally {
      clearTimeout(late)
    }
  }

  async stop(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.#exited
  }

  #answer(): PromiseWithResolvers<Record<string, unknown>> {
    const waiting = Promise.withResolvers<Record<string, unknown>>()
    this.#waiting.push(waiting)
    return waiting
  }

  #answered(line: string): void {
    if (!line.startsWith('{')) return void (this.#errors += `${line}\n`)
    const answer = JSON.parse(line) as Record<string, unknown>
    const waiting = this.#waiting.shift()
    if (typeof answer['error'] === 'string') waiting?.reject(new Error(`${this.name}: ${answer['error']}`))
    else waiting?.resolve(answer)
  }
}
