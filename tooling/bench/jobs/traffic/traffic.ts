/**
 * Random traffic among many live processes: a thousand tokens, each of which is sent on to a process drawn at random until its hops are used up.
 * Then, with `stalls`, the longest of so many intervals, each of which is a thousand messages from the driver to processes drawn at
 * random, their thousand answers, and one turn of the event loop. Intervals follow one another without a gap: what the collector does
 * between turns falls into one of them.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { AsyncBody, CallbackBody, Pid, Process } from '@agner/core'
import { onNode } from '../../agner/on-node.ts'
import { farApart, nextRandom } from '../../agner/random.ts'
import type { Half, Halves } from '../../job.ts'

const tokens = 1000

interface Token {
  readonly left: number
  readonly seed: number
}

/** What all workers know: the same list, and whom to tell. */
interface World {
  readonly driver: Pid<'done'>
  readonly pids: readonly Pid<Token>[]
}

type Worker = (world: World) => AsyncBody<Token> | CallbackBody<Token, number>

function pass(self: Process<Token>, { driver, pids }: World, { left, seed }: Token): void {
  if (left === 0) return self.send(driver, 'done')
  const next = nextRandom(seed)
  self.send(pids[(next >>> 0) % pids.length]!, { left: left - 1, seed: next })
}

const asyncWorker: Worker = (world) => async (self) => {
  for (let seen = 0; ; seen++) pass(self, world, await self.receive())
}

const callbackWorker: Worker = (world) => ({
  init: () => 0,
  message: (self, token, seen) => {
    pass(self, world, token)
    return seen + 1
  },
})

function half(worker: Worker): Half<'live' | 'messages' | 'stalls'> {
  return ({ live, messages, stalls }) =>
    onNode<'done'>(async (self) => {
      const pids: Pid<Token>[] = []
      const body = worker({ driver: self.pid, pids })
      // The driver is one of the living.
      for (let i = 1; i < live; i++) pids.push(self.spawn<Token, number>(body))
      await circulate(self, pids, tokens)
      const startMs = performance.now()
      await circulate(self, pids, messages)
      const value = ((performance.now() - startMs) * 1e6) / messages
      return { value, stallMs: await longestStallMs(self, pids, stalls) }
    })
}

async function circulate(self: Process<'done'>, pids: readonly Pid<Token>[], messages: number): Promise<void> {
  const hops = Math.ceil(messages / tokens)
  for (let i = 1; i <= tokens; i++) {
    const seed = nextRandom(farApart(i))
    self.send(pids[(seed >>> 0) % pids.length]!, { left: hops - 1, seed })
  }
  for (let i = 0; i < tokens; i++) await self.receive()
}

async function longestStallMs(self: Process<'done'>, pids: readonly Pid<Token>[], intervals: number): Promise<number> {
  let longestMs = 0
  let seed = farApart(1)
  let fromMs = performance.now()
  for (let i = 0; i < intervals; i++) {
    for (let n = 0; n < tokens; n++) {
      seed = nextRandom(seed)
      self.send(pids[(seed >>> 0) % pids.length]!, { left: 0, seed })
    }
    for (let n = 0; n < tokens; n++) await self.receive()
    await self.wait(nextTurn())
    const nowMs = performance.now()
    longestMs = Math.max(longestMs, nowMs - fromMs)
    fromMs = nowMs
  }
  return longestMs
}

export const traffic: Halves = { async: half(asyncWorker), callback: half(callbackWorker) }
