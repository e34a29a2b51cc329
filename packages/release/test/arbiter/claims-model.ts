/**
 * The table of claims as a model, in virtual time: for what a real server does too seldom. Questions and answers are late, in any order, or lost. Which statements
 * there are is read from their first words; that they mean this to PostgreSQL is tested where there is one.
 */
import type { VirtualRuntime } from '@agner/testing'
import type { PostgresQuery } from '../../src/index.ts'

interface ModelRow {
  token: number
  holder: string
  key: string
  expiresMs: number
}

export class ClaimsModel {
  readonly #runtime: VirtualRuntime
  readonly #rows = new Map<string, ModelRow>()
  /** Milliseconds, each way. */
  latencyMs: number = 5
  /** How often what was asked is done, and the answer lost. */
  lossChance: number = 0
  /** Whether nobody answers at all. */
  isAway: boolean = false
  /** Tables that were made. */
  made: number = 0

  constructor(runtime: VirtualRuntime) {
    this.#runtime = runtime
  }

  readonly query: PostgresQuery = async (text, values) => {
    await this.#pass()
    if (this.isAway) return new Promise(() => {})
    const rows = this.#run(text, values)
    const isLost = this.#runtime.random() < this.lossChance
    await this.#pass()
    if (isLost) throw new Error('Connection terminated unexpectedly')
    return { rows }
  }

  #pass(): Promise<void> {
    const ms = this.latencyMs * 2 * this.#runtime.random()
    return new Promise((resolve) => void this.#runtime.setTimer(ms, resolve))
  }

  #run(text: string, values: readonly unknown[]): Record<string, unknown>[] {
    if (text.startsWith('CREATE TABLE')) return void this.made++ as never
    const [application, first, second, third] = values as [string, string, string, number]
    const row = this.#rows.get(application)
    const isFree = row !== undefined && row.expiresMs <= this.#runtime.nowMs()
    if (text.startsWith('INSERT')) {
      if (row === undefined) this.#rows.set(application, { token: 0, holder: '', key: '', expiresMs: -Infinity })
      return []
    }
    if (row === undefined) return []
    if (text.startsWith('SELECT token'))
      return [{ token: String(row.token), holder: row.holder, key: row.key, free: isFree }]
    if (text.startsWith('SELECT 1')) return row.token === Number(first) && !isFree ? [{}] : []
    if (text.includes('token = token + 1')) {
      if (!isFree) return []
      const expiresMs = this.#runtime.nowMs() + third
      Object.assign(row, { token: row.token + 1, holder: first, key: second, expiresMs })
      return [{ token: String(row.token) }]
    }
    if (row.key !== first) return []
    if (text.includes("key = ''")) Object.assign(row, { key: '', expiresMs: -Infinity })
    else if (isFree) return []
    else row.expiresMs = this.#runtime.nowMs() + Number(second)
    return [{ token: String(row.token) }]
  }
}
