import {
  createNode,
  defineModule,
  timedOut,
  type AgnerError,
  type AnyPid,
  type CallbackBody,
  type Process,
} from '@agner/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { erpc, type DistributionErrorCode } from '../src/index.ts'
import { createCluster, type Cluster, type Member } from './cluster.ts'

interface JobsApi {
  double(of: number): number
  later(of: number): Promise<number>
  nothing(): void
  fail(): void
  toss(what: unknown): void
  leave(options: { readonly at: 'once' | 'later'; readonly reason: string }): void
  die(reason: string): void
  hang(): void
  where(): { readonly node: string; readonly pid: AnyPid; readonly leader: AnyPid | null }
  slow(ms: number): string
  unsendable(): string
  tell(to: AnyPid): void
}

const jobs = erpc.functions<JobsApi>('@test/jobs')

const Jobs = erpc.defineFunctions(jobs, '1', {
  double: (of) => of * 2,
  later: async (of, self) => {
    await self.sleep(10)
    return of * 3
  },
  nothing: () => {},
  fail: () => {
    throw new RangeError('it broke')
  },
  toss: (what) => {
    throw what as Error
  },
  leave: async ({ at, reason }, self) => {
    if (at === 'later') await self.sleep(5)
    return self.exit(reason)
  },
  die: async (reason, self) => {
    self.sendExit(self.pid, reason)
    await self.receive()
  },
  hang: async (_, self) => {
    await self.receive()
  },
  where: (_, self) => ({ node: self.node.name, pid: self.pid, leader: self.groupLeader }),
  slow: async (ms, self) => {
    await self.sleep(ms)
    return 'late'
  },
  unsendable: () => (() => 1) as unknown as string,
  tell: (to, self) => self.send(to as never, 'told' as never),
})

const Bodies = defineModule('@test/bodies', '1', { run: async () => {} })

let cluster: Cluster
let a: Member
let b: Member
const there = 'b@127.0.0.1'

beforeEach(async () => {
  cluster = createCluster()
  a = await cluster.start('a@127.0.0.1', { modules: [Jobs] })
  b = await cluster.start(there, { modules: [Jobs, Bodies] })
})

afterEach(async () => {
  await cluster.stop()
  expect(cluster.runtime.pendingTimers).toBe(0)
})

const inA = <M = unknown>(body: (self: Process<M>) => Promise<unknown>): Promise<void> => cluster.inProcess(a, body)
const failure = (promise: Promise<unknown>): Promise<AgnerError> =>
  promise.then(
    (value) => {
      throw new Error(`it gave ${String(value)}`)
    },
    (error: unknown) => error as AgnerError,
  )

describe.each([there, 'a@127.0.0.1'])('erpc.call to %s', (node) => {
  it('gives what the function gives, now or later', () =>
    inA(async (self) => {
      expect(await erpc.call(self, node, jobs, 'double', 21)).toBe(42)
      expect(await erpc.call(self, node, jobs, 'later', 3)).toBe(9)
      expect(await erpc.call(self, node, jobs, 'nothing')).toBe(undefined)
    }))

  it('runs it in a fresh process with the group leader of who calls', () =>
    inA(async (self) => {
      const [one, two] = [await erpc.call(self, node, jobs, 'where'), await erpc.call(self, node, jobs, 'where')]
      expect(one.node).toBe(node)
      expect(one.pid).not.toBe(two.pid)
      expect(one.leader).toBe(null)
      self.setGroupLeader(self.pid, self.pid)
      expect((await erpc.call(self, node, jobs, 'where')).leader).toBe(self.pid)
    }))

  it('tells an error, a throw, an exit and an exit signal apart', () =>
    inA(async (self) => {
      const failed = await failure(erpc.call(self, node, jobs, 'fail'))
      expect(failed).toMatchObject({ code: 'erpc.failed', details: { name: 'fail', node } })
      expect(failed.cause).toMatchObject({ name: 'RangeError', message: 'it broke' })
      expect(failed.message).toContain('RangeError: it broke')
      const threw = await failure(erpc.call(self, node, jobs, 'toss', { sold: 'out' }))
      expect(threw).toMatchObject({ code: 'erpc.threw', details: { value: { sold: 'out' } } })
      for (const at of ['once', 'later'] as const)
        expect(await failure(erpc.call(self, node, jobs, 'leave', { at, reason: 'enough' }))).toMatchObject({
          code: 'erpc.exited',
          details: { reason: 'enough' },
        })
      expect(await failure(erpc.call(self, node, jobs, 'leave', { at: 'later', reason: 'normal' }))).toMatchObject({
        code: 'erpc.exited',
        details: { reason: 'normal' },
      })
      expect(await failure(erpc.call(self, node, jobs, 'die', 'shot'))).toMatchObject({
        code: 'erpc.killed',
        details: { reason: 'shot' },
      })
      expect(await failure(erpc.call(self, node, jobs, 'die', 'kill'))).toMatchObject({ details: { reason: 'killed' } })
      expect(b.notices()).toEqual([])
      expect([...a.reports.all, ...b.reports.all].filter(({ type }) => type === 'crash')).toEqual([])
    }))

  it('takes a result that cannot be sent for a failure of the function', () =>
    inA(async (self) => {
      const failed = await failure(erpc.call(self, node, jobs, 'unsendable'))
      expect(failed.code).toBe('erpc.failed')
      expect(failed.cause).toMatchObject({ code: 'copy.unsendable' })
    }))

  it('leaves no message when the answer comes after the timeout', () =>
    inA(async (self) => {
      expect(await failure(erpc.call(self, node, jobs, 'slow', 50, { timeoutMs: 20 }))).toMatchObject({
        code: 'erpc.timeout',
        details: { timeoutMs: 20, node },
      })
      expect(await self.receive({ timeoutMs: 200 })).toBe(timedOut)
    }))
})

describe('what may be called', () => {
  it('are functions of registered modules, and nothing else', () =>
    inA(async (self) => {
      const none = erpc.functions<{ run(): void; nobody(): void }>('@test/bodies')
      for (const name of ['run', 'nobody'] as const)
        expect(await failure(erpc.call(self, there, none, name))).toMatchObject({ code: 'erpc.undefined' })
      const unknown = erpc.functions<{ f(): void }>('@test/unknown')
      expect(await failure(erpc.call(self, there, unknown, 'f'))).toMatchObject({
        code: 'erpc.undefined',
        message: expect.stringContaining('createNode({ modules') as string,
      })
      const inherited = erpc.functions<{ toString(): string }>('@test/jobs')
      expect(await failure(erpc.call(self, there, inherited, 'toString'))).toMatchObject({ code: 'erpc.undefined' })
    }))

  it('is said of rubbish, too, and harms nobody', () =>
    inA(async (self) => {
      const service = { name: '$agner/erpc', node: there }
      for (const rubbish of [null, 1, {}, { module: 1, name: 2 }, { module: '@test/jobs' }])
        expect(await self.request(service, rubbish)).toMatchObject({ is: 'undefined' })
      for (const rubbish of [1, { type: 1 }, { type: 'down', ref: null }, { type: 'down' }])
        self.send(service, rubbish as never)
      expect(await erpc.call(self, there, jobs, 'double', 1)).toBe(2)
    }))

  it('may also be spawned by name', () =>
    inA<string>(async (self) => {
      await self.spawnAt(there, '@test/jobs', 'tell', self.pid)
      expect(await self.receive()).toBe('told')
    }))
})

describe('infrastructure', () => {
  it('a node that is not there, or is lost, is noconnection at once', () =>
    inA(async (self) => {
      expect(await failure(erpc.call(self, 'nowhere@127.0.0.1', jobs, 'double', 1))).toMatchObject({
        code: 'erpc.no_connection',
      })
      const lost = failure(erpc.call(self, there, jobs, 'hang'))
      await self.sleep(20)
      const sinceMs = self.node.monotonicTimeMs()
      a.distribution.disconnect(there)
      expect((await lost).code).toBe('erpc.no_connection')
      expect(self.node.monotonicTimeMs() - sinceMs).toBeLessThan(5)
    }))

  it('a node without erpc is told from one that has lost it for a moment', () =>
    inA(async (self) => {
      b.node.sendExit(b.node.whereis('$agner/erpc')!, 'kill')
      expect(await erpc.call(self, there, jobs, 'double', 4)).toBe(8)
      b.node.unregisterName('$agner/erpc')
      expect(await failure(erpc.call(self, there, jobs, 'double', 4))).toMatchObject({ code: 'erpc.unsupported' })
    }))

  it('refuses what is no node, no function, no timeout', () =>
    inA(async (self) => {
      const code = 'erpc.bad_argument'
      expect(await failure(erpc.call(self, 'b' as string, jobs, 'double', 1))).toMatchObject({ code })
      expect(await failure(erpc.call(self, there, jobs, 1 as never, 1 as never))).toMatchObject({ code })
      expect(await failure(erpc.call(self, there, jobs, 'double', 1, { timeoutMs: -1 }))).toMatchObject({ code })
      expect(() => erpc.functions('')).toThrow(/name of the functions/)
      expect(() => erpc.functions('x', { timeoutMs: Number.NaN })).toThrow(/timeoutMs/)
      expect(() => erpc.defineFunctions(jobs, '1', { double: 1 } as never)).toThrow(/double must be a function/)
      expect(await failure(erpc.call(self, there, jobs, 'toss', (() => 1) as never))).toMatchObject({
        code: 'copy.unsendable',
      })
    }))

  it('functions go on when their caller is gone, as in Erlang', async () => {
    const before = b.node.processCount()
    await inA(async (self) => {
      const many = Array.from({ length: 20 }, () => failure(erpc.call(self, there, jobs, 'hang')))
      await self.sleep(20)
      a.distribution.disconnect(there)
      for (const one of many) expect((await one).code).toBe('erpc.no_connection')
    })
    expect(b.node.processCount()).toBe(before + 20)
  })

  it('works without a distribution on its own node, which says when it has no room for another process', async () => {
    const { runtime } = cluster
    const node = createNode({ runtime, processLimit: 10, modules: [Jobs] })
    expect(await runtime.runUntil(erpc.call(node, node.name, jobs, 'double', 2))).toBe(4)
    const full = await runtime.runUntil(
      Promise.all(
        Array.from({ length: 12 }, () => failure(erpc.call(node, node.name, jobs, 'slow', 20, { timeoutMs: 10 }))),
      ),
    )
    expect(new Set(full.map(({ code }) => code))).toEqual(new Set(['erpc.timeout', 'erpc.system_limit']))
    await runtime.runUntil(node.stop())
  })

  it('works for code outside any process', async () => {
    const { runtime } = cluster
    expect(await runtime.runUntil(erpc.call(a.node, there, jobs, 'double', 2))).toBe(4)
    expect((await runtime.runUntil(failure(erpc.call(a.node, there, jobs, 'fail')))).code).toBe('erpc.failed')
  })
})

describe('erpc.cast', () => {
  it('is carried out, and silent', () =>
    inA<string>(async (self) => {
      erpc.cast(self, there, jobs, 'tell', self.pid)
      erpc.multicast(self, [there, 'a@127.0.0.1', 'nowhere@127.0.0.1'], jobs, 'tell', self.pid)
      erpc.cast(self, there, erpc.functions<{ f(): void }>('@test/unknown'), 'f')
      for (let i = 0; i < 3; i++) expect(await self.receive({ timeoutMs: 1000 })).toBe('told')
      expect(await self.receive({ timeoutMs: 100 })).toBe(timedOut)
    }))

  it('that fails is a crash where it ran', async () => {
    await inA(async (self) => {
      erpc.cast(self, there, jobs, 'fail')
      await self.sleep(20)
    })
    expect(b.reports.all.filter(({ type }) => type === 'crash')).toHaveLength(1)
    expect(a.reports.all.filter(({ type }) => type === 'crash')).toHaveLength(0)
  })
})

describe('erpc.multicall', () => {
  it('gives what came of each, in the order of the nodes', () =>
    inA(async (self) => {
      const nodes = ['nowhere@127.0.0.1', there, 'a@127.0.0.1', there]
      expect(await erpc.multicall(self, nodes, jobs, 'double', 5)).toMatchObject([
        { node: nodes[0], type: 'error', error: { code: 'erpc.no_connection' } },
        { node: there, type: 'reply', value: 10 },
        { node: nodes[2], type: 'reply', value: 10 },
        { node: there, type: 'reply', value: 10 },
      ])
      const late = await erpc.multicall(self, [there, nodes[2]!], jobs, 'slow', 100, { timeoutMs: 30 })
      expect(late).toMatchObject([{ error: { code: 'erpc.timeout' } }, { error: { code: 'erpc.timeout' } }])
      expect(await self.receive({ timeoutMs: 200 })).toBe(timedOut)
      expect(await erpc.multicall(self, [], jobs, 'nothing')).toEqual([])
      expect(await failure(erpc.multicall(self, [there], jobs, 'toss', (() => 1) as never))).toMatchObject({
        code: 'copy.unsendable',
      })
    }))
})

describe('requests', () => {
  it('are waited for, given up, or taken from the mailbox', () =>
    inA<{ readonly type: string }>(async (self) => {
      const fast = erpc.sendRequest(self, there, jobs, 'double', 4)
      const slow = erpc.sendRequest(self, there, jobs, 'slow', 50)
      const bad = erpc.sendRequest(self, there, jobs, 'fail')
      expect(await erpc.waitResponse(self, fast)).toEqual({ type: 'reply', value: 8 })
      expect(await erpc.waitResponse(self, slow, { timeoutMs: 10 })).toBe(timedOut)
      expect(await erpc.waitResponse(self, slow, { timeoutMs: 100 })).toEqual({ type: 'reply', value: 'late' })
      const message = await self.receive()
      expect(erpc.checkResponse(message, fast)).toBe(null)
      expect(erpc.checkResponse(message, bad)).toMatchObject({ type: 'error', error: { code: 'erpc.failed' } })
      const given = erpc.sendRequest(self, there, jobs, 'slow', 50)
      expect(await erpc.receiveResponse(self, given, { timeoutMs: 10 })).toBe(timedOut)
      expect(await self.receive({ timeoutMs: 100 })).toBe(timedOut)
      expect(erpc.checkResponse('rubbish', given)).toBe(null)
    }))

  it('stand in collections with labels', () =>
    inA<{ readonly type: string }>(async (self) => {
      const requests = erpc.requestIds<number | string | void>()
      requests.add(erpc.sendRequest(self, there, jobs, 'slow', 30), 'slow')
      requests.add(erpc.sendRequest(self, 'nowhere@127.0.0.1', jobs, 'double', 1), 'nowhere')
      requests.add(erpc.sendRequest(self, there, jobs, 'double', 1), 'double')
      const labels: string[] = []
      while (requests.size > 0) {
        const response = await erpc.receiveResponse(self, requests, { timeoutMs: 1000 })
        if (response === timedOut || response === null) throw new Error('no response')
        labels.push(`${response.label} ${response.type === 'reply' ? String(response.value) : response.error.code}`)
      }
      expect(labels.sort()).toEqual(['double 2', 'nowhere erpc.no_connection', 'slow late'])
      expect(await erpc.receiveResponse(self, requests)).toBe(null)
      const kept = erpc.sendRequest(self, there, jobs, 'double', 7)
      requests.add(kept, 'kept')
      const message = await self.receive()
      expect(erpc.checkResponse(message, requests, { delete: false })).toMatchObject({ label: 'kept', value: 14 })
      expect(requests.toList()).toMatchObject([{ label: 'kept' }])
      expect(requests.delete(kept)).toBe(true)
      const two = erpc.sendRequest(self, there, jobs, 'slow', 50)
      requests.add(two, 'two')
      expect(await erpc.receiveResponse(self, requests, { untilMs: self.node.monotonicTimeMs() + 10 })).toBe(timedOut)
      expect(requests.size).toBe(0)
      expect(await self.receive({ timeoutMs: 100 })).toBe(timedOut)
    }))

  it('can be made by a callback body, whose answers are messages', async () => {
    const seen: unknown[] = []
    const body: CallbackBody<unknown, erpc.RequestId<number>> = {
      init: (self) => erpc.sendRequest(self, there, jobs, 'double', 6),
      message: (_, message, request) => {
        seen.push(erpc.checkResponse(message, request))
        return request
      },
    }
    a.node.spawn(body)
    await inA((self) => self.sleep(100))
    expect(seen).toEqual([{ type: 'reply', value: 12 }])
  })
})

describe('types', () => {
  it('are checked on both sides', () => {
    const check = (self: Process<unknown>): void => {
      const value: Promise<number> = erpc.call(self, there, jobs, 'later', 1)
      void value.catch(() => {})
      // @ts-expect-error the argument is a number
      void erpc.call(self, there, jobs, 'double', 'x')
      // @ts-expect-error there is no such function
      void erpc.call(self, there, jobs, 'treble', 1)
      // @ts-expect-error one argument
      erpc.functions<{ two(a: number, b: number): void }>('x')
      // @ts-expect-error a function cannot be sent
      erpc.functions<{ f(g: () => void): void }>('x')
      // @ts-expect-error another result
      erpc.defineFunctions(jobs, '1', { double: () => 'x' })
    }
    const code: erpc.ErpcErrorCode | DistributionErrorCode = 'erpc.failed'
    expect([typeof check, code]).toEqual(['function', 'erpc.failed'])
  })
})
