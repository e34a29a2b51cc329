import { createVirtualRuntime, eachSeed, type VirtualRuntime } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import type { Down, Pid, Priority, Process, SpawnReply } from '../src/index.ts'
import { createWorld } from './world.ts'

type Note = (step: number) => void

/** Does `steps` things, each on a turn of its own. */
const forms = {
  callback: (steps: number, note: Note) => ({
    init: (self: Process<number>) => self.send(self.pid, 1),
    message: async (self: Process<number>, step: number) => {
      await self.yield()
      note(step)
      if (step < steps) self.send(self.pid, step + 1)
    },
  }),
  async: (steps: number, note: Note) => async (self: Process<number>) => {
    self.send(self.pid, 1)
    for (;;) {
      const step = await self.receive()
      await self.yield()
      note(step)
      if (step < steps) self.send(self.pid, step + 1)
    }
  },
  'yielding async': (steps: number, note: Note) => async (self: Process<number>) => {
    for (let step = 1; step <= steps; step++) {
      await self.yield()
      note(step)
    }
    await self.receive()
  },
}

type Form = keyof typeof forms
const all = Object.keys(forms) as Form[]

/** The order without seeds, which is that of the real runtime, and the orders of some seeds. */
async function eachOrder(body: (runtime: VirtualRuntime) => Promise<void>): Promise<void> {
  await body(createVirtualRuntime())
  await eachSeed({ seeds: 15 }, body)
}

describe.each(all)('processes of different priorities, %s', (form) => {
  test('max before high, high before the others, whoever came first', async () => {
    await eachOrder(async (runtime) => {
      const { node } = createWorld({ runtime })
      const order: Priority[] = []
      for (const priority of ['low', 'normal', 'high', 'max', 'normal', 'high', 'max'] as const)
        node.spawn<number>(
          forms[form](20, () => order.push(priority)),
          { priority },
        )
      await runtime.settle()
      const common = order.slice(80)
      expect(order.slice(0, 80)).toEqual([...Array<Priority>(40).fill('max'), ...Array<Priority>(40).fill('high')])
      expect([common.length, common.filter((each) => each === 'low').length]).toEqual([60, 20])
    })
  })

  test('one that is woken goes before those that are at work', async () => {
    await eachOrder(async (runtime) => {
      const { node } = createWorld({ runtime })
      const order: string[] = []
      const urgent = node.spawn<number>(
        async (self) => {
          for (;;) {
            await self.receive()
            order.push('urgent')
          }
        },
        { priority: 'high' },
      )
      await runtime.settle()
      const others = ['a', 'b', 'c']
      for (const name of others)
        node.spawn<number>(
          forms[form](30, (step) => {
            order.push(name)
            if (name === 'a' && step === 10) node.send(urgent, 1)
          }),
        )
      await runtime.settle()
      const sent = order.findIndex((_, index) => order.slice(0, index + 1).filter((name) => name === 'a').length === 10)
      // Those that were resumed already run first: each of them once.
      expect(order.indexOf('urgent') - sent).toBeLessThanOrEqual(others.length)
      expect(order).toHaveLength(91)
    })
  })

  test('low gets one turn to about eight of each normal one, and all of them when there is nothing else to do', async () => {
    for (const [normal, low] of [
      [1, 1],
      [4, 1],
      [4, 2],
      [1, 3],
    ] as const) {
      const { node, runtime } = createWorld()
      const done = { normal: 0, low: 0 }
      let lowWhenNormalWasDone = 0
      const steps = 800
      const note = (priority: 'normal' | 'low') => () => {
        if (++done[priority] === steps * normal && priority === 'normal') lowWhenNormalWasDone = done.low
      }
      for (let index = 0; index < normal; index++) node.spawn<number>(forms[form](steps, note('normal')))
      for (let index = 0; index < low; index++) node.spawn<number>(forms[form](steps, note('low')), { priority: 'low' })
      await runtime.settle()
      const ofEach = lowWhenNormalWasDone / low
      // About: those whose code runs just then stand in no queue, and are not counted.
      expect(ofEach).toBeGreaterThan(steps / 8 / 2)
      expect(ofEach).toBeLessThan((steps / 8) * 2)
      expect(done).toEqual({ normal: steps * normal, low: steps * low })
    }
  })

  test('the event loop is served however busy the high ones are', async () => {
    await eachOrder(async (runtime) => {
      const { node } = createWorld({ runtime })
      let isOver = false
      const busy = node.spawn<number>(
        forms[form](1e9, () => isOver && node.sendExit(busy, 'kill')),
        {
          priority: 'max',
        },
      )
      runtime.setTimer(0, () => (isOver = true))
      await runtime.settle()
      expect(node.isAlive(busy)).toBe(false)
    })
  })
})

describe('a priority', () => {
  test('is normal unless it is given, and not inherited', async () => {
    const { inProcess } = createWorld()
    await inProcess(async (self) => {
      expect(self.flag('priority', 'high')).toBe('normal')
      const child = self.spawn(async (me) => me.sleep(1))
      expect(self.processInfo(child)!.priority).toBe('normal')
      expect(self.processInfo(self.pid)!.priority).toBe('high')
    })
  })

  test('can be given with every way to spawn here, and is checked', async () => {
    const { inProcess } = createWorld()
    await inProcess<SpawnReply>(async (self) => {
      const body = async (me: Process<unknown>): Promise<void> => me.sleep(1)
      self.spawnRequest(body, { priority: 'low' })
      const { pid } = self.spawnMonitor(body, { priority: 'max' })
      const linked = self.spawnLink(body, { priority: 'high' })
      const answer = await self.receive()
      const made = [answer.ok ? answer.pid : pid, pid, linked]
      expect(made.map((each) => self.processInfo(each)!.priority)).toEqual(['low', 'max', 'high'])
      self.spawnRequest(body, { priority: 'urgent' as 'max' })
      expect(await self.receive((message) => !('process' in message))).toMatchObject({
        ok: false,
        error: { code: 'spawn.bad_option' },
      })
    })
  })

  test('that comes and goes while messages wait loses none of them, and order stays', async () => {
    await eachOrder(async (runtime) => {
      const { node } = createWorld({ runtime })
      const got: number[][] = [[], [], []]
      const turn: readonly Priority[] = ['high', 'normal', 'low', 'max']
      const pids = got.map((list) =>
        node.spawn<number>({
          init: () => null,
          message: (self: Process<number>, n: number) => {
            self.flag('priority', turn[n % turn.length]!)
            list.push(n)
            return null
          },
        }),
      )
      const sent = Array.from({ length: 200 }, (_, n) => n)
      for (const n of sent) for (const pid of pids) node.send(pid, n)
      await runtime.settle()
      expect(got).toEqual([sent, sent, sent])
      for (const pid of pids) node.sendExit(pid, 'kill')
      await runtime.settle()
      // Nobody of another priority is left: all stand in one line again.
      const order: number[] = []
      for (const name of [1, 2, 3]) node.spawn<number>(forms.callback(3, () => order.push(name)))
      await runtime.settle()
      expect(order).toHaveLength(9)
    })
  })

  test('does not help against a server of a lower one: it waits for it as for anybody', async () => {
    const { node, runtime } = createWorld()
    const order: string[] = []
    const server = node.spawn<Pid<string>>(
      { init: () => null, message: (self: Process<Pid<string>>, from) => self.send(from, 'answer') },
      { priority: 'low' },
    )
    node.spawn<string>(
      async (self) => {
        self.send(server, self.pid)
        order.push(await self.receive())
      },
      { priority: 'max' },
    )
    node.spawn<number>(forms.callback(5, () => order.push('normal')))
    await runtime.settle()
    expect(order.indexOf('answer')).toBeGreaterThan(0)
  })

  test('changes nothing for signals: they are in order, and wait for their turn', async () => {
    await eachOrder(async (runtime) => {
      const { inProcess } = createWorld({ runtime })
      await inProcess<Down>(async (self) => {
        const got: number[] = []
        const pid = self.spawn<number>(
          { init: () => null, message: (_, n: number) => void got.push(n) },
          { priority: 'low' },
        )
        const ref = self.monitor(pid)
        await self.sleep(1)
        for (const n of [1, 2, 3]) self.send(pid, n)
        self.sendExit(pid, 'stop')
        expect(await self.receive()).toEqual({ type: 'down', ref, process: pid, reason: 'stop' })
        expect(got).toEqual([1, 2, 3])
      })
    })
  })
})
