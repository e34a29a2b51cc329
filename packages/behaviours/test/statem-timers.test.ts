/** The timers of a machine, without a machine or a clock. */
import { beforeEach, describe, expect, it } from 'vitest'
import { eventKey, stateKey, TimerTable, type Clock, type TimerRequest } from '../src/statem/timer-table.ts'

const set = (timer: string, ms: number | 'update', value: unknown = ms, abs = false): TimerRequest => ({
  timer,
  ms,
  value,
  abs,
})

describe('the table of timers', () => {
  let asked: string[]
  let table: TimerTable
  const clock: Clock = {
    startTimer: (key, id, ms, abs) => asked.push(`start ${key} #${id} ${abs ? 'at' : 'after'} ${ms}`),
    stopTimer: (key) => asked.push(`stop ${key}`),
    forget: (key) => asked.push(`forget ${key}`),
  }
  beforeEach(() => {
    asked = []
    table = new TimerTable(clock)
  })

  it('asks the clock for a time that is not zero', () => {
    table.transition(false, [set('x', 5), set('y', 7, 'y', true)])
    expect(asked).toEqual(['start x #1 after 5', 'start y #2 at 7'])
    expect(table.takeZero()).toBeNull()
    expect(table.running).toEqual([
      ['x', 5],
      ['y', 'y'],
    ])
  })

  it('fires once, with the content of then', () => {
    table.transition(false, [set('x', 5, 'first')])
    table.transition(false, [set('x', 'update', 'second')])
    expect(table.fired('x', 1)).toBe(true)
    expect(table.content).toBe('second')
    expect(table.fired('x', 1)).toBe(false)
    expect(asked).toEqual(['start x #1 after 5', 'forget x'])
  })

  it('knows the expiry of an earlier start, of a cancelled one, and of one that never was', () => {
    table.transition(false, [set('x', 5)])
    table.transition(false, [set('x', 6)])
    expect(table.fired('x', 1)).toBe(false)
    table.transition(false, [set('x', Infinity)])
    expect(table.fired('x', 2)).toBe(false)
    expect(table.fired('y', 3)).toBe(false)
    expect(asked).toEqual(['start x #1 after 5', 'stop x', 'start x #2 after 6', 'stop x'])
  })

  it('ends the event timeout with each event, the state timeout with the state, a generic one with neither', () => {
    table.transition(false, [set(eventKey, 5), set(stateKey, 5), set('x', 5)])
    table.transition(false, [])
    expect(table.running.map(([key]) => key)).toEqual([stateKey, 'x'])
    table.transition(true, [])
    expect(table.running.map(([key]) => key)).toEqual(['x'])
  })

  it('a timer that is set by the change of state itself stays', () => {
    table.transition(false, [set(stateKey, 5, 'old')])
    table.transition(true, [set(stateKey, 6, 'new')])
    expect(table.running).toEqual([[stateKey, 'new']])
  })

  it('gives zeros in the order of starting, without the clock', () => {
    table.transition(false, [set('x', 0), set(stateKey, 0), set('y', 'update')])
    expect([table.takeZero(), table.takeZero(), table.takeZero(), table.takeZero()]).toEqual(['x', stateKey, 'y', null])
    expect(asked).toEqual([])
  })

  it('a zero that is set again goes to the end, one that is updated keeps its place, one that is cancelled goes', () => {
    table.transition(false, [set('x', 0, 'x1'), set('y', 0, 'y1'), set('z', 0)])
    table.transition(false, [set('x', 0, 'x2')])
    table.transition(false, [set('y', 'update', 'y2'), set('z', Infinity)])
    expect(table.takeZero()).toBe('y')
    expect(table.content).toBe('y2')
    expect(table.takeZero()).toBe('x')
    expect(table.content).toBe('x2')
    expect(table.takeZero()).toBeNull()
  })

  it('a zero that is set again with a time waits for the clock', () => {
    table.transition(false, [set('x', 0)])
    table.transition(false, [set('x', 5)])
    expect(table.takeZero()).toBeNull()
    expect(table.fired('x', 1)).toBe(true)
  })

  it('of several requests for one timer the last counts, in its place', () => {
    table.transition(false, [set('x', 0, 'x1'), set('y', 0), set('x', 0, 'x2')])
    expect(table.takeZero()).toBe('y')
    expect(table.takeZero()).toBe('x')
    expect(table.content).toBe('x2')
    table.transition(false, [set('x', 5), set('x', Infinity)])
    expect(asked).toEqual([])
  })
})
