/**
 * The gate of a node: whoever calls an application by its name, calls through it.
 *
 *     client ── pass ──► gate: runs here? claim held? nobody later seen? ──► the process of that name ──► answer, through the gate
 *                          └── refused: nobody was asked, so the client may look elsewhere
 *
 * It asks at the moment of passing on, so an instance that has lost its claim, or is being stopped, gets nothing new. What it was handed before may still be in its
 * mailbox: what it writes then is refused by its token.
 */
import {
  answer,
  cast,
  defineServer,
  noreply,
  protocol,
  reply,
  startServer,
  stop,
  type From,
  type Protocol,
  type Server,
} from '@agner/behaviours'
import { describeReason, type AnyProcess, type ExitReason, type Ref, type ResponseMessage } from '@agner/core'
import { messageOf } from '@agner/core/kernel'
import { reportError } from '../applications/report-error.ts'
import { badOption } from '../errors.ts'
import { absorb, toYesOrNo } from '../yes-or-no.ts'
import { isAwaited } from './awaited.ts'
import {
  gateProtocol,
  isToken,
  type GateAnswer,
  type GateApi,
  type Passage,
  type Refusal,
  type Whereabouts,
} from './gate.api.ts'
import { UnderWay, type AnyApi } from './under-way.ts'

/** An application that runs on this node. */
export interface Running {
  /** Of its claim, a safe integer from 0 up; null where none is needed. */
  readonly token: number | null
  /** Whether it may act now as the one that runs. */
  isHeld(): boolean
}

export interface GateOptions {
  /** What runs on this node under that name, now. Called for every call; must be quick. Where it, or `isHeld`, throws, the call is refused as not held, and that is reported. */
  readonly running: (application: string) => Running | null
  /** Calls that are passed on, not answered yet, and waited for; more are refused, and clients come again. Default 16,384. */
  readonly limit?: number
}

/**
 * Starts the gate of this node, on behalf of a process: it ends when that does. `startDistributedApplications` does so by itself; do it yourself where something
 * else says what runs.
 *
 * Rejects with `release.bad_option`, and with a StartError: `start.already_started` where the node has one.
 */
export async function startGate(
  owner: Pick<AnyProcess, 'node' | 'pid'>,
  { running, limit = 16_384 }: GateOptions,
): Promise<void> {
  if (typeof running !== 'function') throw badOption('running', 'a function that says what runs under a name')
  if (!(Number.isSafeInteger(limit) && limit > 0)) throw badOption('limit', 'a whole number from 1 up')
  // Not linked: its exit reason tells clients what became of their calls, so it may not be another's.
  await startServer(owner.node, gate, { owner: owner.pid, running, limit }, { name: gateProtocol.module })
}

type Arg = Required<GateOptions> & { readonly owner: AnyProcess['pid'] }

const anyProtocol: Protocol<AnyApi> = protocol('@agner/release/any')

const gate: Server<GateApi, Arg, Gate> = defineServer(gateProtocol, {
  unknown: 'refuse',
  init: ({ owner, running, limit }: Arg, { self }): Gate => {
    self.monitor(owner, { tag: 'gateOwnerDown' })
    return new Gate(self, running, limit)
  },
  formatStatus: ({ state }) => ({ state: state.counts() }),
  calls: {
    where: (state, question) => reply(state.where(question), state),
    pass: (state, passage, { from }) => {
      state.pass(passage, from)
      return noreply(state)
    },
  },
  info: {
    response: (state, response) => {
      state.heard(response)
      return noreply(state)
    },
    timeout: (state, { ref }) => {
      state.due(ref)
      return noreply(state)
    },
    gateOwnerDown: () => stop('shutdown'),
  },
})

/** Names come from clients. */
const mostFailing = 1024

class Gate {
  readonly #self: AnyProcess
  readonly #running: GateOptions['running']
  readonly #limit: number
  readonly #underWay: UnderWay
  /** Applications of which it could not be found out when they were asked for last. */
  readonly #failing = new Set<string>()
  #passed = 0
  #refused = 0

  constructor(self: AnyProcess, running: GateOptions['running'], limit: number) {
    this.#self = self
    this.#running = running
    this.#limit = limit
    this.#underWay = new UnderWay(self, limit)
  }

  counts(): Readonly<Record<string, unknown>> {
    const { size: underWay, forgotten } = this.#underWay
    return { passed: this.#passed, refused: this.#refused, forgotten, underWay, limit: this.#limit }
  }

  where({ application, atLeast }: Pick<Passage, 'application' | 'atLeast'>): Whereabouts {
    const instance = this.#find(application)
    if (instance === null) return refused('not_here')
    if (!instance.isHeld) return refused('not_held')
    if ((instance.token ?? 0) < atLeast) return refused('superseded')
    return { type: 'here', token: instance.token }
  }

  /** Code of others says it. What cannot be found out is not held: it must not end the gate, by which all applications of the node are called. */
  #find(application: string): { readonly token: number | null; readonly isHeld: boolean } | null {
    let instance: unknown = null
    try {
      instance = this.#running(application)
      const found = instance === null ? null : read(instance as Running)
      if (this.#failing.size > 0) this.#failing.delete(application)
      return found
    } catch (error) {
      absorb(instance)
      this.#failed(application, error)
      return { token: null, isHeld: false }
    }
  }

  /** Reported once, and again after it has worked in between. */
  #failed(application: string, cause: unknown): void {
    if (this.#failing.has(application) || this.#failing.size >= mostFailing) return
    this.#failing.add(application)
    const { node } = this.#self
    const why = describeReason(cause as ExitReason)
    reportError(node, 'release.gate_failed', { node: node.name, application, why }, cause)
  }

  pass(passage: Passage, from: From<GateAnswer>): void {
    // It was given up before its turn came: it is not done late, when its client may have it done elsewhere.
    if (!isAwaited(from)) return void this.#refused++
    const where = this.where(passage)
    const pid = this.#self.whereis(passage.process)
    if (where.type === 'refused') return this.#refuse(from, where.why)
    // It is looked up here, and not by the request: a process that ends with `noproc` must not look like one that was never asked.
    if (pid === undefined) return this.#refuse(from, 'no_process')
    if (!this.#underWay.hasPlace()) return this.#refuse(from, 'busy')
    this.#passed++
    const { type, name, arg, leftMs } = passage
    const to = anyProtocol.at(pid)
    if (type === 'call') return this.#underWay.passOn(to, name, arg, from, leftMs)
    cast(this.#self, to, name as 'any', arg)
    answer(from, { type: 'done', value: undefined })
  }

  due(ref: Ref): void {
    this.#underWay.due(ref)
  }

  heard({ ref, outcome }: ResponseMessage): void {
    const from = this.#underWay.take(ref)
    if (from === undefined) return
    if (outcome.type === 'reply') return answer(from, { type: 'done', value: outcome.value })
    const { code, message, details } = outcome.error
    // Its schema let it not in. All else may have come after the process began with it.
    if (code === 'call.bad_argument') answer(from, { type: 'failed', code, message, details })
    else answer(from, { type: 'lost', last: message })
  }

  #refuse(from: From<GateAnswer>, why: Refusal): void {
    this.#refused++
    answer(from, { type: 'refused', why })
  }
}

function read(running: Running): { readonly token: number | null; readonly isHeld: boolean } {
  const token = running.token ?? null
  if (token !== null && !isToken(token))
    throw new TypeError(`its token is ${messageOf(token)} (${typeof token}), and no whole number`)
  return { token, isHeld: toYesOrNo(running.isHeld()) }
}

function refused(why: Refusal): Whereabouts {
  return { type: 'refused', why }
}
