/**
 * The types of requests, tasks and registries: right use needs no annotation, wrong use is an error where it is wrong.
 */
import { timedOut, type AnyProcess, type AnyPid } from '@agner/core'
import { expectTypeOf } from 'vitest'
import {
  abcast,
  awaitTask,
  awaitTasks,
  checkResponse,
  defineRegistry,
  lookupKey,
  multiCall,
  protocol,
  receiveResponse,
  registerKey,
  requestIds,
  sendRequest,
  startTask,
  startTaskUnder,
  taskStream,
  updateValue,
  waitResponse,
  yieldTask,
  type RequestId,
  type ServerPid,
  type TaskOutcome,
  type TaskSupervisorPid,
} from '../src/index.ts'

interface ShopApi {
  calls: { price(of: string): number; open(): boolean; offer(maybe?: string): 'a' | 'b' }
  casts: { refresh(): void; set(to: number): void }
}
const shop = protocol<ShopApi>('@acme/shop')
declare const self: AnyProcess
declare const pid: ServerPid<ShopApi>

// — requests: the type of the response comes from the protocol —

export async function requests(): Promise<void> {
  const price = sendRequest(self, pid, 'price', 'tea')
  expectTypeOf(price).toEqualTypeOf<RequestId<number>>()
  const response = await waitResponse(self, price, { timeoutMs: 10 })
  if (response !== timedOut && response.type === 'reply') expectTypeOf(response.value).toEqualTypeOf<number>()
  if (response !== timedOut && response.type === 'error') expectTypeOf(response.error.code).toEqualTypeOf<string>()
  const checked = checkResponse('anything', sendRequest(self, shop, 'open'))
  if (checked?.type === 'reply') expectTypeOf(checked.value).toEqualTypeOf<boolean>()

  const prices = requestIds<number, { readonly shop: number }>()
  prices.add(price, { shop: 1 })
  const one = await receiveResponse(self, prices, { untilMs: 5, delete: false })
  if (one !== timedOut && one !== null) expectTypeOf(one.label.shop).toEqualTypeOf<number>()
  // @ts-expect-error an answer of another type
  prices.add(sendRequest(self, pid, 'open'), { shop: 2 })
  // @ts-expect-error a label of another type
  prices.add(price, 'one')
  // @ts-expect-error there is no such call
  sendRequest(self, pid, 'prize', 'tea')
  // @ts-expect-error the payload is a string
  sendRequest(self, pid, 'price', 5)
  // @ts-expect-error the payload is missing
  sendRequest(self, pid, 'price')
  sendRequest(self, pid, 'offer')
}

// — many nodes —

export async function many(): Promise<void> {
  const { replies, badNodes } = await multiCall(self, shop, ['a@x'], 'offer', undefined, { timeoutMs: 5 })
  expectTypeOf(replies[0]!.value).toEqualTypeOf<'a' | 'b'>()
  expectTypeOf(badNodes[0]!.node).toEqualTypeOf<string>()
  abcast(self, shop.at('name'), new Set(['a@x']), 'set', 1)
  // @ts-expect-error a pid is on one node
  await multiCall(self, pid, ['a@x'], 'open')
  // @ts-expect-error there is no such cast
  abcast(self, shop, ['a@x'], 'open')
}

// — tasks —

export async function tasks(under: TaskSupervisorPid): Promise<void> {
  const sum = startTask(self, () => 1 + 1)
  expectTypeOf(await awaitTask(self, sum)).toEqualTypeOf<number>()
  const text = startTask(self, async (task) => {
    await task.sleep(1)
    return { text: 'x' }
  })
  expectTypeOf(await awaitTasks(self, [sum, text])).toEqualTypeOf<[number, { text: string }]>()
  const outcome = await yieldTask(self, await startTaskUnder(self, under, async () => 'x'))
  if (outcome !== timedOut) expectTypeOf(outcome).toEqualTypeOf<TaskOutcome<string>>()
  // @ts-expect-error a function cannot be sent
  startTask(self, () => () => 1)
  // @ts-expect-error nor can one deep inside
  startTask(self, async () => ({ list: [{ run: () => 1 }] }))
  for await (const each of taskStream(self, [1, 2], (_task, item) => String(item))) {
    expectTypeOf(each.item).toEqualTypeOf<number>()
    if (each.type === 'ok') expectTypeOf(each.value).toEqualTypeOf<string>()
  }
  // @ts-expect-error no such choice
  taskStream(self, [1], () => 1, { onTimeout: 'ignore' })
}

// — registries —

export function registries(): void {
  const rooms = defineRegistry<string, { readonly topic: string }>('rooms')
  const topics = defineRegistry<number>('topics', { keys: 'duplicate' })
  registerKey(self, rooms, 'lobby', { topic: 'tea' })
  registerKey(self, topics, 5)
  expectTypeOf(lookupKey(self, rooms, 'lobby')).toEqualTypeOf<
    { readonly pid: AnyPid; readonly value: { readonly topic: string } }[]
  >()
  updateValue(self, rooms, 'lobby', (old) => ({ topic: `${old.topic}!` }))
  // @ts-expect-error a value is missing
  registerKey(self, rooms, 'lobby')
  // @ts-expect-error a value of another type
  registerKey(self, rooms, 'lobby', { topic: 5 })
  // @ts-expect-error a key of another type
  registerKey(self, topics, 'five')
  // @ts-expect-error what does not equal itself by value is no key
  defineRegistry<string[]>('lists')
  rooms.name('lobby', { topic: 'tea' })
  // @ts-expect-error a name is started with its value
  rooms.name('lobby')
  rooms.at('lobby')
}
