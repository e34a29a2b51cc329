/** Databases that cannot be used as they are, and those whose settings must not matter. */
import { describe, expect, it } from 'vitest'
import { hasty, texts, writing, type World } from './world.ts'

export function describeRefusals(world: World): void {
  describe('refuses', () => {
    it.each([
      [2, 'Start the newer program that made it'],
      [0, 'Bring it up to date'],
    ])('tables of version %i, and nothing is done to them', async (version, advice) => {
      const url = await world.server.database()
      await world.store({ url }).append([writing('before')])
      await world.server.ask(`UPDATE agner_chat.schema_version SET version = ${version}`, url)
      const store = world.store({ url })
      await expect(store.append([writing('after')])).rejects.toMatchObject({
        code: 'database.wrong_schema',
        message: expect.stringContaining(
          `version ${version} of the tables, and this program knows version 1. ${advice}`,
        ),
      })
      const { append } = await world.serve({ url, limits: hasty })
      expect(await append('after')).toEqual({ error: 'unavailable' })
      expect(await world.server.ask('SELECT text FROM agner_chat.messages', url)).toEqual([{ text: 'before' }])
      await world.server.ask('UPDATE agner_chat.schema_version SET version = 1', url)
      await expect.poll(() => append('after')).toMatchObject({ ok: { id: 2 } })
    })

    it('what cannot be used, in words that say what to do and never the password', async () => {
      const url = await world.server.database()
      const latin = await world.server.database(`ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`)
      await world.server.ask(`CREATE ROLE reader LOGIN PASSWORD 'reads'`)
      const wrong: [string, string, RegExp][] = [
        [url.replace(/:[^:@]+@/, ':wrong@'), 'database.refused', /password authentication failed/],
        [url.replace(/chat\d+$/, 'nowhere'), 'database.refused', /"nowhere" does not exist/],
        [url.replace(/\/\/[^@]+@/, '//reader:reads@'), 'database.refused', /permission denied/],
        [latin, 'database.wrong_schema', /ENCODING 'UTF8'/],
        ['postgres://u:p@127.0.0.1:1/d', 'database.unreachable', /127\.0\.0\.1:1\/d/],
      ]
      for (const [at, code, words] of wrong) {
        const error = await world
          .store({ url: at })
          .check()
          .catch((reason: unknown) => reason as Error)
        expect(error).toMatchObject({ code })
        expect(String(error)).toMatch(words)
        expect(String(error)).not.toMatch(/wrong@|reads@|p@ss|p%40ss/)
      }
    })

    it('connections beyond its limit: what has one goes on, and the others find one when it is free', async () => {
      const url = await world.server.database()
      await world.server.ask(
        `CREATE ROLE few LOGIN PASSWORD 'few' CONNECTION LIMIT 1; GRANT ALL ON DATABASE ${url.split('/').at(-1)} TO few`,
      )
      const asFew = url.replace(/\/\/[^@]+@/, '//few:few@')
      const store = world.store({ url: asFew })
      expect(await store.append([writing('a')])).toHaveLength(1)
      await expect(store.since(0, 10)).rejects.toMatchObject({ code: 'database.full' })
      expect(await store.append([writing('b')])).toHaveLength(1)
      await world.server.ask('ALTER ROLE few CONNECTION LIMIT 10')
      expect(texts(await store.since(0, 10))).toEqual(['a', 'b'])
    })
  })

  it('is used by its socket, too', async () => {
    const store = world.store({ url: world.server.bySocket(await world.server.database()) })
    expect(store.place).toMatch(/^\/.*agner-postgres-\w+:\d+\/chat\d+$/)
    expect(await store.append([writing('a')])).toMatchObject([{ ok: { id: 1 } }])
    expect(texts(await store.since(0, 10))).toEqual(['a'])
  })

  it('a server that does not sync is used, and doubted aloud', async () => {
    const said: string[] = []
    // The one of these tests is such a server.
    await world.store({ url: await world.server.database(), warn: (line) => said.push(line) }).check()
    expect(said).toEqual([expect.stringMatching(/has fsync turned off/)])
  })

  it('keeps its word whatever the defaults of the database are', async () => {
    const url = await world.server.database()
    const name = url.split('/').at(-1)
    for (const setting of [
      'synchronous_commit TO off',
      `default_transaction_isolation TO 'serializable'`,
      'default_transaction_read_only TO on',
      `DateStyle TO 'German'`,
      `TimeZone TO 'Asia/Tokyo'`,
      'standard_conforming_strings TO off',
    ])
      await world.server.ask(`ALTER DATABASE ${name} SET ${setting}`)
    const settings: unknown[] = []
    const store = world.store({
      url,
      mayWrite: async (query) => {
        const asked = await query(
          `SELECT current_setting('synchronous_commit') AS commit, current_setting('transaction_isolation') AS isolation`,
        )
        settings.push(asked.rows[0])
        return true
      },
    })
    const [stored] = await store.append([writing(`it's \\ "odd"`)])
    expect(settings).toEqual([{ commit: 'on', isolation: 'read committed' }])
    const [read] = (await store.since(0, 10)).messages
    expect(stored).toEqual({ ok: read, previous: 0 })
    expect(read!.text).toBe(`it's \\ "odd"`)
    expect(Math.abs(Date.parse(read!.at) - Date.now())).toBeLessThan(60_000)
  })
}
