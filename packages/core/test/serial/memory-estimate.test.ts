/**
 * The estimate of a process's memory beside what the heap says.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, expect, test } from 'vitest'
import { createNode, type Node, type Pid, type Process } from '../../src/index.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
const count = 20_000

let node: Node | undefined
// All of them have ended before the next are weighed, however slow the machine is.
afterEach(() => node?.stop({ timeoutMs: 60_000 }))

/** What is said and what is so, in bytes for each of many processes. */
async function compare(make: (node: Node) => Pid<string>): Promise<{ readonly said: number; readonly used: number }> {
  const made = (node = createNode())
  const pids: Pid<string>[] = []
  await allBegun(made)
  collectGarbage()
  const before = process.memoryUsage().heapUsed
  for (let each = 0; each < count; each++) pids.push(make(made))
  await allBegun(made)
  collectGarbage()
  const used = (process.memoryUsage().heapUsed - before) / count
  const said = pids.reduce((sum, pid) => sum + made.processInfo(pid, ['memoryBytes'])!.memoryBytes, 0) / count
  return { said, used }
}

/** The last process spawned begins last. */
async function allBegun(on: Node): Promise<void> {
  await on.exited(on.spawn(async () => {}))
}

test.each<[string, (node: Node) => Pid<string>]>([
  [
    'async bodies that wait',
    (on) =>
      on.spawn(async (self: Process<string>) => {
        for (;;) await self.receive()
      }),
  ],
  ['callbacks that wait', (on) => on.spawn({ init: () => null, message: (_self: Process<string>) => null })],
  [
    'callbacks with a state',
    (on) =>
      on.spawn({
        init: () => ({ users: Array.from({ length: 20 }, (_, n) => ({ n, at: n + 0.5 })) }),
        message: (_self: Process<string>, _message, state) => state,
      }),
  ],
  [
    'mailboxes with messages',
    (on) => {
      const pid = on.spawn(async (self: Process<string>) => void (await self.receive((message) => message === '')))
      for (let each = 0; each < 20; each++) on.send(pid as Pid<never>, { type: 'add', by: each } as never)
      return pid
    },
  ],
])('%s: within a factor of two', async (_, make) => {
  const { said, used } = await compare(make)
  expect(said).toBeGreaterThan(used / 2)
  expect(said).toBeLessThan(used * 2)
})
