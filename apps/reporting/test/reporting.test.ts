/** Reporting follows a log that sends what it wants to. */
import { call, defineServer, noreply, reply, startServer, type Server } from '@agner/behaviours'
import { createNode, type AnyPid, type Node, type Pid } from '@agner/core'
import type { LogBatch, LogEvent } from '@agner-chat/cluster/log'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { feed, type FeedApi, type FeedBatch } from '../src/feed.api.ts'
import { reporting } from '../src/reporting.api.ts'
import { defineReporting } from '../src/reporting.ts'

const crash = (n: number): LogEvent => ({
  at: new Date().toISOString(),
  node: 'http1@127.0.0.1',
  service: 'http',
  level: 'error',
  kind: 'crash',
  text: `crash ${n}`,
})
const crashes = [1, 2, 3].map(crash)

let node: Node
let isOfEarlierVersion: boolean
let subscribers: Pid<LogBatch>[]

const Log: Server<FeedApi, void, null> = defineServer(feed, {
  init: (_: void): null => null,
  calls: {
    recent: (state) => reply(crashes, state),
    subscribe: (state, subscriber, { self }) => {
      subscribers.push(subscriber)
      if (isOfEarlierVersion) return reply('subscribed', state)
      return reply({ log: self.pid, events: crashes, upTo: 3 }, state)
    },
  },
  casts: { write: (state) => noreply(state) },
  info: { down: (state) => noreply(state) },
})

let log: AnyPid
let server: AnyPid
const told = async (): Promise<string[]> =>
  (await call(node, reporting.at(server), 'report')).events.map(({ text }) => text).toReversed()
const alarms = async (): Promise<number> => (await call(node, reporting.at(server), 'report')).alarms.length
const send = (batch: FeedBatch): void => node.send(server as Pid<FeedBatch>, batch)
const subscribeAgain = async (): Promise<void> => {
  node.send(server as never, { type: 'down', process: log, reason: 'noconnection' } as never)
  node.send(server as never, { type: 'check' } as never)
  await expect.poll(() => subscribers.length).toBe(2)
}

beforeEach(async () => {
  node = createNode()
  isOfEarlierVersion = false
  subscribers = []
  log = await startServer(node, Log, undefined)
  server = await startServer(
    node,
    defineReporting(() => log),
    undefined,
  )
})
afterEach(() => node.stop())

it('counts what it is told when it subscribes, and what comes later, once, also when it subscribes again', async () => {
  await expect.poll(told).toEqual(['crash 1', 'crash 2', 'crash 3'])
  // It was on its way when the answer was made.
  send({ type: 'logEvents', log, events: crashes.slice(1), upTo: 3 })
  send({ type: 'logEvents', log, events: [crash(4)], upTo: 4 })
  expect(await told()).toEqual(['crash 1', 'crash 2', 'crash 3', 'crash 4'])
  await subscribeAgain()
  expect(await told()).toEqual(['crash 1', 'crash 2', 'crash 3', 'crash 4'])
  // Five crashes within a minute are an alarm, four are none.
  expect(await alarms()).toBe(0)
})

it('follows a log of an earlier version, which says nothing of places', async () => {
  isOfEarlierVersion = true
  await expect.poll(told).toEqual(['crash 1', 'crash 2', 'crash 3'])
  await subscribeAgain()
  send({ type: 'logEvents', events: [crash(4)] })
  expect(await told()).toEqual(['crash 1', 'crash 2', 'crash 3', 'crash 4'])
})
