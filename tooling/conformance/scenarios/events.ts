/**
 * gen_event: handlers of one manager, each with its name as its state.
 */
import type { AgnerError, ExitReason, Process } from '../../../packages/core/src/index.ts'
import {
  addHandler,
  addSupHandler,
  callHandler,
  defineEventManager,
  defineHandler,
  deleteHandler,
  handlerProtocol,
  handOver,
  handOverAndReply,
  info,
  noreply,
  notify,
  protocol,
  removeHandler,
  removeHandlerAndReply,
  reply,
  startEventManager,
  stop,
  stopServer,
  swapHandler,
  swapSupHandler,
  syncNotify,
  whichHandlers,
  type GenEventExit,
  type Handler,
  type HandlerEnd,
  type HandlerId,
  type HandlerProtocol,
  type Protocol,
  type ServerPid,
} from '../../../packages/behaviours/src/index.ts'
import { errorWord } from '../neutral.ts'
import type { Scenario, Topic } from '../scenario.ts'
import { isType, type Stage } from '../stage.ts'

type What = 'note' | 'crash' | 'bad' | 'leave' | 'hand_over' | 'rest'

interface StageApi {
  events: { type: 'tell'; what: What; name: string }
  info: { type: 'knock' } | { type: 'exit'; reason: ExitReason }
}
interface ActorApi {
  calls: { ask(): unknown; leave(): unknown; hand_over(): unknown; crash(): unknown; bad(): unknown }
}
type Arg = { readonly name: string; readonly refuse?: string }
type Actor = Handler<StageApi, ActorApi, Arg>
type Manager = ServerPid<StageApi>

const events_: Protocol<StageApi> = protocol('events')
const actor: HandlerProtocol<StageApi, ActorApi> = handlerProtocol(events_, 'events')
const Manager = defineEventManager(events_)

/** A handler that does what an event that names it says. */
function defineActor(t: Stage): Actor {
  const heir = () => ({ to: Actor.as('heir'), arg: { name: 'heir' }, leaving: 'leaving' })
  const Actor: Actor = defineHandler(actor, {
    init: ({ name, refuse }: Arg, { self, predecessor }): string => {
      if (refuse !== undefined) throw stop(refuse)
      if (predecessor === null) t.emit(self, 'began', name)
      else t.emit(self, 'took_over', [name, predecessor.found ? predecessor.left : 'error'])
      return name
    },
    events: {
      tell: (mine, { what, name }, { self }) => {
        t.emit(self, name === mine ? 'event' : 'passed', [mine, what])
        if (name !== mine || what === 'note') return noreply(mine)
        if (what === 'rest') return noreply(mine, { hibernate: true })
        if (what === 'crash') throw new Error('boom')
        if (what === 'leave') return removeHandler()
        return what === 'hand_over' ? handOver(mine, heir()) : ('rubbish' as never)
      },
    },
    calls: {
      ask: (name) => reply(['answer', name], name),
      leave: () => removeHandlerAndReply('bye'),
      hand_over: (name) => handOverAndReply('bye', name, heir()),
      crash: () => {
        throw new Error('boom')
      },
      bad: () => 'rubbish' as never,
    },
    info: {
      knock: (name, _, { self }) => {
        t.emit(self, 'info', [name, 'knock'])
        return noreply(name)
      },
      exit: (name, { reason }, { self }) => {
        t.emit(self, 'exit', [name, reason])
        return noreply(name)
      },
    },
    terminate: (why, name, { self }) => {
      t.emit(self, 'ends', [name, wordFor(why)])
      return ['left', name]
    },
  })
  return Actor
}

function wordFor(why: HandlerEnd): unknown {
  switch (why.type) {
    case 'error':
      return crashWord(why.error)
    case 'ownerExit':
      return ['owner', why.reason]
    case 'remove':
      return 'remove_handler'
    case 'stop':
      return 'stop'
    default:
      return why.arg
  }
}

function crashWord(reason: ExitReason): unknown {
  const { code } = reason as { readonly code?: string }
  return code === 'events.bad_return' ? 'bad' : ['crash', errorWord(reason)]
}

const shortId = (id: HandlerId): unknown => (typeof id === 'string' ? id : id.id)

/** The moves of the Erlang half, by the same names. */
class Moves {
  readonly #self: Process<unknown>
  readonly #t: Stage
  readonly #actor: Actor
  readonly manager: Manager

  constructor(self: Process<unknown>, t: Stage, manager: Manager) {
    this.#self = self
    this.#t = t
    this.#actor = defineActor(t)
    this.manager = manager
  }

  add(name: string, as = name, more: object = {}, by = this.#self): Promise<unknown> {
    return this.answer(addHandler(by, this.manager, this.#actor.as(as), { name, ...more }))
  }

  addSup(name: string, by = this.#self): Promise<void> {
    return addSupHandler(by, this.manager, this.#actor.as(name), { name })
  }

  tell(what: What, name: string): Promise<void> {
    return syncNotify(this.#self, this.manager, { type: 'tell', what, name })
  }

  call(name: string, what: 'ask' | 'leave' | 'hand_over' | 'crash' | 'bad'): Promise<unknown> {
    return this.answer(callHandler(this.#self, this.manager, actor.as(name), what))
  }

  delete(name: string, why: string): Promise<unknown> {
    return this.answer(deleteHandler(this.#self, this.manager, actor.as(name), why))
  }

  swap(from: string, to: string, how: typeof swapHandler | typeof swapSupHandler = swapHandler): Promise<unknown> {
    const swap = { from: actor.as(from), leaving: 'leaving', to: this.#actor.as(to), arg: { name: to } }
    return this.answer(how(this.#self, this.manager, swap))
  }

  async which(): Promise<unknown> {
    return (await whichHandlers(this.#self, this.manager)).map(shortId)
  }

  /** As Erlang's functions give it: ok, an answer, or an error. */
  async answer(promise: Promise<unknown>): Promise<unknown> {
    try {
      return (await promise) ?? 'ok'
    } catch (error) {
      const { code, details } = error as AgnerError
      if (code === 'events.no_handler') return ['error', 'bad_module']
      const { reason } = details as { readonly reason: ExitReason }
      return code === 'events.not_added' ? ['error', reason] : crashWord(reason)
    }
  }

  /** What the owner of a handler was told. */
  async told(): Promise<void> {
    const isTold = (message: unknown) => isType('genEventExit' as never)(message)
    const message = (await this.#self.receive(isTold, { timeoutMs: 50 })) as GenEventExit | symbol
    if (typeof message === 'symbol') return this.#t.emit(this.#self, 'told', 'nothing')
    const { handler, reason } = message
    this.#t.emit(this.#self, 'told', [shortId(handler), exitWord(reason)])
  }
}

function exitWord(reason: GenEventExit['reason']): unknown {
  if (typeof reason === 'string') return reason
  if (typeof reason === 'object' && reason !== null && 'swapped' in reason) {
    const { handler, owner } = (reason as { readonly swapped: { handler: HandlerId; owner: unknown } }).swapped
    return ['swapped', shortId(handler), owner ?? false]
  }
  return crashWord(reason)
}

function scenario(
  about: Pick<Scenario, 'items' | 'faults' | 'before'>,
  play: (self: Process<unknown>, t: Stage, moves: Moves, manager: Manager) => Promise<void>,
): Scenario {
  return {
    ...about,
    play: async (self, t) => {
      const manager = t.label('manager', await startEventManager(self.node, Manager))
      await play(self, t, new Moves(self, t, manager), manager)
    },
  }
}

export const events: Topic = {
  newest_first: scenario({ items: ['E01'], faults: ['events.oldest_first'] }, async (self, t, moves) => {
    for (const name of ['a', 'b', 'c']) t.emit(self, 'add', await moves.add(name))
    await moves.tell('note', 'a')
    t.emit(self, 'which', await moves.which())
  }),

  one_id_twice: scenario({ items: ['E01'], faults: ['events.an_id_is_unique'] }, async (self, t, moves) => {
    await moves.add('first', 'a')
    t.emit(self, 'again', await moves.add('second', 'a'))
    t.emit(self, 'which', await moves.which())
    t.emit(self, 'newer', await moves.call('a', 'ask'))
    await moves.delete('a', 'newer')
    t.emit(self, 'older', await moves.call('a', 'ask'))
  }),

  a_handler_that_refuses: scenario(
    { items: ['E01'], faults: ['events.refusal_is_a_crash'] },
    async (self, t, moves) => {
      t.emit(self, 'add', await moves.add('a', 'a', { refuse: 'no' }))
      t.emit(self, 'which', await moves.which())
    },
  ),

  notify_does_not_wait: scenario(
    { items: ['E02'], faults: ['events.notify_is_lost'], before: [['main:notified', 'manager:event']] },
    async (self, t, moves, manager) => {
      await moves.add('a')
      self.suspend(manager)
      notify(self, manager, { type: 'tell', what: 'note', name: 'a' })
      t.emit(self, 'notified')
      self.resume(manager)
      await moves.tell('note', 'b')
    },
  ),

  sync_notify_waits_for_all: scenario(
    { items: ['E02'], faults: ['events.sync_does_not_wait'], before: [['manager:event', 'main:done']] },
    async (self, t, moves) => {
      await moves.add('oldest')
      await moves.add('newest')
      await moves.tell('note', 'oldest')
      t.emit(self, 'done')
    },
  ),

  a_manager_that_is_dead: scenario(
    { items: ['E02'], faults: ['events.a_stop_never_ends', 'send.to_the_dead_raises'] },
    async (self, t, moves, manager) => {
      await stopServer(self, manager).catch(() => null)
      notify(self, manager, { type: 'tell', what: 'note', name: 'a' })
      t.emit(self, 'notified')
      const sync = moves.tell('note', 'a').catch((error: AgnerError) => ['exit', error.details['reason']])
      t.emit(self, 'sync', await sync)
    },
  ),

  calls: scenario({ items: ['E03'], faults: ['events.heirs_get_lost'] }, async (self, t, moves) => {
    for (const name of ['a', 'b', 'c']) await moves.add(name)
    t.emit(self, 'ask', await moves.call('a', 'ask'))
    t.emit(self, 'missing', await moves.call('nobody', 'ask'))
    t.emit(self, 'leave', await moves.call('b', 'leave'))
    t.emit(self, 'hand_over', await moves.call('a', 'hand_over'))
    t.emit(self, 'heir', await moves.call('heir', 'ask'))
    t.emit(self, 'which', await moves.which())
  }),

  calls_that_fail: scenario(
    { items: ['E03', 'E04', '9.21'], faults: ['events.crash_ends_the_manager', 'events.a_crashed_handler_stays'] },
    async (self, t, moves) => {
      for (const name of ['a', 'b', 'c']) await moves.add(name)
      t.emit(self, 'crash', await moves.call('a', 'crash'))
      t.emit(self, 'bad', await moves.call('b', 'bad'))
      t.emit(self, 'which', await moves.which())
    },
  ),

  a_crash_removes_one: scenario(
    { items: ['E04', '9.21'], faults: ['events.crash_ends_the_manager', 'events.a_crashed_handler_stays'] },
    async (self, t, moves) => {
      for (const name of ['a', 'b', 'c']) await moves.add(name)
      await moves.tell('crash', 'b')
      t.emit(self, 'which', await moves.which())
      await moves.tell('bad', 'c')
      t.emit(self, 'which', await moves.which())
      await moves.tell('note', 'a')
    },
  ),

  a_handler_leaves_or_hands_over: scenario(
    { items: ['E04', 'E07'], faults: ['events.heirs_go_first'] },
    async (self, t, moves) => {
      for (const name of ['a', 'b', 'c']) await moves.add(name)
      await moves.tell('hand_over', 'b')
      t.emit(self, 'which', await moves.which())
      await moves.tell('leave', 'c')
      t.emit(self, 'which', await moves.which())
    },
  ),

  an_owner_is_told: scenario(
    { items: ['E05', '9.21'], faults: ['events.owners_are_not_told', 'events.owners_stay_linked'] },
    async (self, t, moves, manager) => {
      await moves.addSup('a')
      await moves.delete('a', 'deleted')
      await moves.told()
      await moves.addSup('b')
      await moves.tell('crash', 'b')
      await moves.told()
      await moves.addSup('c')
      await moves.tell('bad', 'c')
      await moves.told()
      await moves.addSup('d')
      await moves.tell('leave', 'd')
      await moves.told()
      await moves.addSup('e')
      await moves.tell('hand_over', 'e')
      await moves.told()
      await stopServer(self, manager)
      await moves.told()
      t.emit(self, 'then', await t.quiet(self))
    },
  ),

  an_owner_ends: scenario(
    { items: ['E05', '9.21'], faults: ['events.handlers_outlive_their_owner', 'events.others_do_not_hear_of_exits'] },
    async (self, t, moves) => {
      await moves.add('free')
      const owner = t.label(
        'owner',
        self.spawnMonitor(async (me: Process<unknown>) => {
          await moves.addSup('owned', me)
          t.emit(me, 'added')
          me.exit('gone')
        }),
      )
      t.emit(self, 'owner', await t.reason(self, owner))
      t.emit(self, 'which', await moves.which())
      await moves.tell('note', 'free')
    },
  ),

  an_owner_ends_normally: scenario(
    { items: ['E05'], faults: ['events.handlers_outlive_their_owner'] },
    async (self, t, moves) => {
      const owner = t.label(
        'owner',
        self.spawnMonitor((me: Process<unknown>) => moves.addSup('owned', me)),
      )
      t.emit(self, 'owner', await t.reason(self, owner))
      t.emit(self, 'which', await moves.which())
    },
  ),

  deleting: scenario({ items: ['E06'], faults: ['events.results_get_lost'] }, async (self, t, moves) => {
    await moves.add('a')
    t.emit(self, 'deleted', await moves.delete('a', 'why'))
    const again = await moves.delete('a', 'why')
    t.emit(self, 'again', JSON.stringify(again) === '["error","bad_module"]' ? ['error', 'module_not_found'] : again)
  }),

  swapping: scenario(
    { items: ['E07'], faults: ['events.results_get_lost', 'events.a_swap_needs_the_old'] },
    async (self, t, moves) => {
      await moves.add('a')
      await moves.add('b')
      t.emit(self, 'swap', await moves.swap('a', 'c'))
      t.emit(self, 'which', await moves.which())
      t.emit(self, 'swap', await moves.swap('a', 'd'))
      t.emit(self, 'which', await moves.which())
    },
  ),

  swapping_with_an_owner: scenario(
    { items: ['E05', 'E07'], faults: ['events.owners_are_not_told'] },
    async (self, t, moves) => {
      await moves.add('a')
      t.emit(self, 'swap', await moves.swap('a', 'b', swapSupHandler))
      t.emit(self, 'swap', await moves.swap('b', 'c'))
      await moves.told()
      await moves.delete('c', 'why')
      await moves.told()
    },
  ),

  messages: scenario({ items: ['E08'], faults: ['events.messages_get_lost'] }, async (self, _t, moves, manager) => {
    await moves.add('a')
    await moves.add('b')
    info(self, manager, { type: 'knock' })
    await moves.tell('note', 'a')
  }),

  stopping: scenario({ items: ['E08'], faults: ['events.a_stop_is_silent'] }, async (self, t, moves, manager) => {
    await moves.add('a')
    await moves.add('b')
    await stopServer(self, manager)
    t.emit(self, 'alive', self.isAlive(manager))
  }),

  hibernating: scenario({ items: ['E09'], faults: ['events.nobody_hibernates'] }, async (self, t, moves, manager) => {
    const sleeps = () => self.processInfo(manager, ['currentFunction'])?.currentFunction === 'hibernate'
    await moves.add('a')
    await moves.add('b')
    t.emit(self, 'asleep', sleeps())
    await moves.tell('rest', 'b')
    t.emit(self, 'asleep', sleeps())
    await moves.tell('note', 'b')
    t.emit(self, 'asleep', sleeps())
  }),
}
