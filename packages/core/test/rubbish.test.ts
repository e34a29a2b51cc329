/** Rubbish where a pid, a ref, an address is wanted: the caller's error, with a code, before anything is done. */
import { describe, expect, test } from 'vitest'
import type { Process } from '../src/index.ts'
import { createWorld } from './world.ts'

const rubbish: readonly unknown[] = [undefined, null, 5, 5n, 'text', true, {}, [], { holds: {} }, Symbol('s'), () => {}]
const forever = async (self: Process<never>): Promise<void> => self.sleep(1e9)

const wanted = { 'pid.bad': 'a pid', 'ref.bad': 'a ref', 'address.bad': 'addressed' } as const

type Attempt = (self: Process<never>, value: never) => unknown

const operations: readonly (readonly [string, keyof typeof wanted, Attempt])[] = [
  ['link', 'pid.bad', (self, value) => self.link(value)],
  ['unlink', 'pid.bad', (self, value) => self.unlink(value)],
  ['sendExit', 'pid.bad', (self, value) => self.sendExit(value, 'kill')],
  ['isAlive', 'pid.bad', (self, value) => self.isAlive(value)],
  ['demonitor', 'ref.bad', (self, value) => self.demonitor(value)],
  ['demonitor with flush', 'ref.bad', (self, value) => self.demonitor(value, { flush: true })],
  ['unalias', 'ref.bad', (self, value) => self.unalias(value)],
  ['monitor', 'address.bad', (self, value) => self.monitor(value)],
  ['request', 'address.bad', (self, value) => self.request(value, 1)],
  ['send', 'address.bad', (self, value) => self.send(value, 1 as never)],
  ['node.send', 'address.bad', (self, value) => self.node.send(value, 1 as never)],
  ['node.sendExit', 'pid.bad', (self, value) => self.node.sendExit(value, 'kill')],
  ['node.registerName', 'pid.bad', (self, value) => self.node.registerName('name', value)],
  ['node.exited', 'address.bad', (self, value) => self.node.exited(value)],
  ['node.request', 'address.bad', (self, value) => self.node.request(value, 1)],
]

describe('rubbish', () => {
  test.each(operations)('given to %s', async (_, code, attempt) => {
    const { inProcess, node } = createWorld()
    await inProcess(async (self) => {
      for (const value of rubbish) {
        if (code === 'address.bad' && typeof value === 'string') continue
        const outcome = await new Promise((resolve) => resolve(attempt(self, value as never))).catch(
          (error: unknown) => error,
        )
        expect(outcome).toMatchObject({ code, message: expect.stringContaining(wanted[code]) as unknown })
      }
      expect(node.processInfo(self.pid)).toMatchObject({ links: [], monitors: [], mailboxLength: 0 })
    })
  })

  test.each([{ name: 5, node: 'n@h' }, { name: 'n' }, { node: 'n@h' }, { name: 'n', node: null }])(
    '%o is no address',
    async (address) => {
      const { inProcess } = createWorld()
      await inProcess(async (self) => {
        expect(() => self.monitor(address as never)).toThrow(expect.objectContaining({ code: 'address.bad' }))
        expect(() => self.send(address as never, 1 as never)).toThrow(expect.objectContaining({ code: 'address.bad' }))
      })
    },
  )

  test('a name with a node is read once, as it is then', async () => {
    const { inProcess, node } = createWorld()
    await inProcess(async (self) => {
      const pid = self.spawn(forever, { name: 'server' })
      const address = { name: 'server', node: node.name }
      self.monitor(address)
      address.name = 'changed'
      expect(node.processInfo(self.pid)!.monitors).toEqual([{ name: 'server', node: node.name }])
      expect(node.processInfo(pid)!.monitoredBy).toEqual([self.pid])
    })
  })

  test('in a process that is dead it is as good as anything else', async () => {
    const { node, runtime } = createWorld()
    let late: Process<never> | null = null
    const pid = node.spawn(async (self: Process<never>) => {
      late = self
    })
    expect(await runtime.runUntil(node.exited(pid))).toBe('normal')
    const self = late as Process<never> | null
    self!.link(undefined as never)
    self!.sendExit(undefined as never, 'kill')
    self!.monitor(undefined as never)
    expect(self!.demonitor(undefined as never)).toBe(false)
  })
})
