/** nact: an actor is a function of state, message and context. Names are given, since its own collide among ten thousands. */
import { dispatch, spawn, spawnStateless, start, stop, type Ref } from 'nact'
import { liveBytes } from '../agner/heap.ts'
import { nsEach, single, type Figures, type Half } from '../job.ts'
import type { PeerHalves } from './index.ts'

type System = ReturnType<typeof start>

async function onSystem(drive: (system: System, done: () => void) => void | Promise<void>): Promise<void> {
  const system = start()
  const finished = Promise.withResolvers<void>()
  await drive(system, finished.resolve)
  await finished.promise
  stop(system)
}

async function timed(count: number, drive: Parameters<typeof onSystem>[0]): Promise<Figures> {
  const startMs = performance.now()
  await onSystem(drive)
  return nsEach(startMs, count)
}

interface Ball {
  readonly from: Ref<Ball>
  readonly n: number
}

const pingpong: Half<'roundtrips'> = ({ roundtrips }) =>
  timed(roundtrips, (system, done) => {
    const pong = spawnStateless(system, ({ from, n }: Ball, { self }) => dispatch(from, { from: self, n }), 'pong')
    const ping = spawnStateless(
      system,
      ({ n }: Ball, { self }) => {
        if (n < roundtrips) dispatch(pong, { from: self, n: n + 1 })
        else done()
      },
      'ping',
    )
    dispatch(pong, { from: ping, n: 1 })
  })

/** A thousand at a time, as on Agner. An actor ends when it is stopped. */
const spawning: Half<'count'> = ({ count }) =>
  timed(count, (system, done) => {
    const next = (from: number) => {
      for (let i = from; i < from + 1000; i++) {
        const actor = spawnStateless(
          system,
          () => {
            stop(actor)
            if (i === from + 999) (from + 1000 < count ? () => next(from + 1000) : done)()
          },
          `one${i}`,
        )
        dispatch(actor, null)
      }
    }
    next(0)
  })

const fanin: Half<'senders' | 'messages'> = ({ senders, messages }) =>
  timed(senders * messages, (system, done) => {
    let left = senders * messages
    const receiver = spawnStateless(
      system,
      (_item: { from: number; n: number }) => {
        if (--left === 0) done()
      },
      'receiver',
    )
    for (let from = 0; from < senders; from++) {
      const send = () => {
        for (let n = 0; n < messages; n++) dispatch(receiver, { from, n })
      }
      dispatch(spawnStateless(system, send, `sender${from}`), null)
    }
  })

const idle: Half<'live'> = async ({ live }) => {
  const system = start()
  const before = await liveBytes()
  for (let i = 0; i < live; i++) spawn(system, (sum: number, add: number) => sum + add, `one${i}`)
  const figures = single(((await liveBytes()) - before) / live)
  stop(system)
  return figures
}

export const halves: PeerHalves = { pingpong, spawning, fanin, idle }
