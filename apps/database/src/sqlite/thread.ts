/**
 * A thread with a SQLite file, as the node sees it: calls that resolve when they are done, in the order of asking.
 *
 * A thread that ends by itself fails all that waits, and all that is asked later.
 */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { SqliteFile } from './sqlite-file.ts'

type Calls = Omit<SqliteFile, typeof Symbol.dispose>

export interface Asked {
  readonly id: number
  readonly call: keyof Calls | 'close'
  readonly args: readonly unknown[]
}

export type Told = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: string }

export class SqliteThread {
  readonly #worker: Worker
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(reason: Error): void }>()
  readonly #file: string
  #count = 0
  #failure: Error | null = null
  #closing: Promise<void> | null = null

  private constructor(file: string) {
    this.#file = file
    this.#worker = new Worker(new URL('worker.ts', import.meta.url), { workerData: { file } })
    this.#worker.on('message', (told: Told) => this.#told(told))
    this.#worker.on('error', (error) => this.#fail(error.message))
    this.#worker.on('exit', () => this.#fail('the thread has ended'))
  }

  /** Rejects if the file cannot be opened. */
  static async open(file: string): Promise<SqliteThread> {
    const thread = new SqliteThread(file)
    await thread.ask('position')
    return thread
  }

  ask<Call extends keyof Calls>(call: Call, ...args: Parameters<Calls[Call]>): Promise<ReturnType<Calls[Call]>> {
    return this.#ask(call, args) as Promise<ReturnType<Calls[Call]>>
  }

  /** What was asked before is done first. Resolves when the thread is gone. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    if (this.#failure !== null) return
    const gone = once(this.#worker, 'exit')
    await this.#ask('close', []).catch(() => null)
    await gone
  }

  #ask(call: Asked['call'], args: readonly unknown[]): Promise<unknown> {
    if (this.#failure !== null) return Promise.reject(this.#failure)
    const id = ++this.#count
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#worker.postMessage({ id, call, args } satisfies Asked)
    })
  }

  #told(told: Told): void {
    const waiting = this.#waiting.get(told.id)
    this.#waiting.delete(told.id)
    if ('error' in told) waiting?.reject(new Error(`SQLite in ${this.#file}: ${told.error}`))
    else waiting?.resolve(told.value)
  }

  #fail(reason: string): void {
    this.#failure ??= new Error(`SQLite in ${this.#file}: ${reason}`)
    for (const { reject } of this.#waiting.values()) reject(this.#failure)
    this.#waiting.clear()
  }
}
