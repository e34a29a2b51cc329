/**
 * What one process does to another, many things within one turn, in the order of doing: messages, requests, exits, links, monitors, and
 * questions about it.
 *
 * Nobody else takes part, so the model is exact: the target sees the signals one by one; what comes back to the actor waits until its turn is over, and counts only if
 * the actor still has the link or the monitor that it comes by.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  Request,
  type AgnerError,
  type Alias,
  type AnyPid,
  type Down,
  type Exit,
  type MonitorAlias,
  type ProcessInfo,
  type Ref,
} from '../src/index.ts'
import { text } from './company.ts'
import { eachProgram, programOf } from './each-program.ts'
import { kind, Stage, type Puppet, type Self } from './stage.ts'

type Op =
  | { readonly op: 'link' | 'unlink' | 'send' | 'request' | 'ask' }
  | { readonly op: 'monitor' | 'monitorName'; readonly alias: MonitorAlias | undefined }
  | { readonly op: 'alias'; readonly once: boolean }
  | { readonly op: 'unalias' | 'sendAlias'; readonly nth: number }
  | { readonly op: 'demonitor'; readonly nth: number; readonly flush: boolean }
  | { readonly op: 'signal'; readonly reason: 'normal' | 'r1' | 'r2' | 'kill' }

const nth = fc.nat({ max: 4 })
const modes = ['explicitUnalias', 'demonitor', 'replyDemonitor', undefined, undefined] as const

function some<O extends Op['op'], R extends object>(
  weight: number,
  ops: readonly O[],
  rest: { readonly [K in keyof R]: fc.Arbitrary<R[K]> },
): { readonly weight: number; readonly arbitrary: fc.Arbitrary<Op> } {
  return { weight, arbitrary: fc.record({ op: fc.constantFrom(...ops), ...rest }) as unknown as fc.Arbitrary<Op> }
}

const op: fc.Arbitrary<Op> = fc.oneof(
  some(6, ['link', 'link', 'unlink', 'send', 'request', 'ask'], {}),
  some(3, ['monitor', 'monitorName'], { alias: fc.constantFrom(...modes) }),
  some(2, ['demonitor'], { nth, flush: fc.boolean() }),
  some(1, ['signal'], { reason: fc.constantFrom('normal', 'r1', 'r2', 'kill') }),
  some(1, ['alias'], { once: fc.boolean() }),
  some(3, ['unalias', 'sendAlias', 'sendAlias'], { nth }),
)

class Model {
  alive = true
  readonly trap: boolean
  /** What the target was told, and the actor. */
  readonly targetTold: string[] = []
  readonly actorTold: string[] = []
  /** The actor's side of the link, and the target's. */
  #linked = false
  #targetLinked = false
  readonly #monitors = new Map<Ref, string>()
  readonly #watchers = new Set<Ref>()
  /** The actor's aliases, and with which of its messages each ends. */
  readonly #aliases = new Map<Ref, 'once' | MonitorAlias>()
  #requests: number[] = []
  /** The target has handled everything. */
  #caughtUp = true
  /** What the target's signals to come will cause; what waits at the actor; what is in its mailbox, with the refs of DOWNs. */
  #caused: (() => void)[] = []
  #arrived: (() => void)[] = []
  #mailbox: { readonly text: string; readonly ref: Ref | null }[] = []

  constructor(trap: boolean) {
    this.trap = trap
  }

  monitor(ref: Ref, by: string, alias: MonitorAlias | undefined): void {
    this.#monitors.set(ref, by)
    if (alias !== undefined) this.#aliases.set(ref, alias)
    if (this.alive) this.#watchers.add(ref)
    else this.#causes(() => this.#down(ref, 'noproc'))
  }

  /** With flush, if its DOWN may have come, the actor takes in what has arrived, and the DOWN is gone from its mailbox, too. */
  demonitor(ref: Ref, flush: boolean): boolean {
    this.#watchers.delete(ref)
    const removed = this.#endMonitor(ref)
    if (flush && !removed) {
      this.#takeIn()
      this.#mailbox = this.#mailbox.filter((message) => message.ref !== ref)
    }
    return removed
  }

  #endMonitor(ref: Ref): boolean {
    const alias = this.#aliases.get(ref)
    if (alias === 'demonitor' || alias === 'replyDemonitor') this.#aliases.delete(ref)
    return this.#monitors.delete(ref)
  }

  alias(ref: Ref, once: boolean): void {
    this.#aliases.set(ref, once ? 'once' : 'explicitUnalias')
  }

  unalias(ref: Ref): boolean {
    return this.#aliases.delete(ref)
  }

  /** By the actor to itself: whether the alias is one still counts when the message is handled. */
  sendAlias(ref: Ref, message: string): void {
    if (!this.#aliases.has(ref)) return
    this.#arrived.push(() => {
      const alias = this.#aliases.get(ref)
      if (alias === undefined) return
      if (alias === 'once') this.#aliases.delete(ref)
      if (alias === 'replyDemonitor') this.demonitor(ref, false)
      this.#hears(message)
    })
  }

  link(): void {
    if (this.#linked) return
    this.#linked = true
    if (this.alive) this.#targetLinked = true
    else this.#causes(() => this.#linkBroke('noproc'))
  }

  unlink(): void {
    if (!this.#linked) return
    this.#linked = false
    this.#targetLinked = false
  }

  tell(message: string): void {
    if (this.alive) this.targetTold.push(message)
  }

  request(n: number): void {
    this.tell(`request ${n}`)
    if (this.alive) this.#requests.push(n)
    else this.#causes(() => this.#hears(`request ${n} call.no_process`))
  }

  signal(reason: string): void {
    if (!this.alive) return
    this.#caughtUp = false
    if (reason === 'kill') this.#die('killed')
    else if (this.trap) this.tell(`exit ${reason}`)
    else if (reason !== 'normal') this.#die(reason)
  }

  #die(reason: string): void {
    this.alive = false
    if (this.#targetLinked) this.#causes(() => this.#linkBroke(reason))
    for (const ref of this.#watchers) this.#causes(() => this.#down(ref, reason))
    for (const n of this.#requests) this.#causes(() => this.#hears(`request ${n} call.exited ${reason}`))
  }

  #linkBroke(reason: string): void {
    if (this.#linked) this.#hears(`exit ${reason}`)
    this.#linked = false
  }

  #down(ref: Ref, reason: string): void {
    const by = this.#monitors.get(ref)
    if (by !== undefined) this.#hears(`down of ${by} ${reason}`, ref)
    if (by !== undefined) this.#endMonitor(ref)
  }

  #hears(said: string, ref: Ref | null = null): void {
    this.#mailbox.push({ text: said, ref })
  }

  #causes(come: () => void): void {
    // To one that is dead for all to see, the answer is there at once; else it comes when the target gets to it.
    if (this.#caughtUp && !this.alive) this.#arrived.push(come)
    else this.#caused.push(come)
  }

  /** The target has been asked something, or has had its turn. */
  catchUp(): void {
    this.#arrived.push(...this.#caused.splice(0))
    this.#caughtUp = true
  }

  #takeIn(): void {
    for (const come of this.#arrived.splice(0)) come()
  }

  /** The actor's turn is over, and everything has come to rest. */
  rest(): void {
    this.catchUp()
    this.#takeIn()
    this.actorTold.push(...this.#mailbox.splice(0).map((message) => message.text))
  }

  check(info: ProcessInfo | undefined, actor: AnyPid): void {
    expect(info !== undefined).toBe(this.alive)
    if (info === undefined) return
    expect(info.links.includes(actor)).toBe(this.#targetLinked)
    expect(info.monitoredBy.filter((pid) => pid === actor).length).toBe(this.#watchers.size)
  }
}

class Play {
  readonly stage: Stage
  readonly target: Puppet
  readonly actor: Puppet
  readonly model: Model
  /** The target saw all that it was told: one that takes its time, or was asked in between, dies with a part of it in the mailbox. */
  wholly = true
  readonly #refs: Ref[] = []
  readonly #failed: string[] = []
  #count = 0

  constructor(stage: Stage, target: Puppet, actor: Puppet, trap: boolean) {
    this.stage = stage
    this.target = target
    this.actor = actor
    this.model = new Model(trap)
  }

  act(self: Self, each: Op): void {
    const { model } = this
    const { pid } = this.target
    switch (each.op) {
      case 'monitor':
      case 'monitorName': {
        const to = each.op === 'monitor' ? pid : 'target'
        const ref = each.alias === undefined ? self.monitor(to) : self.monitor(to, { alias: each.alias })
        this.#refs.unshift(ref)
        return model.monitor(ref, each.op === 'monitor' ? 'pid' : 'name', each.alias)
      }
      case 'alias': {
        const ref = self.alias({ once: each.once })
        this.#refs.unshift(ref)
        return model.alias(ref, each.once)
      }
      case 'unalias': {
        const ref = this.#refs[each.nth]
        if (ref !== undefined) expect(self.unalias(ref as Alias<never>)).toBe(model.unalias(ref))
        return
      }
      case 'sendAlias': {
        const ref = this.#refs[each.nth]
        if (ref === undefined) return
        const message = `by alias ${++this.#count}`
        self.send(ref as Alias<string>, message)
        return model.sendAlias(ref, message)
      }
      case 'demonitor': {
        const ref = this.#refs[each.nth]
        if (ref !== undefined) expect(self.demonitor(ref, { flush: each.flush })).toBe(model.demonitor(ref, each.flush))
        return
      }
      case 'link':
        self.link(pid)
        return model.link()
      case 'unlink':
        self.unlink(pid)
        return model.unlink()
      case 'send':
        self.send(pid as never, `message ${++this.#count}` as never)
        return model.tell(`message ${this.#count}`)
      case 'request': {
        const n = ++this.#count
        void self.request(pid, n, { timeoutMs: Infinity }).catch(({ code, details }: AgnerError) => {
          this.#failed.push(
            `request ${n} ${code}${code === 'call.exited' ? ` ${text(details['reason'] as string)}` : ''}`,
          )
        })
        return model.request(n)
      }
      case 'signal':
        self.sendExit(pid, each.reason)
        return model.signal(each.reason)
      case 'ask':
        model.catchUp()
        expect(self.isAlive(pid)).toBe(model.alive)
        expect(self.whereis('target')).toBe(model.alive ? pid : undefined)
        model.check(self.node.processInfo(pid), self.pid)
    }
  }

  check(): void {
    const { actor, target, model } = this
    expect(this.stage.node.isAlive(actor.pid)).toBe(true)
    const told = (actor.messages as (Exit | Down | string)[]).map((message) =>
      typeof message === 'string'
        ? message
        : message.type === 'exit'
          ? `exit ${text(message.reason)}`
          : `down of ${'name' in message.process ? 'name' : 'pid'} ${text(message.reason)}`,
    )
    expect([...told, ...this.#failed].sort()).toEqual([...model.actorTold].sort())
    const heard = target.messages.map((message) =>
      message instanceof Request
        ? `request ${message.payload as number}`
        : typeof message === 'string'
          ? message
          : `exit ${text((message as Exit).reason)}`,
    )
    expect(heard).toEqual(this.wholly ? model.targetTold : model.targetTold.slice(0, heard.length))
    model.check(this.stage.node.processInfo(target.pid), actor.pid)
  }
}

test('what one process does to another has the effects of doing it step by step', async () => {
  const program = fc.record({ actor: kind, target: kind, trap: fc.boolean(), turns: programOf(programOf(op, 10), 8) })
  await eachProgram(program, 1000, async ({ actor, target, trap, turns }, runtime) => {
    const stage = new Stage(runtime)
    const victim = stage.add(target, (body) => stage.node.spawn(body, { name: 'target', trapExits: trap }))
    const play = new Play(
      stage,
      victim,
      stage.add(actor, (body) => stage.node.spawn(body, { trapExits: true })),
      trap,
    )
    await stage.settle()
    for (const turn of turns) {
      const { alive } = play.model
      const failure = await stage.ask(play.actor, (self) => {
        for (const each of turn) play.act(self, each)
      })
      if ((failure as unknown) instanceof Error) throw failure as unknown
      play.model.rest()
      if (alive && !play.model.alive)
        play.wholly = target === 'callback' && turn.every(({ op: what }) => what !== 'ask')
      play.check()
    }
  })
})
