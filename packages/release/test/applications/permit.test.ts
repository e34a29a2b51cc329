import { expect, test } from 'vitest'
import { Stage, codeOf } from './stage.ts'

const permit = (stage: Stage, name: string, isPermitted: boolean) =>
  stage.cluster.until(codeOf(stage.on(name).permit('app', isPermitted)))

test('where it may not run any more it is taken over from, and comes back with the permission', async () => {
  const stage = await Stage.start()
  await stage.start()
  stage.take()
  expect(await permit(stage, 'n3', false)).toBe('ok')
  await stage.run(500)
  expect(stage.take()).toEqual([])
  expect(await permit(stage, 'n1', false)).toBe('ok')
  expect(stage.take()).toEqual([
    'n2 start app takeover n1',
    'n2 phase app takeover n1',
    'n1 prepareStop app',
    'n1 stop app',
  ])
  expect(await permit(stage, 'n1', true)).toBe('ok')
  await stage.run(100)
  expect(stage.take()).toEqual([
    'n1 start app takeover n2',
    'n1 phase app takeover n2',
    'n2 prepareStop app',
    'n2 stop app',
  ])
})

test('without a permission anywhere it is stopped, and nobody waits for it; the next permission starts it', async () => {
  const stage = await Stage.start()
  await stage.start()
  for (const name of ['n3', 'n2', 'n1']) expect(await permit(stage, name, false)).toBe('ok')
  await stage.run(100)
  expect(stage.running()).toEqual([])
  expect(stage.on('n1').info()[0]).toMatchObject({ standing: 'idle', isPermitted: false, isStarted: true })
  expect(await permit(stage, 'n3', true)).toBe('ok')
  expect(stage.running()).toEqual(['n3'])
  expect(await permit(stage, 'n2', true)).toBe('ok')
  expect(await permit(stage, 'n1', true)).toBe('ok')
  await stage.run(100)
  expect(stage.running()).toEqual(['n1'])
})

test('permissions can be given at the beginning; a start without any is done, and waits', async () => {
  const stage = await Stage.start({ more: () => ({ permissions: { app: false } }) })
  expect(await stage.start()).toEqual(['ok', 'ok', 'ok'])
  await stage.run(3000)
  expect(stage.running()).toEqual([])
  expect(await permit(stage, 'n2', true)).toBe('ok')
  expect(stage.running()).toEqual(['n2'])
  await stage.run(100)
  expect(stage.on('n1').info()[0]).toMatchObject({ standing: 'standby' })
})

test('only nodes with the permission fail over; one that gets it afterwards starts it', async () => {
  const stage = await Stage.start()
  await stage.start()
  for (const name of ['n2', 'n3']) await permit(stage, name, false)
  stage.crash('n1')
  await stage.run(5000)
  expect(stage.running()).toEqual([])
  expect(await permit(stage, 'n3', true)).toBe('ok')
  expect(stage.running()).toEqual(['n3'])
})

test('a permission that is taken while it starts moves it once it is up; a node that loses it while it waits gives way', async () => {
  const stage = await Stage.start()
  stage.holdsItsStart.add('n1')
  const started = stage.begin()
  await stage.run(500)
  const taken = codeOf(stage.on('n1').permit('app', false))
  await stage.run(500)
  expect(stage.running()).toEqual([])
  stage.release()
  expect(await stage.cluster.until(started)).toEqual(['ok', 'ok', 'ok'])
  expect(await stage.cluster.until(taken)).toBe('ok')
  expect(stage.running()).toEqual(['n2'])
})

test('the only node that may take it over fails to: it is stopped, since it must not run here', async () => {
  const stage = await Stage.start()
  await stage.start()
  await permit(stage, 'n3', false)
  stage.fails.add('n2')
  expect(await permit(stage, 'n1', false)).toBe('ok')
  await stage.run(100)
  expect(stage.running()).toEqual([])
  expect(stage.on('n2').info()[0]!.problem).toContain('no luck')
})

test('a permission that comes back while it is being stopped for want of one starts it again', async () => {
  const stage = await Stage.start()
  await stage.start()
  for (const name of ['n3', 'n2']) await permit(stage, name, false)
  stage.holdsItsStop.add('n1')
  const taken = codeOf(stage.on('n1').permit('app', false))
  await stage.run(500)
  const given = codeOf(stage.on('n1').permit('app', true))
  await stage.run(500)
  stage.release()
  expect(await stage.cluster.until(given)).toBe('ok')
  expect(await stage.cluster.until(taken)).toBe('ok')
  expect(stage.running()).toEqual(['n1'])
})

test('what is neither true nor false, or no type of application, is refused, and nothing comes of it', async () => {
  const stage = await Stage.start()
  const types = ['forever', 'Permanent', '', null, 5, {}]
  const refused = (promise: Promise<void>) => stage.cluster.until(codeOf(promise))
  for (const type of types)
    expect(await refused(stage.on('n1').start('app', { type: type as never }))).toBe('release.bad_option')
  expect(stage.on('n1').info()[0]).toMatchObject({ isStarted: false })
  await stage.start()
  for (const value of [undefined, null, 0, 1, 'no', 'false'])
    expect(await refused(stage.on('n1').permit('app', value as never))).toBe('release.bad_option')
  for (const type of types.filter((each) => each !== null))
    expect(await refused(stage.on('n2').takeover('app', type as never))).toBe('release.bad_option')
  // The others hear what it says as before.
  expect(stage.running()).toEqual(['n1'])
  expect(await refused(stage.on('n1').permit('app', false))).toBe('ok')
  expect([stage.running(), stage.faults()]).toEqual([['n2'], []])
})
