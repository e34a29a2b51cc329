/** What runs at a death besides the kernel: listeners of the signal, and what closes owned things. It must hurt nobody. */
import { addAbortListener, once } from 'node:events'
import { PassThrough } from 'node:stream'
import { finished } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { eachSeed } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import { type AnyPid, type Down, type Process } from '../src/index.ts'
import { createWorld } from './world.ts'

const forever = async (self: Process<never>): Promise<void> => self.sleep(1e9)

describe('listeners of self.signal', () => {
  test('that throw, or reject, are reported, once each, and hurt nobody: not the killer, not the program', async () => {
    const { node, runtime, reports } = createWorld()
    const heard: string[] = []
    const pid = node.spawn(
      async (self) => {
        const { signal } = self
        signal.addEventListener('abort', () => {
          heard.push('first')
          throw new Error('listener')
        })
        signal.addEventListener('abort', () => Promise.reject(new Error('async listener')) as never)
        signal.addEventListener('abort', {
          handleEvent: () => {
            throw new Error('object')
          },
        })
        signal.onabort = () => {
          throw new Error('onabort')
        }
        signal.addEventListener('abort', () => heard.push('last'))
        await forever(self)
      },
      { name: 'victim' },
    )
    await runtime.settle()
    node.sendExit(pid, 'kill')
    expect(await runtime.runUntil(node.exited(pid))).toBe('killed')
    await runtime.settle()
    expect(heard).toEqual(['first', 'last'])
    expect(reports.all).toHaveLength(4)
    expect(new Set(reports.all.map((report) => ('error' in report ? (report.error as Error).message : '')))).toEqual(
      new Set(['listener', 'object', 'onabort', 'async listener']),
    )
    expect(reports.all[0]).toMatchObject({ type: 'closing_failed', pid, name: 'victim' })
  })

  test('never run on the stack of who kills, however it kills', async () => {
    const { node, runtime } = createWorld({ mailboxLimit: 2 })
    const log: string[] = []
    const victim = (label: string) =>
      node.spawn(async (self: Process<number>) => {
        self.signal.addEventListener('abort', () => log.push(`${label} aborted`))
        self.own({ close: () => log.push(`${label} closed`) })
        await self.sleep(1e9)
      })
    const [byFlood, byLook, byInfo, other] = [victim('flood'), victim('look'), victim('info'), victim('other')]
    await runtime.settle()
    const killer = node.spawn(async (self) => {
      for (let n = 0; n < 4; n++) self.send(byFlood, n)
      log.push('flooded')
      self.sendExit(byLook, 'kill')
      log.push(`alive: ${self.isAlive(byLook)}`)
      self.sendExit(byInfo, 'kill')
      log.push(`has info: ${node.processInfo(byInfo) !== undefined}`)
      self.sendExit(other, 'kill')
      log.push('killed')
    })
    expect(await runtime.runUntil(node.exited(killer))).toBe('normal')
    await runtime.settle()
    expect(log.slice(0, 4)).toEqual(['flooded', 'alive: false', 'has info: false', 'killed'])
    expect(log.slice(4).toSorted()).toEqual(
      ['flood', 'info', 'look', 'other'].flatMap((label) => [`${label} aborted`, `${label} closed`]),
    )
  })

  test('find their process dead: what they ask of it does nothing, and self.exit() leaves them', async () => {
    await eachSeed({ seeds: 30 }, async (runtime) => {
      const { node, reports } = createWorld({ runtime })
      const witness = node.spawn(async (self: Process<never>) => self.receive())
      const found: unknown[] = []
      const pid: AnyPid = node.spawn(
        async (self: Process<string>) => {
          self.signal.addEventListener('abort', () => {
            self.send(witness as never, 'from the dead' as never)
            self.link(witness)
            self.register('again')
            found.push(self.spawn(forever), self.monitor(witness), self.whereis('mine'), self.isAlive(self.pid))
            void self.receive().then(() => found.push('received'))
            void self.request(witness, 1).finally(() => found.push('answered'))
            found.push(self.signal.aborted)
            self.exit('again')
          })
          await self.sleep(1e9)
        },
        { name: 'mine' },
      )
      await runtime.settle()
      node.sendExit(pid, 'stop')
      expect(await runtime.runUntil(node.exited(pid))).toBe('stop')
      await runtime.advance(10_000)
      expect(found.slice(2)).toEqual([undefined, false, true])
      expect(node.processes()).toEqual([witness])
      expect(node.processInfo(witness)).toMatchObject({ mailboxLength: 0, links: [], monitoredBy: [] })
      expect(reports.all).toEqual([])
    })
  })

  test('may end others, and each other, as far as that goes', async () => {
    await eachSeed({ seeds: 30 }, async (runtime) => {
      const { node } = createWorld({ runtime })
      const pids: AnyPid[] = []
      const order: number[] = []
      for (let index = 0; index < 5; index++) {
        pids.push(
          node.spawn(async (self) => {
            self.signal.addEventListener('abort', () => {
              order.push(index)
              for (const other of [index - 1, index, index + 1])
                if (pids[other] !== undefined) node.sendExit(pids[other], 'kill')
            })
            await self.sleep(1e9)
          }),
        )
      }
      await runtime.settle()
      node.sendExit(pids[2]!, 'kill')
      await runtime.settle()
      expect(order.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4])
      expect(node.processCount()).toBe(0)
    })
  })

  test('can be taken away, set once, and set twice without effect, as on any signal', async () => {
    const { node, runtime } = createWorld()
    const heard: string[] = []
    const pid = node.spawn(async (self) => {
      const { signal } = self
      const removed = () => heard.push('removed')
      const twice = () => heard.push('twice')
      const object = { handleEvent: () => heard.push('object') }
      signal.addEventListener('abort', removed)
      signal.removeEventListener('abort', removed)
      signal.addEventListener('abort', twice)
      signal.addEventListener('abort', twice, { once: true })
      signal.addEventListener('abort', object)
      addAbortListener(signal, () => heard.push('node'))
      AbortSignal.any([signal]).addEventListener('abort', () => heard.push('any'))
      await self.sleep(1e9)
    })
    await runtime.settle()
    node.sendExit(pid, 'kill')
    await runtime.settle()
    expect(heard.toSorted()).toEqual(['any', 'node', 'object', 'twice'])
  })

  test('Node.js takes the signal for what it is', async () => {
    const { node, runtime } = createWorld()
    let ended: Promise<unknown[]> | null = null
    const pid = node.spawn(async (self) => {
      expect(self.signal).toBeInstanceOf(AbortSignal)
      expect(Object.keys(self.signal)).toEqual([])
      ended = Promise.all([
        pause(1e6, undefined, { signal: self.signal }).catch((error: unknown) => (error as Error).name),
        once(new EventTarget(), 'never', { signal: self.signal }).catch((error: unknown) => (error as Error).name),
        finished(new PassThrough(), { signal: self.signal }).catch((error: unknown) => (error as Error).name),
      ])
      await self.sleep(1e9)
    })
    await runtime.settle()
    node.sendExit(pid, 'stop')
    await runtime.settle()
    expect(await ended!).toEqual(['AbortError', 'AbortError', 'AbortError'])
  })
})

describe('closing', () => {
  test('what is not closed after 5 s is reported, each by what it is, and the death is announced', async () => {
    const { node, runtime, reports } = createWorld()
    class Socket {
      close(): Promise<never> {
        return new Promise(() => {})
      }
    }
    const pid = node.spawn(
      async (self) => {
        self.own({ close: () => {} })
        self.own(new Socket())
        self.own({ close: () => new Promise((resolve) => runtime.setTimer(4999, resolve as () => void)) })
        self.own({ [Symbol.asyncDispose]: () => new Promise(() => {}) })
        await self.sleep(1e9)
      },
      { name: 'owner' },
    )
    await runtime.settle()
    const end = node.exited(pid)
    node.sendExit(pid, 'stop')
    expect(await runtime.runUntil(end)).toBe('stop')
    expect(runtime.nowMs()).toBe(5000)
    expect(reports.all).toEqual(
      ['an object', 'an instance of Socket'].map((what) => ({
        type: 'closing_failed',
        pid,
        name: 'owner',
        error: expect.objectContaining({ code: 'own.not_closed', details: { what, limitMs: 5000 } }) as unknown,
      })),
    )
  })

  test('that fails after the time was up is still reported; nobody is told of the death twice', async () => {
    const { node, runtime, reports } = createWorld()
    let ends = 0
    const pid = node.spawn(async (self) => {
      self.own({
        close: () =>
          new Promise((_, reject) => {
            runtime.setTimer(6000, () => reject(new Error('late')))
          }),
      })
      await self.sleep(1e9)
    })
    await runtime.settle()
    void node.exited(pid).then(() => ends++)
    node.sendExit(pid, 'stop')
    await runtime.advance(10_000)
    expect(ends).toBe(1)
    expect(reports.all).toEqual([
      expect.objectContaining({ error: expect.objectContaining({ code: 'own.not_closed' }) as unknown }),
      expect.objectContaining({ error: expect.objectContaining({ message: 'late' }) as unknown }),
    ])
    expect(runtime.pendingTimers).toBe(0)
  })

  test('closers that throw what cannot be read, and thenables that never were promises', async () => {
    const { node, runtime, reports } = createWorld()
    const pid = node.spawn(async (self) => {
      const hostile = Object.create(null) as { close(): unknown }
      hostile.close = () => {
        throw Object.create(null)
      }
      self.own(hostile)
      self.own({
        close: () => ({
          // oxlint-disable-next-line no-thenable
          then: () => {
            throw new Error('thenable')
          },
        }),
      })
      self.own({ close: () => self.exit('left') })
      await self.sleep(1e9)
    })
    await runtime.settle()
    const end = node.exited(pid)
    node.sendExit(pid, 'stop')
    expect(await runtime.runUntil(end)).toBe('stop')
    expect(reports.all.map((report) => report.type)).toEqual(['closing_failed', 'closing_failed'])
  })

  test('what is owned twice is closed twice; what a closer hands over is closed at once', async () => {
    const { node, runtime } = createWorld()
    const closed: string[] = []
    const pid = node.spawn(async (self) => {
      const thing = { close: () => closed.push('thing') }
      self.own(thing)
      self.own(thing)
      self.own({ close: () => void self.own({ close: () => closed.push('late') }) })
      await self.sleep(1e9)
    })
    await runtime.settle()
    node.sendExit(pid, 'kill')
    await runtime.settle()
    expect(closed).toEqual(['late', 'thing', 'thing'])
  })

  test('a process that is closing is there, and is not alive (P13)', async () => {
    const { inProcess, node, runtime } = createWorld()
    await inProcess<Down>(async (self) => {
      const { pid } = self.spawnMonitor(
        async (me) => {
          me.own({ close: () => new Promise((resolve) => runtime.setTimer(100, resolve as () => void)) })
          await me.sleep(1e9)
        },
        { name: 'busy' },
      )
      await self.sleep(1)
      self.sendExit(pid, 'kill')
      await self.sleep(1)
      expect([node.isAlive(pid), node.processInfo(pid), node.whereis('busy')]).toEqual([false, undefined, undefined])
      expect(node.processes()).toEqual([self.pid, pid])
      expect([node.processCount(), node.counters().processes]).toEqual([2, 2])
      await self.receive()
      expect([node.processes(), node.processCount()]).toEqual([[self.pid], 1])
    })
  })
})
