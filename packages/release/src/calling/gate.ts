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
import type { AnyProcess, Ref, ResponseMessage } from '@agner/core'
import { isAwaited } from './awaited.ts'
import {
  gateProtocol,
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
  /** What runs on this node under that name, now. Called for every call; must be quick. */
  readonly running: (application: string) => Running | null
  /** Calls that are passed on, not answered yet, and waited for; more are refused, and clients come again. Default 16,384. */
  readonly limit?: number
}

/**
 * Starts the gate of this node, on behalf of a process: it ends when that does. `startDistributedApplications` does so by itself; do it yourself where something
 * else says what runs.
 *
 * Rejects with a StartError: `start.already_started` where the node has one.
 */
export async function startGate(
  owner: Pick<AnyProcess, 'node' | 'pid'>,
  { running, limit = 16_384 }: GateOptions,
): Promise<void> {
  // Not linked: its exit reason tells clients what became of their calls, so it may not be another's.
  await startServer(owner.node, gate, { owner: owner.pid, running, limit }, { name: gateProtocol.module })
}

type Arg = Required<GateOptions> & { readonly owner: AnyProcess['pid'] }

const anyProtocol: Protocol<AnyApi> = protocol('@agner/release/any')

const gate: Server<GateApi, Arg, Gate> = defineServer(gateProtocol, {
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

class Gate {
  readonly #self: AnyProcess
  readonly #running: GateOptions['running']
  readonly #limit: number
  readonly #underWay: UnderWay
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
    const instance = this.#running(application)
    if (instance === null) return refused('not_here')
    if (!instance.isHeld()) return refused('not_held')
    if ((instance.token ?? 0) < atLeast) return refused('superseded')
    return { type: 'here', token: instance.token }
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

function refused(why: Refusal): Whereabouts {
  return { type: 'refused', why }
}
