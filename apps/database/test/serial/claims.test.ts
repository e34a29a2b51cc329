/**
 * Claims in a real PostgreSQL server: one has it at a time, a write and its check are one transaction, and a server that is slow or away takes nothing back.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { createNode, type Node, type Process } from '@agner/core'
import { checkClaim, postgresArbiter, type Arbiter, type Claim, type ClaimAnswer, type ClaimLost } from '@agner/release'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { isWithoutPostgres, needsPostgres, PostgresServer } from './postgres-server.ts'

interface Owner {
  readonly answer: Promise<ClaimAnswer>
  readonly lost: Promise<ClaimLost>
}

describe.skipIf(isWithoutPostgres)(`claims in PostgreSQL ${isWithoutPostgres ? needsPostgres : ''}`, () => {
  let server: PostgresServer
  let pool: pg.Pool
  const nodes: Node[] = []

  beforeAll(async () => {
    server = await PostgresServer.start()
  })
  afterAll(() => server[Symbol.asyncDispose]())
  afterEach(async () => {
    for (const node of nodes.splice(0)) await node.stop()
    await pool.end()
  })

  /** A database of its own. */
  const begin = async (durationMs: number): Promise<Arbiter> => {
    pool = new pg.Pool({ connectionString: await server.database(), connectionTimeoutMillis: 1000 })
    pool.on('error', () => {})
    return postgresArbiter({ query: (text, values) => pool.query(text, values), durationMs })
  }

  const own = (arbiter: Arbiter, waitMs = 0): Owner => {
    const node = createNode({ name: `n${nodes.length}@127.0.0.1` })
    nodes.push(node)
    const { promise: answer, resolve } = Promise.withResolvers<ClaimAnswer>()
    const { promise: lost, resolve: isLost } = Promise.withResolvers<ClaimLost>()
    node.spawn(async (self: Process<ClaimLost>) => {
      resolve(await self.wait(arbiter.claim(self, 'shop', { waitMs })))
      isLost(await self.receive())
      await self.receive()
    })
    return { answer, lost }
  }

  const held = async ({ answer }: Owner): Promise<Claim> => {
    const given = await answer
    if (given.type !== 'held') throw new Error(JSON.stringify(given))
    return given.claim
  }

  const transaction = async (): Promise<pg.PoolClient> => {
    const client = await pool.connect()
    await client.query('BEGIN')
    return client
  }

  const check = (client: pg.PoolClient, claim: Claim): Promise<unknown> =>
    checkClaim((text, values) => client.query(text, values), claim).catch(
      (error: { readonly code: string }) => error.code,
    )

  /** Resolves when the server knows of a renewal that came after this. */
  const renewed = async (): Promise<void> => {
    const look = async (): Promise<number> => {
      const { rows } = await pool.query<{ at: Date }>('SELECT expires_at AS at FROM agner_claims')
      return rows[0]!.at.getTime()
    }
    for (const before = await look(); (await look()) === before;) await pause(20)
  }

  it('gives it to one of many that ask at once, and to the next when it is given back', async () => {
    const arbiter = await begin(20_000)
    const owners = Array.from({ length: 8 }, () => own(arbiter))
    const answers = await Promise.all(owners.map(({ answer }) => answer))
    const winner = answers.findIndex(({ type }) => type === 'held')
    for (const [index, answer] of answers.entries())
      if (index !== winner) expect(answer).toMatchObject({ type: 'taken' })
    expect(await own(arbiter).answer).toEqual({ type: 'taken', by: `n${winner}@127.0.0.1` })
    const claim = await held(owners[winner]!)
    await claim.release()
    const later = await held(own(arbiter))
    expect(later.token).toBeGreaterThan(claim.token)
    expect([claim.isHeld(), later.isHeld()]).toEqual([false, true])
  })

  it('keeps a claim from being taken while a write that has shown its token is under way, and renewals go on meanwhile', async () => {
    const arbiter = await begin(3000)
    const claim = await held(own(arbiter))
    const client = await transaction()
    expect(await check(client, claim)).toBeUndefined()
    await renewed()
    await claim.release()
    let isTaken = false
    const next = own(arbiter, 60_000)
    void next.answer.then(() => (isTaken = true))
    await pause(300)
    expect(isTaken).toBe(false)
    await client.query('COMMIT')
    const later = await held(next)
    await client.query('BEGIN')
    expect(await check(client, claim)).toBe('release.fenced')
    await client.query('ROLLBACK')
    await client.query('BEGIN')
    expect(await check(client, later)).toBeUndefined()
    await client.query('ROLLBACK')
    client.release()
  })

  it('refuses a transaction that looked before another took the claim, and checks after it', async () => {
    const arbiter = await begin(20_000)
    const claim = await held(own(arbiter))
    const client = await transaction()
    await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ')
    await client.query('SELECT 1')
    await claim.release()
    await held(own(arbiter))
    expect(await check(client, claim)).toBe('40001')
    await client.query('ROLLBACK')
    client.release()
  })

  it('stands a short absence of the server, and is lost in a long one before another can have it', async () => {
    const arbiter = await begin(2000)
    const one = own(arbiter)
    const claim = await held(one)
    server.freeze()
    await pause(300)
    server.thaw()
    await renewed()
    expect(claim.isHeld()).toBe(true)
    server.freeze()
    const other = own(arbiter, 60_000)
    expect(await one.lost).toMatchObject({ type: 'claimLost', token: claim.token, why: 'expired' })
    expect(claim.isHeld()).toBe(false)
    expect(await Promise.race([own(arbiter).answer, other.answer])).toMatchObject({ type: 'unavailable' })
    server.thaw()
    expect((await held(other)).token).toBeGreaterThan(claim.token)
  })

  it('is kept, with its token, over a crash of the server', async () => {
    const arbiter = await begin(20_000)
    const claim = await held(own(arbiter))
    await server.down('SIGKILL')
    await server.up()
    expect(await own(arbiter).answer).toMatchObject({ type: 'taken' })
    await claim.release()
    expect((await held(own(arbiter))).token).toBe(claim.token + 1)
  })
})
