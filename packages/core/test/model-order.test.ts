/**
 * The one guarantee about order: signals of one sender to one receiver, of whatever kind and by whatever address, arrive as they were sent.
 *
 * Senders of every kind of body send messages, requests and exits, with links and monitors between them, and die. The model is, for each
 * sender, the list of what it sent.
 */
import type { VirtualRuntime } from '@agner/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Request, timedOut, type AnyPid, type Destination, type Down, type Exit } from '../src/index.ts'
import { eachProgram, programOf } from './each-program.ts'
import { kind, Stage, type Act, type Kind, type Puppet, type Self } from './stage.ts'

const senders = 3
const addresses = ['pid', 'name', 'name and node', 'alias'] as const
const ways = [...addresses, 'exit', 'request', 'link', 'unlink', 'monitor'] as const

/** What a sender does next, and whether everything comes to rest after it, or a millisecond passes. */
interface Step {
  readonly sender: number
  readonly way: (typeof ways)[number]
  readonly then: 'go on' | 'rest' | 'wait'
}

const step: fc.Arbitrary<Step> = fc.record({
  sender: fc.nat({ max: senders - 1 }),
  way: fc.constantFrom(...ways),
  then: fc.constantFrom('go on', 'go on', 'go on', 'go on', 'go on', 'rest', 'wait'),
})

/** What was sent or received: the sender's number, and its how-manieth. */
interface Item {
  readonly sender: number
  readonly n: number
}

class Play {
  readonly stage: Stage
  readonly senders: Puppet[]
  readonly #addresses: Record<(typeof addresses)[number], Destination<unknown>>
  /** When each sender sent each of its items. */
  readonly sentMs: number[][] = Array.from({ length: senders }, () => [])

  constructor(stage: Stage, kinds: readonly Kind[], receiver: AnyPid, alias: Destination<unknown>) {
    this.stage = stage
    this.senders = kinds.map((each) => stage.add(each))
    const pid = receiver as Destination<unknown>
    this.#addresses = { pid, name: 'receiver', 'name and node': { name: 'receiver', node: stage.node.name }, alias }
  }

  /** Plays the program, and in the end all senders die, linked. */
  async run(program: readonly Step[]): Promise<void> {
    const { stage } = this
    await stage.settle()
    for (const { sender, way, then } of program) {
      stage.tell(this.senders[sender]!, this.#does(sender, way))
      if (then === 'rest') await stage.settle()
      if (then === 'wait') await stage.advance(1)
    }
    for (let sender = 0; sender < senders; sender++) {
      stage.tell(this.senders[sender]!, (self) => {
        self.link(self.whereis('receiver')!)
        self.exit(this.#next(sender))
      })
    }
    await stage.settle()
  }

  #does(sender: number, way: Step['way']): Act {
    return (self) => {
      const receiver = self.whereis('receiver')!
      if (way === 'link') self.link(receiver)
      else if (way === 'unlink') self.unlink(receiver)
      else if (way === 'monitor') self.monitor(receiver)
      else if (way === 'exit') self.sendExit(receiver, this.#next(sender))
      else if (way === 'request') void self.request(receiver, this.#next(sender), { timeoutMs: 100_000 })
      else self.send(this.#addresses[way], this.#next(sender))
    }
  }

  #next(sender: number): string {
    this.sentMs[sender]!.push(this.stage.runtime.nowMs())
    return `${sender}:${this.sentMs[sender]!.length - 1}`
  }
}

/** What a received message says of who sent it as what; a DOWN comes on top of the exit. */
function itemOf(message: unknown): Item {
  const said =
    message instanceof Request
      ? (message.payload as string)
      : typeof message === 'string'
        ? message
        : ((message as Exit | Down).reason as string)
  const [sender, n] = said.split(':').map(Number)
  return { sender: sender!, n: n! }
}

const isDown = (message: unknown): message is Down => (message as Down).type === 'down'

const kinds = fc.array(kind, { minLength: senders, maxLength: senders })
const asReceiver = { name: 'receiver', trapExits: true }

test('to every kind of body that takes what comes', async () => {
  const program = fc.record({ kinds, of: kind, steps: programOf(step, 60) })
  await eachProgram(program, 600, async ({ kinds: of, of: receives, steps }, runtime) => {
    const stage = new Stage(runtime)
    const receiver = stage.add(receives, (body) => stage.node.spawn(body, asReceiver))
    const alias = await stage.ask(receiver, (self) => self.alias() as Destination<unknown>)
    const play = new Play(stage, of, receiver.pid, alias!)
    for (const { pid } of play.senders) stage.tell(receiver, (self) => void self.monitor(pid))
    await play.run(steps)
    for (let sender = 0; sender < senders; sender++) {
      const heard = receiver.messages.filter((message) => itemOf(message).sender === sender)
      const items = heard.filter((message) => !isDown(message))
      expect(items.map((message) => itemOf(message).n)).toEqual(play.sentMs[sender]!.map((_, n) => n))
      // The DOWN and the exit by the link come last, in whichever order.
      expect(heard.length).toBe(items.length + 1)
      expect(heard.findIndex(isDown)).toBeGreaterThanOrEqual(heard.length - 2)
    }
  })
})

/** One receive of a picky process. */
interface Pick {
  readonly from: number | null
  readonly even: boolean
  readonly timeoutMs: number | null
}

const pick: fc.Arbitrary<Pick> = fc.record({
  from: fc.option(fc.nat({ max: senders - 1 }), { freq: 2 }),
  even: fc.boolean(),
  timeoutMs: fc.constantFrom(0, 1, 2, 5, null),
})

/** A process that receives as its picks say, again and again, and checks each receive against what was sent. */
class Picky {
  readonly runtime: VirtualRuntime
  readonly failures: unknown[] = []
  play: Play | null = null
  readonly #picks: readonly Pick[]
  readonly #taken = new Set<string>()
  #waiting: Pick | null = null

  constructor(runtime: VirtualRuntime, picks: readonly Pick[]) {
    this.runtime = runtime
    this.#picks = picks
  }

  readonly body = async (self: Self): Promise<void> => {
    await self.receive((message) => message === 'begin')
    for (const { pid } of this.play!.senders) self.monitor(pid)
    for (let n = 0; ; n++) {
      const wanted = (this.#waiting = this.#picks[n % this.#picks.length]!)
      const fromMs = this.runtime.nowMs()
      const got = await this.#pick(self, wanted)
      try {
        this.#check(wanted, got, fromMs)
      } catch (error) {
        this.failures.push(error)
      }
      // Those that never wait let the time go on.
      if (wanted.timeoutMs === 0 && got === null) await self.sleep(1)
    }
  }

  async #pick(self: Self, wanted: Pick): Promise<Item | null> {
    const guard = (message: unknown): boolean => !isDown(message) && suits(wanted, itemOf(message))
    const message = await (wanted.timeoutMs === null
      ? self.receive(guard)
      : self.receive(guard, { timeoutMs: wanted.timeoutMs }))
    if (message === timedOut) return null
    const item = itemOf(message)
    this.#taken.add(`${item.sender}:${item.n}`)
    return item
  }

  /** Nothing earlier of the same sender would have done; and a wait that was in vain lasted as long as it should, with nothing there to take. */
  #check(wanted: Pick, got: Item | null, fromMs: number): void {
    const nowMs = this.runtime.nowMs()
    if (got === null) expect(nowMs).toBe(fromMs + wanted.timeoutMs!)
    else expect(nowMs - fromMs).toBeLessThanOrEqual(wanted.timeoutMs ?? Infinity)
    for (const { sender, n, sentMs } of this.#left(wanted)) {
      if (got === null) expect(sentMs).toBe(nowMs)
      else if (sender === got.sender) expect(n).toBeGreaterThan(got.n)
    }
  }

  /** At the end it waits for what was never sent. */
  checkAtEnd(): void {
    if (this.failures.length > 0) throw this.failures[0]
    if (this.#waiting?.timeoutMs === null) expect(this.#left(this.#waiting)).toEqual([])
  }

  /** What was sent, and not taken, and would suit. */
  #left(wanted: Pick): (Item & { readonly sentMs: number })[] {
    return this.play!.sentMs.flatMap((times, sender) =>
      times
        .map((sentMs, n) => ({ sender, n, sentMs }))
        .filter((item) => !this.#taken.has(`${sender}:${item.n}`) && suits(wanted, item)),
    )
  }
}

const suits = ({ from, even }: Pick, { sender, n }: Item): boolean =>
  (from === null || sender === from) && (!even || n % 2 === 0)

test('to an async body that picks', async () => {
  const picks = fc.array(pick, { minLength: 1, maxLength: 10 })
  const program = fc.record({ kinds, picks, steps: programOf(step, 60) })
  await eachProgram(program, 600, async ({ kinds: of, picks: its, steps }, runtime) => {
    const stage = new Stage(runtime)
    const picky = new Picky(runtime, its)
    const receiver = stage.node.spawn<unknown>(picky.body, asReceiver)
    picky.play = new Play(stage, of, receiver, 'receiver')
    stage.node.send(receiver, 'begin')
    await picky.play.run(steps)
    await stage.advance(100)
    expect(stage.node.isAlive(receiver)).toBe(true)
    picky.checkAtEnd()
  })
})
