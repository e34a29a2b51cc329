/** The log and those who follow it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { call, cast, startServer } from '@agner/behaviours'
import { createNode, type AnyPid, type Node, type Pid } from '@agner/core'
import type { LogBatch, LogEvent } from '@agner-chat/cluster/log'
import { feed, type Feed } from '@agner-chat/reporting/feed'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Log } from '../src/log.ts'

const event = (text: string): LogEvent => ({
  at: '2026-01-02T03:04:05.678Z',
  node: 'a@b',
  service: 'http',
  level: 'info',
  kind: 'notice',
  text,
})

let folder: string
let node: Node
let log: AnyPid
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'agner-log-'))
  node = createNode()
  log = await startServer(node, Log, folder)
})
afterEach(async () => {
  await node.stop()
  rmSync(folder, { recursive: true, force: true })
})

it('tells a subscriber the recent events, and every further one once, however often it subscribes', async () => {
  const heard: LogBatch[] = []
  const subscriber: Pid<LogBatch> = node.spawn<LogBatch>(async (self) => {
    for (;;) heard.push(await self.receive())
  })
  const write = (...texts: string[]) => cast(node, feed.at(log), 'write', texts.map(event))
  const subscribe = () => call(node, feed.at(log), 'subscribe', subscriber) as Promise<Feed>
  write('a', 'b')
  expect(await subscribe()).toMatchObject({ log, events: [{ text: 'a' }, { text: 'b' }], upTo: 2 })
  write('c')
  expect(await subscribe()).toMatchObject({ events: [{ text: 'a' }, { text: 'b' }, { text: 'c' }], upTo: 3 })
  write('d', 'e')
  expect(await subscribe()).toMatchObject({ upTo: 5 })
  expect(heard).toMatchObject([
    { type: 'logEvents', log, events: [{ text: 'c' }], upTo: 3 },
    { type: 'logEvents', log, events: [{ text: 'd' }, { text: 'e' }], upTo: 5 },
  ])
})
