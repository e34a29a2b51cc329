/**
 * The application that moves: it notes what is done to it, and writes to storage with the token that it was started with.
 */
import { defineApplication, type Application, type ApplicationContext } from '@agner/behaviours'
import type { Process } from '@agner/core'
import type { SimulatedNode, VirtualRuntime } from '@agner/testing'
import type { Instance, Journal } from './journal.ts'
import type { Storage } from './storage.ts'

export const application = 'a'
const writeEachMs = 200
/** Longer than an instance takes to be replaced. */
const longestWayMs = 4000
const slowestStopMs = 200

export interface World {
  readonly runtime: VirtualRuntime
  readonly journal: Journal
  readonly storage: Storage
}

const shortOf = (name: string | null): string | null => name?.slice(0, name.indexOf('@')) ?? null

export function subject({ runtime, journal, storage }: World, { name, life }: SimulatedNode): Application<object> {
  const isSettled = (instance: Instance): boolean => instance.endedMs !== null
  const write = (instance: Instance): void => {
    const token = instance.token ?? 0
    // On its way it outlives its node.
    runtime.setTimer(longestWayMs * runtime.random() ** 3, () =>
      storage.write({ atMs: runtime.nowMs(), application, instance: instance.id, token }),
    )
  }
  const writer = (instance: Instance) => async (self: Process<never>) => {
    self.own({
      [Symbol.dispose]: () => {
        if (!isSettled(instance)) instance.endedMs = runtime.nowMs()
      },
    })
    for (;;) {
      write(instance)
      const message: unknown = await self.receive({ timeoutMs: writeEachMs })
      if (typeof message !== 'object') continue
      await self.sleep(slowestStopMs * runtime.random())
      self.exit('shutdown')
    }
  }
  return defineApplication<object, Instance>({
    name: application,
    version: '1',
    startPhases: {
      go: async ({ self }: ApplicationContext<object>) => {
        await self.sleep(50 * runtime.random())
        const own = journal.running().findLast((each) => each.node === name && each.life === life)
        if (own !== undefined) own.upMs = runtime.nowMs()
      },
    },
    start: ({ startType: { type, from, token } }) => {
      const instance = journal.begin({
        node: name,
        life,
        why: type,
        from: shortOf(from),
        token,
        startedMs: runtime.nowMs(),
      })
      const start = async (supervisor: { spawnLink: Process<never>['spawnLink'] }) =>
        supervisor.spawnLink(writer(instance), { trapExits: true })
      return { intensity: 0, children: [{ id: 'writer', shutdownMs: 1000, start }], state: instance }
    },
    prepareStop: (_, instance) => {
      instance.stoppingMs = runtime.nowMs()
    },
  })
}
