import { expect, test } from 'vitest'
import { reduceRoom, startRoom } from '../../web/src/model/room-state.ts'
import type { RoomAction, RoomState } from '../../web/src/model/room-state.ts'
import type { Message } from '../../web/src/model/wire.ts'

const start = startRoom({ room: 'lobby', user: 'ann' }, [])
const after = (...actions: RoomAction[]): RoomState => actions.reduce(reduceRoom, start)
const message = (id: number, user = 'ann', text = 'hi'): Message => ({
  id: String(id),
  room: 'lobby',
  user,
  text,
  atMs: 1000,
})
const problem = { code: 'bad', message: 'No.' }
const composed: RoomAction = { type: 'composed', key: 'k', text: 'hi', atMs: 1000 }

test('it reconnects only after it was connected', () => {
  expect(after({ type: 'lost' }).connection).toBe('connecting')
  expect(after({ type: 'opened' }, { type: 'lost' }).connection).toBe('reconnecting')
  expect(after({ type: 'opened' }, { type: 'lost' }, { type: 'lost' }, { type: 'opened' }).connection).toBe('connected')
})

test('a page of history, empty or not, means that the room is known', () => {
  expect(start.isLoaded).toBe(false)
  expect(after({ type: 'history', page: [] }).isLoaded).toBe(true)
  const loaded = after({ type: 'history', page: [message(1)] })
  expect(reduceRoom(loaded, { type: 'history', page: [] })).toBe(loaded)
})

test('push before answer, answer before push: one message and no entry in the end', () => {
  const pushed: RoomAction = { type: 'pushed', message: message(1) }
  const acknowledged: RoomAction = { type: 'acknowledged', key: 'k', message: message(1) }
  for (const order of [
    [pushed, acknowledged],
    [acknowledged, pushed],
    [acknowledged, acknowledged, pushed],
  ]) {
    const state = after(composed, { type: 'sent', key: 'k' }, ...order)
    expect(state.timeline.messages.length).toBe(1)
    expect(state.outbox).toEqual([])
  }
})

test('the push of one’s own message hides its entry; the same words of another do not', () => {
  const sent = after(composed, { type: 'sent', key: 'k' })
  expect(reduceRoom(sent, { type: 'pushed', message: message(1) }).outbox[0]?.echoId).toBe('1')
  expect(reduceRoom(sent, { type: 'pushed', message: message(1, 'joe') }).outbox[0]?.echoId).toBeUndefined()
})

test('a message that was known before is no echo of what was written since', () => {
  const known = after({ type: 'pushed', message: message(1) }, composed, { type: 'sent', key: 'k' })
  expect(reduceRoom(known, { type: 'history', page: [message(1)] }).outbox[0]?.echoId).toBeUndefined()
})

test('history that brings one’s own message hides its entry until the answer', () => {
  const state = after(composed, { type: 'sent', key: 'k' }, { type: 'lost' }, { type: 'history', page: [message(1)] })
  expect(state.outbox[0]).toMatchObject({ echoId: '1', state: 'waiting' })
})

test('a notice goes when things work again, and the same notice is no change', () => {
  const noticed = after({ type: 'opened' }, { type: 'noticed', problem })
  expect(noticed.notice).toEqual(problem)
  expect(reduceRoom(noticed, { type: 'noticed', problem: { ...problem } })).toBe(noticed)
  expect(reduceRoom(noticed, { type: 'opened' }).notice).toBeUndefined()
  expect(reduceRoom(noticed, { type: 'noticed', problem: undefined }).notice).toBeUndefined()
})

test('a refusal keeps what was written', () => {
  const state = after({ type: 'opened' }, composed, { type: 'sent', key: 'k' }, { type: 'refused', problem })
  expect(state).toMatchObject({ connection: 'refused', notice: problem, outbox: [{ state: 'waiting' }] })
})
