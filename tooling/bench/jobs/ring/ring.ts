/** A ring of processes: a number goes round and counts down; who gets the zero tells the driver. */
import type { AsyncBody, CallbackBody, Pid, Process } from '@agner/core'
import { onNode } from '../../agner/on-node.ts'
import { nsEach, type Half, type Halves } from '../../job.ts'

/** Hops left; or, once, to the process that was there first: who comes after it. */
type Step = number | { readonly next: Pid<Step> }

type Link = (next: Pid<Step> | null, driver: Pid<'done'>) => AsyncBody<Step> | CallbackBody<Step, Pid<Step> | null>

const asyncLink: Link = (given, driver) => async (self) => {
  let next = given
  for (;;) {
    const step = await self.receive()
    if (typeof step !== 'number') next = step.next
    else if (step > 0) self.send(next!, step - 1)
    else self.send(driver, 'done')
  }
}

const callbackLink: Link = (given, driver) => ({
  init: () => given,
  message: (self, step, next) => {
    if (typeof step !== 'number') return step.next
    if (step > 0) self.send(next!, step - 1)
    else self.send(driver, 'done')
    return next
  },
})

function build(self: Process<'done'>, link: Link, processes: number): Pid<Step> {
  const { pid } = self
  const first = self.spawn<Step, Pid<Step> | null>(link(null, pid))
  let next = first
  for (let i = 1; i < processes; i++) next = self.spawn<Step, Pid<Step> | null>(link(next, pid))
  self.send(first, { next })
  return first
}

function half(link: Link): Half<'processes' | 'laps'> {
  return ({ processes, laps }) =>
    onNode<'done'>(async (self) => {
      const first = build(self, link, processes)
      // One lap that does not count: all have started then.
      self.send(first, processes)
      await self.receive()
      const startMs = performance.now()
      self.send(first, processes * laps)
      await self.receive()
      return nsEach(startMs, processes * laps)
    })
}

export const ring: Halves = { async: half(asyncLink), callback: half(callbackLink) }
