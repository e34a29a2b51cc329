import { describe, expect, it } from 'vitest'
import { describeFault, downBy, drawRound, type Draw, type Round } from '../../src/chaos/plan.ts'
import { seeded } from '../../src/chaos/random.ts'

const draw: Draw = {
  nodes: ['http1', 'http2', 'db1', 'db2', 'log'],
  voters: ['db1', 'db2', 'log'],
  types: ['kill', 'stop', 'cut', 'restart'],
}

function rounds(seed: number, given = draw): Round[] {
  const random = seeded(seed)
  return Array.from({ length: 500 }, () => drawRound(random, given))
}

describe('the plan of a chaos run', () => {
  it('follows from its seed', () => {
    expect(rounds(7)).toEqual(rounds(7))
    expect(rounds(7)).not.toEqual(rounds(8))
  })

  it('does everything to every node, now and then to two, and takes the power from all voters', () => {
    const all = rounds(1)
    const lone = all.filter(({ faults }) => faults.length === 1).map(({ faults }) => faults[0]!.fault)
    const splits = lone.filter((fault) => fault.type === 'split')
    expect(splits.length).toBeGreaterThan(20)
    expect(splits.every((fault) => draw.voters.includes(fault.node) && downBy(fault)[1] !== fault.node)).toBe(true)
    const single = lone.filter((fault) => fault.type !== 'split')
    const done = new Set(single.map(({ type, node }) => `${type} ${node}`))
    expect(done.size).toBe(draw.nodes.length * draw.types.length)
    expect(new Set(single.map((fault) => (fault.type === 'cut' ? fault.way : ''))).size).toBe(4)
    const power = all.filter(({ faults }) => faults.length === draw.voters.length)
    expect(power.map(({ faults }) => faults.map(({ fault }) => describeFault(fault)))[0]).toEqual([
      'kill -9 db1',
      'kill -9 db2',
      'kill -9 log',
    ])
    const two = all.filter(({ faults }) => faults.length === 2)
    expect(two.length).toBeGreaterThan(20)
    expect(two.every(({ faults }) => faults[0]!.fault.node !== faults[1]!.fault.node)).toBe(true)
  })

  it('does nothing that cannot be done here', () => {
    const types = new Set(
      rounds(1, { ...draw, types: ['kill', 'stop'] }).flatMap(({ faults }) => faults.map(({ fault }) => fault.type)),
    )
    expect([...types].toSorted()).toEqual(['kill', 'stop'])
  })
})
