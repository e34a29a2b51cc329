/** The connection to a node: that it is over when it is closed. */
import { setTimeout as delay } from 'node:timers/promises'
import { tcp, type Network } from '@agner/distribution'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Session } from '../../src/node/session.ts'
import { cookie, World } from './harness.ts'

let world: World
beforeEach(async () => {
  world = await World.make()
})
afterEach(() => world.end())

test('a session that is closed dials nobody any more, though the node takes its time to let it go', async () => {
  const shop = await world.startShop()
  const calls = { dialled: 0 }
  const network: Network = {
    ...tcp,
    connect: (...given) => {
      calls.dialled++
      return tcp.connect(...given)
    },
  }
  const portMapper = { host: '127.0.0.1', port: world.port }
  const session = await Session.open({ wanted: null, cookie: { secret: cookie, from: 'a test' }, portMapper, network })
  expect(session.hasOwnInspector).toBe(true)
  const before = calls.dialled
  shop.kill('SIGSTOP')
  await session.close()
  // Longer than it waits before it dials again.
  await delay(1500)
  expect(calls.dialled).toBe(before)
})
