/**
 * What every keeper of the messages promises, whatever it keeps them in. One body of tests, through the protocol as rooms and analytics use it.
 */
import { call, type Address } from '@agner/behaviours'
import { createNode, type Node } from '@agner/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Appended, DatabaseApi, Message, NewMessage } from '../src/database.api.ts'
import { pageBytes, toPage, type Page } from '../src/pages.ts'

/** A place that messages are kept in, empty at first. */
export interface Kept extends AsyncDisposable {
  /** Starts whoever serves it, on a node of the test's, and resolves when it answers. */
  serve(node: Node): Promise<Address<DatabaseApi>>
}

const message = (text: string, key: string | null = null, room = 'lobby', user = 'ann'): NewMessage => ({
  room,
  user,
  text,
  key,
})

const texts = (messages: readonly Message[]): string[] => messages.map(({ text }) => text)

const idOf = (appended: Appended): number => ('ok' in appended ? appended.ok.id : Number.NaN)

/** @param keep makes an empty place. */
export function describeMessages(name: string, keep: () => Promise<Kept>): void {
  describe(`the messages in ${name}`, () => {
    let kept: Kept
    let node: Node
    let database: Address<DatabaseApi>

    const append = (what: NewMessage): Promise<Appended> => call(node, database, 'append', what)
    const history = async (room: string, after = 0, limit = 1000): Promise<readonly Message[]> =>
      toPage(await call(node, database, 'history', { room, after, limit, paged: true }), limit).messages
    const since = async (after: number, limit = 1000): Promise<readonly Message[]> =>
      toPage(await call(node, database, 'since', { after, limit, paged: true }), limit).messages
    const serve = async (): Promise<void> => {
      node = createNode()
      database = await kept.serve(node)
    }
    const restart = async (): Promise<void> => {
      await node.stop()
      await serve()
    }

    beforeEach(async () => {
      kept = await keep()
      await serve()
    })
    afterEach(async () => {
      await node.stop()
      await kept[Symbol.asyncDispose]()
    })

    it('have ids that count up, know the one before them in their room, and stay over a restart', async () => {
      expect(await history('lobby')).toEqual([])
      expect(await call(node, database, 'rooms')).toEqual([])
      expect(await append(message('a'))).toMatchObject({ ok: { room: 'lobby', user: 'ann', text: 'a' }, previous: 0 })
      const first = idOf(await append(message('b')))
      const attic = await append(message('elsewhere', null, 'attic'))
      expect(attic).toMatchObject({ previous: 0 })
      expect(idOf(attic)).toBeGreaterThan(first)
      await restart()
      const third = await append(message('c'))
      expect(third).toMatchObject({ previous: first })
      expect(idOf(third)).toBeGreaterThan(idOf(attic))
      expect(texts(await history('lobby'))).toEqual(['a', 'b', 'c'])
      expect(texts(await history('lobby', first))).toEqual(['c'])
      expect(texts(await history('lobby', 0, 2))).toEqual(['a', 'b'])
      expect(texts(await since(first))).toEqual(['elsewhere', 'c'])
      expect(texts(await since(0, 3))).toEqual(['a', 'b', 'elsewhere'])
    })

    it('are given back as they were acknowledged, with the time of their taking', async () => {
      const before = Date.now()
      const appended = await append(message('a', 'k'))
      const [stored] = await history('lobby')
      expect(appended).toEqual({ ok: stored, previous: 0 })
      expect(new Date(stored!.at).toISOString()).toBe(stored!.at)
      expect(Date.parse(stored!.at)).toBeGreaterThanOrEqual(before - 5)
    })

    it('with a key are stored once: at the same time, later, and after a restart', async () => {
      const [first, second] = await Promise.all([append(message('a', 'k')), append(message('a', 'k'))])
      expect(first).toHaveProperty('ok')
      expect(second).toEqual(first)
      await append(message('b'))
      expect(await append(message('a', 'k'))).toEqual(first)
      await restart()
      expect(await append(message('a', 'k'))).toEqual(first)
      expect(texts(await history('lobby'))).toEqual(['a', 'b'])
    })

    it('are refused when their key stands for another one, and those beside them are stored', async () => {
      await append(message('a', 'k'))
      const answers = await Promise.all([
        append(message('b', 'k')),
        append(message('a', 'k', 'attic')),
        append(message('a', 'k', 'lobby', 'bob')),
        append(message('c')),
        append(message('d', 'new')),
        append(message('e', 'new')),
      ])
      expect(answers).toMatchObject([
        { error: 'keyReused' },
        { error: 'keyReused' },
        { error: 'keyReused' },
        { ok: { text: 'c' } },
        { ok: { text: 'd' } },
        { error: 'keyReused' },
      ])
      expect(texts(await history('lobby'))).toEqual(['a', 'c', 'd'])
      expect(await call(node, database, 'rooms')).toEqual([{ room: 'lobby', messages: 3 }])
    })

    it('may have any text, and nobody can put commands into them', async () => {
      const odd = [
        `'); DROP TABLE messages; --`,
        `' OR '1'='1`,
        `"quoted" \\ back \\' $1 $$ ; {a,"b",NULL} NULL`,
        'a\nline\r\n\ttab \u0001 \u0007',
        '日本語 עברית 👩‍👩‍👧‍👦 e\u0301 \u{10FFFF}',
        "%s %_ \\x00 E'\\\\' ?",
        'x'.repeat(4000),
      ]
      for (const text of odd) {
        const stored = await append(message(text, text, text.slice(0, 40), text))
        expect(stored).toMatchObject({ ok: { room: text.slice(0, 40), user: text, text } })
        expect(await append(message(text, text, text.slice(0, 40), text))).toEqual(stored)
        expect(texts(await history(text.slice(0, 40)))).toEqual([text])
      }
      expect(texts(await since(0))).toEqual(odd)
      const names = (await call(node, database, 'rooms')).map(({ room }) => room)
      expect(names).toEqual(odd.map((text) => text.slice(0, 40)).sort())
    })

    it('of which one cannot be kept as it is do no harm to the others of its batch', async () => {
      const answers = await Promise.all([
        append(message('before')),
        append(message('a\0b', 'nul')),
        append(message('half a pair \ud83d', 'half')),
        append(message('after')),
      ])
      expect(answers.every((answer) => 'ok' in answer)).toBe(true)
      expect(texts(await history('lobby'))).toEqual(['before', 'a\u{FFFD}b', 'half a pair \u{FFFD}', 'after'])
      expect(await history('lobby')).toEqual(answers.map((answer) => 'ok' in answer && answer.ok))
      // A retry is the same message, whatever became of those signs.
      expect(await append(message('a\0b', 'nul'))).toEqual(answers[1])
      expect(await append(message('half a pair \ud83d', 'half'))).toEqual(answers[2])
    })

    it('of whose keys, rooms and users one is another up to a sign that cannot be kept are not taken for each other', async () => {
      const one = await append(message('one', 'k\0a', 'room\0a', 'ann\0a'))
      const other = await append(message('other', 'k\0b', 'room\0b', 'ann\0b'))
      expect([idOf(one), idOf(other)]).toEqual([1, 2])
      await restart()
      expect(await append(message('one', 'k\0a', 'room\0a', 'ann\0a'))).toEqual(one)
      expect(await append(message('other', 'k\0b', 'room\0b', 'ann\0b'))).toEqual(other)
      expect(texts(await history('room\0a'))).toEqual(['one'])
      expect(await history('room\u{FFFD}b')).toMatchObject([{ user: 'ann\u{FFFD}b', text: 'other' }])
    })

    it('come in pages that say whether there are more, and are bounded in bytes: who goes on reads all of them', async () => {
      // Much more than a page each, of three bytes a character.
      const long = Array.from({ length: 60 }, (_, n) => `${n} ${'漢'.repeat(8000)}`)
      const largest = '漢'.repeat(pageBytes / 2)
      for (const text of [...long, 'short', largest, 'end']) expect(await append(message(text))).toHaveProperty('ok')
      for (const ask of [
        (after: number, limit: number) => call(node, database, 'since', { after, limit, paged: true }),
        (after: number, limit: number) => call(node, database, 'history', { room: 'lobby', after, limit, paged: true }),
      ]) {
        const pages: Page[] = []
        do pages.push((await ask(pages.at(-1)?.messages.at(-1)!.id ?? 0, 1000)) as Page)
        while (pages.at(-1)!.more)
        expect(pages.flatMap(({ messages }) => texts(messages))).toEqual([...long, 'short', largest, 'end'])
        for (const { messages } of pages)
          if (messages.length > 1) expect(Buffer.byteLength(texts(messages).join(''))).toBeLessThan(pageBytes)
        expect(pages.length).toBeLessThan(6)
        expect(pages.at(-1)).toMatchObject({ messages: [{ text: 'end' }], more: false })
        expect(await ask(0, 1)).toMatchObject({ messages: [{ text: long[0] }], more: true })
        expect(await ask(62, 1)).toMatchObject({ messages: [{ text: 'end' }], more: false })
        expect(await ask(63, 1)).toEqual({ messages: [], more: false })
      }
      // As earlier versions ask, and are answered.
      expect(await call(node, database, 'since', { after: 60, limit: 1 })).toMatchObject([{ text: 'short' }])
    })

    it('are not asked for by numbers that are none: who does so is told, and nobody else notices', async () => {
      await append(message('a'))
      for (const wrong of [{ after: 1e30 }, { after: Number.NaN }, { after: -1 }, { limit: -1 }, { limit: 1.5 }])
        for (const asked of [
          call(node, database, 'since', { after: 0, limit: 10, ...wrong }),
          call(node, database, 'history', { room: 'lobby', after: 0, limit: 10, ...wrong }),
        ])
          await expect(asked).rejects.toMatchObject({ code: 'call.bad_argument' })
      expect(await since(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)).toEqual([])
      expect(texts(await since(0, Number.MAX_SAFE_INTEGER))).toEqual(['a'])
    })

    it('from one sender stay in the order of sending, and each room has its own chain', async () => {
      const roomOf = (n: number): string => `room${n % 3}`
      const answers = await Promise.all(
        Array.from({ length: 300 }, (_, n) => append(message(`text ${n}`, n % 2 === 0 ? `key ${n}` : null, roomOf(n)))),
      )
      const ids = answers.map(idOf)
      expect(ids).toEqual([...ids].sort((a, b) => a - b))
      expect(new Set(ids).size).toBe(300)
      for (const [n, answer] of answers.entries())
        expect(answer).toMatchObject({ ok: { text: `text ${n}` }, previous: n < 3 ? 0 : ids[n - 3] })
      expect((await since(0)).map(({ id }) => id)).toEqual(ids)
    })

    it('are seen in one order: who goes on from the newest that he has seen misses none', async () => {
      let writing = true
      const acknowledged: number[] = []
      const writers = Array.from({ length: 4 }, async (_, writer) => {
        for (let n = 0; n < 25; n++)
          acknowledged.push(idOf(await append(message(`${writer} ${n}`, null, `room${writer % 2}`))))
      })
      const seen: Message[] = []
      const reader = async (): Promise<void> => {
        for (;;) {
          const last = !writing
          const known = acknowledged.length
          const page = await since(seen.at(-1)?.id ?? 0, 7)
          seen.push(...page)
          // What was acknowledged before the question is in the answer, or in the next page.
          if (page.length < 7)
            expect(acknowledged.slice(0, known).every((id) => id <= (seen.at(-1)?.id ?? 0))).toBe(true)
          if (last && page.length === 0) return
        }
      }
      const reading = reader()
      await Promise.all(writers)
      writing = false
      await reading
      expect(seen.map(({ id }) => id)).toEqual([...acknowledged].sort((a, b) => a - b))
      expect(seen).toEqual(await since(0))
    })
  })
}
