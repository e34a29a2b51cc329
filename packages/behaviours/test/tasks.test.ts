/**
 * Tasks: one result, to one owner, and what becomes of both when one of them ends.
 */
import { timedOut, type Exit, type Process, type ResponseMessage } from '@agner/core'
import { describe, expect, test } from 'vitest'
import {
  answer,
  awaitTask,
  awaitTasks,
  call,
  checkResponse,
  countChildren,
  defineServer,
  defineTaskSupervisor,
  noreply,
  protocol,
  reply,
  shutdownTask,
  startServer,
  startTask,
  startTaskChild,
  startTaskSupervisor,
  startTaskUnder,
  yieldTask,
  yieldTasks,
  type From,
  type Task,
} from '../src/index.ts'
import { createWorld, failure } from './world.ts'

const later = (ms: number) => async (task: Process<never>) => {
  await task.sleep(ms)
  return `after ${ms}`
}

describe('a task', () => {
  test('goes on beside its owner, and gives one value', async () => {
    const world = createWorld()
    await world.inProcess<unknown>(async (self) => {
      const tasks = [startTask(self, later(20)), startTask(self, later(10))] as const
      const atOnce = startTask(self, () => 5)
      const value: number = await awaitTask(self, atOnce)
      expect(value).toBe(5)
      expect(await awaitTasks(self, tasks)).toEqual(['after 20', 'after 10'])
      expect(world.runtime.nowMs()).toBeLessThan(30)
      expect((await failure(awaitTask(self, atOnce))).code).toBe('request.over')
      expect(await self.receive({ timeoutMs: 100 })).toBe(timedOut)
    })
    expect(world.node.processCount()).toBe(0)
  })

  test('hands over a copy', async () => {
    const world = createWorld()
    await world.inProcess(async (self) => {
      const list = [1]
      expect(
        await awaitTask(
          self,
          startTask(self, () => list),
        ),
      ).toEqual([1])
      expect(
        await awaitTask(
          self,
          startTask(self, () => list),
        ),
      ).not.toBe(list)
    })
  })

  test('that is late ends the wait, and with its owner', async () => {
    const world = createWorld()
    let task: Task<string> | null = null
    const owner = world.node.spawn(async (self) => {
      task = startTask(self, later(10_000))
      await awaitTask(self, task, { timeoutMs: 10 })
    })
    expect(await world.exited(owner)).toMatchObject({ code: 'task.timeout' })
    await world.runtime.settle()
    expect(world.node.isAlive(task!.pid)).toBe(false)
  })

  test('that was given up says nothing more', async () => {
    const world = createWorld()
    await world.inProcess<unknown>(async (self) => {
      const task = startTask(self, later(50))
      expect((await failure(awaitTask(self, task, { timeoutMs: 10 }))).code).toBe('task.timeout')
      expect(await self.receive({ timeoutMs: 1000 })).toBe(timedOut)
      expect(self.isAlive(task.pid)).toBe(false)
    })
  })

  test('may be asked again and again whether it is done', async () => {
    const world = createWorld()
    await world.inProcess(async (self) => {
      const task = startTask(self, later(50))
      expect(await yieldTask(self, task, { timeoutMs: 0 })).toBe(timedOut)
      expect(await yieldTask(self, task, { timeoutMs: 10 })).toBe(timedOut)
      expect(await yieldTask(self, task)).toEqual({ type: 'ok', value: 'after 50' })
      const both = [startTask(self, later(5)), startTask(self, later(500))] as const
      expect(await yieldTasks(self, both, { timeoutMs: 100 })).toEqual([{ type: 'ok', value: 'after 5' }, timedOut])
      expect(await shutdownTask(self, both[1])).toBeNull()
    })
  })

  test('that crashes takes its owner with it, unless that traps exits', async () => {
    const world = createWorld()
    const crash = (): never => {
      throw new Error('broken')
    }
    const owner = world.node.spawn(async (self) => void (await awaitTask(self, startTask<string>(self, crash))))
    expect(await world.exited(owner)).toMatchObject({ message: 'broken' })
    await world.inProcess<Exit>(async (self) => {
      self.trapExits(true)
      const task = startTask<string>(self, crash)
      const failed = await failure(awaitTask(self, task))
      expect(failed).toMatchObject({ code: 'task.failed', cause: { message: 'broken' } })
      expect(failed.message).toContain('broken')
      expect(await self.receive()).toMatchObject({ type: 'exit', from: task.pid })
      expect(
        await yieldTask(
          self,
          startTask(self, (task) => task.exit('odd')),
        ),
      ).toEqual({ type: 'exit', reason: 'odd' })
    })
  })

  test('ends with its owner', async () => {
    const world = createWorld()
    let task: Task<string> | null = null
    const owner = world.node.spawn(async (self) => {
      task = startTask(self, later(10_000))
      await self.sleep(1e9)
    })
    await world.runtime.settle()
    world.node.sendExit(owner, 'kill')
    await world.runtime.settle()
    expect(world.node.isAlive(task!.pid)).toBe(false)
  })

  test('whose value cannot be sent crashes', async () => {
    const world = createWorld()
    await world.inProcess<Exit>(async (self) => {
      self.trapExits(true)
      const task = startTask(self, () => (() => 1) as never)
      expect(await failure(awaitTask(self, task))).toMatchObject({ cause: { code: 'copy.unsendable' } })
    })
  })

  test('is shut down: unlinked, ended, by force if it must be', async () => {
    const world = createWorld()
    await world.inProcess<unknown>(async (self) => {
      expect(await shutdownTask(self, startTask(self, later(1000)))).toBeNull()
      const stubborn = startTask(self, async (task) => {
        task.trapExits(true)
        await task.sleep(1e9)
      })
      await self.sleep(1)
      const before = world.runtime.nowMs()
      expect(await shutdownTask(self, stubborn, { timeoutMs: 70 })).toBeNull()
      expect(world.runtime.nowMs() - before).toBeGreaterThanOrEqual(70)
      expect(self.isAlive(stubborn.pid)).toBe(false)
      const done = startTask(self, () => 'quick')
      await self.sleep(1)
      expect(await shutdownTask(self, done)).toEqual({ type: 'ok', value: 'quick' })
      expect(await shutdownTask(self, done)).toBeNull()
      const killed = startTask(self, later(1000))
      await self.sleep(1)
      expect(await shutdownTask(self, killed, { kill: true })).toBeNull()
      expect(await self.receive({ timeoutMs: 2000 })).toBe(timedOut)
    })
  })

  test('tells a server by a message', async () => {
    interface Api {
      calls: { fetch(): string }
      info: ResponseMessage
    }
    const fetcher = protocol<Api>('@test/fetcher')
    interface State {
      readonly from: From<string> | null
      readonly task: Task<string> | null
    }
    const Fetcher = defineServer(fetcher, {
      init: (): State => ({ from: null, task: null }),
      calls: {
        fetch: (_state, _, { self, from }) => noreply({ from, task: startTask(self, later(10)) }),
      },
      info: {
        response: (state, message) => {
          const done = state.task === null ? null : checkResponse(message, state.task.result)
          if (state.from !== null && done?.type === 'reply') answer(state.from, done.value)
          return noreply({ from: null, task: null })
        },
      },
    })
    const world = createWorld()
    const pid = await world.run(startServer(world.node, Fetcher))
    expect(await world.run(call(world.node, pid, 'fetch'))).toBe('after 10')
  })

  test('that calls its owner while that waits for it is a deadlock that is told', async () => {
    const api = protocol<{ calls: { busy(): string } }>('@test/busy')
    const Busy = defineServer(api, {
      init: (): null => null,
      calls: {
        busy: async (state, _, { self, pid }) => {
          const task = startTask(self, async (other) => {
            await call(other, pid, 'busy', undefined, { timeoutMs: 50 }).catch(() => 'failed')
            return 'given up'
          })
          return reply(await awaitTask(self, task), state)
        },
      },
    })
    const world = createWorld()
    const pid = await world.run(startServer(world.node, Busy))
    expect(await world.run(call(world.node, pid, 'busy'))).toBe('given up')
    expect(world.notices('deadlock')[0]!.text).toMatch(/\(task\) calls busy of .*, which calls the result of /)
  })
})

describe('under a supervisor', () => {
  test('a crash is an outcome, and the owner goes on', async () => {
    const world = createWorld()
    const supervisor = await world.run(startTaskSupervisor(world.node, { name: 'tasks' }))
    await world.inProcess<unknown>(async (self) => {
      const broken = await startTaskUnder<string>(self, supervisor, () => {
        throw new Error('broken')
      })
      expect(await yieldTask(self, broken)).toMatchObject({ type: 'exit', reason: { message: 'broken' } })
      const fine = await startTaskUnder(self, defineTaskSupervisor().at('tasks'), later(10))
      expect(await countChildren(self, supervisor)).toMatchObject({ active: 1 })
      expect(await awaitTask(self, fine)).toBe('after 10')
      expect(await countChildren(self, supervisor)).toMatchObject({ active: 0 })
      expect(await self.receive({ timeoutMs: 100 })).toBe(timedOut)
    })
  })

  test('it goes on when its owner ends, and ends with the supervisor', async () => {
    const world = createWorld()
    const done: string[] = []
    const supervisor = await world.run(startTaskSupervisor(world.node))
    await world.inProcess(async (self) => {
      await startTaskUnder(self, supervisor, async (task) => {
        await task.sleep(100)
        done.push('one')
      })
      await startTaskChild(self, supervisor, async (task) => {
        await task.sleep(1000)
        done.push('two')
      })
    })
    await world.runtime.advance(500)
    expect(done).toEqual(['one'])
    world.node.sendExit(supervisor, 'shutdown')
    expect(await world.exited(supervisor)).toBe('shutdown')
    await world.runtime.advance(5000)
    expect(done).toEqual(['one'])
    expect(world.node.processCount()).toBe(0)
  })

  test('with a link both end together', async () => {
    const world = createWorld()
    const supervisor = await world.run(startTaskSupervisor(world.node))
    const owner = world.node.spawn(async (self) => {
      await startTaskUnder(self, supervisor, (task) => task.exit('odd'), { link: true })
      await self.sleep(1e9)
    })
    expect(await world.exited(owner)).toBe('odd')
  })

  test('more than there may be are refused', async () => {
    const world = createWorld()
    const supervisor = await world.run(startTaskSupervisor(world.node, { maxChildren: 1 }))
    await world.inProcess(async (self) => {
      await startTaskUnder(self, supervisor, later(1000))
      expect((await failure(startTaskUnder(self, supervisor, later(1)))).code).toBe('supervisor.full')
    })
  })

  test('a task whose owner died in the midst of its start is not left over', async () => {
    const world = createWorld()
    const supervisor = await world.run(startTaskSupervisor(world.node))
    const owner = world.node.spawn(async (self) => {
      void startTaskUnder(self, supervisor, later(1))
      self.exit('gone')
    })
    expect(await world.exited(owner)).toBe('gone')
    await world.runtime.advance(10)
    expect(await world.run(countChildren(world.node, supervisor))).toMatchObject({ active: 0 })
  })
})
