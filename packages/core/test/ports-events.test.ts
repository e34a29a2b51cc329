/**
 * Emitters of events as ports: those that can be paused, those that cannot, and those that also send.
 */
import { EventEmitter } from 'node:events'
import { describe, expect, test } from 'vitest'
import { timedOut, type Process } from '../src/index.ts'
import { openEvents, type EventPortOptions, type PortMessage } from '../src/ports/index.ts'
import { createWorld } from './world.ts'

type Message = PortMessage<unknown>

const inProcess = (body: (self: Process<Message>) => Promise<unknown>): Promise<void> =>
  createWorld().inProcess<Message>(body)

/** Speaks as a WebSocket of `ws` does. */
class Socket extends EventEmitter {
  readyState = 1
  readonly log: string[] = []
  readonly sent: unknown[] = []
  /** Callbacks of sends that are not done. */
  readonly sending: ((error?: Error) => void)[] = []

  pause(): void {
    this.log.push('pause')
  }

  resume(): void {
    this.log.push('resume')
  }

  send(data: unknown, done: (error?: Error) => void): void {
    this.sent.push(data)
    this.sending.push(done)
  }

  close(): void {
    this.log.push('close')
    this.readyState = 3
    this.emit('close', 1000)
  }

  terminate(): void {
    this.log.push('terminate')
    this.readyState = 3
    this.emit('close', 1006)
  }
}

describe('an emitter', () => {
  test('is paused unless somebody asks', async () => {
    await inProcess(async (self) => {
      const socket = new Socket()
      const port = openEvents(self, socket)
      expect(socket.log).toEqual(['pause', 'resume'])
      socket.emit('message', Buffer.from('one'), true)
      expect(await self.receive()).toEqual({ type: 'data', port, data: new Uint8Array(Buffer.from('one')) })
      expect(socket.log).toEqual(['pause', 'resume', 'pause'])
      port.active(true)
      socket.emit('message', 'two')
      socket.emit('message', 'three')
      expect([await self.receive(), await self.receive()]).toMatchObject([{ data: 'two' }, { data: 'three' }])
      expect(socket.log.slice(3)).not.toContain('pause')
    })
  })

  test('what it says all the same waits, up to a limit', async () => {
    await inProcess(async (self) => {
      const talker = new EventEmitter()
      const port = openEvents(self, talker, { limit: 2, active: false })
      for (const word of ['one', 'two']) talker.emit('message', word)
      expect([await port.read(), await port.read()]).toEqual(['one', 'two'])
      for (const word of ['a', 'b', 'c', 'd']) talker.emit('message', word)
      await expect(
        port
          .read()
          .then(() => port.read())
          .then(() => port.read()),
      ).rejects.toMatchObject({ code: 'port.overflow' })
      expect(talker.listenerCount('message')).toBe(0)
    })
  })

  test('what waits is told before the end', async () => {
    await inProcess(async (self) => {
      const socket = new Socket()
      const port = openEvents(self, socket)
      for (const word of ['one', 'two']) socket.emit('message', word)
      socket.emit('close')
      const seen: string[] = []
      for (let message = await self.receive(); message.type !== 'closed'; message = await self.receive()) {
        seen.push('data' in message ? String(message.data) : message.type)
        port.active('once')
      }
      expect([seen, socket.log.includes('terminate'), socket.listenerCount('message')]).toEqual([
        ['one', 'two'],
        false,
        0,
      ])
    })
  })

  test('an error, and another, and the close are one error and one closed; later ones hurt nobody', async () => {
    await inProcess(async (self) => {
      const socket = new Socket()
      openEvents(self, socket)
      socket.emit('error', Object.assign(new Error('reset'), { code: 'ECONNRESET' }))
      socket.emit('error', new Error('again'))
      socket.emit('close')
      expect(await self.receive()).toMatchObject({ type: 'error', error: { code: 'ECONNRESET' } })
      expect(await self.receive()).toMatchObject({ type: 'closed' })
      socket.emit('error', new Error('much later'))
      expect(await self.receive({ timeoutMs: 5 })).toBe(timedOut)
    })
  })

  test('makes items of what its events bring; one that cannot be made or sent fails the port', async () => {
    await inProcess(async (self) => {
      const options: EventPortOptions<string> = {
        toItem: (data: Buffer, isBinary: boolean) => (isBinary ? 'binary' : data.toString()),
      }
      const socket = new Socket()
      openEvents(self, socket, { ...options, active: true })
      socket.emit('message', Buffer.from('text'), false)
      socket.emit('message', Buffer.from('text'), true)
      expect([await self.receive(), await self.receive()]).toMatchObject([{ data: 'text' }, { data: 'binary' }])
      socket.emit('message', null)
      expect(await self.receive()).toMatchObject({ type: 'error', error: { name: 'TypeError' } })
      const other = new Socket()
      openEvents(self, other, { tag: 'other' })
      other.emit('message', () => 1)
      expect(await self.receive((message) => message.type === ('other_error' as never))).toMatchObject({
        error: { code: 'copy.unsendable' },
      })
    })
  })

  test('that throws when it is paused or resumed has failed', async () => {
    await inProcess(async (self) => {
      for (const method of ['pause', 'resume'] as const) {
        const socket = new Socket()
        const fail = (): never => {
          throw new Error(`no ${method}`)
        }
        if (method === 'resume') socket.resume = fail
        openEvents(self, socket)
        if (method === 'pause') socket.pause = fail
        socket.emit('message', 'one')
        const first = await self.receive()
        const told = first.type === 'data' ? (first.port.active('once'), await self.receive()) : first
        expect(told).toMatchObject({ type: 'error', error: { message: `no ${method}` } })
        expect(await self.receive()).toMatchObject({ type: 'closed' })
      }
    })
  })

  test('that is closed already is closed', async () => {
    await inProcess(async (self) => {
      const socket = new Socket()
      socket.readyState = 3
      openEvents(self, socket)
      expect(await self.receive()).toMatchObject({ type: 'closed' })
      expect(socket.log).toEqual([])
    })
  })

  test('sends what is written; a writer waits once 16 are on their way', async () => {
    await inProcess(async (self) => {
      const socket = new Socket()
      const port = openEvents(self, socket)
      let written = 0
      const writing = (async () => {
        for (let n = 0; n < 20; n++) {
          await port.write(`word ${n}`)
          written++
        }
      })()
      await self.sleep(1)
      expect([written, socket.sent.length]).toEqual([15, 16])
      socket.sending.shift()!()
      await self.sleep(1)
      expect(socket.sent.length).toBe(17)
      for (let done = socket.sending.shift(); done !== undefined; done = socket.sending.shift()) {
        done()
        await self.sleep(1)
      }
      await writing
      expect(socket.sent).toHaveLength(20)
    })
  })

  test('is closed in good order after what was sent, and cut off after a crash', async () => {
    const world = createWorld()
    const sockets = [new Socket(), new Socket()]
    const [orderly, crashing] = sockets.map((socket, index) =>
      world.node.spawn(async (self) => {
        const port = openEvents(self, socket)
        await port.write('bye')
        await self.sleep(10)
        if (index === 1) self.exit('crash')
      }),
    )
    setImmediate(() => {})
    await world.runtime.advance(11)
    expect(sockets.map(({ log }) => log.at(-1))).toEqual(['resume', 'resume'])
    sockets[0]!.sending.shift()!()
    await world.runtime.settle()
    expect([sockets[0]!.log.includes('close'), sockets[1]!.log.includes('terminate')]).toEqual([true, true])
    expect([world.node.isAlive(orderly!), world.node.isAlive(crashing!)]).toEqual([false, false])
  })

  test('a send that fails fails the port', async () => {
    await inProcess(async (self) => {
      const socket = new Socket()
      const port = openEvents(self, socket)
      await port.write('x')
      socket.sending.shift()!(new Error('gone'))
      expect(await self.receive()).toMatchObject({ type: 'error', error: { message: 'gone' } })
      const quiet = openEvents(self, new EventEmitter())
      await expect(quiet.write('x')).rejects.toMatchObject({ code: 'port.not_writable' })
      const own = openEvents(self, new EventEmitter(), {
        send: () => {
          throw new Error('thrown')
        },
      })
      await expect(own.write('x')).rejects.toThrow('thrown')
    })
  })
})

describe('an event target', () => {
  test('gives the data of its events, and sends', async () => {
    await inProcess(async (self) => {
      const target = Object.assign(new EventTarget(), {
        sent: [] as unknown[],
        send: (data: unknown) => void target.sent.push(data),
      })
      const port = openEvents(self, target)
      target.dispatchEvent(new MessageEvent('message', { data: { list: [1] } }))
      expect(await self.receive()).toEqual({ type: 'data', port, data: { list: [1] } })
      await port.write('x')
      expect(target.sent).toEqual(['x'])
      target.dispatchEvent(Object.assign(new Event('error'), { message: 'no network' }))
      port.active('once')
      expect(await self.receive()).toMatchObject({ type: 'error', error: { message: 'no network' } })
    })
  })

  test('under other names, with details', async () => {
    await inProcess(async (self) => {
      const target = new EventTarget()
      const port = openEvents(self, target, { data: 'tick', closed: 'over', error: null })
      target.dispatchEvent(new CustomEvent('tick', { detail: 1 }))
      target.dispatchEvent(new CustomEvent('tick', { detail: 2 }))
      expect(await self.receive()).toMatchObject({ data: 1 })
      target.dispatchEvent(new Event('over'))
      port.active(true)
      expect([await self.receive(), await self.receive()]).toMatchObject([{ data: 2 }, { type: 'closed' }])
    })
  })
})
