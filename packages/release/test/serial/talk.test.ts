/**
 * The scenario of OTP's documentation with three real nodes that are killed: `[talk, 500, [n1, {n2, n3}]]`. The same is compared with Erlang's own, step by step,
 * in the conformance run; here sockets and processes are real.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, startPeer, type Peer } from '@agner/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type program from './talk-node.ts'
import type { TalkCalls } from './talk-node.ts'

const names = ['n1', 'n2', 'n3']
const timeoutMs = 500
/** Where each listens, in all its lives: they are to find each other while they start. */
let ports: ReadonlyMap<string, number>
let folder: string
let file: string
const peers = new Map<string, Peer<TalkCalls>>()

beforeEach(async () => {
  ports = new Map(await Promise.all(names.map(async (name) => [name, await freePort()] as const)))
  folder = mkdtempSync(join(tmpdir(), 'agner-talk-'))
  file = join(folder, 'notes')
  writeFileSync(file, '')
})

afterEach(async () => {
  for (const peer of peers.values()) {
    peer.kill()
    await peer.exited
  }
  peers.clear()
  rmSync(folder, { recursive: true, force: true })
})

const full = (name: string): string => `${name}@127.0.0.1`

async function boot(name: string): Promise<void> {
  const peer = await startPeer<typeof program>({
    module: new URL('talk-node.ts', import.meta.url),
    name,
    args: { file, nodes: [full('n1'), [full('n2'), full('n3')]], timeoutMs },
    distribution: {
      listen: { host: '127.0.0.1', port: ports.get(name)! },
      hosts: Object.fromEntries([...ports].map(([each, port]) => [full(each), `127.0.0.1:${port}`])),
    },
    callTimeoutMs: 10_000,
  })
  peers.set(name, peer)
}

async function kill(name: string): Promise<void> {
  const peer = peers.get(name)!
  peers.delete(name)
  peer.kill()
  await peer.exited
}

/** The lines after the first so many, once there are so many of them. */
async function notes(after: number, count: number): Promise<string[]> {
  for (;;) {
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1)
    if (lines.length >= after + count) return lines.slice(after)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/**
 * Once every node that lives knows that this one runs it. An application's own notes are ahead of what the others were told: a node that was not told of n2 before
 * n2 died takes over from n1, as it has to.
 */
async function everyoneKnows(name: string): Promise<void> {
  for (const peer of peers.values())
    while ((await peer.call('where')) !== full(name)) await new Promise((resolve) => setTimeout(resolve, 5))
}

test('the scenario of the talk, with nodes that are killed', { timeout: 30_000 }, async () => {
  await Promise.all(names.map(boot))
  await Promise.all([...peers.values()].map((peer) => peer.call('start')))
  expect(await notes(0, 2)).toEqual(['n1 start normal', 'n1 phase normal'])
  await everyoneKnows('n1')

  const killedMs = performance.now()
  await kill('n1')
  expect(await notes(2, 2)).toEqual(['n2 start failover n1', 'n2 phase failover n1'])
  expect(performance.now() - killedMs).toBeGreaterThanOrEqual(timeoutMs)

  await everyoneKnows('n2')
  await kill('n2')
  expect(await notes(4, 2)).toEqual(['n3 start failover n2', 'n3 phase failover n2'])

  await boot('n1')
  await peers.get('n1')!.call('start')
  expect(await notes(6, 4)).toEqual(['n1 start takeover n3', 'n1 phase takeover n3', 'n3 prepareStop', 'n3 stop'])
  await everyoneKnows('n1')
})
