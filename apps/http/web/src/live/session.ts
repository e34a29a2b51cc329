/**
 * One person in one room, for as long as the page stays there: keeps a WebSocket open, the timeline without gaps and the outbox flowing.
 *
 *   page                    server
 *    │── GET history ─────────▶│  at once, and again after every opening: the socket pushes only what comes later
 *    │── GET /ws ─────────────▶│
 *    │◀── message, presence ───│  merged by id, whichever of the two ways comes first
 *    │── {text, key} ─────────▶│
 *    │◀── sent {key, message} ─│  or error {key}: kept with the server's sentence; again by itself if it is a matter of time
 *    ×  lost                      everything unanswered waits, and goes out again under its old key
 *
 * A socket that does not open, or does not answer what was sent, within its time is taken for dead: half-open connections say nothing.
 * So is one that twice missed what history knows.
 * `stop` is final: no timer, request or socket is left.
 */
import { backoffMs } from '../model/backoff.ts'
import { dueEntries, isReadOnly, loadOutbox, saveOutbox } from '../model/outbox.ts'
import { reduceRoom, startRoom } from '../model/room-state.ts'
import type { Place, RoomAction, RoomState } from '../model/room-state.ts'
import { compareIds } from '../model/timeline.ts'
import { readFrame } from '../model/wire.ts'
import type { Problem, ServerFrame } from '../model/wire.ts'
import { History } from './history.ts'
import type { Socket, World } from './world.ts'

const reconnect = { firstMs: 150, longestMs: 4_000 }
const openWithinMs = 5_000
/** Longer than the server takes to give up: its own word is better than this page's guess. */
const answerWithinMs = 20_000
/** A connection that lived this long was a good one: the next loss starts its backoff anew. */
const steadyAfterMs = 5_000
/** A push can be lost between two nodes while this socket lives: history is asked again this often. */
const lookAgainMs = 10_000
const deferral = { firstMs: 500, longestMs: 8_000 }
const mostRefusals = 6
/** While the chat is read-only, what was written is tried again this often, for as long as it takes. */
const readOnlyEveryMs = 3_000

interface Connection {
  readonly socket: Socket
  isOpen: boolean
  /** Everything after this id is pushed on this connection. */
  firstPushed: string | undefined
  lastError: Problem | undefined
  /** A message came over this socket since history was last looked at. */
  hasHeard: boolean
  /** Looks in a row at which history knew more and the socket had said nothing. */
  deafLooks: number
  readonly forget: Set<() => void>
}

export class RoomSession {
  readonly #world: World
  readonly #changed: (state: RoomState) => void
  readonly #history: History
  #state: RoomState
  #connection: Connection | undefined
  #forgetNext: () => void = () => {}
  #attempt = 0
  #isStopped = false

  constructor(place: Place, world: World, changed: (state: RoomState) => void) {
    this.#world = world
    this.#changed = changed
    this.#state = startRoom(place, loadOutbox(world.loadOutbox()))
    this.#history = new History(place.room, world, {
      cursor: () => this.#state.timeline.cursor,
      isCovered: (cursor) => isAtLeast(cursor, this.#connection?.firstPushed),
      page: (page) => this.#dispatch({ type: 'history', page }),
      problem: (problem) => this.#dispatch({ type: 'noticed', problem }),
      refused: (problem) => this.#refuse(problem),
    })
  }

  get state(): RoomState {
    return this.#state
  }

  start(): void {
    this.#history.catchUp()
    this.#connect()
  }

  send(text: string): void {
    this.#dispatch({ type: 'composed', key: this.#world.newKey(), text, atMs: this.#world.nowMs() })
    this.#flush()
  }

  retry(key: string): void {
    this.#dispatch({ type: 'retry', key })
    this.#flush()
  }

  discard(key: string): void {
    this.#dispatch({ type: 'discard', key })
  }

  /** The network came back or the page is looked at again: a good moment, whatever the backoff says. */
  wake(): void {
    if (this.#isStopped) return
    if (this.#connection) return this.#history.catchUp()
    this.#forgetNext()
    this.#connect()
  }

  stop(): void {
    this.#isStopped = true
    this.#forgetNext()
    this.#history.stop()
    this.#drop()
  }

  #connect(): void {
    const { place, timeline } = this.#state
    // A server that knows `after` starts from there; for any other it is one name too many.
    const query = new URLSearchParams({
      room: place.room,
      user: place.user,
      ...(timeline.cursor === undefined ? {} : { after: timeline.cursor }),
    })
    const isCurrent = (): boolean => this.#connection === connection
    const socket = this.#world.openSocket(`/ws?${query}`, {
      opened: () => isCurrent() && this.#opened(connection),
      received: (data) => isCurrent() && this.#received(connection, readFrame(data)),
      closed: (code, reason) => isCurrent() && this.#closed(connection, code, reason),
    })
    const connection: Connection = {
      socket,
      isOpen: false,
      firstPushed: undefined,
      lastError: undefined,
      hasHeard: false,
      deafLooks: 0,
      forget: new Set(),
    }
    this.#connection = connection
    this.#during(connection, openWithinMs, () => connection.isOpen || this.#lose())
  }

  #opened(connection: Connection): void {
    connection.isOpen = true
    this.#dispatch({ type: 'opened' })
    this.#history.catchUp()
    this.#flush()
    this.#during(connection, steadyAfterMs, () => (this.#attempt = 0))
    this.#during(connection, lookAgainMs, () => this.#lookAgain(connection))
  }

  #lookAgain(connection: Connection): void {
    const newest = this.#state.timeline.messages.at(-1)
    connection.hasHeard = false
    this.#history.catchUp()
    this.#during(connection, lookAgainMs, () => {
      const isDeaf = !connection.hasHeard && this.#state.timeline.messages.at(-1) !== newest
      connection.deafLooks = isDeaf ? connection.deafLooks + 1 : 0
      if (connection.deafLooks >= 2) this.#lose()
      else this.#lookAgain(connection)
    })
  }

  #received(connection: Connection, frame: ServerFrame | undefined): void {
    if (!frame) return
    switch (frame.type) {
      case 'message':
        connection.firstPushed ??= frame.message.id
        connection.hasHeard = true
        return this.#dispatch({ type: 'pushed', message: frame.message })
      case 'presence':
        return this.#dispatch(frame)
      case 'sent':
        connection.hasHeard = true
        return this.#dispatch({ type: 'acknowledged', key: frame.key, message: frame.message })
      case 'error':
        if (frame.key !== undefined) return this.#rejected(frame.key, frame.error)
        connection.lastError = frame.error
        return this.#dispatch({ type: 'noticed', problem: frame.error })
    }
  }

  #rejected(key: string, problem: Problem): void {
    const entry = this.#state.outbox.find((candidate) => candidate.key === key)
    if (!entry) return
    // How often it was refused while nothing could be stored says nothing about the message.
    const isCounted = !isReadOnly(problem)
    if (!isPassing(problem) || (isCounted && entry.refusals >= mostRefusals))
      return this.#dispatch({ type: 'failed', key, problem })
    const waitMs = isCounted ? backoffMs(deferral, entry.refusals, this.#world.random()) : readOnlyEveryMs
    this.#dispatch({ type: 'deferred', key, problem, notBeforeMs: this.#world.nowMs() + waitMs, isCounted })
    if (this.#connection) this.#during(this.#connection, waitMs, () => this.#flush())
  }

  #closed(connection: Connection, code: number, reason: string): void {
    const isRefusal = code === 1008 || (code >= 4400 && code < 4500)
    if (isRefusal)
      return this.#refuse(
        connection.lastError ?? {
          code: `ws_${code}`,
          message: reason || 'The server does not let you into this room.',
        },
      )
    this.#lose()
  }

  #lose(): void {
    this.#drop()
    this.#dispatch({ type: 'lost' })
    this.#forgetNext = this.#world.after(backoffMs(reconnect, this.#attempt, this.#world.random()), () =>
      this.#connect(),
    )
    this.#attempt += 1
  }

  #refuse(problem: Problem): void {
    this.stop()
    this.#apply({ type: 'refused', problem })
  }

  /** Forgotten before it is closed: whatever the old socket still says is nobody's any more. */
  #drop(): void {
    const connection = this.#connection
    this.#connection = undefined
    connection?.forget.forEach((forget) => forget())
    connection?.socket.close()
  }

  #flush(): void {
    const connection = this.#connection
    if (!connection?.isOpen) return
    for (const { key, text } of dueEntries(this.#state.outbox, this.#world.nowMs())) {
      connection.socket.send(JSON.stringify({ text, key }))
      this.#dispatch({ type: 'sent', key })
      this.#during(connection, answerWithinMs, () => {
        if (!this.#state.outbox.some((entry) => entry.key === key && entry.state === 'inFlight')) return
        this.#rejected(key, { code: 'timeout', message: 'No answer came.' })
        this.#lose()
      })
    }
  }

  /** Runs later unless this connection has ended by then. */
  #during(connection: Connection, ms: number, run: () => void): void {
    const forget = this.#world.after(ms, () => {
      connection.forget.delete(forget)
      run()
    })
    connection.forget.add(forget)
  }

  #dispatch(action: RoomAction): void {
    if (!this.#isStopped) this.#apply(action)
  }

  #apply(action: RoomAction): void {
    const before = this.#state
    this.#state = reduceRoom(before, action)
    if (this.#state.outbox !== before.outbox) this.#world.saveOutbox(saveOutbox(this.#state.outbox))
    if (this.#state !== before) this.#changed(this.#state)
  }
}

const isAtLeast = (cursor: string | undefined, id: string | undefined): boolean =>
  cursor !== undefined && id !== undefined && compareIds(cursor, id) >= 0

/** Refusals that time mends: no leader yet, a node that restarts, too much at once. */
const isPassing = ({ code }: Problem): boolean =>
  /unavailable|read_?only|timeout|overload|busy|not_?ready|no_?(proc|connection|leader)|starting|draining|rate|flood|too_many/i.test(
    code,
  )
