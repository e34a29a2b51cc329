/** What nobody has thought of: errors that no table of this program has. The server lives through them, and serves again when they are over. */
import { describe, expect, it } from 'vitest'
import { openClaims } from '../../../src/postgres/claim.ts'
import { hasty, type World } from './world.ts'

export function describeTroubles(world: World): void {
  describe('lives through what it does not know', () => {
    it('an error of one question is the end of that question, one in writing of those messages', async () => {
      const url = await world.server.database()
      const { append, texts, rooms, isAlive } = await world.serve({ url, limits: hasty })
      expect(await append('before')).toMatchObject({ ok: { id: 1 } })
      await world.server.ask('ALTER TABLE agner_chat.messages RENAME TO kept', url)
      // Who asks for an id divides by zero.
      await world.server.ask(
        'CREATE VIEW agner_chat.messages AS SELECT id / (id - id) AS id, room, user_name, text, at, previous, key FROM agner_chat.kept',
        url,
      )
      await expect(texts(200)).rejects.toMatchObject({ code: 'call.timeout' })
      expect(await rooms()).toEqual([{ room: 'lobby', messages: 1 }])
      expect(await append('meanwhile')).toEqual({ error: 'unavailable' })
      await world.server.ask('DROP VIEW agner_chat.messages', url)
      await world.server.ask('ALTER TABLE agner_chat.kept RENAME TO messages', url)
      await expect.poll(() => append('after')).toMatchObject({ ok: { id: 2 }, previous: 1 })
      expect(await texts()).toEqual(['before', 'after'])
      expect(isAlive()).toBe(true)
    })

    it('a server whose certificate cannot be checked is out of reach, and is no reason to end', async () => {
      const url = await world.server.database()
      const authority = await world.server.speakTls()
      for (const more of ['', `&sslrootcert=${encodeURIComponent(`${authority}.none`)}`]) {
        const at = `${url}?sslmode=verify-full${more}`
        const store = world.store({ url: at })
        await expect(store.check()).rejects.toMatchObject({ code: 'database.unreachable' })
        await expect(store.since(0, 1)).rejects.toMatchObject({ code: 'database.unreachable' })
        const claims = world.closing(openClaims(at, () => {}))
        await expect(claims.look()).rejects.toMatchObject({ code: 'database.unreachable' })
        const { append, isAlive } = await world.serve({ url: at, limits: hasty })
        expect(await append('in vain')).toEqual({ error: 'unavailable' })
        expect(isAlive()).toBe(true)
      }
      const known = `${url}?sslmode=verify-full&sslrootcert=${encodeURIComponent(authority)}`
      expect(await (await world.serve({ url: known })).append('by TLS')).toMatchObject({ ok: { id: 1 } })
    })
  })
}
