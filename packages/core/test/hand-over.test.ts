import { createVirtualRuntime } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import { createNode, handOver, type Process } from '../src/index.ts'
import { copy } from '../src/values/copy.ts'

describe('bytes that are handed over', () => {
  test('move: the receiver has the memory, the sender has nothing', async () => {
    const runtime = createVirtualRuntime()
    const node = createNode({ runtime })
    const got: Uint8Array[] = []
    const pid = node.spawn(async (self: Process<{ part: Uint8Array }>) => {
      got.push((await self.receive()).part)
    })
    const bytes = Uint8Array.from([1, 2, 3])
    const view = bytes.subarray(1)
    node.send(pid, { part: handOver(bytes) })
    expect([bytes.length, view.length]).toEqual([0, 0])
    await runtime.settle()
    expect(got).toEqual([Uint8Array.from([1, 2, 3])])
    expect(() => node.send(pid, { part: bytes })).toThrow(/handed over already/)
  })

  test('move once: what the receiver has is copied again, unless it hands it over', () => {
    const first = copy(handOver(Uint8Array.from([7])))
    const second = copy(first)
    second[0] = 8
    expect(first).toEqual(Uint8Array.from([7]))
  })

  test('a Buffer arrives as plain bytes; one that shares its memory with others is refused', () => {
    const whole = Buffer.from(new ArrayBuffer(4))
    expect(copy(handOver(whole)).constructor).toBe(Uint8Array)
    const code = expect.objectContaining({ code: 'hand_over.part' }) as Error
    expect(() => handOver(new Uint8Array(8).subarray(1))).toThrow(code)
    expect(() => handOver(Buffer.from('a small one'))).toThrow(code)
    expect(() => handOver(new Uint8Array(new SharedArrayBuffer(4)))).toThrow(code)
    expect(() => handOver(new Uint8Array(new ArrayBuffer(4, { maxByteLength: 8 })))).toThrow(code)
  })

  test('of a WebAssembly module are refused where they stand, and are what they were', () => {
    const { WebAssembly } = globalThis as unknown as {
      WebAssembly: { Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer } }
    }
    const memory = new WebAssembly.Memory({ initial: 1 })
    const file = handOver(new Uint8Array(memory.buffer))
    expect(() => copy({ parts: [file] })).toThrow(
      expect.objectContaining({ code: 'copy.unsendable', message: expect.stringContaining('$.parts[0]') as string }),
    )
    expect(copy(file)).toHaveLength(65_536)
  })

  test('and were handed over before are refused with their path', () => {
    const bytes = handOver(Uint8Array.from([1]))
    copy(bytes)
    expect(() => copy({ list: [1, { bytes }] })).toThrow('$.list[1].bytes')
  })
})
