/**
 * The node that leads the messages is left alone among its like, is not heard any more, or stands still and wakes up: real nodes, each in a network
 * of its own. Meanwhile people write and read; then the checker of the chaos run looks at all of it.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { whyNoNetworkNamespaces } from '@agner/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { check } from '../../src/chaos/checker.ts'
import { whenCopiesMayAnswer } from '../../src/chaos/copies-may-answer.ts'
import { readBack } from '../../src/chaos/read-back.ts'
import { isolate, makeSite, type Site } from '../../src/chaos/site.ts'
import { Tally } from '../../src/chaos/tally.ts'
import { Historian } from '../../src/chaos/users/historian.ts'
import { Writer } from '../../src/chaos/users/writer.ts'
import { askCluster, untilWhole } from '../../src/chaos/whole.ts'
import { Launcher } from '../../src/launcher/launcher.ts'
import { databaseNodes, witnessNode } from '../../src/topology.ts'

const withinMs = 20_000
const voters = [...databaseNodes, witnessNode]

describe.skipIf(whyNoNetworkNamespaces() !== null && process.env['CI'] === undefined)(
  'the leader of the messages (needs root, ip and nft)',
  () => {
    let site: Site
    let dataFolder: string
    let launcher: Launcher

    beforeAll(async () => {
      site = makeSite()
      dataFolder = await mkdtemp(join(tmpdir(), 'agner-lone-'))
      launcher = await Launcher.start({ port: 0, dataFolder, say: () => {}, placeOf: site.placeOf! })
      await launcher.ready
      expect(await untilWhole(launcher.url, new Set(), withinMs)).toBeNull()
    })
    afterAll(async () => {
      await launcher.stop()
      site.close()
      await rm(dataFolder, { recursive: true, force: true })
    })

    const leader = async (): Promise<string | undefined> =>
      (await askCluster(launcher.url))?.nodes.find(({ database }) => database?.serves === 'readsAndWrites')?.name

    it.each<[string, (name: string) => () => void]>([
      ['left alone among its like', (name) => cutFrom(name, 'both')],
      ['heard by none of its like', (name) => cutFrom(name, 'out')],
      ['that stands still and wakes up', standStill],
    ])('%s: others go on, and nothing is lost, doubled, old or out of order', async (_, begin) => {
      const tally = new Tally()
      const room = `room-${Math.trunc(performance.now())}`
      const settings = { url: launcher.url, room, tally, random: Math.random }
      const writers = [1, 2, 3].map((index) => new Writer({ ...settings, name: `${room}-writer${index}` }))
      const historian = new Historian({ ...settings, name: 'historian', rooms: [room] })
      const stop = new AbortController()
      const using = Promise.all([...writers, historian].map((user) => user.run(stop.signal)))
      const old = (await leader())!
      expect(databaseNodes).toContain(old)
      await until(() => tally.acknowledgedAtMs.length > 20)

      const end = begin(old)
      try {
        await until(async () => {
          const now = await leader()
          return now !== undefined && now !== old
        })
        const before = tally.acknowledgedAtMs.length
        await until(() => tally.acknowledgedAtMs.length > before + 20)
      } finally {
        end()
      }
      expect(await untilWhole(launcher.url, new Set(), withinMs)).toBeNull()
      stop.abort()
      await using
      const rooms = (await readBack(launcher.url, [room], []))!
      const attempts = writers.flatMap((writer) => writer.attempts)
      // The other two are a majority all the time.
      const copiesMayAnswer = whenCopiesMayAnswer({ struck: [], voters, acknowledgedAtMs: tally.acknowledgedAtMs })
      const { reads } = historian
      expect(check({ attempts, rooms, readers: [], reads, copiesMayAnswer, copies: new Map() })).toEqual([])
      expect(tally.absurd).toEqual([])
    })

    function cutFrom(name: string, way: 'both' | 'out'): () => void {
      isolate(site.network!, name, voters, way)
      return () => site.network!.heal()
    }

    function standStill(name: string): () => void {
      const osPid = launcher.osPids.get(name)!
      process.kill(osPid, 'SIGSTOP')
      return () => process.kill(osPid, 'SIGCONT')
    }
  },
)

async function until(reached: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + withinMs
  while (!(await reached())) {
    if (performance.now() > deadlineMs) throw new Error(`not reached within ${withinMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
