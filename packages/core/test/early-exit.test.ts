import { describe, expect, test } from 'vitest'
import type { Down, Exit, Process } from '../src/index.ts'
import { createWorld } from './world.ts'

describe('an exit signal that comes before the first turn (P39)', () => {
  test('meets no code of the process, whatever its first line would say', async () => {
    const { inProcess } = createWorld()
    await inProcess<Down>(async (self) => {
      let ran = false
      const { pid } = self.spawnMonitor(async (child) => {
        ran = true
        child.trapExits(true)
        await child.sleep(1000)
      })
      self.send(pid as never, 'a message' as never)
      self.sendExit(pid, 'shutdown')
      expect(await self.receive()).toMatchObject({ reason: 'shutdown' })
      expect(ran).toBe(false)
    })
  })

  test('meets no init of a callback process either', async () => {
    const { inProcess } = createWorld()
    await inProcess<Down>(async (self) => {
      let ran = false
      const { pid } = self.spawnMonitor({ init: () => (ran = true), message: () => true })
      self.sendExit(pid, 'shutdown')
      expect(await self.receive()).toMatchObject({ reason: 'shutdown' })
      expect(ran).toBe(false)
    })
  })

  test('is a message to a process that was spawned trapping, after what was sent before it', async () => {
    const { inProcess } = createWorld()
    await inProcess<Down>(async (self) => {
      const seen: unknown[] = []
      const body = async (child: Process<string | Exit>) => void seen.push(await child.receive(), await child.receive())
      const pid = self.spawn(body, { trapExits: true })
      self.send(pid, 'first')
      self.sendExit(pid, 'shutdown')
      self.monitor(pid)
      await self.receive()
      expect(seen).toEqual(['first', { type: 'exit', from: self.pid, reason: 'shutdown' }])
    })
  })
})

describe('an operation that fails while nobody awaits it (H07)', () => {
  test('is seen when it is awaited, and by nobody if it never is', async () => {
    const { inProcess } = createWorld()
    await inProcess(async (self) => {
      const nobody = { name: 'nobody', node: self.node.name }
      const [first, second] = [self.request(nobody, 1), self.request(nobody, 2)]
      void self.wait(Promise.reject(new Error('never awaited')))
      await self.sleep(10)
      await expect(second).rejects.toMatchObject({ code: 'call.no_process' })
      await expect(first).rejects.toMatchObject({ code: 'call.no_process' })
    })
  })
})
