/** One order for all readers, though many write at the same time. */
import { describe, expect, it } from 'vitest'
import { texts, writing, type World } from './world.ts'

export function describeOrder(world: World): void {
  describe('gives one order to all', () => {
    it('what commits late is before what has to wait for it: a smaller id never comes later', async () => {
      const url = await world.server.database()
      const [first, second] = [world.store({ url }), world.store({ url })]
      await first.check()
      // A commit that takes until the test lets it go on.
      await world.server.ask(
        `CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock_shared(42); RETURN NEW; END';
         CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON agner_chat.messages DEFERRABLE INITIALLY DEFERRED
         FOR EACH ROW WHEN (NEW.text = 'slow') EXECUTE FUNCTION wait()`,
        url,
      )
      const gate = await world.client(url)
      await gate.query('SELECT pg_advisory_lock(42)')
      const slow = first.append([writing('slow')])
      await expect.poll(() => world.waitingForLocks(url)).toBe(1)
      const fast = second.append([writing('fast'), writing('faster')])
      await expect.poll(() => world.waitingForLocks(url)).toBe(2)
      expect(texts(await second.since(0, 10))).toEqual([])
      await gate.query('SELECT pg_advisory_unlock(42)')
      expect(await slow).toMatchObject([{ ok: { id: 1 }, previous: 0 }])
      expect(await fast).toMatchObject([
        { ok: { id: 2 }, previous: 1 },
        { ok: { id: 3 }, previous: 2 },
      ])
      expect(texts(await first.since(0, 10))).toEqual(['slow', 'fast', 'faster'])
    })

    it('many who write at the same time store each key once, and leave no gap', async () => {
      const url = await world.server.database()
      // All of them make the tables.
      const stores = Array.from({ length: 5 }, () => world.store({ url }))
      await Promise.all(stores.map((store) => store.check()))
      const answers = await Promise.all(
        stores.map(async (store) => {
          const ids: number[] = []
          for (let n = 0; n < 20; n++) {
            const [answer] = await store.append([writing(`text ${n}`, `key ${n}`)])
            ids.push(answer !== undefined && 'ok' in answer ? answer.ok.id : 0)
          }
          return ids
        }),
      )
      for (const ids of answers) expect(ids).toEqual(answers[0])
      expect((await stores[0]!.since(0, 100)).messages.map(({ id }) => id)).toEqual(
        Array.from({ length: 20 }, (_, n) => n + 1),
      )
    })
  })
}
