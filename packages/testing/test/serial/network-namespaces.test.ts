import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createNetworkNamespaces, startPeer, whyNoNetworkNamespaces, type NetworkNamespaces } from '@agner/testing'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Order } from './machine.ts'
import type Shop from './shop.ts'

const lack = whyNoNetworkNamespaces()
/** Where CI has none, they fail. */
const isLeftOut = lack !== null && process.env['CI'] === undefined
const three = ['a', 'b', 'c'] as const
type Machine = (typeof three)[number]

it.each(isLeftOut ? [lack] : [])('are left out outside CI: %s', (why) =>
  console.warn(`network-namespaces.test.ts was left out: ${why}`),
)

describe.skipIf(isLeftOut)('three machines', () => {
  let network: NetworkNamespaces<Machine>
  const programs = new Map<Machine, ChildProcess>()
  let heard: string[] = []

  beforeAll(async () => {
    network = createNetworkNamespaces(three)
    for (const machine of three) {
      const [command, ...prefix] = network.prefixOf(machine)
      const script = fileURLToPath(new URL('machine.ts', import.meta.url))
      const program = spawn(command!, [...prefix, process.execPath, script], {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      })
      programs.set(machine, program)
      await once(program, 'message')
      program.on('message', (text) => heard.push(text as string))
    }
  })
  afterEach(() => network.heal())
  afterAll(async () => {
    for (const program of programs.values()) {
      program.kill('SIGKILL')
      await once(program, 'exit')
    }
    network.close()
  })

  const pairs = three.flatMap((from) => three.filter((to) => to !== from).map((to) => [from, to] as const))
  const all = pairs.map((pair) => pair.join(''))

  /** The ways that are open: everyone sends to everyone, often enough for one to come through where some are lost. */
  const open = async (times = 1, addressOf = (machine: Machine) => network.addressOf(machine)): Promise<string[]> => {
    heard = []
    for (let time = 0; time < times; time++)
      for (const [from, to] of pairs) {
        const order: Order = { text: from + to, to: addressOf(to) }
        programs.get(from)!.send(order)
      }
    // What comes at all comes within a moment.
    await new Promise((resolve) => setTimeout(resolve, 250))
    return [...new Set(heard)].toSorted()
  }
  const but = (...shut: readonly string[]): string[] => all.filter((way) => !shut.includes(way))

  it('reach each other', async () => {
    expect(await open()).toEqual(all)
  })

  it.each<[string, () => void, readonly string[]]>([
    ['a cut is between two, both ways', () => network.cut('a', 'b'), ['ab', 'ba']],
    ['cut one way, the other is free', () => network.cutOneWay('c', 'a'), ['ca']],
    ['a partition cuts groups from each other', () => network.partition(['a'], ['b', 'c']), ['ab', 'ac', 'ba', 'ca']],
    ['a machine that is in no group is reached by all', () => network.partition(['a'], ['b']), ['ab', 'ba']],
    ['one that is unplugged reaches nobody', () => network.unplug('b'), ['ab', 'ba', 'bc', 'cb']],
  ])('%s, until it is healed', async (_, harm, shut) => {
    harm()
    expect(await open()).toEqual(but(...shut))
    network.heal()
    await expect.poll(() => open(), { timeout: 10_000 }).toEqual(all)
  })

  it('some of all packets are lost', async () => {
    network.lose(50)
    expect(await open(100)).toEqual(all)
    expect(heard.length).toBeGreaterThan(200)
    expect(heard.length).toBeLessThan(400)
  })

  it('each time so many as was said last, from none to all', async () => {
    network.lose(50)
    network.lose(10)
    await open(100)
    await expect.poll(() => heard.length, { timeout: 10_000 }).toBeGreaterThan(420)
    expect(heard.length).toBeLessThan(600)
    network.lose(100)
    expect(await open(10)).toEqual([])
    network.lose(0)
    await open(20)
    await expect.poll(() => heard.length, { timeout: 10_000 }).toBe(120)
    network.lose(0.5)
    for (const wrong of [-1, 100.5, Number.NaN])
      expect(() => network.lose(wrong)).toThrow(expect.objectContaining({ code: 'testing.bad_percentage' }) as Error)
  })

  it('a cut is one by IPv6, too', async () => {
    const sixOf = (machine: Machine): string => `fd00::${String(three.indexOf(machine) + 1)}`
    for (const machine of three)
      spawnSync('ip', [
        '-n',
        network.prefixOf(machine).at(-1)!,
        'addr',
        'add',
        `${sixOf(machine)}/64`,
        'dev',
        'net',
        'nodad',
      ])
    await expect.poll(() => open(1, sixOf), { timeout: 10_000 }).toEqual(all)
    network.cutOneWay('a', 'b')
    expect(await open(1, sixOf)).toEqual(but('ab'))
    network.cut('a', 'b')
    expect(await open(1, sixOf)).toEqual(but('ab', 'ba'))
    network.heal()
    expect(await open(1, sixOf)).toEqual(all)
  })

  it('peers run there: they find each other, lose each other when they are cut off, and meet again', async () => {
    const startOn = (machine: Machine) =>
      startPeer<typeof Shop>({
        module: new URL('shop.ts', import.meta.url),
        name: `shop@${network.addressOf(machine)}`,
        prefix: network.prefixOf(machine),
        distribution: { listen: { host: network.addressOf(machine), port: 4401 }, tickMs: 250 },
      })
    await using a = await startOn('a')
    await using b = await startOn('b')
    expect(await a.call('connect', b.name)).toBe(true)
    network.cut('a', 'b')
    await expect.poll(() => Promise.all([a.call('nodes'), b.call('nodes')]), { timeout: 10_000 }).toEqual([[], []])
    network.heal()
    await expect.poll(() => a.call('connect', b.name), { timeout: 10_000 }).toBe(true)
    expect(await b.call('nodes')).toEqual([a.name])
    a.kill()
    expect(await a.exited).toEqual({ code: null, signal: 'SIGKILL' })
    await expect.poll(() => b.call('nodes')).toEqual([])
  })

  it('no other machine is there', () => {
    // A name that was not checked by the types.
    expect(() => network.cut('a', 'd' as Machine)).toThrow(
      expect.objectContaining({ code: 'testing.no_such_machine' }) as Error,
    )
  })

  it('are gone when they are closed, and cannot be cut any more', () => {
    const own = createNetworkNamespaces(['x', 'y'])
    const name = own.prefixOf('x').at(-1)!
    expect(namespaces()).toContain(name)
    own.close()
    expect(namespaces()).not.toContain(name.slice(0, -2))
    const late = [() => own.cut('x', 'y'), () => own.unplug('x'), () => own.lose(1), () => own.heal()]
    for (const harm of late) expect(harm).toThrow(expect.objectContaining({ code: 'testing.network_closed' }) as Error)
    own.close()
  })

  it('of many networks the process listens once for its end', () => {
    const counts = (): number[] => ['exit', 'SIGINT', 'SIGTERM', 'SIGHUP'].map((event) => process.listenerCount(event))
    const before = counts()
    const more = [createNetworkNamespaces(['x']), createNetworkNamespaces(['x'])]
    expect(counts()).toEqual(before)
    for (const each of more) each.close()
    expect(counts()).toEqual(before)
  })
})

const namespaces = (): string => spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' }).stdout

describe.skipIf(isLeftOut)('a process that has a network', () => {
  /** Its network namespace, and all that it prints. */
  const begin = async (...args: readonly string[]): Promise<readonly [ChildProcess, string, () => string]> => {
    const script = fileURLToPath(new URL('network-owner.ts', import.meta.url))
    const flags = ['--conditions=@agner/source', script, ...args]
    const child = spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'inherit'] })
    let printed = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
    await expect.poll(() => printed, { timeout: 30_000 }).toMatch(/\n/)
    const name = printed.trim()
    expect(namespaces()).toContain(name)
    return [child, name, () => printed.slice(name.length + 1)]
  }

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('removes it when %s ends it', async (signal) => {
    const [child, name] = await begin()
    child.kill(signal)
    expect(await once(child, 'exit')).toEqual([null, signal])
    expect(namespaces()).not.toContain(name)
  })

  it('hears a signal itself if it listens, once', async () => {
    const [child, name, printed] = await begin('SIGTERM')
    child.kill('SIGTERM')
    expect(await once(child, 'close')).toEqual([7, null])
    expect(printed()).toBe('heard\n')
    expect(namespaces()).not.toContain(name)
  })

  it('leaves it behind when it is killed with -9, to the next who makes some', async () => {
    const [child, name] = await begin()
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(namespaces()).toContain(name)
    createNetworkNamespaces([]).close()
    expect(namespaces()).not.toContain(name)
  })
})
