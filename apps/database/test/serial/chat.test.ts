/**
 * The whole chat with its messages in a real PostgreSQL server: what users see while that is away, and while database nodes die.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Chat, type ClusterView } from '@agner-chat/cluster/test/chat'
import { isWithoutPostgres, needsPostgres, PostgresServer } from './postgres-server.ts'

/** Much more than it takes on a machine that has nothing else to do. */
const patienceMs = 30_000

describe.skipIf(isWithoutPostgres)(`the chat with DATABASE_URL ${isWithoutPostgres ? needsPostgres : ''}`, () => {
  let server: PostgresServer
  let url: string
  let chat: Chat
  beforeAll(async () => {
    server = await PostgresServer.start()
    url = await server.database()
    await server.down()
    chat = await Chat.start({ DATABASE_URL: url })
  })
  afterAll(async () => {
    await chat[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  /** Posted before there was a server. */
  let early: Promise<Response>
  const acknowledged: string[] = []
  /** Posts until it is stored, as a client does; all else that is answered must be that it cannot be stored now. */
  const post = async (text: string, withinMs: number): Promise<void> => {
    const endMs = performance.now() + withinMs
    for (;;) {
      const answered = await chat.post('lobby', 'ann', text, text)
      if (answered.status === 201) return void acknowledged.push(text)
      expect(await answered.json()).toMatchObject({ error: { code: 'database_unavailable' } })
      expect(answered.status).toBe(503)
      if (performance.now() > endMs)
        throw new Error(`"${text}" was not stored in time:\n${chat.lines.slice(-20).join('\n')}`)
    }
  }
  const serving = ({ nodes }: ClusterView) => nodes.find(({ database }) => database?.serves === 'readsAndWrites')

  it('is ready while PostgreSQL is away, and says what it waits for', async () => {
    expect(chat.lines).toContainEqual(
      expect.stringMatching(/^messages are kept in PostgreSQL at 127\.0\.0\.1:\d+\/chat1$/),
    )
    await chat.says(/PostgreSQL at 127\.0\.0\.1:\d+\/chat1 cannot be reached: connect ECONNREFUSED/, patienceMs)
    early = chat.post('lobby', 'ann', 'early', 'early')
    expect(chat.lines.join('\n')).not.toContain(new URL(url).password)
  })

  it('stores once it is there', async () => {
    await server.up()
    expect([201, 503]).toContain((await early).status)
    await post('early', patienceMs)
    expect(await server.ask('SELECT text FROM agner_chat.messages', url)).toEqual([{ text: 'early' }])
    // The first of the database nodes serves when it can.
    const roles = ({ nodes }: ClusterView) =>
      nodes.flatMap(({ database }) => (database === undefined ? [] : [database.role])).toSorted()
    await chat.until(
      (view) => serving(view)?.name === 'db1@127.0.0.1' && roles(view).join() === 'follower,leader',
      patienceMs,
    )
  })

  it('goes on when the database node that serves is killed, and when it stands still and wakes up later', async () => {
    const first = serving(await chat.cluster())!
    process.kill(first.osPid!, 'SIGKILL')
    await post('after kill -9', patienceMs)
    const second = serving(
      await chat.until((view) => (serving(view)?.database?.term ?? 0) > first.database!.term, patienceMs),
    )!
    process.kill(second.osPid!, 'SIGSTOP')
    await post('while one stands still', patienceMs)
    process.kill(second.osPid!, 'SIGCONT')
    await post('after it woke up', patienceMs)
  })

  it('goes on when PostgreSQL is killed, and comes back when nobody may write any more', async () => {
    await server.down('SIGKILL')
    const posting = post('while PostgreSQL is away', patienceMs)
    await chat.until(
      ({ nodes }) => nodes.every(({ database }) => (database?.role ?? 'candidate') === 'candidate'),
      patienceMs,
    )
    await server.up()
    await posting
  })

  it('has lost nothing that was acknowledged, and nothing is there twice', async () => {
    const { messages } = (await (await fetch(`${chat.url}/api/rooms/lobby/messages?limit=1000`)).json()) as {
      messages: { id: number; text: string }[]
    }
    expect(messages.map(({ text }) => text)).toEqual(acknowledged)
    const ids = messages.map(({ id }) => id)
    expect(ids).toEqual([...ids].sort((a, b) => a - b))
    expect(await chat.stop()).toBe(0)
    expect(await server.ask(`SELECT 1 FROM pg_stat_activity WHERE datname = 'chat1'`)).toEqual([])
  })
})
