/**
 * Functions called on other nodes, and on one's own.
 */
import { timedOut, type AgnerError, type AnyPid, type Process } from '../../../packages/core/src/index.ts'
import { erpc } from '../../../packages/distribution/src/index.ts'
import type { Cluster, Short } from '../cluster.ts'
import type { Topic } from '../scenario.ts'
import type { Stage } from '../stage.ts'

interface JobsApi {
  double(of: number): number
  fail(): void
  toss(what: string): void
  leave(reason: string): void
  die(reason: string): void
  hang(): void
  slow(order: { readonly ms: number; readonly value: string }): string
  leader(): AnyPid | null
  me(): AnyPid
  tell(order: { readonly to: AnyPid; readonly what: string }): void
}

const jobs: erpc.Functions<JobsApi> = erpc.functions('jobs')

const Jobs = erpc.defineFunctions(jobs, '1', {
  double: (of) => 2 * of,
  fail: () => {
    throw new Error('broken')
  },
  toss: (what) => {
    throw what as unknown as Error
  },
  leave: (reason, self) => self.exit(reason),
  die: async (reason, self) => {
    self.sendExit(self.pid, reason)
    await self.receive()
  },
  hang: async (_, self) => {
    await self.receive()
  },
  slow: async ({ ms, value }, self) => {
    await self.sleep(ms)
    return value
  },
  leader: (_, self) => self.groupLeader,
  me: (_, self) => self.pid,
  tell: ({ to, what }, self) => self.send(to as never, what as never),
})

const nobody = erpc.functions<{ nobody(): void }>('jobs')

async function jobsOn(self: Process<unknown>, t: Stage, shorts: readonly Short[]): Promise<Cluster> {
  const cluster = await t.cluster(self, shorts)
  self.node.register(Jobs)
  for (const short of shorts) cluster.peer(short).node.register(Jobs)
  return cluster
}

const words: Readonly<Record<string, string>> = {
  'erpc.failed': 'error',
  'erpc.threw': 'throw',
  'erpc.exited': 'exit',
  'erpc.killed': 'signal',
}

function inWords({ code, details, cause }: AgnerError): unknown[] {
  if (code === 'erpc.undefined') return ['undefined']
  if (code === 'erpc.failed') return ['error', (cause as Error).message]
  if (code in words) return [words[code], details['value'] ?? details['reason']]
  const reason = code === 'erpc.bad_argument' ? 'badarg' : code.replace('erpc.', '').replace('_', '')
  return ['erpc', reason]
}

async function how(promise: Promise<unknown>): Promise<unknown[]> {
  try {
    return ['value', await promise]
  } catch (error) {
    return inWords(error as AgnerError)
  }
}

function show(response: erpc.Response<unknown> | typeof timedOut | null): unknown {
  if (response === timedOut) return timedOut
  if (response === null) return 'no_request'
  return response.type === 'reply' ? ['value', response.value] : inWords(response.error)
}

export const erpcCalls: Topic = {
  what_a_function_does_is_told: {
    items: ['X01'],
    faults: ['erpc.exits_are_signals', 'erpc.values_are_lost'],
    play: async (self, t) => {
      const cluster = await jobsOn(self, t, ['b'])
      for (const node of [await cluster.connect('b'), self.node.name]) {
        t.emit(self, 'value', await how(erpc.call(self, node, jobs, 'double', 21)))
        t.emit(self, 'error', await how(erpc.call(self, node, jobs, 'fail')))
        t.emit(self, 'throw', await how(erpc.call(self, node, jobs, 'toss', 'sold_out')))
        t.emit(self, 'exit', await how(erpc.call(self, node, jobs, 'leave', 'enough')))
        t.emit(self, 'normal', await how(erpc.call(self, node, jobs, 'leave', 'normal')))
        t.emit(self, 'signal', await how(erpc.call(self, node, jobs, 'die', 'shot')))
        t.emit(self, 'kill', await how(erpc.call(self, node, jobs, 'die', 'kill')))
        t.emit(self, 'undefined', await how(erpc.call(self, node, nobody, 'nobody')))
      }
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  why_a_function_was_not_run_is_told: {
    items: ['X01'],
    faults: ['erpc.calls_have_no_end'],
    play: async (self, t) => {
      const cluster = await jobsOn(self, t, ['b'])
      const b = await cluster.connect('b')
      const options = { timeoutMs: 2000 }
      t.emit(self, 'nowhere', await how(erpc.call(self, 'nowhere@127.0.0.9', jobs, 'double', 1, options)))
      t.emit(self, 'timeout', await how(erpc.call(self, b, jobs, 'hang', undefined, { timeoutMs: 20 })))
      t.emit(
        self,
        'own_timeout',
        await how(erpc.call(self, self.node.name, jobs, 'hang', undefined, { timeoutMs: 20 })),
      )
      t.emit(self, 'bad_timeout', await how(erpc.call(self, b, jobs, 'double', 1, { timeoutMs: -1 })))
      t.emit(self, 'bad_node', await how(erpc.call(self, 17 as never, jobs, 'double', 1, options)))
      t.emit(self, 'fine', await how(erpc.call(self, b, jobs, 'double', 1, options)))
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  a_call_ends_with_its_connection: {
    items: ['X01'],
    faults: ['connection.lost_calls_wait'],
    play: async (self, t) => {
      const cluster = await jobsOn(self, t, ['b'])
      const b = await cluster.connect('b')
      t.label(
        'caller',
        self.spawn<unknown>(async (caller) => {
          const outcome = await how(erpc.call(caller, b, jobs, 'hang', undefined, { timeoutMs: 3000 }))
          self.send(self.pid, [outcome, await t.collect(caller)])
        }),
      )
      await self.sleep(50)
      const sinceMs = self.node.monotonicTimeMs()
      await cluster.cut(self, 'b')
      t.emit(self, 'lost', await self.receive())
      t.emit(self, 'at_once', self.node.monotonicTimeMs() - sinceMs < 1000)
    },
  },

  a_late_result_leaves_nothing: {
    items: ['X04', 'X02'],
    faults: ['reply.late_is_a_message'],
    play: async (self, t) => {
      const cluster = await jobsOn(self, t, ['b'])
      const b = await cluster.connect('b')
      const slow = { ms: 300, value: 'late' }
      t.emit(self, 'timeout', await how(erpc.call(self, b, jobs, 'slow', slow, { timeoutMs: 20 })))
      t.emit(self, 'then', await t.quiet(self, 500))
      const many = await erpc.multicall(self, [b, self.node.name], jobs, 'slow', slow, { timeoutMs: 20 })
      t.emit(self, 'many', many.map(show))
      t.emit(self, 'then', await t.quiet(self, 500))
    },
  },

  a_fresh_process_in_the_group_of_the_caller: {
    items: ['X04'],
    faults: ['erpc.has_its_own_leader'],
    play: async (self, t) => {
      const cluster = await jobsOn(self, t, ['b'])
      const b = await cluster.connect('b')
      const own = self.node.name
      self.setGroupLeader(self.pid, self.pid)
      const leaders = [await erpc.call(self, b, jobs, 'leader'), await erpc.call(self, own, jobs, 'leader')]
      t.emit(
        self,
        'leaders',
        leaders.map((leader) => leader === self.pid),
      )
      const [one, two] = [await erpc.call(self, b, jobs, 'me'), await erpc.call(self, b, jobs, 'me')]
      t.emit(self, 'fresh', [one.node === b, one !== two])
      t.emit(self, 'own', (await erpc.call(self, own, jobs, 'me', undefined, { timeoutMs: 2000 })) !== self.pid)
    },
  },

  many_nodes_answer_in_order: {
    items: ['X02'],
    faults: ['erpc.values_are_lost', 'erpc.the_end_of_a_function_is_unseen'],
    play: async (self, t) => {
      const cluster = await jobsOn(self, t, ['b', 'o'])
      const [b, o] = [await cluster.connect('b'), await cluster.connect('o')]
      const nodes = [o, 'nowhere@127.0.0.9', b, self.node.name, b]
      t.emit(self, 'doubled', (await erpc.multicall(self, nodes, jobs, 'double', 4, { timeoutMs: 2000 })).map(show))
      t.emit(self, 'thrown', (await erpc.multicall(self, [b, o], jobs, 'toss', 'ball')).map(show))
      t.emit(self, 'died', (await erpc.multicall(self, [b, o], jobs, 'die', 'shot')).map(show))
      t.emit(self, 'none', await erpc.multicall(self, [], jobs, 'double', 4))
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  casts_are_silent: {
    items: ['X02'],
    faults: ['erpc.casts_are_lost'],
    play: async (self, t) => {
      const cluster = await jobsOn(self, t, ['b', 'o'])
      const [b, o] = [await cluster.connect('b'), await cluster.connect('o')]
      const to = self.pid
      const ok = (run: () => void): unknown => t.attempt(run) === true && 'ok'
      t.emit(
        self,
        'cast',
        ok(() => erpc.cast(self, b, jobs, 'tell', { to, what: 'one' })),
      )
      t.emit(self, 'told', await t.quiet(self, 2000))
      const nodes = [b, o, self.node.name, 'nowhere@127.0.0.9']
      t.emit(
        self,
        'multicast',
        ok(() => erpc.multicast(self, nodes, jobs, 'tell', { to, what: 'all' })),
      )
      t.emit(self, 'told', [await t.quiet(self, 2000), await t.quiet(self, 2000), await t.quiet(self, 2000)])
      t.emit(
        self,
        'nobody',
        ok(() => erpc.cast(self, b, nobody, 'nobody')),
      )
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  requests_are_answered_later: {
    items: ['X02'],
    faults: ['request.unawaited_is_lost', 'request.is_never_given_up', 'request.wait_gives_up'],
    play: async (self, t) => {
      const cluster = await jobsOn(self, t, ['b'])
      const b = await cluster.connect('b')
      const slow = erpc.sendRequest(self, b, jobs, 'slow', { ms: 300, value: 'late' })
      const bad = erpc.sendRequest(self, b, jobs, 'toss', 'ball')
      t.emit(self, 'soon', show(await erpc.waitResponse(self, slow, { timeoutMs: 5 })))
      t.emit(self, 'bad', show(await erpc.waitResponse(self, bad, { timeoutMs: 2000 })))
      t.emit(self, 'late', show(await erpc.waitResponse(self, slow, { timeoutMs: 2000 })))
      const given = erpc.sendRequest(self, b, jobs, 'slow', { ms: 300, value: 'late' })
      const gone = await erpc.receiveResponse(self, given, { timeoutMs: 5 })
      t.emit(self, 'given_up', gone === timedOut ? ['erpc', 'timeout'] : show(gone))
      t.emit(self, 'then', await t.quiet(self, 500))
      const told = erpc.sendRequest(self, b, jobs, 'double', 3)
      const message = await self.receive()
      t.emit(self, 'foreign', erpc.checkResponse(message, given) === null && 'no_response')
      t.emit(self, 'own', show(erpc.checkResponse(message, told)))
    },
  },

  collections_of_requests: {
    items: ['X02'],
    faults: ['erpc.collections_keep_all', 'request.collection_waits_for_the_first'],
    play: async (self, t) => {
      const cluster = await jobsOn(self, t, ['b', 'o'])
      const [b, o] = [await cluster.connect('b'), await cluster.connect('o')]
      const all = erpc.requestIds<string | number>()
      all.add(erpc.sendRequest(self, b, jobs, 'slow', { ms: 300, value: 'b' }), 'b')
      all.add(erpc.sendRequest(self, o, jobs, 'double', 1), 'o')
      t.emit(self, 'size', all.size)
      const next = async (timeoutMs: number): Promise<unknown> => {
        const response = await erpc.waitResponse(self, all, { timeoutMs })
        if (response === timedOut || response === null) return response === null ? 'no_request' : 'no_response'
        return [response.type === 'reply' ? response.value : response.error.code, response.label, all.size]
      }
      t.emit(self, 'first', await next(2000))
      t.emit(self, 'soon', await next(5))
      t.emit(self, 'second', await next(2000))
      t.emit(self, 'empty', await next(2000))
      t.emit(self, 'then', await t.quiet(self))
    },
  },
}
