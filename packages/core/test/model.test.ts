/**
 * Links, monitors and deaths against a small model.
 *
 * Settled after each step, the model says exactly what must be. All at once, under random schedules, it cannot; then what must
 * hold at rest, and whenever somebody hears of a death, is checked instead.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AnyPid, Down, Exit, Ref } from '../src/index.ts'
import { Company, step, text, type Member, type Step } from './company.ts'
import { eachProgram, programOf } from './each-program.ts'

interface Modelled {
  alive: boolean
  /** Was seen dead. */
  buried: boolean
  trap: boolean
  name: string | null
  readonly links: Set<Member>
  readonly monitors: Map<Ref, { readonly target: Member; readonly byName: boolean }>
  /** The exits and DOWNs that it was told, as a set: what one death causes has no order. */
  told: string[]
}

class Model {
  readonly #all = new Map<Member, Modelled>()

  of(member: Member): Modelled {
    let known = this.#all.get(member)
    if (known === undefined) {
      known = { alive: true, buried: false, trap: false, name: null, links: new Set(), monitors: new Map(), told: [] }
      this.#all.set(member, known)
    }
    return known
  }

  holder(name: string): Member | undefined {
    return [...this.#all].find(([, state]) => state.name === name)?.[0]
  }

  link(one: Member, other: Member): void {
    if (one === other) return
    if (this.of(other).alive) {
      this.of(one).links.add(other)
      this.of(other).links.add(one)
    } else this.#linkBroke(one, other, 'noproc')
  }

  unlink(one: Member, other: Member): void {
    this.of(one).links.delete(other)
    this.of(other).links.delete(one)
  }

  monitor(watcher: Member, target: Member | null, ref: Ref, byName: boolean): void {
    if (target === watcher) return
    if (target !== null && this.of(target).alive) this.of(watcher).monitors.set(ref, { target, byName })
    else this.of(watcher).told.push(down(byName ? null : target, 'noproc'))
  }

  signal(from: Member, to: Member, reason: string): void {
    const target = this.of(to)
    if (!target.alive) return
    if (reason === 'kill') this.die(to, 'killed')
    else if (target.trap) target.told.push(exit(from, reason))
    else if (reason !== 'normal' || from === to) this.die(to, reason)
  }

  die(member: Member, reason: string): void {
    const dying = this.of(member)
    if (!dying.alive) return
    dying.alive = false
    dying.name = null
    dying.monitors.clear()
    for (const [, watcher] of this.#all) {
      for (const [ref, { target, byName }] of watcher.monitors) {
        if (target !== member) continue
        watcher.monitors.delete(ref)
        watcher.told.push(down(byName ? null : member, reason))
      }
    }
    for (const other of dying.links) {
      this.of(other).links.delete(member)
      this.#linkBroke(other, member, reason)
    }
    dying.links.clear()
  }

  #linkBroke(member: Member, from: Member, reason: string): void {
    const state = this.of(member)
    if (!state.alive) return
    if (state.trap) state.told.push(exit(from, reason))
    else if (reason !== 'normal') this.die(member, reason)
  }

  /** What a step of a living member means; `before` tells how far its watches and the company had got. */
  apply(
    each: Step,
    company: Company,
    member: Member,
    target: Member,
    before: { members: number; watches: number },
  ): void {
    const state = this.of(member)
    const watch = member.watches[before.watches]
    switch (each.op) {
      case 'spawn': {
        const child = company.members[before.members]!
        this.of(child).trap = each.trap
        if (each.how === 'link') this.link(member, child)
        if (each.how === 'monitor') this.monitor(member, child, watch!.ref, false)
        return
      }
      case 'link':
        return this.link(member, target)
      case 'unlink':
        return this.unlink(member, target)
      case 'monitor':
        return this.monitor(member, target, watch!.ref, false)
      case 'monitorName':
        return this.monitor(member, this.holder(each.name) ?? null, watch!.ref, true)
      case 'demonitor':
        return void state.monitors.delete(member.watches[each.nth]?.ref as Ref)
      case 'signal':
        return this.signal(member, target, each.reason === 'unique' ? company.lastSignal : each.reason)
      case 'exit':
        return this.die(member, each.reason)
      case 'throw':
        return this.die(member, `error ${each.reason}`)
      case 'register':
        if (this.holder(each.name) === undefined && state.name === null) state.name = each.name
        return
      case 'unregister': {
        const holder = this.holder(each.name)
        if (holder !== undefined) this.of(holder).name = null
        return
      }
      case 'trap':
        state.trap = each.on
    }
  }
}

const exit = (from: Member, reason: string): string => `exit of ${String(from.pid)}: ${reason}`
const down = (of: Member | null, reason: string): string =>
  `down of ${of === null ? 'a name' : String(of.pid)}: ${reason}`

function told(message: Exit | Down): string {
  const from = message.type === 'exit' ? message.from : message.process
  return `${message.type} of ${from !== null && 'name' in from ? 'a name' : String(from)}: ${text(message.reason)}`
}

/** Two texts, since comparing them costs a fraction of what expectations about each part would. */
function compare(company: Company, model: Model): void {
  const is: string[] = []
  const must: string[] = []
  for (const one of company.members) {
    const expected = model.of(one)
    const info = company.node.processInfo(one.pid)
    const heard = (one.messages as (Exit | Down)[]).map(told)
    if (!expected.alive && !expected.buried) {
      // What the same death told it before it was itself taken along has no order either. Nothing comes after.
      expected.buried = true
      expected.told = heard
    }
    const links = [...expected.links].map(({ pid }) => pid)
    is.push(`${String(one.pid)} heard ${heard.sort().join()}`)
    must.push(`${String(one.pid)} heard ${expected.told.toSorted().join()}`)
    if (info !== undefined) is.push(stateOf(info.name, info.trapsExits, info.links, info.monitors.length))
    if (expected.alive) must.push(stateOf(expected.name, expected.trap, links, expected.monitors.size))
  }
  if (is.join('\n') !== must.join('\n')) expect(is).toEqual(must)
}

const stateOf = (name: string | null, trap: boolean, links: readonly AnyPid[], monitors: number): string =>
  `lives as ${String(name)}, trapping ${trap}, linked to ${links.map(String).sort().join()}, ${monitors} monitors`

test('settled after each step, links, monitors, names, deaths and what is told of them are what the model says', async () => {
  await eachProgram(programOf(step, 60), 400, async (steps, runtime) => {
    const company = new Company(runtime)
    const model = new Model()
    await company.settle()
    for (const each of steps) {
      const member = company.slots[each.by]!
      const target = 'to' in each ? company.slots[each.to]! : member
      const before = { members: company.members.length, watches: member.watches.length }
      const { alive } = model.of(member)
      company.perform(each)
      await company.settle()
      if (alive) model.apply(each, company, member, target, before)
      else expect(company.members.length).toBe(before.members)
      compare(company, model)
    }
    company.checkAtRest()
  })
})

test('all at once, under any schedule: at rest links are mutual, every monitor has fired as it must, names are of the living', async () => {
  const program = programOf(fc.tuple(step, fc.nat({ max: 9 })), 80)
  await eachProgram(program, 1000, async (steps, runtime) => {
    const company = new Company(runtime)
    await company.settle()
    for (const [each, pause] of steps) {
      company.perform(each)
      if (pause === 0) await company.settle()
    }
    await company.settle()
    company.checkAtRest()
  })
})
