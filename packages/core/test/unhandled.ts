/**
 * Watches for rejections that nobody handles: whatever a body does, it must not come to one, since Node.js ends the program by it.
 */
import { afterAll, afterEach, beforeAll, expect } from 'vitest'

/** Fails each test of the file after which there is one. */
export function expectNoneUnhandled(): void {
  const unhandled: unknown[] = []
  const note = (error: unknown): void => void unhandled.push(error)
  beforeAll(() => void process.on('unhandledRejection', note))
  afterAll(() => void process.off('unhandledRejection', note))
  afterEach(async () => {
    // Node.js tells of them once the microtasks are done.
    await new Promise((resolve) => setImmediate(resolve))
    expect(unhandled.splice(0)).toEqual([])
  })
}
