import { describe, expect, test } from 'vitest'
import { createNode, Pid } from '../src/index.ts'
import { realRuntime } from '../src/runtime/real.ts'
import { exportPid, exportRef, internPid, internRef, inWorld } from '../src/kernel.ts'

describe('pids and refs that went over a wire', () => {
  test('come back as the objects they were', () => {
    const node = createNode({ name: 'n@h' })
    const pid = node.spawn(async () => {})
    const ref = node.makeRef()
    exportPid(pid)
    exportPid(pid)
    exportRef(ref)
    expect(internPid(pid.node, pid.incarnation, pid.id)).toBe(pid)
    expect(internRef(ref.node, ref.incarnation, ref.id)).toBe(ref)
  })

  test('of other nodes are one object each, told apart by node, incarnation and id', () => {
    const pid = internPid('far@away', 7, 1)
    expect(internPid('far@away', 7, 1)).toBe(pid)
    expect(pid).toBeInstanceOf(Pid)
    expect([pid.node, pid.incarnation, pid.id]).toEqual(['far@away', 7, 1])
    for (const other of [internPid('far@away', 7, 2), internPid('far@away', 8, 1), internPid('near@by', 7, 1)])
      expect(other).not.toBe(pid)
    expect(internRef('far@away', 7, 1)).toBe(internRef('far@away', 7, 1))
  })
})

describe('nodes of simulated worlds, of one name and incarnation', () => {
  /** What a decoder of `world` finds for a pid and a ref of its node, and of a node that is in no world. */
  const twin = () => {
    const world = {}
    const randomBytes = (): Uint8Array => new Uint8Array([0, 0, 0, 9])
    const node = createNode({ name: 'twin@h', runtime: { ...realRuntime, world, randomBytes } })
    const pid = node.spawn(async () => {})
    const ref = node.makeRef()
    exportPid(pid)
    exportRef(ref)
    const decoded = (): unknown[] => {
      const found: unknown[] = []
      inWorld(world, () => {
        found.push(internPid('twin@h', 9, pid.id), internRef('twin@h', 9, ref.id), internPid('none@h', 9, 1))
      })
      return found
    }
    return { made: [pid, ref, internPid('none@h', 9, 1)], decoded }
  }

  test('are not taken for each other', () => {
    const twins = [twin(), twin(), twin()]
    for (const { made, decoded } of twins) {
      const found = decoded()
      for (const [at, each] of made.entries()) expect(found[at]).toBe(each)
    }
  })

  test('what is unknown in a world is made in it, even while another knows it', () => {
    const { made } = twin()
    inWorld({}, () => {
      const pid = internPid('twin@h', 9, (made[0] as Pid).id)
      expect(pid).not.toBe(made[0])
      expect(internPid('twin@h', 9, pid.id)).toBe(pid)
    })
  })

  test('a task that throws leaves its world', () => {
    const { made } = twin()
    const fails = (): never => {
      throw new Error('no')
    }
    expect(() => inWorld({}, fails)).toThrow('no')
    expect(internPid('twin@h', 9, (made[0] as Pid).id)).toBe(made[0])
  })
})
