import { createNode, type AnyPid } from '@agner/core'
import type { LogEvent } from '@agner-chat/cluster/log'
import { describe, expect, it } from 'vitest'
import type { Feed } from '../src/feed.api.ts'
import { follow, type Places } from '../src/following.ts'

const node = createNode()
const processes: AnyPid[] = Array.from({ length: 7 }, () => node.spawn(async (self) => void (await self.receive())))
const [log, other] = processes as [AnyPid, AnyPid]

/** Events are called by their places. */
const run = (from: number, upTo: number, of = log): Feed => ({
  log: of,
  upTo,
  events: Array.from({ length: upTo - from }, (_, n) => ({ text: `${from + n + 1}` }) as LogEvent),
})
const taken = (places: Places, feed: Feed, isAnswer = false): [string[], Places] => {
  const { fresh, places: next } = follow(places, feed, isAnswer)
  return [fresh.map(({ text }) => text), next]
}

describe('following the log', () => {
  it('takes each event once, whatever comes twice or overlaps', () => {
    const [first, one] = taken(new Map(), run(0, 3), true)
    expect(first).toEqual(['1', '2', '3'])
    const [second, two] = taken(one, run(3, 5))
    expect(second).toEqual(['4', '5'])
    expect(taken(two, run(3, 5))).toEqual([[], two])
    expect(taken(two, run(0, 5), true)).toEqual([[], two])
    expect(taken(two, run(2, 7), true)[0]).toEqual(['6', '7'])
    expect(taken(two, run(5, 5), true)).toEqual([[], two])
  })

  it('takes nothing behind a gap but in an answer, which has all that is to be had', () => {
    const [, places] = taken(new Map(), run(0, 3), true)
    expect(follow(places, run(5, 6), false)).toEqual({ places, fresh: [], isBehind: true })
    const [rest, next] = taken(places, run(4, 6), true)
    expect(rest).toEqual(['5', '6'])
    expect(taken(next, run(6, 7))[0]).toEqual(['7'])
  })

  it('knows the processes of the log from each other, and the newest few of them', () => {
    const [, places] = taken(new Map(), run(0, 3), true)
    const [fresh, both] = taken(places, run(0, 2, other), true)
    expect(fresh).toEqual(['1', '2'])
    expect(taken(both, run(1, 3))[0]).toEqual([])
    const all = processes.reduce((known, pid) => taken(known, run(0, 1, pid), true)[1], both)
    expect(all.size).toBe(4)
  })
})
