/**
 * Random programs of processes that link, monitor, name, exit and kill each other, against a small model.
 *
 * Settled after each step, the model says exactly what must be. All at once, under random schedules, it cannot; then what must
 * hold at rest is checked instead.
 */
import { createVirtualRuntime, eachSeed, type VirtualRuntime } from '@agner/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AnyPid, Down, Exit, ExitReason, Pid, Process, Ref } from '../src/index.ts'
import { createWorld } from './world.ts'

type Step =
  | { readonly op: 'spawn'; readonly by: number; readonly trap: boolean; readonly how: 'plain' | 'link' | 'monitor' }
  | { readonly op: 'link' | 'unlink' | 'monitor' | 'monitorName'; readonly by: number; readonly to: number }
  | { readonly op: 'demonitor'; readonly by: number; readonly nth: number }
  | { readonly op: 'signal'; readonly by: number; readonly to: number; readonly reason: string }
  | { readonly op: 'exit' | 'throw'; readonly by: number; readonly reason: string }
  | { readonly op: 'register' | 'unregister'; readonly by: number; readonly name: string }
  | { readonly op: 'trap'; readonly by: number; readonly on: boolean }

const slots = 6
const by = fc.nat({ max: slots - 1 })
const name = fc.constantFrom('n1', 'n2')
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      op: fc.constant('spawn' as const),
      by,
      trap: fc.boolean(),
      how: fc.constantFrom('plain' as const, 'link' as const, 'monitor' as const),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      op: fc.constantFrom(
        'link' as const,
        'link' as const,
        'unlink' as const,
        'monitor' as const,
        'monitorName' as const,
      ),
      by,
      to: by,
    }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('demonitor' as const), by, nth: fc.nat({ max: 5 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('signal' as const),
      by,
      to: by,
      reason: fc.constantFrom('normal', 'kill', 'r1', 'r2'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constantFrom('exit' as const, 'throw' as const),
      by,
      reason: fc.constantFrom('normal', 'kill', 'r3'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constantFrom('register' as const, 'unregister' as const), by, name }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('trap' as const), by, on: fc.boolean() }) },
)

interface Watch {
  readonly ref: Ref
  readonly watcher: Member
  readonly target: Member | null
  readonly byName: boolean
  demonitored: boolean
}

/** A process that does what the test tells it, and keeps what the system tells it. */
class Member {
  readonly seen: (Exit | Down)[] = []
  readonly watches: Watch[] = []
  pid!: Pid<number>
  reason: ExitReason | null = null
}

class Company {
  readonly runtime: VirtualRuntime
  readonly node
  readonly reports
  readonly members: Member[] = []
  readonly slots: Member[] = []
  readonly #acts: ((self: Process<number | Exit | Down>) => void)[] = []

  constructor(runtime: VirtualRuntime) {
    const world = createWorld({ runtime })
    this.runtime = runtime
    this.node = world.node
    this.reports = world.reports
    for (let slot = 0; slot < slots; slot++) this.slots.push(this.#hire((body) => this.node.spawn(body)))
  }

  #hire(
    spawn: (body: {
      init: () => null
      message: (self: Process<number | Exit | Down>, message: number | Exit | Down, state: null) => null
    }) => AnyPid,
  ): Member {
    const member = new Member()
    const body = {
      init: () => null,
      message: (self: Process<number | Exit | Down>, message: number | Exit | Down) => {
        if (typeof message === 'number') this.#acts[message]!(self)
        else member.seen.push(message)
        return null
      },
    }
    member.pid = spawn(body) as Pid<number>
    this.members.push(member)
    return member
  }

  /** Has the member in a slot carry out a step, on a turn of its own. */
  perform(each: Step): void {
    const member = this.slots[each.by]!
    this.#acts.push((self) => this.#act(self, member, each))
    this.node.send(member.pid, this.#acts.length - 1)
  }

  #act(self: Process<number | Exit | Down>, member: Member, each: Step): void {
    switch (each.op) {
      case 'spawn': {
        const child = this.#hire((body) =>
          each.how === 'link'
            ? self.spawnLink(body, { trapExits: each.trap })
            : self.spawn(body, { trapExits: each.trap }),
        )
        void this.node.exited(child.pid).then((reason) => (child.reason = reason))
        if (each.how === 'monitor')
          member.watches.push({
            ref: self.monitor(child.pid),
            watcher: member,
            target: child,
            byName: false,
            demonitored: false,
          })
        this.slots[(each.by + this.members.length) % slots] = child
        return
      }
      case 'link':
        return self.link(this.slots[each.to]!.pid)
      case 'unlink':
        return self.unlink(this.slots[each.to]!.pid)
      case 'monitor': {
        const target = this.slots[each.to]!
        member.watches.push({
          ref: self.monitor(target.pid),
          watcher: member,
          target: target === member ? null : target,
          byName: false,
          demonitored: false,
        })
        return
      }
      case 'monitorName': {
        const watched = each.to % 2 === 0 ? 'n1' : 'n2'
        const target = this.members.find(({ pid }) => pid === self.whereis(watched)) ?? null
        member.watches.push({ ref: self.monitor(watched), watcher: member, target, byName: true, demonitored: false })
        return
      }
      case 'demonitor': {
        const watch = member.watches[each.nth]
        if (watch !== undefined && self.demonitor(watch.ref, { flush: true })) watch.demonitored = true
        return
      }
      case 'signal':
        return self.sendExit(this.slots[each.to]!.pid, each.reason)
      case 'exit':
        return self.exit(each.reason)
      case 'throw':
        throw new Error(each.reason)
      case 'register':
        if (self.whereis(each.name) === undefined && this.node.processInfo(self.pid)?.name === null)
          self.register(each.name)
        return
      case 'unregister':
        if (self.whereis(each.name) !== undefined) self.unregister(each.name)
        return
      case 'trap':
        self.trapExits(each.on)
    }
  }

  /** What must hold when nothing is on its way any more. */
  checkAtRest(): void {
    const { node } = this
    const alive = new Map(
      this.members.filter(({ pid }) => node.isAlive(pid)).map((member) => [member.pid as AnyPid, member]),
    )
    expect(new Set(node.processes())).toEqual(new Set(alive.keys()))
    for (const [pid] of alive) {
      const info = node.processInfo(pid)!
      expect(info.mailboxLength).toBe(0)
      for (const other of info.links) {
        expect(alive.has(other)).toBe(true)
        expect(node.processInfo(other)!.links).toContain(pid)
      }
      expect(new Set(info.links).size).toBe(info.links.length)
    }
    for (const registered of node.registeredNames()) expect(alive.has(node.whereis(registered)!)).toBe(true)
    for (const member of this.members) this.#checkWatches(member, alive)
  }

  #checkWatches(member: Member, alive: ReadonlyMap<AnyPid, Member>): void {
    const downs = member.seen.filter((message) => message.type === 'down')
    for (const { ref, target, byName, demonitored } of member.watches) {
      const fired = downs.filter((down) => down.ref === ref)
      expect(fired.length).toBeLessThanOrEqual(1)
      if (demonitored || !alive.has(member.pid)) continue
      // A monitor of itself never fires; one of a name that nobody had fires at once.
      const mustFire = target === null ? byName : target !== member && !alive.has(target.pid)
      expect(fired.length).toBe(mustFire ? 1 : 0)
      const [down] = fired
      if (down !== undefined && target?.reason !== undefined && target?.reason !== null)
        expect([target.reason, 'noproc']).toContainEqual(down.reason)
    }
    for (const down of downs) expect(member.watches.some(({ ref }) => ref === down.ref)).toBe(true)
  }
}

/** Links, trapping, deaths and exit messages, as they must be when every step has settled before the next. */
class Model {
  readonly #all = new Map<Member, { alive: boolean; trap: boolean; links: Set<Member>; exits: string[] }>()

  of(member: Member): { alive: boolean; trap: boolean; links: Set<Member>; exits: string[] } {
    let known = this.#all.get(member)
    if (known === undefined) this.#all.set(member, (known = { alive: true, trap: false, links: new Set(), exits: [] }))
    return known
  }

  link(one: Member, other: Member): void {
    if (one === other) return
    if (this.of(other).alive) {
      this.of(one).links.add(other)
      this.of(other).links.add(one)
    } else this.#brokenLink(one, other, 'noproc')
  }

  unlink(one: Member, other: Member): void {
    this.of(one).links.delete(other)
    this.of(other).links.delete(one)
  }

  signal(from: Member, to: Member, reason: string): void {
    const target = this.of(to)
    if (!target.alive) return
    if (reason === 'kill') this.die(to, 'killed')
    else if (target.trap) target.exits.push(`${String(from.pid)} ${reason}`)
    else if (reason !== 'normal' || from === to) this.die(to, reason)
  }

  die(member: Member, reason: string): void {
    const dying = this.of(member)
    dying.alive = false
    for (const other of dying.links) {
      this.of(other).links.delete(member)
      this.#brokenLink(other, member, reason)
    }
    dying.links.clear()
  }

  #brokenLink(member: Member, from: Member, reason: string): void {
    const state = this.of(member)
    if (!state.alive) return
    if (state.trap) state.exits.push(`${String(from.pid)} ${reason}`)
    else if (reason !== 'normal') this.die(member, reason)
  }
}

const reasonText = (reason: ExitReason): string =>
  reason instanceof Error ? `error ${reason.message}` : JSON.stringify(reason).replaceAll('"', '')

test('settled after each step, links, deaths and exit messages are what the model says', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      fc.option(fc.nat(), { nil: undefined }),
      async (steps, seed) => {
        const company = new Company(createVirtualRuntime(seed === undefined ? {} : { seed }))
        const model = new Model()
        await company.runtime.settle()
        for (const each of steps) {
          const member = company.slots[each.by]!
          const target = 'to' in each ? company.slots[each.to]! : member
          const before = company.members.length
          company.perform(each)
          await company.runtime.settle()
          if (model.of(member).alive) {
            if (each.op === 'spawn') {
              const child = company.members[before]!
              model.of(child).trap = each.trap
              if (each.how === 'link') model.link(member, child)
            } else if (each.op === 'link') model.link(member, target)
            else if (each.op === 'unlink') model.unlink(member, target)
            else if (each.op === 'signal') model.signal(member, target, each.reason)
            else if (each.op === 'exit') model.die(member, each.reason)
            else if (each.op === 'throw') model.die(member, `error ${each.reason}`)
            else if (each.op === 'trap') model.of(member).trap = each.on
          } else expect(company.members.length).toBe(before)
          for (const one of company.members) {
            const expected = model.of(one)
            expect(company.node.isAlive(one.pid)).toBe(expected.alive)
            const exits = one.seen
              .filter((message) => message.type === 'exit')
              .map(({ from, reason }) => `${String(from)} ${reasonText(reason)}`)
            expect(exits.sort()).toEqual([...expected.exits].sort())
            if (expected.alive)
              expect(new Set(company.node.processInfo(one.pid)!.links)).toEqual(
                new Set([...expected.links].map(({ pid }) => pid)),
              )
          }
          company.checkAtRest()
        }
      },
    ),
    { numRuns: 150 },
  )
})

test('all at once, under any schedule: at rest links are mutual, every monitor has fired as it must, names are of the living', async () => {
  const programs = fc.sample(fc.array(step, { minLength: 10, maxLength: 80 }), { numRuns: 250, seed: 20250101 })
  await eachSeed({ seeds: programs.length, from: 0 }, async (runtime, seed) => {
    const company = new Company(runtime)
    await runtime.settle()
    for (const each of programs[seed % programs.length]!) {
      company.perform(each)
      if (runtime.random() < 0.1) await runtime.settle()
    }
    await runtime.settle()
    company.checkAtRest()
  })
})
