/** What runs on a machine of a test: sends datagrams as it is told, and tells what comes. */
import { createSocket } from 'node:dgram'

export interface Order {
  readonly text: string
  readonly to: string
}

const port = 4400
const socket = createSocket('udp4').on('message', (text) => process.send!(String(text)))
process.on('message', ({ text, to }: Order) => {
  // A kernel that knows of no way says so, which does not matter here.
  socket.send(text, port, to, () => {})
})
process.on('disconnect', () => process.exit())
socket.bind(port, () => process.send!('up'))
