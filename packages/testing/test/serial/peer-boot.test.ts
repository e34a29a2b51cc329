/** The beginning of a peer, started without `startPeer`. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { ValueCodec } from '@agner/distribution/values'
import { expect, it } from 'vitest'
import { unwrap, wrap, type StartOrder } from '../../src/peer/messages.ts'

const boot = fileURLToPath(new URL('../../src/peer/boot.ts', import.meta.url))
const codec = new ValueCodec()

it('takes its orders and nothing else that comes by the channel', async () => {
  const child = fork(boot, { serialization: 'advanced', execArgv: ['--conditions=@agner/source'] })
  child.send('hello')
  child.send({ order: 'stop' })
  const module = new URL('shop.ts', import.meta.url).href
  const order: StartOrder = {
    is: 'start',
    starterPid: process.pid,
    module,
    name: 'it@127.0.0.1',
    args: {},
    distribution: null,
  }
  child.send(wrap(codec.encode(order)))
  const [message] = await once(child, 'message')
  expect(codec.decode(unwrap(message)!)).toEqual({ is: 'up', address: null })
  child.disconnect()
  expect(await once(child, 'exit')).toEqual([69, null])
})
