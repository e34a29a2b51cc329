import { describe, expect, test } from 'vitest'
import { createNode, Pid } from '../src/index.ts'
import { exportPid, exportRef, internPid, internRef } from '../src/kernel.ts'

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
