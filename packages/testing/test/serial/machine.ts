/** What runs on a machine of a test: sends datagrams as it is told, and tells what comes. */
import { createSocket, type Socket } from 'node:dgram'

export interface Order {
  readonly text: string
  readonly to: string
}

const port = 4400
const [four, six] = (['udp4', 'udp6'] as const).map((type) =>
  createSocket({ type, ipv6Only: type === 'udp6' }).on('message', (text) => process.send!(String(text))),
) as [Socket, Socket]
process.on('message', ({ text, to }: Order) => {
  // A kernel that knows of no way says so, which does not matter here.
  const socket = to.includes(':') ? six : four
  socket.send(text, port, to, () => {})
})
process.on('disconnect', () => process.exit())
four.bind(port, () => six.bind(port, () => process.send!('up')))
