/** Two nodes of which each believes that it is the one that writes. */
import { postgresArbiter, type Claim, type PostgresQuery } from '@agner/release'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { mayWriteWith } from '../../../src/postgres/claim.ts'
import type { Query } from '../../../src/postgres/connection.ts'
import { claims } from '../../../src/postgres/schema.ts'
import { hasty, texts, writing, type World } from './world.ts'

/** A node that has the claim, and still believes so when it is cut off and another is given it. */
interface Claimed {
  readonly url: string
  readonly older: Claim
  cutOff(): Promise<Claim>
}

/** Having looked whether it may write, it waits until it is told to go on. */
interface Hesitant {
  mayWrite(query: Query): Promise<boolean>
  readonly checked: Promise<void>
  goOn(): void
}

export function describeClaims(world: World): void {
  describe('lets one node write', () => {
    const durationMs = 400
    /** A process that asks for the claim, and keeps it. */
    const claim = async (query: PostgresQuery): Promise<Claim> => {
      const arbiter = postgresArbiter({ query, durationMs, makesTable: false, ...claims })
      const { promise, resolve } = Promise.withResolvers<Claim>()
      world.node().spawn(async (self) => {
        const answered = await arbiter.claim(self, 'database', { waitMs: 5000 })
        if (answered.type === 'held') resolve(answered.claim)
        await self.sleep(60_000)
      })
      return promise
    }
    const poolFor = (url: string): PostgresQuery => {
      const pool = new pg.Pool({ connectionString: url, max: 2 })
      world.closing({ [Symbol.asyncDispose]: () => pool.end() })
      return (text, values) => pool.query<Record<string, unknown>>(text, values)
    }
    const claimed = async (): Promise<Claimed> => {
      const url = await world.server.database()
      await world.store({ url }).check()
      const query = poolFor(url)
      let isCut = false
      const older = await claim((text, values) => (isCut ? new Promise(() => {}) : query(text, values)))
      const cutOff = (): Promise<Claim> => {
        isCut = true
        return claim(query)
      }
      return { url, older, cutOff }
    }
    const hesitant = (token: number): Hesitant => {
      const checked = Promise.withResolvers<void>()
      const told = Promise.withResolvers<void>()
      const mayWrite = async (ask: Query): Promise<boolean> => {
        const may = await mayWriteWith(token)(ask)
        checked.resolve()
        await told.promise
        return may
      }
      return { mayWrite, checked: checked.promise, goOn: told.resolve }
    }

    it('one that was cut off and believes that it still may is refused, and told so', async () => {
      const { url, older, cutOff } = await claimed()
      const oldServer = await world.serve({ url, mayWrite: mayWriteWith(older.token), limits: hasty })
      expect(await oldServer.append('mine')).toMatchObject({ ok: { id: 1 } })
      const newer = await cutOff()
      expect(newer.token).toBeGreaterThan(older.token)
      expect(older.isHeld()).toBe(false)
      expect(await oldServer.append('too late')).toEqual({ error: 'unavailable' })
      const newServer = await world.serve({ url, mayWrite: mayWriteWith(newer.token) })
      expect(await newServer.append('mine now')).toMatchObject({ ok: { id: 2 }, previous: 1 })
      expect(await oldServer.append('still not')).toEqual({ error: 'unavailable' })
      expect(await newServer.texts()).toEqual(['mine', 'mine now'])
    })

    it('nobody is given the claim between the check and the commit', async () => {
      const { url, older, cutOff } = await claimed()
      const { mayWrite, checked, goOn } = hesitant(older.token)
      const store = world.store({ url, limits: { silenceMs: 10_000 }, mayWrite })
      const writes = store.append([writing('just in time')])
      await checked
      let isGiven = false
      const newer = cutOff().then((given) => {
        isGiven = true
        return given
      })
      await expect.poll(() => world.waitingForLocks(url), { timeout: 5000 }).toBe(1)
      expect(isGiven).toBe(false)
      goOn()
      expect(await writes).toMatchObject([{ ok: { id: 1 } }])
      const after = world.store({ url, mayWrite: mayWriteWith((await newer).token) })
      expect(texts(await after.since(0, 10))).toEqual(['just in time'])
    })

    it('one that is stopped within a transaction keeps the others waiting for a bounded time, and has stored nothing', async () => {
      const { url, older, cutOff } = await claimed()
      const { mayWrite, checked, goOn } = hesitant(older.token)
      const store = world.store({ url, limits: { silenceMs: 500 }, mayWrite })
      const writes = store.append([writing('long ago')])
      await checked
      const newer = await cutOff()
      goOn()
      await expect(writes).rejects.toMatchObject({ name: 'PostgresError' })
      const after = world.store({ url, mayWrite: mayWriteWith(newer.token) })
      expect(await after.append([writing('now')])).toMatchObject([{ ok: { id: 1 } }])
      await expect(store.append([writing('long ago')])).rejects.toMatchObject({ code: 'database.fenced' })
      expect(texts(await after.since(0, 10))).toEqual(['now'])
    })
  })
}
