/** A result that cannot be sent is told as such, the same by every member, and ends none of them. */
import { memberIdOf, raftGroup, startClient, startMember, type AppliedEvent, type RaftGroup } from '@agner/consensus'
import { immutable } from '@agner/core'
import { simulateCluster } from '@agner/testing'
import { expect, test } from 'vitest'
import { Applier, type AnyMachine } from '../src/machine/applier.ts'
import { keptOf, Unsendable } from '../src/machine/results.ts'
import type { Entry } from '../src/raft/interface.ts'

const group: RaftGroup<string, unknown, null, number> = raftGroup('results')

function nested(levels: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < levels; level++) value = [value]
  return value
}

const bad: Readonly<Record<string, () => unknown>> = {
  symbol: () => Symbol('x'),
  function: () => ({ f: () => 1 }),
  promise: () => Promise.resolve(1),
  nested: () => nested(600),
  // As it is it could go, but not in an answer.
  almost: () => nested(499),
  bigint: () => 1n << 9_000n,
  shared: () => new Uint8Array(new SharedArrayBuffer(8)),
  getter: () => ({
    get x() {
      throw new Error('boom')
    },
  }),
}

const machine = {
  name: 'results',
  init: () => 0,
  apply: (state: number, command: string) => ({ state: state + 1, result: bad[command]?.() ?? state + 1 }),
  query: (state: number) => state,
}

test('its asker is told, the state stays, and all members go on', async () => {
  const cluster = await simulateCluster({ nodes: 3, seed: 41, trace: false })
  const founders = cluster.up.map(({ node }) => ({ id: memberIdOf(node, 'memory'), role: 'voter' as const }))
  const told: AppliedEvent<string, unknown>[][] = []
  const members = []
  for (const { node } of cluster.up) {
    const limits = { snapshotEntries: 3 }
    const member = await cluster.until(startMember(node, group, { machine, founders, limits }))
    const events: AppliedEvent<string, unknown>[] = []
    told.push(events)
    node.spawn<{ readonly event: AppliedEvent<string, unknown> }>(async (self) => {
      member.watch(self)
      for (;;) events.push((await self.receive()).event)
    })
    members.push(member)
  }
  for (const { node } of cluster.up) {
    const client = await cluster.until(startClient(node, group))
    for (const command of Object.keys(bad))
      await expect(cluster.until(client.submit(node, command, { timeoutMs: 20_000 }))).rejects.toMatchObject({
        code: 'consensus.result_unsendable',
        details: { group: 'results', message: expect.stringMatching(/./) },
      })
    await cluster.until(client.submit(node, 'good'))
  }
  await cluster.run(2000)
  // Each was applied once.
  const count = 3 * (Object.keys(bad).length + 1)
  expect(members.map((member) => member.state().state)).toEqual([count, count, count])
  expect(members.map(({ pid }, i) => cluster.up[i]!.node.isAlive(pid))).toEqual([true, true, true])
  for (const events of told) {
    const symbols = events.filter((event) => event.type === 'command' && event.command === 'symbol')
    expect(symbols).toMatchObject(Array(3).fill({ result: { code: 'consensus.result_unsendable' } }))
  }
  await cluster.stop()
})

test('sent again it comes to the same, also at a member that has it from a snapshot', () => {
  const command = (index: number, value: unknown, sequence: number): Entry => {
    const request = sequence === 0 ? null : { session: 'a/1', sequence, answered: 0 }
    return { type: 'command', index, term: 1, command: value, request }
  }
  const [first, second] = [1, 2].map(() => new Applier(machine as unknown as AnyMachine, false)) as [Applier, Applier]
  first.apply(command(1, { own: 'open', owner: 'a', limits: { sessions: 9, results: 9 } }, 0))
  const outcome = first.apply(command(2, 'function', 1))
  const why = expect.stringMatching(/\$\.f\b/)
  expect(outcome).toEqual({ type: 'unsendable', why, command: { value: 'function' } })
  expect(first.apply(command(3, 'good', 2))).toMatchObject({ type: 'result', value: 2 })
  // As it is on disk and on the wire.
  second.restore(structuredClone(first.snapshot()))
  for (const applier of [first, second]) {
    expect(applier.apply(command(4, 'function', 1))).toEqual({ type: 'unsendable', why })
    expect(applier.apply(command(5, 'good', 2))).toEqual({ type: 'result', value: 2 })
    expect(applier.state).toBe(2)
  }
})

test('what can be sent is kept as it is', () => {
  const values = [null, undefined, -0, 'x', 5n, '\uD83D', new Date(0), new Map([[1, new Set([2])]]), nested(400)]
  for (const value of [...values, new Error('x'), immutable({ a: [1] }), new Uint8Array(3), Array(2)]) {
    const kept = keptOf(value)
    expect(kept).toBe(value)
  }
  expect(keptOf([Symbol('x')])).toEqual(new Unsendable(expect.stringContaining('$[0]') as unknown as string))
})
