/** Two processes, one message to and fro: each names its sender, who is answered. */
import type { CallbackBody, Pid } from '@agner/core'
import { onNode } from '../../agner/on-node.ts'
import { nsEach, type Half, type Halves } from '../../job.ts'

interface Ball {
  readonly from: Pid<Ball>
  readonly n: number
}

const asAsync: Half<'roundtrips'> = ({ roundtrips }) =>
  onNode<Ball>(async (self) => {
    const { pid } = self
    const pong = self.spawn<Ball>(async (other) => {
      for (;;) {
        const { from, n } = await other.receive()
        other.send(from, { from: other.pid, n })
      }
    })
    const startMs = performance.now()
    for (let n = 1; n <= roundtrips; n++) {
      self.send(pong, { from: pid, n })
      await self.receive()
    }
    return nsEach(startMs, roundtrips)
  })

const pongBody: CallbackBody<Ball, null> = {
  init: () => null,
  message: (self, { from, n }) => {
    self.send(from, { from: self.pid, n })
    return null
  },
}

const asCallback: Half<'roundtrips'> = ({ roundtrips }) =>
  onNode<'done'>(async (self) => {
    const driver = self.pid
    const pong = self.spawn(pongBody)
    const startMs = performance.now()
    const pingBody: CallbackBody<Ball, null> = {
      init: (ping) => {
        ping.send(pong, { from: ping.pid, n: 1 })
        return null
      },
      message: (ping, { from, n }) => {
        if (n < roundtrips) ping.send(from, { from: ping.pid, n: n + 1 })
        else ping.send(driver, 'done')
        return null
      },
    }
    self.spawn(pingBody)
    await self.receive()
    return nsEach(startMs, roundtrips)
  })

export const pingpong: Halves = { async: asAsync, callback: asCallback }
