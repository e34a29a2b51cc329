/** `tcp.ts`: two raw servers. One sends back what comes; the other counts bytes, and says when so many have come as the first eight asked for. */
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { serve } from './start.ts'

async function listen(accept: (socket: Socket) => void): Promise<number> {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy())
    accept(socket)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}

function count(socket: Socket): void {
  let left = -1
  socket.on('data', (bytes: Buffer) => {
    if (left < 0) left = 8 + Number(bytes.readBigUInt64BE())
    left -= bytes.length
    if (left === 0) socket.end('all')
  })
}

const echoing = await listen((socket) => socket.on('data', (bytes) => socket.write(bytes)))
serve(`${echoing} ${await listen(count)}`)
