import { expect, test } from 'vitest'
import { Stage, codeOf, named } from './stage.ts'

/** n1 runs it, and there is nobody to take it over; its stop takes until it is released. */
async function withSlowStop(): Promise<Stage> {
  const stage = await Stage.start({ nodes: ['n1'], table: (on) => [on.talk({ nodes: ['n1'].map(named) })] })
  await stage.start()
  stage.take()
  stage.holdsItsStop.add('n1')
  return stage
}

for (const timeoutMs of [Infinity, 2 ** 31, 2 ** 33, 2 ** 60])
  test(`leave waits as long as it was told to: ${String(timeoutMs)} ms`, async () => {
    const stage = await withSlowStop()
    let isOver = false
    const left = codeOf(stage.on('n1').leave({ timeoutMs })).finally(() => (isOver = true))
    await stage.run(60_000)
    expect(stage.on('n1').info()[0]).toMatchObject({ standing: 'stopping' })
    expect(isOver).toBe(false)
    stage.release()
    expect(await stage.cluster.until(left)).toBe('ok')
    expect(stage.take()).toEqual(['n1 prepareStop app', 'n1 stop app'])
    expect(stage.running()).toEqual([])
  })

test('a time that no timer of the runtime can count ends all the same, and not before', async () => {
  const stage = await withSlowStop()
  const dayMs = 24 * 60 * 60 * 1000
  let isOver = false
  const left = codeOf(stage.on('n1').leave({ timeoutMs: 30 * dayMs })).finally(() => (isOver = true))
  await stage.run(1)
  stage.cluster.runtime.holdThread(26 * dayMs)
  await stage.run(60_000)
  expect(isOver).toBe(false)
  stage.cluster.runtime.holdThread(4 * dayMs)
  await stage.run(60_000)
  expect(isOver).toBe(true)
  expect(await left).toBe('ok')
  expect(stage.running()).toEqual([])
})

test('what is no time is refused, and it does not leave; after that it can', async () => {
  const stage = await Stage.start({ nodes: ['n1', 'n2'] })
  await stage.start()
  for (const timeoutMs of [Number.NaN, -1, -Infinity, 'soon' as never, '5000' as never, null as never])
    expect(await stage.cluster.until(codeOf(stage.on('n1').leave({ timeoutMs })))).toBe('release.bad_option')
  expect(stage.running()).toEqual(['n1'])
  stage.take()
  expect(await stage.cluster.until(codeOf(stage.on('n1').leave()))).toBe('ok')
  expect(stage.running()).toEqual(['n2'])
  // It has left: how long it may take is of no interest any more, what makes no sense still is refused.
  expect(await stage.cluster.until(codeOf(stage.on('n1').leave({ timeoutMs: 0 })))).toBe('ok')
  expect(await stage.cluster.until(codeOf(stage.on('n1').leave({ timeoutMs: Number.NaN })))).toBe('release.bad_option')
})

test('without any time it is stopped at once, and killed where it does not stop', async () => {
  const stage = await withSlowStop()
  const beforeMs = stage.cluster.runtime.nowMs()
  expect(await stage.cluster.until(codeOf(stage.on('n1').leave({ timeoutMs: 0 })))).toBe('ok')
  // Its `lostMs`.
  expect(stage.cluster.runtime.nowMs() - beforeMs).toBeCloseTo(1000, -2)
  expect(stage.running()).toEqual([])
})
