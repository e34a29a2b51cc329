/**
 * Whatever is written, and wherever the power is lost: what is there afterwards is what was there after some step, and no step that was resolved is missing.
 * `AGNER_SEEDS` makes it as many histories as that.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Storage } from '../../src/storage/storage.ts'
import { SegmentStorage } from '../../src/storage/segments/segment-storage.ts'
import { FakeFolder, keepsAll, losesAll, type Crash } from './fake-folder.ts'
import { draws, historyOf, wholeOf, type Step } from './history.ts'

const numRuns = Number(process.env['AGNER_SEEDS'] || 200)
const storageOf = (folder: FakeFolder, segmentBytes = 4096): SegmentStorage =>
  new SegmentStorage(folder, 'log', segmentBytes)

/** How many steps were resolved, counted from the first without a gap, when all of it has come to rest. */
async function play(storage: Storage, steps: readonly Step[]): Promise<number> {
  const isDone = steps.map(() => false)
  const running: Promise<void>[] = []
  for (const [i, step] of steps.entries()) {
    if (step.type === 'settle') {
      await Promise.all(running)
      isDone[i] = true
      continue
    }
    const done = (step.type === 'write' ? storage.write(step.write) : storage.save(step.snapshot)).then(
      () => {
        isDone[i] = true
        const isEarly = steps.slice(0, i).some((before, at) => before.type === 'write' && isDone[at] === false)
        if (isEarly) throw new Error(`step ${i} was resolved before a write that came before it`)
      },
      () => undefined,
    )
    running.push(done)
  }
  await Promise.all(running)
  const count = isDone.indexOf(false)
  return count === -1 ? steps.length : count
}

/** Sectors and names by a list of answers, over and over. */
function crashBy(answers: readonly boolean[], part: number): Crash {
  let asked = 0
  return {
    keepSector: () => answers[asked++ % answers.length] ?? false,
    keepNames: (count) => Math.round(count * part),
  }
}

const crashes: fc.Arbitrary<Crash> = fc.oneof(
  fc.constant(losesAll),
  fc.constant(keepsAll),
  fc
    .tuple(fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }), fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([answers, part]) => crashBy(answers, part)),
)

describe('the power is lost at any byte', () => {
  it('and what is there again is a beginning with everything that was resolved', async () => {
    await fc.assert(
      fc.asyncProperty(draws, fc.nat(20_000), crashes, crashes, async (drawn, powerBytes, first, second) => {
        const { steps, wholes } = historyOf(drawn)
        const folder = new FakeFolder()
        const storage = storageOf(folder)
        expect(await storage.load()).toBeNull()
        folder.powerBytes = powerBytes
        const resolved = await play(storage, steps)

        const left = folder.crash(first)
        const again = storageOf(left)
        const whole = wholeOf(await again.load())
        const allowed = wholes.slice(resolved).map((one) => JSON.stringify(one))
        expect(allowed).toContain(JSON.stringify(whole))

        // What was loaded counts as kept: a second crash takes nothing of it, whether the storage was closed or not.
        const later = storageOf(left.crash(second))
        expect(wholeOf(await later.load())).toEqual(whole)

        // And the log goes on.
        const index = whole.log.length + 1
        await later.write({ entries: [{ index, term: 1000, type: 'nothing' }] })
        await later.close()
        const last = storageOf(left.crash(losesAll))
        await last.load()
      }),
      { numRuns },
    )
  })

  it('also when first the process ends, so that what was read was not on disk yet', async () => {
    await fc.assert(
      fc.asyncProperty(draws, fc.nat(30), crashes, async (drawn, goodSyncs, crash) => {
        const { steps, wholes } = historyOf(drawn)
        const folder = new FakeFolder()
        const storage = storageOf(folder)
        await storage.load()
        folder.goodSyncs = goodSyncs
        const resolved = await play(storage, steps)
        folder.goodSyncs = Infinity
        await folder.close()
        const whole = wholeOf(await storageOf(folder).load())
        expect(wholes.slice(resolved).map((one) => JSON.stringify(one))).toContain(JSON.stringify(whole))
        expect(wholeOf(await storageOf(folder.crash(crash)).load())).toEqual(whole)
      }),
      { numRuns: numRuns / 2 },
    )
  })

  it('also while it is read again', async () => {
    await fc.assert(
      fc.asyncProperty(
        draws,
        fc.nat(8000),
        fc.nat(60),
        crashes,
        crashes,
        async (drawn, power, later, first, second) => {
          const { steps, wholes } = historyOf(drawn)
          const folder = new FakeFolder()
          const storage = storageOf(folder)
          await storage.load()
          folder.powerBytes = power
          const resolved = await play(storage, steps)
          const left = folder.crash(first)
          left.powerBytes = later
          await storageOf(left)
            .load()
            .catch(() => undefined)
          const whole = wholeOf(await storageOf(left.crash(second)).load())
          expect(wholes.slice(resolved).map((one) => JSON.stringify(one))).toContain(JSON.stringify(whole))
        },
      ),
      { numRuns: numRuns / 2 },
    )
  })
})

describe('the disk fails', () => {
  it('to sync: what waits for it and all that comes is refused, and what was resolved is there', async () => {
    await fc.assert(
      fc.asyncProperty(draws, fc.nat(30), crashes, async (drawn, goodSyncs, crash) => {
        const { steps, wholes } = historyOf(drawn)
        const folder = new FakeFolder()
        const storage = storageOf(folder)
        await storage.load()
        folder.goodSyncs = goodSyncs
        const resolved = await play(storage, steps)
        if (folder.goodSyncs < 0) {
          const code = 'consensus.disk_failed'
          await expect(storage.write({ ballot: { term: 1, votedFor: null } })).rejects.toMatchObject({ code })
          await expect(storage.save({ index: 1e6, term: 1, configuration: [], state: 0 })).rejects.toMatchObject({
            code,
          })
        }
        await storage.close()
        const whole = wholeOf(await storageOf(folder.crash(crash)).load())
        expect(wholes.slice(resolved).map((one) => JSON.stringify(one))).toContain(JSON.stringify(whole))
      }),
      { numRuns: numRuns / 2 },
    )
  })

  it('and is full: as much as was resolved is there, and it goes on where there is room again', async () => {
    await fc.assert(
      fc.asyncProperty(draws, fc.nat(12_000), async (drawn, roomBytes) => {
        const { steps, wholes } = historyOf(drawn)
        const folder = new FakeFolder()
        const storage = storageOf(folder)
        await storage.load()
        folder.roomBytes = roomBytes
        const resolved = await play(storage, steps)
        await storage.close()
        folder.roomBytes = Infinity
        const again = storageOf(folder)
        const whole = wholeOf(await again.load())
        expect(wholes.slice(resolved).map((one) => JSON.stringify(one))).toContain(JSON.stringify(whole))
        await again.write({ entries: [{ index: whole.log.length + 1, term: 1000, type: 'nothing' }] })
      }),
      { numRuns: numRuns / 2 },
    )
  })
})
