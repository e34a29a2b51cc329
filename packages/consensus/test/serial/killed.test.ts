/** Real processes, real disks, real sockets: members that are killed and frozen while clients write. */
import { expect, test } from 'vitest'
import { BankProcesses } from './bank-processes.ts'

test('members are killed and frozen, the leader above all: what was acknowledged is there, once', async () => {
  await using all = await BankProcesses.start()
  const { client, node } = all
  let [acknowledged, unknown] = [0, 0]
  let isOver = false
  const write = async (): Promise<void> => {
    while (!isOver) {
      try {
        await client.submit(node, { type: 'add', to: 'all', by: 1 }, { timeoutMs: 8000 })
        acknowledged++
      } catch (error) {
        if ((error as { readonly code: string }).code === 'consensus.unknown_outcome') unknown++
        else if ((error as { readonly code: string }).code !== 'consensus.unavailable') throw error
      }
    }
  }
  /** So many are acknowledged from now on. */
  const progress = async (count: number): Promise<void> => {
    const goal = acknowledged + count
    while (acknowledged < goal) await client.submit(node, { type: 'add', to: 'other', by: 1 }, { timeoutMs: 20_000 })
  }
  const leader = async (): Promise<string> => {
    for (;;) {
      const status = await client.status(node)
      if (status.fromLeader) return status.id
    }
  }
  const writers = Array.from({ length: 8 }, write)
  await progress(50)

  const killed = await leader()
  await all.kill(killed)
  await progress(50)
  await all.run(killed)

  // One that is only frozen goes on later, with all that it thought.
  const frozen = await leader()
  all.signal(frozen, 'SIGSTOP')
  await progress(50)
  all.signal(frozen, 'SIGCONT')

  const follower = all.names.find((name) => name !== killed && name !== frozen)!
  await all.kill(follower)
  await progress(50)
  await all.run(follower)
  isOver = true
  await Promise.all(writers)

  // Everybody at once: what is on the disks counts.
  for (const name of all.names) await all.kill(name)
  await Promise.all(all.names.map((name) => all.run(name)))
  const balance = await client.read(node, { of: 'all' }, { timeoutMs: 20_000 })
  expect(balance).toBeGreaterThanOrEqual(acknowledged)
  expect(balance).toBeLessThanOrEqual(acknowledged + unknown)
}, 120_000)
