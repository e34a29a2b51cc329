/** What comes of a call or cast that there is no handler for, where a server is to refuse them. */
import { createNode, type Report } from '@agner/core'
import { call, cast, defineServer, protocol, reply, startServer } from '@agner/behaviours'
import { expect, test } from 'vitest'

interface CounterApi {
  calls: { add: (by: number) => number }
}

const counter = protocol<CounterApi>('@test/refusing')
const anyCall = call as unknown as (from: unknown, to: unknown, name: string) => Promise<unknown>
const anyCast = cast as unknown as (from: unknown, to: unknown, name: string) => void

test('the caller is told, a cast is reported, and the server goes on with its state', async () => {
  const reports: Report[] = []
  const node = createNode({ report: (report) => void reports.push(report) })
  const Counter = defineServer(counter, {
    unknown: 'refuse',
    init: (): number => 1,
    calls: { add: (state, by) => reply(state + by, state + by) },
  })
  const pid = await startServer(node, Counter, undefined)
  for (const name of ['wrong', 'constructor', '__proto__'])
    await expect(anyCall(node, pid, name)).rejects.toMatchObject({ code: 'server.unknown_call' })
  for (const payload of [null, 7, {}, { call: 7 }, { system: 7 }, { type: 'exit' }])
    await expect(node.request(pid as never, payload as never)).rejects.toMatchObject({ code: 'server.unknown_call' })
  for (const name of ['wrong', 'constructor']) anyCast(node, pid, name)
  expect(await call(node, pid, 'add', 2)).toBe(3)
  expect(reports.filter((report) => 'text' in report && report.text.includes('has no handler'))).toHaveLength(2)
  expect(reports.filter(({ type }) => type === 'crash')).toEqual([])
  await node.stop()
})

test('anything else than crash and refuse is no way to define one', () => {
  const define = () =>
    defineServer(counter, {
      unknown: 'ignore' as never,
      init: () => 0,
      calls: { add: (state, by) => reply(by, state) },
    })
  expect(define).toThrow(expect.objectContaining({ code: 'server.bad_definition' }))
})
