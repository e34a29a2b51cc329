/** The floor: bytes over a socket, with no codec and nobody to hand them to. A turn's frames go out in one write. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { startFar } from '../far/start.ts'
import type { Figures, Half } from '../job.ts'
import { latencies } from '../latencies.ts'
import type { PeerHalves } from './index.ts'

const frameBytes = 32

async function ports(): Promise<[number, number]> {
  const [echoing = '', counting = ''] = (await startFar('tcp')).split(' ')
  return [Number(echoing), Number(counting)]
}

const remotecalls: Half<'clients' | 'calls' | 'kib'> = async ({ clients, calls, kib }) => {
  const size = kib === 0 ? frameBytes : kib * 1024
  const [port] = await ports()
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  await once(socket, 'connect')
  const all = clients * calls
  const timesMs = new Float64Array(all)
  /** When each that is under way was sent: they come back in that order. */
  const sentMs = new Float64Array(clients)
  const finished = Promise.withResolvers<Figures>()
  let [sent, received, over] = [0, 0, 0]
  const send = (frames: number): void => {
    const now = performance.now()
    for (let i = 0; i < frames; i++) sentMs[sent++ % clients] = now
    if (frames > 0) socket.write(Buffer.alloc(frames * size, 1))
  }
  const startMs = performance.now()
  socket.on('error', finished.reject)
  socket.on('data', (bytes: Buffer) => {
    const now = performance.now()
    over += bytes.length
    const frames = Math.floor(over / size)
    over -= frames * size
    for (let i = 0; i < frames; i++) timesMs[received] = now - sentMs[received++ % clients]!
    if (received === all) finished.resolve(latencies(timesMs, now - startMs))
    else send(Math.min(frames, all - sent))
  })
  send(clients)
  const figures = await finished.promise
  socket.destroy()
  return figures
}

const remotecasts: Half<'casts' | 'bytes'> = async ({ casts, bytes }) => {
  const [, port] = await ports()
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  await once(socket, 'connect')
  const told = once(socket, 'data')
  const startMs = performance.now()
  const head = Buffer.alloc(8)
  head.writeBigUInt64BE(BigInt(casts * bytes))
  socket.write(head)
  const payload = Buffer.alloc(bytes, 7)
  for (let n = 0; n < casts; n++) if (!socket.write(payload)) await once(socket, 'drain')
  await told
  const seconds = (performance.now() - startMs) / 1000
  socket.destroy()
  return { perSecond: casts / seconds, mbPerSecond: (casts * bytes) / 1e6 / seconds }
}

export const halves: PeerHalves = { remotecalls, remotecasts }
