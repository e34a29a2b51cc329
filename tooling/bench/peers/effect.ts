/** effect: a process is a fiber, a mailbox a queue. */
import { Deferred, Effect, Fiber, Queue } from 'effect'
import { liveBytes } from '../agner/heap.ts'
import { nsEach, single, type Figures, type Half } from '../job.ts'
import type { PeerHalves } from './index.ts'

async function timed(count: number, program: Effect.Effect<void>): Promise<Figures> {
  const startMs = performance.now()
  await Effect.runPromise(program)
  return nsEach(startMs, count)
}

const pingpong: Half<'roundtrips'> = ({ roundtrips }) =>
  timed(
    roundtrips,
    Effect.gen(function* () {
      const there = yield* Queue.unbounded<{ n: number }>()
      const back = yield* Queue.unbounded<{ n: number }>()
      const pong = yield* Effect.forkChild(
        Effect.forever(Effect.flatMap(Queue.take(there), ({ n }) => Queue.offer(back, { n }))),
      )
      for (let n = 1; n <= roundtrips; n++) {
        yield* Queue.offer(there, { n })
        yield* Queue.take(back)
      }
      yield* Fiber.interrupt(pong)
    }),
  )

/** A thousand at a time, as on Agner. */
const spawning: Half<'count'> = ({ count }) =>
  timed(
    count,
    Effect.gen(function* () {
      for (let left = count; left > 0; left -= 1000) {
        const fibers: Fiber.Fiber<void>[] = []
        for (let i = 0; i < 1000; i++) fibers.push(yield* Effect.forkChild(Effect.void))
        yield* Fiber.joinAll(fibers)
      }
    }),
  )

const ring: Half<'processes' | 'laps'> = ({ processes, laps }) =>
  timed(
    processes * laps,
    Effect.gen(function* () {
      const done = yield* Deferred.make<void>()
      const queues: Queue.Queue<number>[] = []
      for (let i = 0; i < processes; i++) queues.push(yield* Queue.unbounded<number>())
      const links: Fiber.Fiber<never>[] = []
      for (let i = 0; i < processes; i++) {
        const next = queues[(i + 1) % processes]!
        const step = (hops: number) => (hops > 0 ? Queue.offer(next, hops - 1) : Deferred.succeed(done, undefined))
        links.push(yield* Effect.forkChild(Effect.forever(Effect.flatMap(Queue.take(queues[i]!), step))))
      }
      yield* Queue.offer(queues[0]!, processes * laps)
      yield* Deferred.await(done)
      yield* Fiber.interruptAll(links)
    }),
  )

const fanin: Half<'senders' | 'messages'> = ({ senders, messages }) =>
  timed(
    senders * messages,
    Effect.gen(function* () {
      const mailbox = yield* Queue.unbounded<{ from: number; n: number }>()
      for (let from = 0; from < senders; from++) {
        const send = Effect.gen(function* () {
          for (let n = 0; n < messages; n++) yield* Queue.offer(mailbox, { from, n })
        })
        yield* Effect.forkChild(send)
      }
      for (let left = senders * messages; left > 0; left--) yield* Queue.take(mailbox)
    }),
  )

const idle: Half<'live'> = async ({ live }) => {
  const before = await liveBytes()
  const fibers: Fiber.Fiber<number>[] = []
  for (let i = 0; i < live; i++) fibers.push(Effect.runFork(Effect.flatMap(Queue.unbounded<number>(), Queue.take)))
  const figures = single(((await liveBytes()) - before) / live)
  await Effect.runPromise(Fiber.interruptAll(fibers))
  return figures
}

export const halves: PeerHalves = { pingpong, spawning, ring, fanin, idle }
