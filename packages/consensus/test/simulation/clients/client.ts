/** A client: it keeps a session, remembers who leads, and has some hands that each do one operation after the other. */
import type { Refusal } from '../../../src/raft/interface.ts'
import type { Dice } from '../world/dice.ts'
import type { Host } from '../world/host.ts'
import type { Answer, Reply } from '../world/waiting.ts'
import type { World } from '../world/world.ts'
import { Hand } from './hand.ts'
import { Session } from './session.ts'

export interface ClientPlan {
  readonly hasSession: boolean
  readonly hands: number
  /** The longest pause between two operations of a hand. */
  readonly thinkMs: number
  /** How long it waits for one member. */
  readonly patienceMs: number
}

export class Client {
  readonly id: string
  readonly world: World
  readonly hands: readonly Hand[]
  readonly thinkMs: number
  readonly patienceMs: number
  readonly #dice: Dice
  readonly #hasSession: boolean
  #session = new Session()
  #isOpening = false
  #whenOpen: ((session: Session | null) => void)[] = []
  #leader: string | null = null
  /** The last number that it saw: what a comparison expects. */
  lastSeen = 0

  constructor(world: World, id: string, dice: Dice, plan: ClientPlan) {
    this.id = id
    this.world = world
    this.#dice = dice
    this.#hasSession = plan.hasSession
    this.thinkMs = plan.thinkMs
    this.patienceMs = plan.patienceMs
    this.hands = Array.from({ length: plan.hands }, () => new Hand(this, dice))
  }

  /** Calls back once there is a session, or at once with null if none is needed. */
  whenReady(isRead: boolean, then: (session: Session | null) => void): void {
    if (isRead || !this.#hasSession) return then(null)
    if (this.#session.id !== null) {
      if (this.#session.hasRoom(this.world.sessionLimits.results)) return then(this.#session)
      return this.world.agenda.after(5, () => this.whenReady(isRead, then))
    }
    this.#whenOpen.push(then)
    if (this.#isOpening) return
    this.#isOpening = true
    this.#open()
  }

  loseSession(session: Session): void {
    if (session === this.#session) this.#session = new Session()
  }

  /** Sends a request to whoever might lead, and its answer back. */
  ask(isOnce: boolean, request: (host: Host, reply: Reply) => void, answered: (answer: Answer) => void): void {
    const { network, hosts } = this.world
    const ids = [...hosts.keys()]
    const to = this.#leader !== null && !this.#dice.chance(0.1) ? this.#leader : this.#dice.one(ids)
    network.send(
      this.id,
      to,
      () => {
        const host = hosts.get(to)
        if (host === undefined) return
        request(host, (answer) => network.send(to, this.id, () => answered(answer)))
      },
      isOnce,
    )
  }

  learn(refusal: Refusal): void {
    if (refusal.why === 'not_leader') this.#leader = refusal.leader
  }

  forgetLeader(): void {
    this.#leader = null
  }

  /** A session that is opened twice is one that nobody uses. */
  #open(): void {
    let isOver = false
    const again = (): void => {
      if (isOver) return
      isOver = true
      this.world.agenda.after(this.#dice.between(1, 30), () => this.#open())
    }
    this.ask(
      false,
      (host, reply) => host.submit({ own: 'open', owner: this.id, limits: this.world.sessionLimits }, null, reply),
      (answer) => {
        if (answer.type === 'refused') this.learn(answer.refusal)
        if (answer.type !== 'done') return again()
        if (isOver || this.#session.id !== null) return
        isOver = true
        this.#opened(answer.value as string)
      },
    )
    this.world.agenda.after(this.patienceMs, () => {
      if (!isOver) this.forgetLeader()
      again()
    })
  }

  #opened(id: string): void {
    this.#session.opened(id)
    this.#isOpening = false
    const waiting = this.#whenOpen
    this.#whenOpen = []
    for (const then of waiting) this.whenReady(false, then)
  }
}
