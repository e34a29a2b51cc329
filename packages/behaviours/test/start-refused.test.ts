/**
 * Starts with a timeout that is none: refused before there is a process.
 */
import type { AnyProcess, Node } from '@agner/core'
import { describe, expect, test } from 'vitest'
import {
  defineServer,
  protocol,
  reply,
  startProcess,
  startProcessMonitor,
  startServer,
  startServerMonitor,
} from '../src/index.ts'
import { createWorld, failure } from './world.ts'

const greeting = protocol<{ calls: { hi(): string } }>('@test/greeting')
const Greeting = defineServer(greeting, { init: () => 0, calls: { hi: (state) => reply('hi', state) } })
const acknowledging = async (self: AnyProcess, init: { ack(): void }) => {
  init.ack()
  await self.sleep(1000)
}

const bad: readonly unknown[] = [-1, Number.NaN, '5', null]

describe.each(bad)('a timeout of %s', (given) => {
  const options = { name: 'started', timeoutMs: given as number }
  const starts: Readonly<Record<string, (self: AnyProcess, node: Node) => Promise<unknown>>> = {
    'a server, by a process': (self) => startServer(self, Greeting, undefined, options),
    'a server, with a monitor': (self) => startServerMonitor(self, Greeting, undefined, options),
    'a server, by a node': (_self, node) => startServer(node, Greeting, undefined, options),
    'a server on another node': (self) => startServer(self, Greeting, undefined, { ...options, node: 'other@host' }),
    'a process, by a process': (self) => startProcess(self, acknowledging, options),
    'a process, with a monitor': (self) => startProcessMonitor(self, acknowledging, options),
    'a process, by a node': (_self, node) => startProcess(node, acknowledging, options),
  }

  test.each(Object.entries(starts))('refuses %s, and leaves nothing behind', async (_what, start) => {
    const { node, inProcess } = createWorld()
    await inProcess(async (self) => {
      expect(await failure(start(self, node))).toMatchObject({
        code: 'call.bad_timeout',
        message: expect.stringContaining(`got ${String(given)}`),
      })
      expect(node.whereis('started')).toBeUndefined()
      expect(node.processes()).toEqual([self.pid])
    })
  })
})
