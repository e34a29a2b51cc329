/** The queue of a machine, without a machine. */
import { describe, expect, it } from 'vitest'
import { EventQueue } from '../src/statem/event-queue.ts'

function drained<E>(queue: EventQueue<E>): E[] {
  const events: E[] = []
  for (let event = queue.take(); event !== null; event = queue.take()) events.push(event)
  return events
}

describe('the queue of events', () => {
  it('gives inserted events in the order of the actions, before what waits', () => {
    const queue = new EventQueue<string>()
    queue.transition('e', false, false, ['i1', 'i2'])
    expect(queue.take()).toBe('i1')
    queue.transition('i1', false, false, ['i3'])
    expect(drained(queue)).toEqual(['i3', 'i2'])
    expect(queue.isEmpty).toBe(true)
  })

  it('keeps postponed events aside until the state changes, and then gives them oldest first', () => {
    const queue = new EventQueue<string>()
    for (const event of ['p1', 'p2']) queue.transition(event, true, false, [])
    queue.transition('repeat', false, false, [])
    expect(queue.take()).toBeNull()
    expect(queue.postponed).toEqual(['p1', 'p2'])
    queue.transition('go', false, true, ['i'])
    expect(queue.postponed).toEqual([])
    expect(drained(queue)).toEqual(['i', 'p1', 'p2'])
  })

  it('an event that changes the state and is postponed comes again behind those that were', () => {
    const queue = new EventQueue<string>()
    queue.transition('p1', true, false, [])
    queue.transition('go', true, true, [])
    expect(drained(queue)).toEqual(['p1', 'go'])
  })

  it('keeps the order over several changes, half-way through', () => {
    const queue = new EventQueue<string>()
    for (const event of ['p1', 'p2', 'p3']) queue.transition(event, true, false, [])
    queue.transition('go', false, true, [])
    queue.transition(queue.take(), true, false, [])
    queue.transition(queue.take(), true, true, ['i'])
    expect(drained(queue)).toEqual(['i', 'p1', 'p2', 'p3'])
  })

  it('at the beginning there is no event to postpone', () => {
    const queue = new EventQueue<string>()
    queue.transition(null, true, true, ['i'])
    expect(drained(queue)).toEqual(['i'])
  })

  it('replays a hundred thousand postponed events in a moment', () => {
    const queue = new EventQueue<number>()
    for (let n = 0; n < 100_000; n++) queue.transition(n, true, false, [])
    queue.transition(-1, false, true, [])
    expect(queue.waiting[99_999]).toBe(99_999)
    expect(drained(queue)).toHaveLength(100_000)
  })
})
