/**
 * What the types promise, checked by the compiler alone: a wrong program must not compile, a right one needs no annotation.
 */
import { expectTypeOf } from 'vitest'
import {
  createNode,
  defineModule,
  immutable,
  reply,
  timedOut,
  type Alias,
  type AnyPid,
  type CallbackBody,
  type Destination,
  type Down,
  type Exit,
  type ExitReason,
  type Pid,
  type Process,
  type ProcessInfo,
  type Ref,
  type Request,
  type Sendable,
  type SpawnReply,
  type TimeOffsetChanged,
  type TimeoutMessage,
  type TimerCancelled,
  type TimerRead,
} from '../src/index.ts'

const node = createNode()

type Add = { readonly type: 'add'; readonly by: number }
type Get = { readonly type: 'get'; readonly from: Pid<number> }

// — a pid says what may be sent —

const counter = node.spawn(async (self: Process<Add | Get>) => void (await self.receive()))
expectTypeOf(counter).toEqualTypeOf<Pid<Add | Get>>()
node.send(counter, { type: 'add', by: 1 })
// @ts-expect-error -- by must be a number
node.send(counter, { type: 'add', by: '1' })
// @ts-expect-error -- no such message
node.send(counter, { type: 'subtract', by: 1 })
// @ts-expect-error -- nothing more than it knows
node.send(counter, { type: 'add', by: 1, extra: true })

// One that takes more may stand where one that takes less is wanted, never the other way round.
const addOnly: Pid<Add> = counter
// @ts-expect-error -- it would be sent what it does not take
const takesAll: Pid<Add | Get> = addOnly
const any: AnyPid = counter
// @ts-expect-error -- nothing may be sent to just any pid
node.send(any, { type: 'add', by: 1 })
void takesAll

// An untyped spawn gives a pid that may be linked, monitored and compared, and not sent to.
const untyped = node.spawn(async (self) => void (await self.receive()))
expectTypeOf(untyped).toEqualTypeOf<Pid<never>>()
// @ts-expect-error -- it takes nothing
node.send(untyped, 'x')
void (untyped === any)
// @ts-expect-error -- a pid is no plain object with the same parts
const forged: AnyPid = { id: 1, node: 'n', incarnation: 1 }
void forged

// System messages are received, not sent.
const watcher = node.spawn(
  async (self: Process<'start' | Down | Exit | TimeoutMessage<number>>) => void (await self.receive()),
)
expectTypeOf(watcher).toEqualTypeOf<Pid<'start'>>()
node.send(watcher, 'start')
// @ts-expect-error -- a DOWN comes from the system
node.send(watcher, { type: 'down', ref: node.makeRef(), process: counter, reason: 'normal' })

// Callback bodies: the same, and the state is theirs.
const tally: CallbackBody<Add, number> = { init: () => 0, message: (_self, message, state) => state + message.by }
expectTypeOf(node.spawn(tally)).toEqualTypeOf<Pid<Add>>()
// @ts-expect-error -- the state is a number
const wrong: CallbackBody<Add, number> = { init: () => 0, message: (_self, message) => String(message.by) }
void wrong

// Names carry no type: anything goes there that can be sent at all, and so do requests and what timers bring.
node.send('counter', { type: 'add', by: 1 })
node.send({ name: 'counter', node: 'n@h' }, 'anything that can be sent')
// @ts-expect-error -- not sendable: a function
node.send('counter', () => 1)
// @ts-expect-error -- not sendable: a symbol
node.trySend({ name: 'counter', node: 'n@h' }, { type: 'add', by: Symbol('1') })
void node.request('counter', { type: 'get', parts: [1, 'two', null] })
// @ts-expect-error -- not sendable: a promise
void node.request('counter', { later: Promise.resolve(1) })
declare const unknownYet: unknown
node.send('counter', unknownYet)
void node.request(counter, unknownYet)

// Of several messages each is looked at by itself, and lists are no objects of functions.
declare const several: Pid<{ readonly type: 'run'; readonly what: () => void } | { readonly type: 'stop' } | number[]>
node.send(several, { type: 'stop' })
node.send(several, [1, 2])
// @ts-expect-error -- not sendable: a function
node.send(several, { type: 'run', what: () => {} })
declare const pairs: readonly (readonly [string, { readonly id: number }])[]
node.send('counter', pairs)
void node.request('counter', pairs)

// A destination that may be a name has the type of the pid that it may be, too.
declare const wherever: Destination<Add>
node.send(wherever, { type: 'add', by: 1 })
// @ts-expect-error -- by must be a number
node.send(wherever, { type: 'add', by: '1' })

// A ref is an address only if it is an alias.
// @ts-expect-error -- a plain ref
node.send(node.makeRef(), { type: 'add', by: 1 })

// — what can be sent —

type Message = {
  readonly n: number
  readonly s: string
  readonly when: Date
  readonly bytes: Uint8Array
  readonly list: readonly (string | null)[]
  readonly table: ReadonlyMap<string, { readonly id: bigint }>
  readonly pid: Pid<Add>
  readonly ref: Ref
  readonly error: Error
  readonly maybe?: number
}
expectTypeOf<Sendable<Message>>().toExtend<Message>()
expectTypeOf<Message>().toExtend<Sendable<Message>>()
expectTypeOf<Sendable<unknown>>().toEqualTypeOf<unknown>()

// Refusals stand at the part that cannot go, and read as sentences.
expectTypeOf<Sendable<{ f: () => void }>['f']>().toEqualTypeOf<'not sendable: a function'>()
expectTypeOf<Sendable<{ a: { s: symbol }[] }>['a'][number]['s']>().toEqualTypeOf<'not sendable: a symbol'>()
expectTypeOf<Sendable<{ p: Promise<number> }>['p']>().toEqualTypeOf<'not sendable: a promise'>()
class Account {
  balance = 0
  deposit(amount: number): void {
    this.balance += amount
  }
}
expectTypeOf<Sendable<Account>['deposit']>().toEqualTypeOf<'not sendable: a function'>()

const sink: Pid<{ readonly f: () => void }> = node.spawn(
  async (self: Process<{ readonly f: () => void }>) => void (await self.receive()),
)
// @ts-expect-error -- not sendable: a function
node.send(sink, { f: () => {} })
const bank: Pid<Account> = node.spawn(async (self: Process<Account>) => void (await self.receive()))
// @ts-expect-error -- a class instance has methods
node.send(bank, new Account())
// @ts-expect-error -- nor can it be made immutable
immutable(new Account())
expectTypeOf(immutable({ rows: [1, 2] })).toExtend<{ readonly rows: readonly number[] }>()

// — receiving —

node.spawn(async (self: Process<Add | Get | Down>) => {
  expectTypeOf(await self.receive()).toEqualTypeOf<Add | Get | Down>()
  expectTypeOf(await self.receive({ timeoutMs: 5 })).toEqualTypeOf<Add | Get | Down | typeof timedOut>()
  const isAdd = (message: Add | Get | Down): message is Add => message.type === 'add'
  expectTypeOf(await self.receive(isAdd)).toEqualTypeOf<Add>()
  expectTypeOf(await self.receive(isAdd, { since: self.makeRef() })).toEqualTypeOf<Add>()
  expectTypeOf(await self.receive(isAdd, { timeoutMs: 5 })).toEqualTypeOf<Add | typeof timedOut>()
  // TypeScript infers a guard from a simple comparison.
  expectTypeOf(await self.receive((message) => message.type === 'down')).toEqualTypeOf<Down>()
  expectTypeOf(await self.receive((message) => message.type !== 'down' && Math.random() < 0.5)).toEqualTypeOf<
    Add | Get | Down
  >()

  const message = await self.receive({ timeoutMs: 5 })
  // @ts-expect-error -- it may have timed out
  void message.type
  if (message !== timedOut) expectTypeOf(message).toEqualTypeOf<Add | Get | Down>()
  // @ts-expect-error -- a guard over messages that never come
  void self.receive((other: { type: 'other' }): other is { type: 'other' } => other.type === 'other')
  // @ts-expect-error -- since wants a ref
  void self.receive({ since: 5 })

  expectTypeOf(self.pid).toEqualTypeOf<Pid<Add | Get>>()
  expectTypeOf(self.alias()).toEqualTypeOf<Alias<Add | Get>>()
  self.send(self.alias(), { type: 'add', by: 1 })
  // @ts-expect-error -- an alias is typed as its process is
  self.send(self.alias(), 'x')
  self.sendAfter(5, self.pid, { type: 'add', by: 1 })
  self.sendAfter(5, 'counter', { type: 'add', by: 1 })
  // @ts-expect-error -- not sendable: a function
  self.sendAfter(5, 'counter', { run: () => {} })
  // @ts-expect-error -- not sendable: a function
  self.startTimer(5, () => {})
  // @ts-expect-error -- not sendable: a function
  void self.request(counter, { done: () => {} })
  // @ts-expect-error -- a timer too
  self.sendAfter(5, self.pid, 'x')
  const timer = self.startTimer(self.node.monotonicTimeMs() + 5, 'x', { abs: true })
  expectTypeOf(self.cancelTimer(timer)).toEqualTypeOf<number | false>()
  expectTypeOf(self.readTimer(timer)).toEqualTypeOf<number | false>()
  expectTypeOf(self.cancelTimer(timer, { async: true })).toEqualTypeOf<number | false | undefined>()
})

node.spawn(async (self: Process<Add | TimerCancelled | TimerRead | TimeOffsetChanged>) => {
  // What the timers of a process send it is no part of what others may send.
  expectTypeOf(self.pid).toEqualTypeOf<Pid<Add>>()
})

// — other processes —

node.spawn(async (self) => {
  expectTypeOf(self.spawnMonitor(async (me: Process<Add>) => void (await me.receive()))).toEqualTypeOf<{
    readonly pid: Pid<Add>
    readonly ref: Ref
  }>()
  expectTypeOf(self.spawnLink(async () => {})).toEqualTypeOf<Pid<never>>()
  expectTypeOf(await self.request(counter, 1)).toEqualTypeOf<unknown>()
  expectTypeOf(self.exit).returns.toEqualTypeOf<never>()
  expectTypeOf(await node.exited(counter)).toEqualTypeOf<ExitReason>()
  expectTypeOf(self.own({ close: () => {}, port: 1 }).port).toEqualTypeOf<number>()
  // @ts-expect-error -- nothing in it closes
  self.own({ port: 1 })
  expectTypeOf(await self.wait(Promise.resolve(5))).toEqualTypeOf<number>()
})

node.spawn(async (self: Process<Request<Add, number>>) => {
  const request = await self.receive()
  expectTypeOf(request.payload).toEqualTypeOf<Add>()
  expectTypeOf(request.from).toEqualTypeOf<AnyPid>()
  reply(request, 5)
  // @ts-expect-error -- the answer is a number
  reply(request, 'five')
})

// — spawn requests, dictionary, info —

const asker = node.spawn(async (self: Process<SpawnReply<Add> | Add>) => {
  const body = async (me: Process<Add>): Promise<void> => void (await me.receive())
  expectTypeOf(
    self.spawnRequest(body, { link: true, monitor: { tag: 'gone' }, reply: 'errorOnly' }),
  ).toEqualTypeOf<Ref>()
  expectTypeOf(self.spawnRequestAt('n@h', 'm', 'run', 1, { version: '1' })).toEqualTypeOf<Ref>()
  // @ts-expect-error -- no such way to answer
  self.spawnRequest(body, { reply: 'maybe' })
  // @ts-expect-error -- a name is for this node
  self.spawnRequestAt('n@h', 'm', 'run', 1, { name: 'x' })
  const message = await self.receive((each) => each.type === 'spawnReply')
  if (message.ok) expectTypeOf(message.pid).toEqualTypeOf<Pid<Add>>()
  else expectTypeOf(message.error.code).toEqualTypeOf<string>()
  // The ref of a monitor with an alias takes what its process takes.
  expectTypeOf(self.spawnMonitor(body, { alias: 'demonitor' }).ref).toEqualTypeOf<Alias<Add>>()
  expectTypeOf(self.spawnMonitor(body, { link: true, tag: 'gone' }).ref).toEqualTypeOf<Ref>()

  expectTypeOf(self.dictionary.get('key')).toEqualTypeOf<unknown>()
  self.dictionary.put(Symbol('private'), () => 'what cannot be sent')
  // @ts-expect-error -- an object equals nothing but itself
  self.dictionary.put({}, 1)

  expectTypeOf(self.processInfo(counter)).toEqualTypeOf<ProcessInfo | undefined>()
  expectTypeOf(node.processInfo(counter, ['name', 'messages'])).toEqualTypeOf<
    { readonly name: string | null; readonly messages: readonly unknown[] } | undefined
  >()
  // @ts-expect-error -- no such item
  self.processInfo(counter, ['colour'])
  self.label({ room: 'lobby' })
  // @ts-expect-error -- not sendable: a function
  self.label(() => {})
  self.setGroupLeader(counter, self.groupLeader)
})
expectTypeOf(asker).toEqualTypeOf<Pid<Add>>()

// — modules —

const module = defineModule('m', '1', {
  run: async (self: Process<Add>, start: number) => void (await self.receive(), start),
})
expectTypeOf(module.functions.run).toEqualTypeOf<(self: Process<Add>, start: number) => Promise<undefined>>()
// @ts-expect-error -- a body is an async function, or callbacks
defineModule('m', '1', { run: () => 5 })
// @ts-expect-error -- not a body
node.spawn({ init: () => 0 })

// — flags, suspending, yielding —

node.spawn(async (self: Process<Add>) => {
  expectTypeOf(self.flag('priority', 'high')).toEqualTypeOf<'low' | 'normal' | 'high' | 'max'>()
  expectTypeOf(self.flag('trapExits', true)).toEqualTypeOf<boolean>()
  expectTypeOf(self.flag('mailboxLimit', 10)).toEqualTypeOf<number>()
  // @ts-expect-error -- no such flag
  self.flag('colour', 'red')
  // @ts-expect-error -- no such priority
  self.flag('priority', 'highest')
  // @ts-expect-error -- the value of another flag
  self.flag('sensitive', 'low')
  // @ts-expect-error -- a pid is wanted
  self.suspend('counter')
  expectTypeOf(self.suspend(any, { unlessSuspending: true })).toEqualTypeOf<boolean>()
  expectTypeOf(self.yield()).toEqualTypeOf<Promise<void>>()
  expectTypeOf(self.hibernate('m', 'f', null)).toEqualTypeOf<Promise<never>>()
  expectTypeOf(self.processInfo(any, ['suspending', 'reductions'])!).toEqualTypeOf<{
    readonly suspending: readonly { readonly pid: AnyPid; readonly times: number }[]
    readonly reductions: number
  }>()
})
node.spawn(async () => {}, { priority: 'low' })
// @ts-expect-error -- no such priority
node.spawn(async () => {}, { priority: 'lowest' })
