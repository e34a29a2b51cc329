/** A server that is away or slow, and comes back. */
import { describe, expect, it } from 'vitest'
import { hasty, texts, writing, type World } from './world.ts'

export function describeAway(world: World): void {
  describe('is away', () => {
    it.each(['SIGKILL', 'SIGINT'] as const)(
      'after %s, and is back: nothing acknowledged is lost, nothing is stored twice, and the same server goes on',
      async (signal) => {
        const { append, texts: read } = await world.serve({
          url: await world.server.database(),
          limits: { retryMs: 20 },
        })
        const acknowledged: string[] = []
        const odd: unknown[] = []
        let isWriting = true
        const writers = ['a', 'b', 'c'].map(async (writer) => {
          for (let n = 1; isWriting; n++)
            for (let isDone = false; !isDone && isWriting;) {
              const answered = await append(`${writer} ${n}`).catch((error: unknown) => error as Error)
              isDone = 'ok' in answered
              if (isDone) acknowledged.push(`${writer} ${n}`)
              else if (!('error' in answered) || answered.error !== 'unavailable') odd.push(answered)
            }
        })
        const atLeast = (count: number) =>
          expect.poll(() => acknowledged.length, { timeout: 10_000 }).toBeGreaterThan(count)
        await atLeast(20)
        await world.server.down(signal)
        await world.server.up()
        await atLeast(acknowledged.length + 20)
        isWriting = false
        await Promise.all(writers)
        const stored = await read()
        expect(odd).toEqual([])
        expect(new Set(stored).size).toBe(stored.length)
        expect(acknowledged.filter((text) => !stored.includes(text))).toEqual([])
      },
    )

    it('at the start: callers are told so, at once when it lasts, and it is found when it comes', async () => {
      const url = await world.server.database()
      await world.server.down()
      const { append, rooms } = await world.serve({ url, limits: hasty })
      expect(await append('too early')).toEqual({ error: 'unavailable' })
      await expect
        .poll(async () => {
          const sinceMs = performance.now()
          expect(await append('still too early')).toEqual({ error: 'unavailable' })
          return performance.now() - sinceMs
        })
        .toBeLessThan(50)
      const reading = rooms(500)
      await expect(reading).rejects.toMatchObject({ code: 'call.timeout' })
      await world.server.up()
      await expect.poll(() => append('in time')).toMatchObject({ ok: { id: 1, text: 'in time' } })
      expect(await rooms()).toEqual([{ room: 'lobby', messages: 1 }])
    })
  })

  describe('is slow', () => {
    it('a server that stands still is given up, and what it did after all is stored once', async () => {
      const { append, texts: read } = await world.serve({ url: await world.server.database(), limits: hasty })
      await append('before')
      world.server.freeze()
      const during = await Promise.all([append('during'), append('during too')])
      world.server.thaw()
      expect(during).toEqual([{ error: 'unavailable' }, { error: 'unavailable' }])
      await expect.poll(() => append('during')).toMatchObject({ ok: { text: 'during' } })
      await expect.poll(() => append('during too')).toHaveProperty('ok')
      await append('after')
      expect((await read()).sort()).toEqual(['after', 'before', 'during', 'during too'])
    })

    it('whoever holds a lock for too long holds nobody up for ever', async () => {
      const url = await world.server.database()
      const store = world.store({ url, limits: hasty })
      await store.append([writing('before')])
      const other = await world.client(url)
      await other.query('BEGIN')
      await other.query('SELECT * FROM agner_chat.last_message FOR UPDATE')
      await expect(store.append([writing('behind it')])).rejects.toMatchObject({ code: 'database.slow' })
      // Readers are not held up.
      expect(texts(await store.history('lobby', 0, 10))).toEqual(['before'])
      await other.query('COMMIT')
      expect(await store.append([writing('behind it')])).toMatchObject([{ ok: { id: 2 } }])
    })
  })
}
