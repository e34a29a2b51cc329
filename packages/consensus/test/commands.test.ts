/** What clients propose is the same at every member, or it is refused: nothing gets into the log that could not be brought to the others. */
import { memberIdOf, raftGroup, startClient, startMember, type GroupMember, type RaftGroup } from '@agner/consensus'
import { simulateCluster } from '@agner/testing'
import { expect, test } from 'vitest'

interface Kept {
  readonly kept: readonly unknown[]
}

const group: RaftGroup<unknown, unknown> = raftGroup('kept')
const machine = {
  name: 'kept',
  init: (): Kept => ({ kept: [] }),
  // What it answers is what it was given.
  apply: ({ kept }: Kept, command: unknown) => ({ state: { kept: [...kept, command] }, result: [command] }),
}

async function three(commandBytes?: number) {
  const cluster = await simulateCluster({ nodes: 3, seed: 31, trace: false })
  const founders = cluster.up.map(({ node }) => ({ id: memberIdOf(node, 'memory'), role: 'voter' as const }))
  const settings = commandBytes === undefined ? {} : { commandBytes }
  const members: GroupMember<unknown, unknown, Kept>[] = []
  for (const { node } of cluster.up)
    members.push(await cluster.until(startMember(node, group, { machine, founders, settings })))
  await cluster.run(5_000)
  const leader = members.findIndex((member) => member.status().role === 'leader')
  const { node } = cluster.up[leader]!
  const client = await cluster.until(startClient(node, group))
  const terms = () => members.map((member) => member.status().term)
  const submit = (command: unknown) => cluster.until(client.submit(node, command as never, { timeoutMs: 20_000 }))
  const together = (...commands: unknown[]) =>
    cluster.until(Promise.all(commands.map((command) => client.submit(node, command as never, { timeoutMs: 20_000 }))))
  return { cluster, members, leader, terms, submit, together }
}

test('half characters, −0, holes: each member applies what the others do, and the client gets that', async () => {
  const { cluster, members, leader, submit } = await three()
  const given = [
    ['\uD83D', '\uFFFD'],
    [{ by: -0 }, { by: 0 }],
    [Object.assign(Array(2), { 1: 'a' }), [undefined, 'a']],
    [new Set(['\uD800', '\uD801']), new Set(['\uFFFD'])],
    [{ '\uD800': 1, '\uD801': 2 }, { '\uFFFD': 2 }],
  ]
  for (const [command, wanted] of given) expect(await submit(command)).toStrictEqual([wanted])
  members[leader]!.proposeHere({ here: -0 })
  await cluster.run(1_000)
  const kept = [...given.map(([, wanted]) => wanted), { here: 0 }]
  for (const member of members) expect(member.state().state.kept).toStrictEqual(kept)
  await cluster.stop()
})

test('a command that no message could carry is refused for good, and the group goes on under its leader', async () => {
  const { cluster, members, leader, submit, together, terms } = await three()
  await submit(1)
  const before = terms()
  const tooLarge = expect.objectContaining({ code: 'consensus.command_too_large' })
  const large = 'x'.repeat(9 * 1024 * 1024)
  await expect(submit({ large })).rejects.toEqual(tooLarge)
  await expect(submit({ x: 1n << 9_000n })).rejects.toEqual(
    expect.objectContaining({
      code: 'consensus.command_unencodable',
      details: expect.objectContaining({ message: expect.stringMatching(/bigint/) }),
    }),
  )
  members[leader]!.proposeHere({ large })
  // The largest that may go do go, also when they come together.
  const most = '€'.repeat(1_398_000)
  await together(most, most, most)
  await submit(2)
  await cluster.run(3_000)
  expect(terms()).toEqual(before)
  for (const member of members) expect(member.state().state.kept).toHaveLength(5)
  await cluster.stop()
}, 30_000)

test('errors, which have their text twice, are not too much together', async () => {
  const { cluster, members, submit, together, terms } = await three()
  await submit(1)
  const before = terms()
  const error = new Error('x'.repeat(1_400_000))
  await together(error, error, error)
  await cluster.run(3_000)
  expect(terms()).toEqual(before)
  for (const member of members) expect(member.state().state.kept).toHaveLength(4)
  await cluster.stop()
}, 30_000)

test('how large a command may be is a setting', async () => {
  const { cluster, submit } = await three(5_000)
  await expect(submit('x'.repeat(5_000))).rejects.toEqual(
    expect.objectContaining({ code: 'consensus.command_too_large' }),
  )
  expect(await submit('x'.repeat(4_000))).toEqual(['x'.repeat(4_000)])
  await cluster.stop()
})
