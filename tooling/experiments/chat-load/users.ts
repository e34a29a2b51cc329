/**
 * The users of a load, in an OS process of their own: `users.ts ORDER`, the order as JSON; what came of it is JSON on stdout.
 *
 * Each writer posts its next message when the one before is acknowledged, over a connection of its own. The listeners of each room hear
 * everything over WebSockets meanwhile.
 */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { Poster } from '../chat/poster.ts'

export interface Order {
  readonly url: string
  readonly writers: number
  readonly rooms: number
  readonly listenersOfRoom: number
  readonly ms: number
  /** Of this load alone: no key and no room is used twice. */
  readonly name: string
}

export interface Outcome {
  readonly tookMs: readonly number[]
  readonly ms: number
  /** Answers that were no acknowledgement. */
  readonly failed: number
  readonly heard: number
  /** Of each acknowledged message, one for each listener of its room. */
  readonly toHear: number
  readonly cpuMs: number
}

const order = JSON.parse(process.argv[2] ?? '{}') as Order
const timeoutMs = 20_000
const text = 'x'.repeat(100)
const hearWithinMs = 10_000

let heard = 0
async function listen(room: string, index: number): Promise<WebSocket> {
  const socket = new WebSocket(`${order.url.replace('http', 'ws')}/ws?room=${room}&user=listener${index}`)
  // As little work as possible: the messages are counted, not read.
  socket.on('message', (data: Buffer) => {
    if (data.subarray(0, 17).toString('latin1') === '{"type":"message"') heard++
  })
  const joined = new Promise<void>((resolve) => socket.once('message', () => resolve()))
  await once(socket, 'open')
  await joined
  return socket
}

async function main(): Promise<Outcome> {
  const rooms = Array.from({ length: order.rooms }, (_, index) => `${order.name}-${index}`)
  const sockets = await Promise.all(
    rooms.flatMap((room) => Array.from({ length: order.listenersOfRoom }, (_, index) => listen(room, index))),
  )
  const poster = new Poster(order.url, order.writers, timeoutMs)
  const tookMs: number[] = []
  let failed = 0
  const startMs = performance.now()
  const cpu = process.cpuUsage()
  const write = async (index: number): Promise<void> => {
    const room = rooms[index % rooms.length]!
    for (let count = 0; performance.now() - startMs < order.ms; count++) {
      const fromMs = performance.now()
      const { status } = await poster.post(room, `writer${index}`, text, `${order.name}-${index}-${count}`)
      if (status === 201) tookMs.push(performance.now() - fromMs)
      else failed++
    }
  }
  await Promise.all(Array.from({ length: order.writers }, (_, index) => write(index)))
  const ms = performance.now() - startMs
  const toHear = tookMs.length * order.listenersOfRoom
  const deadlineMs = performance.now() + hearWithinMs
  while (heard < toHear && performance.now() < deadlineMs) await new Promise((resolve) => setTimeout(resolve, 5))
  const { user, system } = process.cpuUsage(cpu)
  for (const socket of sockets) socket.terminate()
  poster.close()
  return { tookMs, ms, failed, heard, toHear, cpuMs: (user + system) / 1000 }
}

process.stdout.write(JSON.stringify(await main()))
