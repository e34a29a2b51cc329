import type { AgnerError, AnyPid, Process } from '@agner/core'
import type { ApplicationChange } from '@agner/release'
import { eachSeed, type VirtualRuntime } from '@agner/testing'
import { expect, test } from 'vitest'
import { keeperProtocol } from '../../src/applications/keeper.api.ts'
import { Stage, codeOf, short } from './stage.ts'

/** On n1, where it runs, a process that writes down where it is told that it runs; it watches nothing yet. */
async function withWatcher(options: { readonly runtime?: VirtualRuntime; readonly limit?: number } = {}) {
  const { runtime, limit = 2 } = options
  const more = () => ({ limits: { watchers: limit } })
  const stage = await Stage.start({ nodes: ['n1', 'n2'], more, ...(runtime === undefined ? {} : { runtime }) })
  await stage.start()
  const { node } = stage.cluster.node('n1')
  const applications = stage.on('n1')
  const spawn = () => {
    const heard: (string | null)[] = []
    const pid = node.spawn(async (self: Process<ApplicationChange>) => {
      for (;;) {
        const { at } = await self.receive()
        heard.push(at === null ? null : short(at.node))
      }
    })
    return { pid, heard }
  }
  /** What it is told when the application moves. */
  const move = async (to: string) => {
    expect(await stage.cluster.until(codeOf(stage.on(to).takeover('app')))).toBe('ok')
    await stage.run(500)
  }
  return { stage, node, applications, spawn, move }
}

type Step = 'on' | 'off'

/** Every order of few steps, and whether the keeper has a turn in between. */
const histories: readonly (readonly Step[])[] = [2, 3, 4].flatMap((length) =>
  Array.from({ length: 2 ** length }, (_, bits) =>
    Array.from({ length }, (__, index): Step => (((bits >> index) & 1) === 1 ? 'on' : 'off')),
  ),
)

test('what was said last counts, whatever was said before it, in one turn or in several', async () => {
  const { stage, applications, spawn, move } = await withWatcher({ limit: 200 })
  const all = [0, 1].flatMap((ms) => histories.map((history) => ({ ms, history, ...spawn() })))
  for (const { ms, history, pid } of all)
    for (const step of history) {
      applications.watch({ pid }, step === 'on')
      if (ms > 0) await stage.run(ms)
    }
  await stage.run(100)
  for (const { heard, ms, history } of all) {
    if (history.at(-1) === 'on') expect([ms, history, heard[0]]).toEqual([ms, history, 'n1'])
    heard.length = 0
  }
  await move('n2')
  for (const { heard, ms, history } of all)
    expect([ms, history, heard.includes('n2')]).toEqual([ms, history, history.at(-1) === 'on'])
  expect(stage.faults()).toEqual([])
})

test('once it was said that it watches no more it is told nothing; when it watches again, first how things stand', async () => {
  const { stage, applications, spawn, move } = await withWatcher()
  const { pid, heard } = spawn()
  applications.watch({ pid })
  await stage.run(100)
  expect(heard).toEqual(['n1'])
  applications.watch({ pid }, false)
  applications.watch({ pid })
  await stage.run(100)
  expect(heard).toEqual(['n1', 'n1'])
  applications.watch({ pid })
  await stage.run(100)
  expect(heard).toHaveLength(2)
  applications.watch({ pid }, false)
  await move('n2')
  expect(heard).toHaveLength(2)
})

test('whatever goes first, it is told how things are in the end', async () => {
  await eachSeed({ seeds: 20 }, async (runtime) => {
    const { stage, applications, spawn, move } = await withWatcher({ runtime })
    const { pid, heard } = spawn()
    for (let turn = 0; turn < 10; turn++) {
      applications.watch({ pid }, runtime.random() < 0.5)
      if (runtime.random() < 0.3) await stage.run(1)
    }
    applications.watch({ pid })
    await move('n2')
    expect(heard.at(-1)).toBe('n2')
    await stage.cluster.stop()
  })
})

test('who watches no more has no seat any more, and one that ends has none; more than the limit are refused', async () => {
  const { stage, node, applications, spawn } = await withWatcher({ limit: 2 })
  const [a, b, c, d] = [spawn(), spawn(), spawn(), spawn()]
  /** In the same turn: the keeper hears of it later. */
  const watch = (pid: AnyPid) => {
    try {
      applications.watch({ pid })
      return 'ok'
    } catch (error) {
      return (error as AgnerError).code
    }
  }
  applications.watch(a)
  applications.watch(b)
  applications.watch(b)
  expect(watch(c.pid)).toBe('release.too_many_watchers')
  applications.watch(a, false)
  expect(watch(c.pid)).toBe('ok')
  expect(watch(d.pid)).toBe('release.too_many_watchers')
  await stage.run(100)
  expect([a, b, c, d].map(({ heard }) => heard.length)).toEqual([0, 1, 1, 0])
  node.sendExit(b.pid, 'kill')
  await stage.run(100)
  expect(watch(d.pid)).toBe('ok')
  // One that has ended is forgotten, too.
  node.sendExit(d.pid, 'kill')
  expect(watch(d.pid)).toBe('ok')
  await stage.run(100)
  expect(watch(a.pid)).toBe('ok')
  expect(watch(b.pid)).toBe('release.too_many_watchers')
})

test('a process that nobody has announced is told nothing, whoever asks for it', async () => {
  const { stage, node, spawn } = await withWatcher()
  const { pid, heard } = spawn()
  node.send(keeperProtocol.module as never, { type: 'watch', pid, on: true } as never)
  await stage.run(100)
  expect(heard).toEqual([])
})

test('what is no process is refused where it is said, and the keeper goes on', async () => {
  const { stage, node, applications, spawn } = await withWatcher()
  const { pid } = spawn()
  const bads = [undefined, null, 'n1', 5, {}, { name: 'x', node: 'n2@cluster' }].flatMap((bad) => [bad, { pid: bad }])
  for (const bad of bads)
    for (const on of [true, false])
      expect(() => applications.watch(bad as never, on)).toThrow(
        expect.objectContaining({ code: 'release.bad_option' }),
      )
  expect(() => applications.watch({ pid }, 'off' as never)).toThrow(/"on"/)
  await stage.run(1000)
  expect([node.isAlive(applications.pid), stage.running(), stage.faults()]).toEqual([true, ['n1'], []])
})

test('after its node has left nobody can watch any more, and who says that it watches no more is not refused', async () => {
  const { stage, applications, spawn } = await withWatcher()
  const { pid, heard } = spawn()
  await stage.cluster.until(applications.leave())
  expect(() => applications.watch({ pid })).toThrow(expect.objectContaining({ code: 'release.stopped' }))
  applications.watch({ pid }, false)
  await stage.run(100)
  expect(heard).toEqual([])
})

const said = ({ at, standing }: ApplicationChange) => `${standing} ${at === null ? '-' : short(at.node)}`

test('before any start each application is told once, and others are told nothing when one more watches', async () => {
  const stage = await Stage.start({ nodes: ['n1'], later: ['n2', 'n3'] })
  const first = stage.watch('n1')
  await stage.run(100)
  const second = stage.watch('n1')
  for (const name of ['n2', 'n3']) await stage.cluster.start(name)
  await stage.run(3000)
  expect([first.map(said), second.map(said)]).toEqual([['idle -'], ['idle -']])
})

test('a takeover has no gap: whoever watches hears of the new instance when the old one ends, whichever is heard first', async () => {
  await eachSeed({ seeds: 12 }, async (runtime) => {
    const stage = await Stage.start({ runtime })
    await stage.start()
    await stage.run(500)
    const watched = ['n1', 'n2', 'n3'].map((name) => [name, stage.watch(name)] as const)
    await stage.run(100)
    const heard = () => Object.fromEntries(watched.map(([name, changes]) => [name, changes.splice(0).map(said)]))
    heard()
    const move = async (moved: Promise<void>) => {
      expect(await stage.cluster.until(codeOf(moved))).toBe('ok')
      await stage.run(500)
    }
    await move(stage.on('n2').takeover('app'))
    expect(heard()).toEqual({
      n1: ['stopping n2', 'standby n2'],
      n2: ['claiming n1', 'starting n1', 'running n2'],
      n3: ['standby n2'],
    })
    await move(stage.on('n3').takeover('app'))
    expect(heard()).toMatchObject({ n1: ['standby n3'], n2: ['stopping n3', 'standby n3'] })
    await move(stage.on('n3').permit('app', false))
    const { n2 } = heard()
    expect(n2!.filter((change) => change.endsWith('-'))).toEqual([])
    expect(n2!.at(-1)).toBe('standby n1')
    await stage.cluster.stop()
  })
})
