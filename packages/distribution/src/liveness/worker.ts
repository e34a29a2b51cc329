/**
 * The liveness thread: posts on real sockets, which tick while the node's thread is held.
 *
 * It does as the thread that made it orders, and never keeps the program alive.
 */
import { randomBytes } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import { tcp } from '../network/tcp.ts'
import { Board, Heartbeat } from './board.ts'
import type { PostRuntime } from './lane-end.ts'
import type { News, Order } from './orders.ts'
import { LocalPost } from './local-post.ts'

const runtime: PostRuntime = {
  // One clock for all threads of the program, where performance.now() is one for each.
  nowMs: () => Number(process.hrtime.bigint()) / 1e6,
  randomBytes: (length) => new Uint8Array(randomBytes(length)),
  setTimer: (delayMs, task) => {
    const timeout = setTimeout(task, delayMs)
    return { clear: () => clearTimeout(timeout), ref: () => void timeout.ref(), unref: () => void timeout.unref() }
  },
}

const posts = new Map<number, LocalPost>()
const tell = (news: News): void => parentPort?.postMessage(news)

function make(post: number, heartbeat: SharedArrayBuffer, timeoutMs: number): void {
  const events = {
    listening: (address: { readonly host: string; readonly port: number }) =>
      tell({ news: 'listening', post, address }),
    listenFailed: (reason: string) => tell({ news: 'listenFailed', post, reason }),
    unreachable: (lane: number, reason: string) => tell({ news: 'unreachable', post, lane, reason }),
  }
  posts.set(post, new LocalPost({ runtime, network: tcp, heartbeat: new Heartbeat(heartbeat), events, timeoutMs }))
}

function carryOut(order: Order): void {
  if (order.do === 'make') return make(order.post, order.heartbeat, order.timeoutMs)
  const post = posts.get(order.post)
  if (post === undefined) return
  switch (order.do) {
    case 'listen':
      return post.listen(order.address)
    case 'open':
      return post.open(order.lane, order.terms, new Board(order.board))
    case 'dial':
      return post.dial(order.lane, order.address)
    case 'retime':
      return post.retime(order.lane, order.terms)
    case 'close':
      return post.close(order.lane)
    case 'stop':
      posts.delete(order.post)
      return post.stop()
  }
}

parentPort?.on('message', carryOut)
tell({ news: 'ready' })
