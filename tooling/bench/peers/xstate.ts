/** xstate: an actor from a transition function, which is its leanest kind. */
import { createActor, fromTransition, type ActorRef, type EventObject, type Snapshot } from 'xstate'
import { liveBytes } from '../agner/heap.ts'
import { nsEach, single, type Half } from '../job.ts'
import type { PeerHalves } from './index.ts'

interface Ball extends EventObject {
  readonly type: 'ball'
  readonly n: number
}

const pingpong: Half<'roundtrips'> = async ({ roundtrips }) => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const startMs = performance.now()
  const pong: ActorRef<Snapshot<unknown>, Ball> = createActor(
    fromTransition((seen: number, { n }: Ball) => {
      // To its mailbox, and not on this stack: the other one goes on once this transition is over.
      queueMicrotask(() => ping.send({ type: 'ball', n }))
      return seen + 1
    }, 0),
  )
  const ping: ActorRef<Snapshot<unknown>, Ball> = createActor(
    fromTransition((seen: number, { n }: Ball) => {
      if (n < roundtrips) queueMicrotask(() => pong.send({ type: 'ball', n: n + 1 }))
      else resolve()
      return seen + 1
    }, 0),
  )
  pong.start()
  ping.start()
  pong.send({ type: 'ball', n: 1 })
  await promise
  return nsEach(startMs, roundtrips)
}

const idleLogic = fromTransition((sum: number, { n }: Ball) => sum + n, 0)

const spawning: Half<'count'> = async ({ count }) => {
  const startMs = performance.now()
  for (let i = 0; i < count; i++) createActor(idleLogic).start().stop()
  return nsEach(startMs, count)
}

const idle: Half<'live'> = async ({ live }) => {
  const before = await liveBytes()
  const actors = Array.from({ length: live }, () => createActor(idleLogic).start())
  const figures = single(((await liveBytes()) - before) / live)
  for (const actor of actors) actor.stop()
  return figures
}

export const halves: PeerHalves = { pingpong, spawning, idle }
