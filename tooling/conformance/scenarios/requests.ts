/**
 * Requests whose answers are waited for later, and calls to many nodes.
 */
import { AgnerError, timedOut, type Process } from '../../../packages/core/src/index.ts'
import {
  abcast,
  answer,
  call,
  cast,
  checkResponse,
  defineServer,
  multiCall,
  noreply,
  protocol,
  receiveResponse,
  reply,
  requestIds,
  sendRequest,
  startServer,
  stop,
  waitResponse,
  type From,
  type RequestIds,
  type CallResponse,
  type ServerPid,
} from '../../../packages/behaviours/src/index.ts'
import { errorWord } from '../neutral.ts'
import type { Topic } from '../scenario.ts'
import type { Stage } from '../stage.ts'

type Any = Process<unknown>

interface KeeperApi {
  calls: {
    double(n: number): number
    keep(): unknown
    stop(reason: string | { readonly shutdown: string }): never
    tell(to: Any['pid']): string
    itself(): unknown
  }
  casts: { release(value: unknown): void; note(to: Any['pid']): void }
}

export const keeper = protocol<KeeperApi>('keeper', { timeoutMs: 2000 })

export const Keeper = defineServer(keeper, {
  init: (): readonly From<unknown>[] => [],
  calls: {
    double: (kept, n) => reply(2 * n, kept),
    keep: (kept, _, { from }) => noreply([...kept, from]),
    stop: (_kept, reason) => stop(reason),
    tell: (kept, to, { self }) => {
      self.send(to, 'told')
      return reply('answered', kept)
    },
    itself: async (kept, _, { self, pid }) => reply(await reasonOf(call(self, pid, 'double', 1)), kept),
  },
  casts: {
    release: (kept, value) => {
      for (const from of kept) answer(from, value)
      return noreply([])
    },
    note: (kept, to, { self }) => {
      self.send(to, 'noted')
      return noreply(kept)
    },
  },
})

const nowhere = 'nowhere@127.0.0.1'

export async function start(self: Any, t: Stage, label: string, name?: string): Promise<ServerPid<KeeperApi>> {
  return t.label(label, await startServer(self.node, Keeper, undefined, name === undefined ? {} : { name }))
}

const startAll = (self: Any, t: Stage, ...labels: string[]): Promise<ServerPid<KeeperApi>[]> =>
  Promise.all(labels.map((label) => start(self, t, label)))

/** The reason of a failed call as Erlang has it. */
function reason(error: unknown): unknown {
  if (!(error instanceof AgnerError)) return error
  if (error.code === 'call.exited') return error.details['reason']
  return errorWord(error)
}

/** What a call comes to: Erlang exits with the reason, and says which call it was. */
async function reasonOf(asked: Promise<unknown>): Promise<unknown> {
  try {
    return await asked
  } catch (error) {
    return reason(error)
  }
}

type Shown = CallResponse<unknown> | typeof timedOut | null

/** A response in Erlang's form; `absent` is the word for none. */
export function show(response: Shown, absent = 'no_reply'): unknown {
  if (response === timedOut) return 'timeout'
  if (response === null) return absent
  const told = response.type === 'reply' ? ['reply', response.value] : ['error', reason(response.error)]
  return 'label' in response ? [told, response.label] : told
}

const labels = (requests: RequestIds<unknown>): string[] => requests.toList().map(({ label }) => label)

export const requests: Topic = {
  an_answer_is_waited_for_later: {
    items: ['G08'],
    faults: ['request.unawaited_is_lost'],
    play: async (self, t) => {
      const [a, b] = await startAll(self, t, 'a', 'b')
      const one = sendRequest(self, a!, 'keep')
      const two = sendRequest(self, b!, 'double', 21)
      await call(self, b!, 'double', 0)
      t.emit(self, 'two', show(await waitResponse(self, two, { timeoutMs: 2000 })))
      cast(self, a!, 'release', 'late')
      t.emit(self, 'one', show(await waitResponse(self, one, { timeoutMs: 2000 })))
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  a_wait_may_be_made_again: {
    items: ['G08'],
    faults: ['request.wait_gives_up'],
    play: async (self, t) => {
      const a = await start(self, t, 'a')
      const one = sendRequest(self, a, 'keep')
      t.emit(self, 'at_once', show(await waitResponse(self, one, { timeoutMs: 0 })))
      t.emit(self, 'soon', show(await waitResponse(self, one, { timeoutMs: 20 })))
      cast(self, a, 'release', 'value')
      const again = waitResponse(self, one, { timeoutMs: 2000 }).catch(reason) as Promise<Shown>
      t.emit(self, 'then', show(await again))
    },
  },

  who_receives_too_late_gives_up: {
    items: ['G08'],
    faults: ['request.is_never_given_up'],
    play: async (self, t) => {
      const a = await start(self, t, 'a')
      const one = sendRequest(self, a, 'keep')
      t.emit(self, 'late', show(await receiveResponse(self, one, { timeoutMs: 20 })))
      cast(self, a, 'release', 'value')
      t.emit(self, 'doubled', await call(self, a, 'double', 2))
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  an_answer_that_is_there_is_taken_at_no_time: {
    items: ['G08'],
    faults: ['request.unawaited_is_lost', 'request.mailbox_is_not_searched'],
    play: async (self, t) => {
      const a = await start(self, t, 'a')
      const one = sendRequest(self, a, 'double', 3)
      t.emit(self, 'doubled', await call(self, a, 'double', 2))
      t.emit(self, 'one', show(await receiveResponse(self, one, { timeoutMs: 0 })))
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  an_answer_comes_as_a_message: {
    items: ['G08'],
    faults: ['request.unawaited_is_lost', 'request.refs_are_one'],
    play: async (self, t) => {
      const a = await start(self, t, 'a')
      const one = sendRequest(self, a, 'double', 4)
      const first = await self.receive({ timeoutMs: 2000 })
      const two = sendRequest(self, a, 'double', 5)
      const second = await self.receive({ timeoutMs: 2000 })
      t.emit(self, 'other', show(checkResponse('something', one)))
      t.emit(self, 'not_two', show(checkResponse(first, two)))
      t.emit(self, 'one', show(checkResponse(first, one)))
      t.emit(self, 'not_one', show(checkResponse(second, one)))
      t.emit(self, 'two', show(checkResponse(second, two)))
    },
  },

  an_answer_comes_after_what_was_sent_before: {
    items: ['G08'],
    faults: ['message.is_slow'],
    play: async (self, t) => {
      const a = await start(self, t, 'a')
      const one = sendRequest(self, a, 'tell', self.pid)
      t.emit(self, 'one', show(await waitResponse(self, one, { timeoutMs: 2000 })))
      t.emit(self, 'told', await t.collect(self))
    },
  },

  failures_are_responses: {
    items: ['G08'],
    faults: ['call.does_not_watch', 'peers.unreachable_is_silent'],
    play: async (self, t) => {
      const [a, b] = await startAll(self, t, 'a', 'b')
      const come = async (request: ReturnType<typeof sendRequest>) =>
        show(await receiveResponse(self, request, { timeoutMs: 2000 }))
      t.emit(self, 'no_name', await come(sendRequest(self, keeper.at('nobody'), 'keep')))
      t.emit(self, 'stopped', await come(sendRequest(self, a!, 'stop', 'normal')))
      t.emit(self, 'broken', await come(sendRequest(self, b!, 'stop', 'broken')))
      t.emit(self, 'dead', await come(sendRequest(self, a!, 'keep')))
      t.emit(self, 'unreachable', await come(sendRequest(self, keeper.at({ name: 'nobody', node: nowhere }), 'keep')))
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  a_failure_comes_as_a_message: {
    items: ['G08'],
    faults: ['request.unawaited_is_lost'],
    play: async (self, t) => {
      const a = await start(self, t, 'a')
      const one = sendRequest(self, a, 'keep')
      self.sendExit(a, 'kill')
      t.emit(self, 'killed', show(checkResponse(await self.receive({ timeoutMs: 2000 }), one)))
    },
  },

  a_collection_is_answered_in_any_order: {
    items: ['G09'],
    faults: ['request.collection_keeps_all', 'request.collection_waits_for_the_first'],
    play: async (self, t) => {
      const [a, b, c] = await startAll(self, t, 'a', 'b', 'c')
      const all = requestIds<unknown>()
      const come = async () => show(await receiveResponse(self, all, { timeoutMs: 2000 }), 'no_request')
      t.emit(self, 'empty', await come())
      all.add(sendRequest(self, a!, 'keep'), 'a').add(sendRequest(self, b!, 'keep'), 'b')
      all.add(sendRequest(self, c!, 'keep'), 'c')
      t.emit(self, 'size', all.size)
      t.emit(self, 'labels', labels(all))
      cast(self, b!, 'release', 2)
      t.emit(self, 'first', await come())
      self.sendExit(c!, 'kill')
      t.emit(self, 'second', await come())
      cast(self, a!, 'release', 1)
      t.emit(self, 'third', await come())
      t.emit(self, 'size', all.size)
      t.emit(self, 'none', await come())
    },
  },

  a_collection_keeps_what_it_is_told_to: {
    items: ['G09'],
    faults: ['request.collection_keeps_nothing'],
    play: async (self, t) => {
      const [a, b] = await startAll(self, t, 'a', 'b')
      const both = requestIds<unknown>()
      both.add(sendRequest(self, a!, 'double', 1), 'a').add(sendRequest(self, b!, 'keep'), 'b')
      t.emit(self, 'first', show(await waitResponse(self, both, { timeoutMs: 2000, delete: false })))
      t.emit(self, 'kept', both.size)
      t.emit(self, 'late', show(await waitResponse(self, both, { timeoutMs: 20 })))
      cast(self, b!, 'release', 2)
      t.emit(self, 'second', show(await waitResponse(self, both, { timeoutMs: 2000 })))
      t.emit(self, 'left', both.size)
    },
  },

  a_collection_that_is_late_is_given_up: {
    items: ['G09'],
    faults: ['request.is_never_given_up'],
    play: async (self, t) => {
      const servers = await startAll(self, t, 'a', 'b')
      const both = requestIds<unknown>()
      for (const [index, pid] of servers.entries()) both.add(sendRequest(self, pid, 'keep'), String(index))
      t.emit(self, 'late', show(await receiveResponse(self, both, { timeoutMs: 20 })))
      for (const pid of servers) cast(self, pid, 'release', 'value')
      for (const pid of servers) t.emit(self, 'doubled', await call(self, pid, 'double', 2))
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  a_collection_has_one_deadline: {
    items: ['G09'],
    faults: ['request.deadline_starts_anew'],
    play: async (self, t) => {
      const [a, b] = await startAll(self, t, 'a', 'b')
      const both = requestIds<unknown>()
      both.add(sendRequest(self, a!, 'keep'), 'a').add(sendRequest(self, b!, 'keep'), 'b')
      const startMs = self.node.monotonicTimeMs()
      const untilMs = startMs + 60
      cast(self, a!, 'release', 1)
      t.emit(self, 'first', show(await receiveResponse(self, both, { untilMs })))
      t.emit(self, 'second', show(await receiveResponse(self, both, { untilMs })))
      const elapsedMs = self.node.monotonicTimeMs() - startMs
      t.emit(self, 'in_time', elapsedMs >= 60 && elapsedMs < 500)
    },
  },

  a_message_belongs_to_a_collection: {
    items: ['G09'],
    faults: ['request.collection_keeps_all', 'request.refs_are_one'],
    play: async (self, t) => {
      const a = await start(self, t, 'a')
      const one = requestIds<unknown>().add(sendRequest(self, a, 'double', 1), 'a')
      const other = requestIds<unknown>().add(sendRequest(self, a, 'keep'), 'b')
      const message = await self.receive({ timeoutMs: 2000 })
      t.emit(self, 'other', show(checkResponse(message, other)))
      t.emit(self, 'kept', [show(checkResponse(message, one, { delete: false })), one.size])
      t.emit(self, 'taken', [show(checkResponse(message, one)), one.size])
      t.emit(self, 'again', show(checkResponse(message, one), 'no_request'))
    },
  },

  a_call_that_is_late_leaves_nothing: {
    items: ['G03', '9.1'],
    faults: ['reply.late_is_a_message', 'call.never_expires'],
    play: async (self, t) => {
      const a = await start(self, t, 'a')
      t.emit(self, 'late', await reasonOf(call(self, a, 'keep', undefined, { timeoutMs: 20 })))
      cast(self, a, 'release', 'late')
      t.emit(self, 'doubled', await call(self, a, 'double', 2))
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  calls_fail_for_reasons: {
    items: ['G04'],
    faults: ['call.does_not_watch'],
    play: async (self, t) => {
      t.emit(self, 'no_name', await reasonOf(call(self, keeper.at('nobody'), 'keep')))
      t.emit(
        self,
        'no_name_here',
        await reasonOf(call(self, keeper.at({ name: 'nobody', node: self.node.name }), 'keep')),
      )
      t.emit(self, 'itself', await reasonOf(call(self, await start(self, t, 'a'), 'itself')))
      const reasons = { b: 'normal', c: 'shutdown', d: { shutdown: 'x' }, e: 'broken' } as const
      for (const [label, why] of Object.entries(reasons))
        t.emit(self, 'stopped', await reasonOf(call(self, await start(self, t, label), 'stop', why)))
      const f = await start(self, t, 'f')
      t.label(
        'killer',
        self.spawn(async (killer) => {
          await killer.sleep(20)
          killer.sendExit(f, 'kill')
          killer.send(self.pid, 'killed')
        }),
      )
      t.emit(self, 'killed', await reasonOf(call(self, f, 'keep')))
      t.emit(self, 'dead', await reasonOf(call(self, f, 'keep')))
      await self.receive()
    },
  },

  many_nodes_answer_or_do_not: {
    items: ['S13'],
    faults: ['call.does_not_watch', 'peers.unreachable_is_silent'],
    play: async (self, t) => {
      await start(self, t, 'a', 'here')
      const startMs = self.node.monotonicTimeMs()
      const nodes = [self.node.name, nowhere]
      const { replies, badNodes } = await multiCall(self, keeper.at('here'), nodes, 'double', 4)
      t.emit(self, 'here', [replies.map(({ value }) => value), badNodes.map(({ node }) => node)])
      const none = await multiCall(self, keeper.at('nobody'), nodes, 'double', 4)
      t.emit(self, 'nobody', [none.replies, none.badNodes.length])
      t.emit(self, 'at_once', self.node.monotonicTimeMs() - startMs < 1500)
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  many_nodes_that_are_late_say_nothing_later: {
    items: ['S13'],
    faults: ['reply.late_is_a_message'],
    play: async (self, t) => {
      const a = await start(self, t, 'a', 'here')
      const here = [self.node.name]
      const late = await multiCall(self, keeper.at('here'), here, 'keep', undefined, { timeoutMs: 20 })
      t.emit(self, 'late', [late.replies, late.badNodes.length])
      cast(self, a, 'release', 'late')
      t.emit(self, 'doubled', await call(self, a, 'double', 2))
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  many_nodes_whose_server_ends_are_bad: {
    items: ['S13'],
    faults: ['call.does_not_watch'],
    play: async (self, t) => {
      await start(self, t, 'a', 'here')
      const startMs = self.node.monotonicTimeMs()
      const ended = await multiCall(self, keeper.at('here'), [self.node.name], 'stop', 'broken')
      t.emit(self, 'ended', [ended.replies, ended.badNodes.length])
      t.emit(self, 'at_once', self.node.monotonicTimeMs() - startMs < 1500)
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  a_cast_to_many_nodes_reaches_who_is_there: {
    items: ['S14'],
    faults: ['peers.unreachable_raises'],
    play: async (self, t) => {
      await start(self, t, 'a', 'here')
      const said = (to: string, nodes: string[]) =>
        t.attempt(() => abcast(self, keeper.at(to), nodes, 'note', self.pid)) === true ? 'abcast' : 'raised'
      t.emit(self, 'said', said('here', [self.node.name, nowhere]))
      t.emit(self, 'noted', await self.receive({ timeoutMs: 2000 }))
      t.emit(self, 'to_nobody', said('nobody', [self.node.name]))
      t.emit(self, 'then', await t.quiet(self))
    },
  },
}
