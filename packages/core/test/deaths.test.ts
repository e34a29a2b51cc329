import { eachSeed } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import { defineModule, timedOut, type AnyPid, type Closable, type Down, type Pid, type Process } from '../src/index.ts'
import { createWorld } from './world.ts'

describe('death is final', () => {
  /** A body that refuses to die, and tells of every line it gets to run. */
  async function stubborn(
    self: Process<string>,
    wait: () => Promise<unknown>,
    say: (what: string) => void,
  ): Promise<void> {
    for (;;) {
      try {
        await wait()
        say('went on')
      } catch {
        say('caught')
      } finally {
        say('finally')
      }
    }
  }

  const waits: Record<string, (self: Process<string>) => Promise<unknown>> = {
    receive: (self) => self.receive(),
    'receive with a timeout': (self) => self.receive({ timeoutMs: 50 }),
    'selective receive': (self) => self.receive((message) => message === 'never', { timeoutMs: 50 }),
    sleep: (self) => self.sleep(50),
    request: (self) => self.request('server', 'question', { timeoutMs: 50 }),
    wait: (self) =>
      self.wait(new Promise((_resolve, reject) => self.node.runtime.setTimer(50, () => reject(new Error('late'))))),
    'several at once': (self) =>
      Promise.race([self.receive(), self.sleep(50), self.request('server', 'question', { timeoutMs: 60 })]),
    'behind wrappers': async (self) => (async () => (async () => self.receive({ timeoutMs: 50 }))())(),
  }

  test.each(Object.keys(waits))('killed in %s, it never goes on: no catch, no finally, no loop', async (name) => {
    await eachSeed({ seeds: 30 }, async (runtime) => {
      const { node } = createWorld({ runtime })
      node.spawn(async (self) => self.sleep(1000), { name: 'server' })
      const said: string[] = []
      let dead = false
      const pid = node.spawn((self: Process<string>) =>
        stubborn(
          self,
          () => waits[name]!(self),
          (what) => void (dead && said.push(what)),
        ),
      )
      await runtime.advance(10)
      const end = node.exited(pid)
      node.sendExit(pid, 'kill')
      expect(await runtime.runUntil(end)).toBe('killed')
      dead = true
      node.send(pid, 'wake up')
      await runtime.advance(10_000)
      expect(said).toEqual([])
    })
  })

  test('exit() that is caught: the process is dead all the same', async () => {
    const { node, runtime, exited } = createWorld()
    const said: string[] = []
    const listener = node.spawn(async (self: Process<string>) => {
      for (;;) said.push(await self.receive())
    })
    const pid = node.spawn(async (self: Process<string>) => {
      for (let round = 0; round < 3; round++) {
        try {
          self.exit('enough')
        } catch {
          self.send(listener, `ghost in round ${round}`)
        }
      }
      await self.receive({ timeoutMs: 0 })
      self.send(listener, 'after a receive')
    })
    expect(await exited(pid)).toBe('enough')
    await runtime.advance(100)
    expect(said).toEqual([])
  })

  test('a ghost that a bare foreign promise resumes has no effect on anything', async () => {
    const { node, runtime } = createWorld({ modules: [defineModule('m', '1', { f: async () => {} })] })
    const heard: unknown[] = []
    const listener = node.spawn(async (self: Process<unknown>) => {
      for (;;) heard.push(await self.receive())
    })
    let release = () => {}
    let ghost: Record<string, unknown> = {}
    let settledAfterDeath = false
    const closed: string[] = []
    const closable: Closable = { close: () => closed.push('closed') }
    const pid = node.spawn(async (self: Process<string>) => {
      await new Promise<void>((resolve) => (release = resolve))
      self.send(listener, 'from the dead')
      self.sendExit(listener, 'kill')
      self.register('ghost')
      self.link(listener)
      self.unlink(listener)
      self.label('ghost')
      self.own(closable)
      const timer = self.sendAfter(1, listener, 'later, from the dead')
      const alias = self.alias()
      const born: AnyPid = self.spawn(async () => void heard.push('born of the dead'))
      ghost = {
        spawned: self.isAlive(born),
        linked: self.isAlive(self.spawnLink(async () => {})),
        monitor: String(self.monitor(listener)).startsWith('#Ref'),
        cancelled: self.cancelTimer(timer),
        read: self.readTimer(timer),
        aborted: self.signal.aborted,
        unalias: self.unalias(alias),
      }
      const settled = () => void (settledAfterDeath = true)
      for (const promise of [
        self.receive(),
        self.receive({ timeoutMs: 0 }),
        self.sleep(0),
        self.wait(Promise.resolve(1)),
        self.wait(Promise.reject(new Error('absorbed'))),
        self.request(listener, 1),
        self.request(self.pid, 1),
        self.spawnAt(node.name, 'm', 'f', null),
        self.become('m', 'f', null),
      ]) {
        promise.then(settled, settled)
      }
      throw new Error('no unhandled rejection either')
    })
    await runtime.settle()
    const end = node.exited(pid)
    node.sendExit(pid, 'kill')
    expect(await runtime.runUntil(end)).toBe('killed')
    release()
    await runtime.advance(10_000)
    expect(heard).toEqual([])
    expect(ghost).toEqual({
      spawned: false,
      linked: false,
      monitor: true,
      cancelled: false,
      read: false,
      aborted: true,
      unalias: false,
    })
    expect(closed).toEqual(['closed'])
    expect(settledAfterDeath).toBe(false)
    expect(node.isAlive(listener)).toBe(true)
    expect([node.whereis('ghost'), node.processCount()]).toEqual([undefined, 1])
  })

  test('whatever the moment of the kill, nothing of the victim arrives after its DOWN', async () => {
    await eachSeed({ seeds: 300 }, async (runtime) => {
      const { node, exited } = createWorld({ runtime })
      const depth = Math.floor(runtime.random() * 6)
      const watcher = node.spawn(async (self: Process<{ n: number } | Down>) => {
        const victim = self.spawn(async (me: Process<number>) => {
          const take = async (left: number): Promise<number> => (left === 0 ? me.receive() : take(left - 1))
          for (;;) me.send(self.pid, { n: await take(depth) })
        })
        const ref = self.monitor(victim)
        const before = Math.floor(runtime.random() * 4)
        for (let n = 0; n < 8; n++) {
          if (n === before) self.sendExit(victim, 'kill')
          self.send(victim, n)
          if (runtime.random() < 0.3) await self.sleep(0)
        }
        let next = 0
        for (let message = await self.receive(); 'n' in message; message = await self.receive()) {
          if (message.n !== next++) throw new Error('out of order')
        }
        // All that it did came before; what was sent after the kill it never saw.
        if (next > before) throw new Error('it went on after the kill')
        if (self.demonitor(ref)) throw new Error('a second DOWN was possible')
        if ((await self.receive({ timeoutMs: 1000 })) !== timedOut) throw new Error('the dead spoke')
      })
      expect(await exited(watcher)).toBe('normal')
    })
  })

  test('a promise brought in with wait: resumes the living, is absorbed for the dead', async () => {
    const { inProcess, node, runtime, exited } = createWorld()
    await inProcess(async (self) => {
      expect(await self.wait(Promise.resolve('value'))).toBe('value')
      expect(
        await self.wait({ then: (resolve: (value: string) => void) => resolve('thenable') } as PromiseLike<string>),
      ).toBe('thenable')
      await expect(self.wait(Promise.reject(new RangeError('kept')))).rejects.toBeInstanceOf(RangeError)
    })
    let reject = (_error: Error) => {}
    const late = new Promise<never>((_resolve, rejectIt) => (reject = rejectIt))
    const pid = node.spawn((self) => self.wait(late))
    await runtime.settle()
    node.sendExit(pid, 'kill')
    await exited(pid)
    reject(new Error('nobody is there to handle this'))
    await runtime.settle()
  })

  test.each<[string, unknown]>([
    ['a string', 'refused'],
    ['undefined', undefined],
    ['an object that no string can be made of', Object.create(null)],
    ['a symbol', Symbol('s')],
  ])('wait rejects with what the promise rejected with: %s', async (_name, value) => {
    const { inProcess } = createWorld()
    await inProcess(async (self) => {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- that is what is tried
      const outcome = await self.wait(Promise.reject(value)).then(
        () => 'fulfilled',
        (error: unknown) => [error],
      )
      expect(outcome).toEqual([value])
    })
  })

  test('a second receive is refused, the first goes on', async () => {
    const { inProcess, node } = createWorld()
    await inProcess<string>(async (self) => {
      const first = self.receive()
      await expect(self.receive()).rejects.toMatchObject({ code: 'receive.pending' })
      await expect(self.receive({ timeoutMs: 0 })).rejects.toMatchObject({ code: 'receive.pending' })
      node.send(self.pid, 'one')
      expect(await first).toBe('one')
      node.send(self.pid, 'two')
      expect(await self.receive()).toBe('two')
    })
  })

  test('a body that never returns, nor awaits anything of self, can be killed', async () => {
    const { node, runtime } = createWorld()
    const pid = node.spawn(() => new Promise(() => {}))
    await runtime.settle()
    expect(node.isAlive(pid)).toBe(true)
    const end = node.exited(pid)
    node.sendExit(pid, 'kill')
    expect(await runtime.runUntil(end)).toBe('killed')
  })

  test('killed before its first turn', async () => {
    await eachSeed({ seeds: 20 }, async (runtime) => {
      const { node, exited } = createWorld({ runtime })
      const went: string[] = []
      const pid = node.spawn(async (self) => {
        await self.sleep(0)
        went.push('on')
      })
      node.sendExit(pid, 'kill')
      expect(node.isAlive(pid)).toBe(false)
      expect(await exited(pid)).toBe('noproc')
      await runtime.advance(100)
      expect(went).toEqual([])
    })
  })

  test('a name, a pid and a child of the dead stay what they were', async () => {
    const { node, runtime, exited } = createWorld()
    let child: Pid<string> | null = null
    const parent = node.spawn(async (self) => {
      child = self.spawn(async (me: Process<string>) => void (await me.receive()))
    })
    await exited(parent)
    expect(node.isAlive(child!)).toBe(true)
    expect(node.processInfo(child!)).toMatchObject({ parent })
    const reused = node.spawn(async () => {})
    expect(reused).not.toBe(parent)
    expect(reused.id).not.toBe(parent.id)
    await runtime.settle()
  })
})
