/**
 * What a session takes from the world around it. The page gives it the browser (`browser-world.ts`), a test gives it a small world of its own.
 */
export interface SocketEvents {
  opened(): void
  received(data: unknown): void
  /** Exactly once, whether or not it was ever open; nothing comes after it. */
  closed(code: number, reason: string): void
}

export interface Socket {
  send(data: string): void
  /** Closes from this side; `closed` may come late or never. */
  close(): void
}

export interface Answer {
  readonly status: number
  readonly body: unknown
}

export interface World {
  openSocket(path: string, events: SocketEvents): Socket
  /** Rejects when there is no answer or `signal` is aborted; an error status is an answer. */
  getJson(path: string, signal: AbortSignal): Promise<Answer>
  nowMs(): number
  /** In [0, 1). */
  random(): number
  newKey(): string
  /** Runs later; the returned function forgets it. */
  after(ms: number, run: () => void): () => void
  loadOutbox(): string | null
  saveOutbox(saved: string): void
}
