/** The world of a session in a browser. Unsent messages live in the tab's `sessionStorage`, so that a reload keeps them. */
import type { Place } from '../model/room-state.ts'
import type { Socket, SocketEvents, World } from './world.ts'

export function browserWorld({ room, user }: Place): World {
  const outboxKey = `agner.outbox ${JSON.stringify([room, user])}`
  return {
    openSocket,
    getJson: async (path, signal) => {
      const answer = await fetch(path, { signal, cache: 'no-store', headers: { accept: 'application/json' } })
      // A proxy's error page is no JSON; its status still says enough.
      return { status: answer.status, body: await answer.json().catch(() => undefined) }
    },
    nowMs: () => Date.now(),
    random: () => Math.random(),
    newKey,
    after: (ms, run) => {
      const timer = setTimeout(run, ms)
      return () => clearTimeout(timer)
    },
    loadOutbox: () => tried(() => sessionStorage.getItem(outboxKey)) ?? null,
    saveOutbox: (saved) =>
      tried(() => (saved === '[]' ? sessionStorage.removeItem(outboxKey) : sessionStorage.setItem(outboxKey, saved))),
  }
}

function openSocket(path: string, events: SocketEvents): Socket {
  const url = new URL(path, location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  const socket = new WebSocket(url)
  socket.onopen = () => events.opened()
  socket.onmessage = ({ data }) => events.received(data)
  socket.onclose = ({ code, reason }) => events.closed(code, reason)
  return { send: (data) => socket.send(data), close: () => socket.close(1000) }
}

/** `randomUUID` is missing on plain http that is not loopback. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Storage may be forbidden; then things are merely not remembered. */
function tried<T>(run: () => T): T | undefined {
  try {
    return run()
  } catch {
    return undefined
  }
}
