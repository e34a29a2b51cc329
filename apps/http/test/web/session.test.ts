import { describe, expect, test } from 'vitest'
import { RoomSession } from '../../web/src/live/session.ts'
import type { RoomState } from '../../web/src/model/room-state.ts'
import { SmallWorld } from './small-world.ts'

const place = { room: 'lobby', user: 'ann' }

function begin(world: SmallWorld = new SmallWorld(place)): {
  world: SmallWorld
  session: RoomSession
  states: RoomState[]
} {
  const states: RoomState[] = []
  const session = new RoomSession(place, world, (state) => states.push(state))
  session.start()
  return { world, session, states }
}

const idsOf = ({ timeline }: RoomState): number[] => timeline.messages.map(({ id }) => Number(id))
const textsOf = ({ timeline }: RoomState): string[] => timeline.messages.map(({ text }) => text)

describe('reading', () => {
  test('shows what was said before and what is said now', async () => {
    const world = new SmallWorld(place)
    world.post('joe', 'before')
    const { session } = begin(world)
    await world.pass(50)
    expect(session.state.connection).toBe('connected')
    world.post('joe', 'now')
    await world.pass(50)
    expect(textsOf(session.state)).toEqual(['before', 'now'])
  })

  test('follows history over many pages, also when the server cuts them smaller than asked', async () => {
    const world = new SmallWorld(place)
    world.pageLimit = 7
    for (let index = 0; index < 100; index += 1) world.post('joe', `${index}`)
    const { session } = begin(world)
    await world.pass(1000)
    expect(idsOf(session.state)).toEqual(world.stored.map(({ id }) => id))
  })

  test('closes the gap of a lost connection at once', async () => {
    const { world, session } = begin()
    await world.pass(50)
    world.cut()
    await world.pass(10)
    world.post('joe', 'missed')
    await world.pass(500)
    expect(textsOf(session.state)).toEqual(['missed'])
  })

  test('a page that was asked for before the socket opened is not taken for the end', async () => {
    const world = new SmallWorld(place)
    let asked = 0
    world.history = () => {
      if ((asked += 1) > 1) return 'ok'
      // Posted right after the page was read and right before the socket hears anything.
      world.post('joe', 'between')
      return { status: 200, body: { messages: [] } }
    }
    const { session } = begin(world)
    await world.pass(200)
    expect(textsOf(session.state)).toEqual(['between'])
  })

  test('closes the gap of a lost connection, although a later push came first', async () => {
    const { world, session } = begin()
    await world.pass(50)
    world.post('joe', 'one')
    await world.pass(50)
    world.isUp = false
    world.cut()
    await world.pass(10)
    expect(session.state.connection).toBe('reconnecting')
    world.post('joe', 'missed')
    world.isUp = true
    // History is slower than the socket: the push of "three" is there long before the page with "missed".
    world.history = () => 'hang'
    await world.pass(1000)
    world.post('joe', 'three')
    await world.pass(50)
    expect(textsOf(session.state)).toEqual(['one', 'three'])
    world.history = () => 'ok'
    await world.pass(20_000)
    expect(textsOf(session.state)).toEqual(['one', 'missed', 'three'])
  })

  test('finds a message whose push was lost while the socket lived', async () => {
    const { world, session } = begin()
    await world.pass(50)
    world.loses = () => true
    world.post('joe', 'never pushed')
    world.loses = () => false
    world.post('joe', 'pushed')
    await world.pass(11_000)
    expect(textsOf(session.state)).toEqual(['never pushed', 'pushed'])
  })

  test('a server that repeats its page is not asked for ever', async () => {
    const world = new SmallWorld(place)
    const message = world.post('joe', 'again')
    world.history = () => ({ status: 200, body: { messages: [message] } })
    const { session } = begin(world)
    await world.pass(5000)
    expect(textsOf(session.state)).toEqual(['again'])
    expect(world.asked.length).toBeLessThan(6)
  })

  test('history that answers 503 is asked until it works, and its sentence is kept meanwhile', async () => {
    const world = new SmallWorld(place)
    world.post('joe', 'one')
    world.history = () => ({ status: 503, body: { error: { code: 'unavailable', message: 'No database.' } } })
    const { session } = begin(world)
    await world.pass(3000)
    expect(session.state.connection).toBe('connected')
    expect(session.state.notice?.message).toContain('No database.')
    expect(session.state.isLoaded).toBe(false)
    world.history = () => 'ok'
    await world.pass(6000)
    expect(session.state.notice).toBeUndefined()
    expect(textsOf(session.state)).toEqual(['one'])
  })

  test('an answer of history that never comes is given up and asked again', async () => {
    const world = new SmallWorld(place)
    world.post('joe', 'one')
    let asked = 0
    world.history = () => ((asked += 1) === 1 ? 'hang' : 'ok')
    const { session } = begin(world)
    await world.pass(10_000)
    expect(textsOf(session.state)).toEqual(['one'])
  })

  test('a room that is not known yet is an empty room', async () => {
    const world = new SmallWorld(place)
    world.history = () => ({ status: 404, body: { error: { code: 'room_unknown', message: 'No such room.' } } })
    const { session } = begin(world)
    await world.pass(100)
    expect(session.state).toMatchObject({ connection: 'connected', isLoaded: true, notice: undefined })
  })

  test('rubbish on the socket changes nothing', async () => {
    const { world, session } = begin()
    await world.pass(50)
    const before = session.state
    for (const frame of [
      '',
      '{',
      'null',
      '[]',
      '42',
      '{"type":"message"}',
      '{"type":"sent","key":"k"}',
      '{"type":"later"}',
      '{"type":"message","message":{"id":{},"text":1}}',
    ])
      world.openSockets[0]?.say(frame)
    await world.pass(50)
    expect(session.state).toBe(before)
  })
})

describe('writing', () => {
  test('is pending until acknowledged, then there once', async () => {
    const { world, session } = begin()
    await world.pass(50)
    session.send('hello')
    expect(session.state.outbox).toMatchObject([{ text: 'hello', state: 'inFlight' }])
    await world.pass(50)
    expect(session.state.outbox).toEqual([])
    expect(textsOf(session.state)).toEqual(['hello'])
  })

  test('what is written without a connection goes out with the next one, in its order', async () => {
    const { world, session } = begin()
    await world.pass(50)
    world.isUp = false
    world.cut()
    await world.pass(2000)
    session.send('first')
    session.send('second')
    await world.pass(3000)
    expect(session.state.outbox.map(({ state }) => state)).toEqual(['waiting', 'waiting'])
    world.isUp = true
    await world.pass(6000)
    expect(session.state.outbox).toEqual([])
    expect(textsOf(session.state)).toEqual(['first', 'second'])
  })

  test('stored, but the answer was lost: sent again under the same key, stored once, never seen twice', async () => {
    const { world, session, states } = begin()
    await world.pass(50)
    world.append = () => 'storeAndDie'
    session.send('precious')
    await world.pass(12)
    world.append = () => 'store'
    await world.pass(6000)
    expect(new Set(world.received.map(({ key }) => key)).size).toBe(1)
    expect(world.received.length).toBe(2)
    expect(world.stored.map(({ text }) => text)).toEqual(['precious'])
    expect(textsOf(session.state)).toEqual(['precious'])
    expect(session.state.outbox).toEqual([])
    const seen = states.map(
      ({ timeline, outbox }) => timeline.messages.length + outbox.filter(({ echoId }) => echoId === undefined).length,
    )
    expect(Math.max(...seen)).toBe(1)
  })

  test('an acknowledgement that comes twice, or for nothing, does nothing', async () => {
    const { world, session } = begin()
    await world.pass(50)
    session.send('hello')
    await world.pass(50)
    const [message] = world.stored
    world.openSockets[0]?.say({ type: 'sent', key: 'key-1', message })
    world.openSockets[0]?.say({ type: 'sent', key: 'of nobody', message })
    world.openSockets[0]?.say({ type: 'error', key: 'of nobody', error: { code: 'x', message: 'y' } })
    await world.pass(50)
    expect(textsOf(session.state)).toEqual(['hello'])
    expect(session.state.outbox).toEqual([])
  })

  test('a refusal is shown with its sentence and goes out again when asked to', async () => {
    const { world, session } = begin()
    await world.pass(50)
    world.append = () => ({ code: 'text_too_long', message: 'At most 4,000 characters.' })
    session.send('long')
    await world.pass(50)
    expect(session.state.outbox).toMatchObject([{ state: 'failed', problem: { message: 'At most 4,000 characters.' } }])
    await world.pass(60_000)
    expect(world.received.length).toBe(1)
    world.append = () => 'store'
    session.retry('key-1')
    await world.pass(50)
    expect(textsOf(session.state)).toEqual(['long'])
  })

  test('a discarded message is gone', async () => {
    const { world, session } = begin()
    await world.pass(50)
    world.append = () => ({ code: 'bad', message: 'No.' })
    session.send('never mind')
    await world.pass(50)
    session.discard('key-1')
    expect(session.state.outbox).toEqual([])
    await world.pass(10_000)
    expect(world.received.length).toBe(1)
  })

  test('a refusal that time mends is tried again by itself, under the same key', async () => {
    const { world, session } = begin()
    await world.pass(50)
    let tries = 0
    world.append = () => ((tries += 1) < 4 ? { code: 'unavailable', message: 'No database just now.' } : 'store')
    session.send('patience')
    await world.pass(100)
    expect(session.state.outbox).toMatchObject([{ state: 'waiting', problem: { message: 'No database just now.' } }])
    await world.pass(20_000)
    expect(textsOf(session.state)).toEqual(['patience'])
    expect(new Set(world.received.map(({ key }) => key))).toEqual(new Set(['key-1']))
  })

  test('it gives up after a while and says why', async () => {
    const { world, session } = begin()
    await world.pass(50)
    world.append = () => ({ code: 'unavailable', message: 'No database just now.' })
    session.send('in vain')
    await world.pass(120_000)
    expect(session.state.outbox).toMatchObject([{ state: 'failed', problem: { code: 'unavailable' } }])
    expect(world.received.length).toBe(7)
  })

  test('while nothing can be stored it waits as long as it takes', async () => {
    const { world, session } = begin()
    await world.pass(50)
    world.append = () => ({ code: 'database_read_only', message: 'Nothing can be stored.' })
    session.send('patience')
    await world.pass(3_600_000)
    expect(session.state.outbox).toMatchObject([{ state: 'waiting', problem: { code: 'database_read_only' } }])
    let tries = 0
    world.append = () => ((tries += 1) < 4 ? { code: 'unavailable', message: 'A moment.' } : 'store')
    await world.pass(30_000)
    expect(textsOf(session.state)).toEqual(['patience'])
    expect(new Set(world.received.map(({ key }) => key))).toEqual(new Set(['key-1']))
  })

  test('a half-open connection, that takes messages and says nothing, is left for another', async () => {
    const { world, session } = begin()
    await world.pass(50)
    for (const socket of world.sockets) socket.isMute = true
    session.send('anybody?')
    await world.pass(25_000)
    expect(session.state.connection).toBe('connected')
    expect(world.sockets.length).toBe(2)
    expect(textsOf(session.state)).toEqual(['anybody?'])
  })

  test('a server that never answers one message is not asked for ever', async () => {
    const { world, session } = begin()
    await world.pass(50)
    world.append = () => undefined
    session.send('anybody?')
    await world.pass(600_000)
    expect(session.state.outbox).toMatchObject([{ state: 'failed', problem: { message: 'No answer came.' } }])
    expect(world.received.length).toBe(7)
  })

  test('what was not stored survives a reload of the page', async () => {
    const { world, session } = begin()
    await world.pass(50)
    world.append = () => undefined
    session.send('kept')
    await world.pass(50)
    session.stop()
    world.append = () => 'store'
    const after = begin(world)
    await world.pass(50)
    expect(textsOf(after.session.state)).toEqual(['kept'])
    expect(world.received.map(({ key }) => key)).toEqual(['key-1', 'key-1'])
    expect(world.saved).toBe('[]')
  })
})

describe('the connection', () => {
  test('comes back by itself, ever more slowly while nobody answers, at once when the network does', async () => {
    const { world, session } = begin()
    await world.pass(50)
    world.isUp = false
    world.cut()
    let opened = 0
    const open = world.openSocket.bind(world)
    world.openSocket = (path, events) => {
      opened += 1
      return open(path, events)
    }
    await world.pass(1000)
    const early = opened
    await world.pass(60_000)
    expect(early).toBeGreaterThanOrEqual(2)
    expect(opened - early).toBeLessThan(31)
    expect(opened - early).toBeGreaterThan(13)
    world.isUp = true
    session.wake()
    await world.pass(11)
    expect(session.state.connection).toBe('connected')
  })

  test('one that never was is connecting, not reconnecting', async () => {
    const world = new SmallWorld(place)
    world.isUp = false
    const { session } = begin(world)
    await world.pass(5000)
    expect(session.state.connection).toBe('connecting')
    world.isUp = true
    await world.pass(5000)
    expect(session.state.connection).toBe('connected')
  })

  test('a socket that never opens is given up', async () => {
    const world = new SmallWorld(place)
    world.latencyMs = 1_000_000
    const { session } = begin(world)
    await world.pass(5001)
    world.latencyMs = 5
    await world.pass(1000)
    expect(session.state.connection).toBe('connected')
  })

  test('a deaf one, that delivers nothing while history goes on, is left for another; a quiet one is not', async () => {
    const { world, session } = begin()
    await world.pass(120_000)
    expect(world.sockets.length).toBe(1)
    for (const socket of world.sockets) socket.isMute = true
    for (let minute = 0; minute < 6; minute += 1) {
      world.post('joe', `${minute}`)
      await world.pass(10_000)
    }
    expect(world.sockets.length).toBe(2)
    expect(idsOf(session.state)).toEqual([1, 2, 3, 4, 5, 6])
  })

  test('a server that accepts and hangs up at once is not stormed', async () => {
    const world = new SmallWorld(place)
    world.greet = (socket) => socket.close(1011)
    begin(world)
    await world.pass(60_000)
    expect(world.sockets.length).toBeLessThan(35)
  })

  test('presence is as last told, each name once', async () => {
    const { world, session } = begin()
    await world.pass(50)
    world.openSockets[0]?.say({ type: 'presence', users: ['ann', 'joe', 'ann'] })
    await world.pass(10)
    expect(session.state).toMatchObject({ users: ['ann', 'joe'], moreUsers: 0 })
  })

  test('whoever looks is listed, also among more than are listed', async () => {
    const { world, session } = begin()
    await world.pass(50)
    world.openSockets[0]?.say({ type: 'presence', users: ['joe', 'sue'], more: 900 })
    await world.pass(10)
    expect(session.state).toMatchObject({ users: [place.user, 'joe', 'sue'], moreUsers: 899 })
    world.openSockets[0]?.say({ type: 'presence', users: [place.user, 'joe'], more: 900 })
    await world.pass(10)
    expect(session.state).toMatchObject({ users: [place.user, 'joe'], moreUsers: 900 })
  })

  test('a room that history refuses is refused, with the server’s sentence', async () => {
    const world = new SmallWorld(place)
    world.history = () => ({ status: 400, body: { error: { code: 'room_bad', message: 'Not such a room.' } } })
    const { session } = begin(world)
    await world.pass(100)
    expect(session.state).toMatchObject({
      connection: 'refused',
      notice: { code: 'room_bad', message: 'Not such a room.' },
    })
    await world.pass(60_000)
    expect(world.pendingTasks).toBe(0)
  })

  test('a name that the socket refuses is refused, with the server’s sentence', async () => {
    const world = new SmallWorld(place)
    world.greet = (socket) => {
      socket.say({ type: 'error', error: { code: 'user_bad', message: 'Not such a name.' } })
      socket.close(1008)
    }
    const { session } = begin(world)
    await world.pass(100)
    expect(session.state).toMatchObject({ connection: 'refused', notice: { message: 'Not such a name.' } })
    expect(world.openSockets).toEqual([])
  })

  test('stopped, it leaves no timer, no socket and says nothing more', async () => {
    const { world, session, states } = begin()
    await world.pass(50)
    session.send('hello')
    session.stop()
    session.stop()
    const said = states.length
    world.post('joe', 'unheard')
    session.wake()
    await world.pass(60_000)
    expect(states.length).toBe(said)
    expect(world.pendingTasks).toBe(0)
    expect(world.openSockets).toEqual([])
  })
})

describe('anything at all', () => {
  test.each(Array.from({ length: 60 }, (_, index) => index + 1))(
    'seed %i: no gap, nothing twice, in order, nothing lost',
    async (seed) => {
      const world = new SmallWorld(place, seed)
      const { session, states } = begin(world)
      const chance = (probability: number): boolean => world.random() < probability
      const own: string[] = []
      world.loses = () => chance(0.1)
      world.pageLimit = 5
      world.append = () =>
        chance(0.15)
          ? 'storeAndDie'
          : chance(0.1)
            ? { code: 'unavailable', message: 'Not now.' }
            : chance(0.05)
              ? undefined
              : 'store'
      world.history = () => (chance(0.2) ? { status: 503, body: undefined } : chance(0.05) ? 'hang' : 'ok')
      for (let step = 0; step < 120; step += 1) {
        if (chance(0.5)) world.post('joe', `joe ${step}`)
        if (chance(0.3)) session.send(own[own.push(`ann ${step}`) - 1]!)
        if (chance(0.06)) world.cut()
        if (chance(0.04)) for (const socket of world.openSockets) socket.isMute = true
        if (chance(0.08)) world.isUp = !world.isUp
        if (!world.isUp) world.cut()
        world.latencyMs = 1 + Math.floor(world.random() * 40)
        await world.pass(Math.floor(world.random() * 400))
      }
      world.isUp = true
      world.loses = () => false
      world.append = () => 'store'
      world.history = () => 'ok'
      await world.pass(60_000)
      for (const { key, state } of session.state.outbox) if (state === 'failed') session.retry(key)
      await world.pass(60_000)

      expect(session.state.outbox).toEqual([])
      expect(idsOf(session.state)).toEqual(world.stored.map(({ id }) => id))
      expect(
        world.stored
          .filter(({ user }) => user === 'ann')
          .map(({ text }) => text)
          .sort(),
      ).toEqual([...own].sort())
      for (const state of states) expect(idsOf(state)).toEqual([...new Set(idsOf(state))].sort((a, b) => a - b))
      session.stop()
      await world.pass(60_000)
      expect(world.pendingTasks).toBe(0)
    },
  )
})
