/**
 * Streams of Node.js, web streams and async iterables as ports, without any real input or output.
 */
import { duplexPair, PassThrough, Readable, Writable, type Duplex } from 'node:stream'
import { ReadableStream, TransformStream, WritableStream } from 'node:stream/web'
import { describe, expect, test } from 'vitest'
import { timedOut, type Exit, type Process } from '../src/index.ts'
import { ended, openPort, type Port, type PortEnded, type PortMessage } from '../src/ports/index.ts'
import { createWorld } from './world.ts'

type Message = PortMessage<unknown> | PortEnded | Exit

const inProcess = (body: (self: Process<Message>) => Promise<unknown>): Promise<void> =>
  createWorld().inProcess<Message>(body)

const text = (bytes: unknown): string => Buffer.from(bytes as Uint8Array).toString()

async function all<T>(port: Port<T, never>): Promise<T[]> {
  const items: T[] = []
  for await (const item of port) items.push(item)
  return items
}

function throwIt(what: unknown): never {
  throw what
}

/** Nothing can be done with it, nor asked of it. */
function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

/** Gives back what is written; one chunk fills it. */
const small = { highWaterMark: 4 }

describe('a stream of Node.js', () => {
  test('is read on demand: nobody asks, and it fills its own buffer and no more', async () => {
    await inProcess(async (self) => {
      let made = 0
      const source = new Readable({
        highWaterMark: 100,
        read() {
          made++
          this.push(Buffer.alloc(10, made))
        },
      })
      const port = openPort(self, source)
      const first = await self.receive()
      expect(first).toMatchObject({ type: 'data', port })
      const madeThen = made
      await self.sleep(100)
      expect([made - madeThen <= 11, await self.receive({ timeoutMs: 0 })]).toEqual([true, timedOut])
      port.active('once')
      expect(await self.receive()).toMatchObject({ type: 'data' })
      await port.close()
      expect(source.destroyed).toBe(true)
    })
  })

  test('one that is always ready, active for ever, lets others live', async () => {
    await inProcess(async (self) => {
      let made = 0
      const source = new Readable({ read: () => void source.push(++made > 20_000 ? null : 'x') })
      openPort(self, source, { active: true })
      let turns = 0
      for (let message = await self.receive(); message.type !== 'closed'; message = await self.receive()) turns++
      expect(turns).toBeGreaterThan(0)
    })
  })

  test('writes wait for its drain, and what is written arrives', async () => {
    await inProcess(async (self) => {
      const [mine, theirs] = duplexPair(small)
      const port = openPort(self, mine)
      const log: string[] = []
      const writing = (async () => {
        for (const word of ['one', 'two', 'three']) {
          await port.write(word)
          log.push(word)
        }
      })()
      await self.sleep(10)
      expect(log).not.toContain('three')
      theirs.resume()
      await writing
      expect(log).toEqual(['one', 'two', 'three'])
    })
  })

  test('its end comes after its data; what came before can still be answered', async () => {
    await inProcess(async (self) => {
      const [mine, theirs] = duplexPair()
      const port = openPort(self, mine, { packet: 'line', encoding: 'utf8' })
      theirs.end('one\ntwo')
      const heard: string[] = []
      theirs.setEncoding('utf8').on('data', (chunk: string) => heard.push(chunk))
      for (let message = await self.receive(); message.type !== 'closed'; message = await self.receive()) {
        await self.sleep(5)
        if (message.type === 'data') await port.write(`${String(message.data)}!\n`)
        port.active('once')
      }
      await self.sleep(1)
      expect([heard.join(''), mine.destroyed, theirs.readableEnded]).toEqual(['one!\ntwo!\n', true, true])
    })
  })

  test('with halfOpen the end is told, and its other half goes on', async () => {
    await inProcess(async (self) => {
      const [mine, theirs] = duplexPair()
      const port = openPort(self, mine, { halfOpen: true })
      theirs.end()
      expect(await self.receive()).toEqual({ type: 'ended', port })
      await port.write('still here')
      theirs.setEncoding('utf8')
      await self.sleep(1)
      expect(theirs.read()).toBe('still here')
      theirs.resume()
      await port.end()
      expect(await self.receive()).toEqual({ type: 'closed', port })
    })
  })

  test('a failure, and another, and the close: one error, one closed, and no unhandled event', async () => {
    await inProcess(async (self) => {
      const source = new PassThrough({ autoDestroy: false, emitClose: false })
      const port = openPort(self, source, { active: true })
      source.emit('error', new Error('first'))
      source.emit('error', new Error('second'))
      source.emit('close')
      expect(await self.receive()).toMatchObject({ type: 'error', port, error: { message: 'first' } })
      source.emit('close')
      expect(await self.receive()).toEqual({ type: 'closed', port })
      source.emit('error', new Error('much later'))
      expect(await self.receive({ timeoutMs: 10 })).toBe(timedOut)
    })
  })

  test('one that is closed before its end was cut off', async () => {
    await inProcess(async (self) => {
      const source = new PassThrough()
      const port = openPort(self, source)
      source.write('part')
      expect(await self.receive()).toMatchObject({ type: 'data' })
      source.destroy()
      port.active('once')
      expect(await self.receive()).toMatchObject({ type: 'error', error: { code: 'port.cut_off' } })
      expect(await self.receive()).toMatchObject({ type: 'closed' })
    })
  })

  test('one that is over already is over', async () => {
    await inProcess(async (self) => {
      const destroyed = new PassThrough().destroy()
      const failed = new PassThrough()
      failed.on('error', () => {}).destroy(new Error('earlier'))
      const read = Readable.from([])
      read.resume()
      await self.sleep(1)
      openPort(self, destroyed)
      expect(await self.receive()).toMatchObject({ type: 'error', error: { code: 'port.cut_off' } })
      expect(await self.receive()).toMatchObject({ type: 'closed' })
      openPort(self, failed)
      expect(await self.receive()).toMatchObject({ type: 'error', error: { message: 'earlier' } })
      expect(await self.receive()).toMatchObject({ type: 'closed' })
      openPort(self, read)
      expect(await self.receive()).toMatchObject({ type: 'closed' })
    })
  })

  test('one that throws when it is read has failed', async () => {
    await inProcess(async (self) => {
      openPort(
        self,
        new Readable({
          read() {
            throw new Error('broken')
          },
        }),
      )
      expect(await self.receive()).toMatchObject({ type: 'error', error: { message: 'broken' } })
    })
  })

  test('one of objects gives copies, and what cannot be copied fails it', async () => {
    await inProcess(async (self) => {
      const given = { list: [1] }
      const port = openPort(self, Readable.from([given, 'text', () => 1]), { active: false })
      const first = await port.read()
      expect([first, first === (given as unknown)]).toEqual([{ list: [1] }, false])
      expect(await port.read()).toBe('text')
      await expect(port.read()).rejects.toMatchObject({ code: 'copy.unsendable' })
    })
  })

  test('shares no memory with who gave the bytes, unless told that nobody keeps them', async () => {
    await inProcess(async (self) => {
      const chunk = Buffer.from('abc')
      for (const exclusive of [false, true]) {
        const whole = new Uint8Array(3)
        const port = openPort(self, Readable.from([chunk, whole], { objectMode: false }), { active: false, exclusive })
        const [pooled, own] = [await port.read(), await port.read()]
        if (typeof pooled === 'symbol' || typeof own === 'symbol') throw new Error('It has ended.')
        expect([text(pooled), pooled.buffer === chunk.buffer, own.buffer === whole.buffer]).toEqual([
          'abc',
          false,
          exclusive,
        ])
      }
    })
  })

  test('one that can only be written to', async () => {
    await inProcess(async (self) => {
      const written: string[] = []
      const sink = new Writable({ write: (chunk, _, done) => (written.push(String(chunk)), done()) })
      const port = openPort(self, sink)
      await port.write('one')
      await port.write(new Uint8Array([50]))
      await port.close()
      expect([written, sink.writableFinished, sink.destroyed]).toEqual([['one', '2'], true, true])
      const other = openPort(self, new Writable({ write: (_chunk, _, done) => done(new Error('full')) }))
      await expect(
        other
          .write('x')
          .then(() => other.end())
          .then(() => self.sleep(1))
          .then(() => other.write('y')),
      ).rejects.toThrow()
      expect(await self.receive()).toMatchObject({ type: 'error', port: other, error: { message: 'full' } })
    })
  })

  test('a tag tells ports apart', async () => {
    await inProcess(async (self) => {
      const port = openPort(self, Readable.from(['x']), { tag: 'upstream', active: 1 })
      const types: string[] = []
      for (let n = 0; n < 2; n++) types.push((await self.receive()).type)
      port.active('once')
      types.push((await self.receive()).type)
      expect(types).toEqual(['upstream_data', 'upstream_passive', 'upstream_closed'])
    })
  })
})

describe('a web stream', () => {
  test('is read on demand, to its end', async () => {
    await inProcess(async (self) => {
      let pulls = 0
      const source = new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            if (++pulls > 3) controller.close()
            else controller.enqueue(new Uint8Array([pulls]))
          },
        },
        { highWaterMark: 0 },
      )
      const port = openPort(self, source)
      expect(await self.receive()).toMatchObject({ data: new Uint8Array([1]) })
      await self.sleep(10)
      expect(pulls).toBe(1)
      port.active(false)
      expect(await all(port)).toEqual([new Uint8Array([2]), new Uint8Array([3])])
      expect(port.isOpen).toBe(false)
    })
  })

  test('is cancelled when its port is closed, and fails as it fails', async () => {
    await inProcess(async (self) => {
      let cancelled = 0
      const endless = new ReadableStream({ cancel: () => void cancelled++ })
      const port = openPort(self, endless)
      await port.close()
      expect([cancelled, endless.locked]).toEqual([1, true])
      const failing = new ReadableStream({
        start: (controller) => controller.error(Object.assign(new Error('reset'), { code: 'ECONNRESET' })),
      })
      openPort(self, failing)
      expect(await self.receive()).toMatchObject({ type: 'error', error: { code: 'ECONNRESET' } })
      expect(() => openPort(self, endless)).toThrow(TypeError)
    })
  })

  test('a pair is read and written; a slow reader makes the writer wait', async () => {
    await inProcess(async (self) => {
      const pair = new TransformStream<Uint8Array, Uint8Array>()
      const port = openPort(self, pair, { packet: 'line', encoding: 'utf8', active: false })
      const log: string[] = []
      const writing = (async () => {
        for (const word of ['one\n', 'two\nthree', '\n']) {
          await port.write(Buffer.from(word))
          log.push(word)
        }
      })()
      await self.sleep(10)
      expect(log.length).toBeLessThan(3)
      expect([await port.read(), await port.read(), await port.read()]).toEqual(['one', 'two', 'three'])
      await writing
      await port.end()
      expect(await port.read()).toBe(ended)
    })
  })

  test('one that can only be written to is closed in good order, or aborted', async () => {
    await inProcess(async (self) => {
      const log: unknown[] = []
      const sink = (): WritableStream =>
        new WritableStream({
          write: (chunk) => void log.push(chunk),
          close: () => void log.push('close'),
          abort: () => void log.push('abort'),
        })
      const port = openPort(self, sink())
      await port.write('x')
      await port.close()
      const crashing = self.spawn(async (me) => {
        openPort(me, sink())
        await me.sleep(1)
        me.exit('crash')
      })
      await self.node.exited(crashing)
      expect(log).toEqual(['x', 'close', 'abort'])
      const broken = openPort(self, new WritableStream({ write: () => Promise.reject(new Error('full')) }))
      void broken.write('x')
      expect(await self.receive()).toMatchObject({ type: 'error', error: { message: 'full' } })
    })
  })
})

describe('an async iterable', () => {
  test('takes a step for each item that is asked for, and runs its finally at the close', async () => {
    await inProcess(async (self) => {
      const log: string[] = []
      async function* numbers(): AsyncGenerator<{ n: number }> {
        try {
          for (let n = 1; ; n++) {
            log.push(`step ${n}`)
            yield { n }
          }
        } finally {
          log.push('finally')
        }
      }
      const port = openPort(self, numbers())
      expect(await self.receive()).toEqual({ type: 'data', port, data: { n: 1 } })
      await self.sleep(5)
      expect(log).toEqual(['step 1'])
      await port.close()
      expect(log).toEqual(['step 1', 'finally'])
    })
  })

  test('throws, and has failed; ends, and is closed', async () => {
    await inProcess(async (self) => {
      async function* words(fails: boolean): AsyncGenerator<string> {
        yield 'one'
        if (fails) throw new Error('broken')
      }
      const port = openPort(self, words(true), { active: false })
      expect(await port.read()).toBe('one')
      await expect(port.read()).rejects.toThrow('broken')
      expect(await all(openPort(self, words(false), { active: false }))).toEqual(['one'])
    })
  })

  test.each<[string, () => unknown]>([
    ['gives what is no step', async () => undefined],
    ['gives no promise', () => undefined],
    ['throws instead of rejecting', () => throwIt(new Error('broken'))],
    ['fails with what cannot be read', async () => throwIt(Object.create(null))],
    ['fails with what cannot be asked what it is', async () => throwIt(revoked())],
    ['gives a step that cannot be read', async () => revoked()],
  ])('one whose iterator %s has failed: its owner is told, and the program goes on', async (_name, next) => {
    await inProcess(async (self) => {
      const source = { [Symbol.asyncIterator]: () => ({ next, return: () => ({ done: true }) }) }
      const port = openPort(self, source as unknown as AsyncIterable<string>)
      expect(await self.receive()).toEqual({ type: 'error', port, error: expect.any(Error) as Error })
      expect(await self.receive()).toEqual({ type: 'closed', port })
    })
  })

  test('one that never comes back is let go of when the signal that it was given is aborted', async () => {
    const world = createWorld()
    let cleaned = false
    const pid = world.node.spawn(async (self) => {
      const waits = (async function* (signal: AbortSignal): AsyncGenerator<string> {
        try {
          yield 'one'
          await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))))
        } finally {
          cleaned = true
        }
      })(self.signal)
      openPort(self, waits, { active: true })
      await self.sleep(1)
      self.exit('enough')
    })
    expect([await world.exited(pid), cleaned, world.runtime.nowMs()]).toEqual(['enough', true, 1])
  })
})

test('what is none of these is refused', async () => {
  await inProcess(async (self) => {
    for (const bad of [{}, [], new Map(), null, 'text', 5] as const)
      expect(() => openPort(self, bad as unknown as Duplex)).toThrow(
        expect.objectContaining({ code: 'port.bad_source' }),
      )
  })
})
