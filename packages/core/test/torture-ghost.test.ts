/**
 * `self` in the hands of foreign code after the death of its process: each operation does nothing, and what it gives to wait for never settles.
 */
import { describe, expect, test } from 'vitest'
import {
  defineModule,
  type AnyPid,
  type CallbackBody,
  type Closable,
  type Down,
  type Pid,
  type Process,
  type Ref,
} from '../src/index.ts'
import { expectNoneUnhandled } from './unhandled.ts'
import { createWorld } from './world.ts'

expectNoneUnhandled()

type Self = Process<string>

interface Around {
  readonly self: Self
  /** A live process that must not notice anything. */
  readonly other: Pid<string>
  /** A timer of the other's. */
  readonly timer: Ref
  readonly closed: string[]
}

const child = async (self: Self): Promise<void> => self.send('other', 'born of the dead')
const closable = ({ closed }: Around): Closable => ({ close: () => closed.push('closed') })

/** Every operation that there is: a new one wants a row here. */
const operations: Record<keyof Process<string>, (around: Around) => unknown> = {
  pid: ({ self }) => self.pid,
  node: ({ self }) => self.node,
  trySend: ({ self, other }) => self.trySend(other, 'ghost'),
  send: ({ self, other }) => {
    self.send(other, 'from the dead')
    self.send('other', 'from the dead')
    self.send({ name: 'other', node: self.node.name }, 'from the dead')
    self.send('nobody', 'which throws for the living')
  },
  receive: ({ self }) => Promise.race([self.receive(), self.receive({ timeoutMs: 0 }), self.receive(() => true)]),
  request: ({ self, other }) =>
    Promise.race([self.request(other, 1), self.request(self.pid, 1), self.request(other, 1, { timeoutMs: 0 })]),
  spawn: ({ self }) => self.spawn(child),
  spawnLink: ({ self }) => self.spawnLink(child),
  spawnMonitor: ({ self }) => self.spawnMonitor(child),
  spawnAt: ({ self }) => self.spawnAt(self.node.name, 'm', 'child', null),
  spawnRequest: ({ self }) => self.spawnRequest(child),
  spawnRequestAt: ({ self }) => self.spawnRequestAt(self.node.name, 'm', 'child', null),
  abandonSpawn: ({ self, timer }) => self.abandonSpawn(timer),
  link: ({ self, other }) => self.link(other),
  unlink: ({ self, other }) => self.unlink(other),
  monitor: ({ self, other }) => self.demonitor(self.monitor(other)),
  demonitor: ({ self, timer }) => self.demonitor(timer, { flush: true }),
  sendExit: ({ self, other }) => self.sendExit(other, 'kill'),
  suspend: ({ self, other }) => expect(self.suspend(other)).toBe(false),
  resume: ({ self, other }) => self.resume(other),
  isAlive: ({ self }) => expect(self.isAlive(self.pid)).toBe(false),
  exit: ({ self }) => expect(() => self.exit('again')).toThrow(),
  trapExits: ({ self }) => self.trapExits(true),
  flag: ({ self }) => expect(self.flag('priority', 'max')).toBe('normal'),
  yield: ({ self }) => self.yield(),
  register: ({ self }) => {
    self.register('ghost')
    self.register('other')
  },
  unregister: ({ self }) => {
    self.unregister('other')
    self.unregister('nobody')
  },
  whereis: ({ self, other }) => expect(self.whereis('other')).toBe(other),
  makeRef: ({ self }) => self.makeRef(),
  alias: ({ self }) => self.send(self.alias(), 'to the dead'),
  unalias: ({ self, timer }) => self.unalias(timer as never),
  label: ({ self }) => self.label('ghost'),
  dictionary: ({ self }) => self.dictionary.put('key', 'value'),
  groupLeader: ({ self }) => self.groupLeader,
  traceContext: ({ self }) => {
    self.traceContext = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), flags: 1 }
    return self.traceContext
  },
  messageClock: ({ self }) => self.messageClock,
  setGroupLeader: ({ self, other }) => self.setGroupLeader(other, self.pid),
  processInfo: ({ self }) => expect(self.processInfo(self.pid)).toBe(undefined),
  sleep: ({ self }) => Promise.race([self.sleep(0), self.sleep(-1)]),
  sendAfter: ({ self, other }) => self.sendAfter(1, other, 'later, from the dead'),
  startTimer: ({ self }) => self.startTimer(1, 'to the dead'),
  cancelTimer: ({ self, timer }) => {
    expect(self.cancelTimer(timer)).toBe(false)
    self.cancelTimer(timer, { async: true })
  },
  readTimer: ({ self, timer }) => self.readTimer(timer),
  monitorTimeOffset: ({ self }) => self.monitorTimeOffset(),
  wait: ({ self }) =>
    Promise.race([self.wait(Promise.resolve(1)), self.wait(Promise.reject(new Error('absorbed for the dead')))]),
  // Nobody would ever close it: it is closed at once.
  own: (around) => around.self.own(closable(around)),
  signal: ({ self }) => expect(self.signal.aborted).toBe(true),
  become: ({ self }) => Promise.race([self.become('m', 'child', null), self.become('no such', 'module', null)]),
  hibernate: ({ self }) =>
    Promise.race([self.hibernate('m', 'child', null), self.hibernate('no such', 'module', null)]),
}

const bodies: Record<
  string,
  (take: (self: Self) => void) => ((self: Self) => Promise<unknown>) | CallbackBody<string, null>
> = {
  'an async body': (take) => async (self: Self) => {
    take(self)
    await self.receive()
  },
  'a callback body': (take) => ({
    init: (self: Self) => {
      take(self)
      return null
    },
    message: () => null,
  }),
}

describe.each(Object.keys(bodies))('%s, dead:', (kind) => {
  test.each(Object.keys(operations) as (keyof Process<string>)[])('%s', async (operation) => {
    const { node, runtime, reports } = createWorld({ modules: [defineModule('m', '1', { child })] })
    const heard: unknown[] = []
    let timer: Ref | null = null
    const other = node.spawn(
      async (self: Process<string | Down>) => {
        timer = self.sendAfter(50, self.pid, 'its own timer')
        for (;;) heard.push(await self.receive())
      },
      { name: 'other' },
    )
    let ghost: Self | null = null
    const pid: AnyPid = node.spawn(bodies[kind]!((self) => (ghost = self)))
    await runtime.settle()
    node.sendExit(pid, 'shutdown')
    await runtime.settle()
    const before = { processes: node.processes(), names: node.registeredNames(), other: node.processInfo(other) }
    const closed: string[] = []
    let settled = false
    // A timer of somebody else's calls it.
    runtime.setTimer(10, () => {
      const result = operations[operation]({ self: ghost!, other, timer: timer!, closed })
      if (!(result instanceof Promise)) return
      const settle = () => void (settled = true)
      result.then(settle, settle)
    })
    await runtime.advance(10)
    expect({ processes: node.processes(), names: node.registeredNames(), other: node.processInfo(other) }).toEqual(
      before,
    )
    await runtime.advance(10_000)
    expect(heard).toEqual(['its own timer'])
    expect([settled, node.isAlive(other), node.isAlive(pid)]).toEqual([false, true, false])
    expect(closed).toEqual(operation === 'own' ? ['closed'] : [])
    expect(reports.all).toEqual([])
  })
})
