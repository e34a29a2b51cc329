/**
 * The end of all applications with their node: one after the other, the newest first, each within its time.
 *
 *     controller ── shutdown ──► master … EXIT          within the application's shutdownMs
 *     controller ── kill ──────► master and its group   after it: the others still stop in order
 */
import type { AnyProcess } from '@agner/core'
import { answer } from '../server/answer.ts'
import type { ApplicationOutcome } from './controller.api.ts'
import type { Entries, Entry } from './entries.ts'
import { group } from './leftovers.ts'

export async function stopAll(self: AnyProcess, entries: Entries): Promise<void> {
  for (const entry of entries.inStopOrder()) {
    await stopOne(self, entry)
    const outcome: ApplicationOutcome = entry.state === 'starting' ? { refused: 'application.stopped' } : { ok: true }
    for (const from of entry.waiting) answer(from, outcome)
    for (const { from } of entry.again) answer(from, { refused: 'application.stopped' })
  }
}

async function stopOne(self: AnyProcess, { application, master }: Entry): Promise<void> {
  if (master === null) return
  const { node } = self
  const { name, definition } = application
  const { shutdownMs = Infinity } = definition
  const exited = node.exited(master).then(() => true)
  self.sendExit(master, 'shutdown')
  const { expired, clear } = expiry(self, shutdownMs)
  const inTime = await self.wait(Promise.race([exited, expired]))
  clear()
  if (inTime) return
  node.report({
    type: 'notice',
    level: 'error',
    source: 'application',
    text: `${name} did not stop within ${shutdownMs} ms, and was killed`,
    details: { application: name, shutdownMs },
  })
  const left = group(node, master)
  self.sendExit(master, 'kill')
  for (const pid of left) self.sendExit(pid, 'kill')
  await self.wait(Promise.all([master, ...left].map((pid) => node.exited(pid))))
}

const longestTimerMs = 2 ** 31 - 1

function expiry(self: AnyProcess, limitMs: number): { readonly expired: Promise<false>; clear(): void } {
  if (limitMs > longestTimerMs) return { expired: new Promise(() => {}), clear: () => {} }
  const { promise, resolve } = Promise.withResolvers<false>()
  const timer = self.node.runtime.setTimer(limitMs, () => resolve(false))
  return { expired: promise, clear: () => timer.clear() }
}
