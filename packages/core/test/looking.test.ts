/**
 * What an operator's view looks at: itself and no copy, no more than is asked for, nothing of sensitive processes.
 */
import { describe, expect, test } from 'vitest'
import type { AnyPid, Process } from '../src/index.ts'
import { eachProcess, holdingsOf, messagesWaiting, runsA } from '../src/kernel.ts'
import { createWorld } from './world.ts'

const still = async (self: Process<unknown>): Promise<void> => void (await self.receive(() => false))

class Kind {}

describe('a look at a process', () => {
  test('gives the first messages and the dictionary as they are', async () => {
    const { node, runtime } = createWorld()
    const kept = { kept: true }
    const pid = node.spawn(async (self: Process<unknown>) => {
      self.dictionary.put('key', kept)
      self.label({ a: 1 })
      await still(self)
    })
    void node.request(pid, 'asked', { timeoutMs: Infinity }).catch(() => {})
    for (let n = 0; n < 5; n++) node.send(pid, { n } as never)
    const holdings = holdingsOf(node, pid, 3)!
    expect(holdings.messages).toEqual([
      expect.objectContaining({ type: 'request', payload: 'asked' }),
      { n: 0 },
      { n: 1 },
    ])
    await runtime.settle()
    const later = holdingsOf(node, pid, 3)!
    expect(later.dictionary[0]![1]).toBe(kept)
    expect(later.label).toEqual({ a: 1 })
    expect(later.messages[1]).toBe(holdings.messages[1])
    node.sendExit(pid, 'kill')
    await runtime.settle()
    expect(holdingsOf(node, pid, 3)).toBeUndefined()
  })

  test('of a sensitive one gives nothing but its label; what kind it is is no secret', async () => {
    const { node, runtime } = createWorld()
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    const spawn = (state: object): AnyPid =>
      node.spawn({
        init: (self) => {
          self.flag('sensitive', true)
          self.dictionary.put('password', 'x')
          return state
        },
        message: () => state,
      })
    const pids = [new Kind(), {}, proxy].map(spawn)
    pids.push(node.spawn(still))
    await runtime.settle()
    expect(holdingsOf(node, pids[0]!, 3)).toEqual({ label: null, messages: [], dictionary: [] })
    expect(pids.map((pid) => runsA(node, pid, Kind))).toEqual([true, false, false, false])
  })

  test('goes through all that a list has, and counts all messages that wait', async () => {
    const { node, runtime } = createWorld()
    const parent = node.spawn(async (self: Process<unknown>) => {
      self.spawn(still)
      await still(self)
    })
    await runtime.settle()
    const found: [AnyPid, AnyPid | null][] = []
    eachProcess(node, (pid, from) => found.push([pid, from]))
    expect(found.map(([pid]) => pid)).toEqual(node.processes())
    expect(found.map(([, from]) => from)).toEqual([null, parent])
    for (const pid of node.processes()) for (let n = 0; n < 3; n++) node.send(pid as never, n as never)
    expect(messagesWaiting(node)).toBe(6)
  })
})
