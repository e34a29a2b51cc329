/**
 * Names against a table: registered, taken, released, by processes themselves and by the node, by spawn and by death.
 *
 * Between two steps everything comes to rest, so the model is exact. Then the same without rest: a message goes to whoever had the name when it was
 * sent, and who hears of a death finds the name free.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AgnerError, AnyPid, Down, NameAddress, Ref } from '../src/index.ts'
import { text } from './company.ts'
import { eachProgram, programOf } from './each-program.ts'
import { kind, Stage, type Kind, type Puppet, type Self } from './stage.ts'

const slots = 4
const names = ['n1', 'n2', 'n3']

type Step =
  | {
      readonly op: 'register' | 'nodeRegisters' | 'unregister' | 'send' | 'sendTo' | 'monitor'
      readonly by: number
      readonly name: string
    }
  | { readonly op: 'replace'; readonly by: number; readonly kind: Kind; readonly name: string | null }

const by = fc.nat({ max: slots - 1 })
const name = fc.constantFrom(...names)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      op: fc.constantFrom('register', 'register', 'nodeRegisters', 'unregister', 'send', 'sendTo', 'monitor'),
      by,
      name,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constant('replace' as const), by, kind, name: fc.option(name, { freq: 2 }) }),
  },
)

type Named = Exclude<Step, { op: 'replace' }>

/** The processes, and what must be true of them. */
class Play {
  readonly stage: Stage
  readonly puppets: Puppet[] = []
  readonly table = new Map<string, Puppet>()
  /** What each was told, as it should be. */
  readonly #told = new Map<Puppet, string[]>()
  /** Who had the name that was monitored. */
  readonly watched = new Map<Ref, AnyPid | undefined>()
  #watches: { readonly by: Puppet; readonly of: Puppet; readonly name: string }[] = []
  #count = 0

  get all(): Puppet[] {
    return [...this.#told.keys()]
  }

  constructor(stage: Stage) {
    this.stage = stage
    for (const each of ['callback', 'async', 'slow', 'callback'] as const) this.add(this.puppets.length, each, null)
  }

  /** @throws `name.taken` */
  add(slot: number, of: Kind, named: string | null): void {
    const { node } = this.stage
    const spawn = (body: Parameters<typeof node.spawn>[0]) => node.spawn(body, named === null ? {} : { name: named })
    const puppet = this.stage.add(of, spawn as Parameters<Stage['add']>[1], (self, message) => {
      if ((message as Down).type !== 'down') return
      // Who hears of a death finds the name free.
      const dead = this.watched.get((message as Down).ref)
      if (dead !== undefined) expect(names.map((each) => self.whereis(each))).not.toContain(dead)
    })
    this.#told.set(puppet, [])
    this.puppets[slot] = puppet
    if (named !== null) this.table.set(named, puppet)
  }

  async perform(each: Step): Promise<void> {
    const puppet = this.puppets[each.by]!
    switch (each.op) {
      case 'register':
      case 'nodeRegisters':
        return this.#register(puppet, each)
      case 'send':
      case 'sendTo':
        return this.#send(puppet, each)
      case 'unregister': {
        const result = await this.stage.ask(puppet, (self) => self.unregister(each.name))
        expect(codeOf(result)).toBe(this.table.delete(each.name) ? undefined : 'name.unknown')
        return
      }
      case 'monitor': {
        const holder = this.table.get(each.name)
        await this.stage.ask(puppet, (self) => this.monitor(self, each.name))
        if (holder === undefined) this.#told.get(puppet)!.push(`down of ${each.name} noproc`)
        else if (holder !== puppet) this.#watches.push({ by: puppet, of: holder, name: each.name })
        return
      }
      case 'replace':
        return this.#replace(puppet, each)
    }
  }

  monitor(self: Self, named: string): void {
    const holder = self.whereis(named)
    this.watched.set(self.monitor(named), holder)
  }

  async #register(puppet: Puppet, { op, name: wanted }: Named): Promise<void> {
    const { node } = this.stage
    const result = await this.stage.ask(puppet, (self) =>
      op === 'register' ? self.register(wanted) : node.registerName(wanted, puppet.pid),
    )
    if (this.table.has(wanted)) expect(codeOf(result)).toBe('name.taken')
    else if ([...this.table.values()].includes(puppet)) expect(codeOf(result)).toBe('name.process_has_name')
    else {
      expect(result).toBe(undefined)
      this.table.set(wanted, puppet)
    }
  }

  async #send(puppet: Puppet, { op, name: to }: Named): Promise<void> {
    const said = `message ${++this.#count}`
    const address = op === 'send' ? to : { name: to, node: this.stage.node.name }
    const result = await this.stage.ask(puppet, (self) => self.send(address, said as never))
    const holder = this.table.get(to)
    expect(codeOf(result)).toBe(holder === undefined && op === 'send' ? 'send.no_such_name' : undefined)
    if (holder !== undefined) this.#told.get(holder)!.push(said)
  }

  async #replace(
    victim: Puppet,
    { by: slot, kind: of, name: wanted }: Extract<Step, { op: 'replace' }>,
  ): Promise<void> {
    const { node } = this.stage
    node.sendExit(victim.pid, 'kill')
    await this.stage.settle()
    for (const [each, holder] of this.table) if (holder === victim) this.table.delete(each)
    for (const watch of this.#watches)
      if (watch.of === victim) this.#told.get(watch.by)!.push(`down of ${watch.name} killed`)
    this.#watches = this.#watches.filter((watch) => watch.of !== victim && watch.by !== victim)
    const taken = wanted !== null && this.table.has(wanted)
    const processes = node.processCount()
    if (taken) expect(() => this.add(slot, of, wanted)).toThrow(expect.objectContaining({ code: 'name.taken' }))
    expect(node.processCount()).toBe(processes)
    this.add(slot, of, taken ? null : wanted)
    await this.stage.settle()
  }

  check(): void {
    const { node } = this.stage
    expect(new Map(node.registeredNames().map((each) => [each, node.whereis(each)]))).toEqual(
      new Map([...this.table].map(([each, { pid }]) => [each, pid])),
    )
  }

  checkAtEnd(): void {
    for (const [puppet, told] of this.#told) expect(puppet.messages.map(textOf)).toEqual(told)
  }
}

const codeOf = (result: unknown): string | undefined => (result as AgnerError | undefined)?.code

function textOf(message: unknown): string {
  if (typeof message === 'string') return message
  const { process, reason } = message as Down
  return `down of ${(process as NameAddress).name} ${text(reason)}`
}

test('who has which name, what is refused and where a message to a name goes, is what the model says', async () => {
  await eachProgram(programOf(step, 60), 500, async (steps, runtime) => {
    const play = new Play(new Stage(runtime))
    await play.stage.settle()
    for (const each of steps) {
      await play.perform(each)
      play.check()
    }
    play.checkAtEnd()
  })
})

test('all at once: a message goes to whoever had the name when it was sent, and nobody dead has one', async () => {
  await eachProgram(programOf(step, 80), 500, async (steps, runtime) => {
    const play = new Play(new Stage(runtime))
    const { stage, puppets } = play
    /** To whom each message was sent. */
    const to: (AnyPid | undefined)[] = []
    await stage.settle()
    for (const each of steps) {
      const { by: slot } = each
      if (each.op === 'replace') {
        stage.node.sendExit(puppets[slot]!.pid, 'kill')
        if (each.name === null) await stage.settle()
        play.add(slot, each.kind, null)
        continue
      }
      stage.tell(puppets[slot]!, (self) => {
        const holder = self.whereis(each.name)
        if (each.op === 'unregister') {
          if (holder !== undefined) self.unregister(each.name)
        } else if (each.op === 'monitor') play.monitor(self, each.name)
        else if (each.op === 'send' || each.op === 'sendTo') {
          if (holder === undefined && each.op === 'send') return
          self.send({ name: each.name, node: self.node.name }, `message ${to.length}` as never)
          to.push(holder)
        } else if (holder === undefined && self.node.processInfo(self.pid)!.name === null) self.register(each.name)
      })
    }
    await stage.settle()
    const heard = new Map<AnyPid, string[]>()
    for (const { pid, messages } of play.all) {
      const all = messages.filter((message) => typeof message === 'string')
      heard.set(pid, all)
      for (const each of all) expect(to[Number(each.split(' ')[1])]).toBe(pid)
    }
    to.forEach((pid, n) => {
      // One that lived to the end has heard it, once.
      if (pid === undefined || !stage.node.isAlive(pid)) return
      expect(heard.get(pid)!.filter((each) => each === `message ${n}`)).toHaveLength(1)
    })
    for (const each of stage.node.registeredNames()) expect(stage.node.isAlive(stage.node.whereis(each)!)).toBe(true)
  })
})
