/**
 * The connection to the node that is looked at: made by a hidden node of its own, and made again when it is lost.
 *
 *     looking ── port mapper ──► connecting ── handshake ──► up ── the inspector ends, noconnection ──► lost ─┐
 *        ▲                                                                                                  │
 *        └────────────────────────────── a second later ────────────────────────────────────────────────────┘
 *
 * The node that is looked at may be gone at any moment: what was asked then fails, and the state says why.
 */
import { call, type Address, type CallName, type InspectorApi } from '@agner/behaviours'
import { AgnerError, createNode, realRuntime, type AnyPid, type Node, type Process } from '@agner/core'
import { startDistribution, type Distribution, type ListedNode, type Network } from '@agner/distribution'
import { chooseNode } from '../settings/choose-node.ts'
import type { Cookie, MapperAddress } from '../settings/cluster.ts'
import { cliError } from '../settings/errors.ts'
import { isAnswer } from './answer-shape.ts'
import { inspectorOf, isEndOf, isOwn, messageOf, type Ended, type Watched } from './inspector-of.ts'
import { knownNodes } from './known-nodes.ts'

const redialMs = 1000
export const questionTimeoutMs = 5000

export interface SessionOptions {
  /** As it was typed. */
  readonly wanted: string | null
  readonly cookie: Cookie
  readonly portMapper: MapperAddress
  readonly network: Network
}

export type SessionState =
  | { readonly kind: 'up'; readonly node: string }
  /** `why` is one line. */
  | { readonly kind: 'lost'; readonly node: string; readonly why: string }

type Questions = InspectorApi['calls']
type Question = CallName<InspectorApi>
type Answer<Name extends Question> = Awaited<ReturnType<Questions[Name]>>

/** Where the node was found, and its inspector. */
interface Target {
  readonly found: ListedNode
  readonly watched: Watched
}

export class Session {
  readonly #options: SessionOptions
  readonly #node: Node
  readonly #changed: (state: SessionState) => void
  #distribution: Distribution | null = null
  #keeper: AnyPid | null = null
  #target: Target | null = null
  #closing = false

  private constructor(options: SessionOptions, changed: (state: SessionState) => void) {
    this.#options = options
    this.#changed = changed
    const suffix = [...realRuntime.randomBytes(5)].map((byte) => byte.toString(36)).join('')
    this.#node = createNode({ name: `agner-top-${suffix}@127.0.0.1`, report: () => {} })
  }

  /**
   * Resolves when the node can be asked. `changed` is told whenever it is lost, and found again.
   *
   * Rejects with `cli.no_mapper`, `cli.mapper_hangs`, `cli.bad_mapper`, `cli.no_node`, `cli.which_node`, `cli.wrong_cookie`,
   * `cli.cannot_connect`, `cli.not_inspectable`.
   */
  static async open(options: SessionOptions, changed: (state: SessionState) => void = () => {}): Promise<Session> {
    const session = new Session(options, changed)
    try {
      await session.#start()
    } catch (error) {
      await session.close()
      throw error
    }
    return session
  }

  /** The node's name. */
  get target(): string {
    return this.#target?.found.name ?? ''
  }

  /** Whether the inspector was started for this session, and has seen nothing of what was before. */
  get hasOwnInspector(): boolean {
    return this.#target !== null && isOwn(this.#target.watched)
  }

  /** Asks the inspector. Rejects with `call.*` errors, when the node is gone or hangs; `cli.other_version`. */
  async ask<Name extends Question>(name: Name, arg: Parameters<Questions[Name]>[0]): Promise<Answer<Name>> {
    const { at } = this.#target!.watched
    const answer = await (call as AnyCall)(this.#node, at, name, arg, { timeoutMs: questionTimeoutMs })
    if (!isAnswer(name, answer)) throw cliError('cli.other_version', { node: this.target, question: name })
    return answer as Answer<Name>
  }

  async close(): Promise<void> {
    this.#closing = true
    // First: as soon as the connection is closed it would make another.
    if (this.#keeper !== null) this.#node.sendExit(this.#keeper, 'kill')
    await this.#distribution?.stop()
    await this.#node.stop({ timeoutMs: 500 })
  }

  async #start(): Promise<void> {
    const first = Promise.withResolvers<void>()
    this.#keeper = this.#node.spawn<Ended>(
      async (self: Process<Ended>) => {
        await self.wait(this.#connect(self).then(first.resolve, first.reject))
        while (!this.#closing) await this.#keep(self)
      },
      { trapExits: true },
    )
    await first.promise
  }

  /** Waits until the connection is lost, then makes it again. */
  async #keep(self: Process<Ended>): Promise<void> {
    const ended = await self.receive()
    if (this.#target === null || !isEndOf(this.#target.watched, ended)) return
    const node = this.target
    const why = ended.reason === 'noconnection' ? 'the connection to it was lost' : 'its inspector ended'
    this.#tell({ kind: 'lost', node, why })
    while (!this.#closing) {
      await self.sleep(redialMs)
      try {
        await self.wait(this.#connect(self))
        return this.#tell({ kind: 'up', node })
      } catch (error) {
        const gone = error instanceof AgnerError && ['cli.no_node', 'cli.no_mapper'].includes(error.code)
        this.#tell({ kind: 'lost', node, why: gone ? 'it is not running' : messageOf(error) })
      }
    }
  }

  #tell(state: SessionState): void {
    if (!this.#closing) this.#changed(state)
  }

  /** Whatever it waits for, the view may be closed meanwhile: nothing is begun then that nobody would end. */
  async #connect(self: Process<Ended>): Promise<void> {
    const { cookie, network } = this.#options
    const found = await this.#find()
    this.#stillOpen()
    const { name, host, port } = found
    await this.#distribution?.stop()
    this.#stillOpen()
    const distribution = await startDistribution(this.#node, {
      cookie: cookie.secret,
      hidden: true,
      network,
      listen: false,
      portMapper: false,
      hosts: { [name]: `${host.includes(':') ? `[${host}]` : host}:${port}` },
      tickMs: 2000,
    })
    this.#distribution = distribution
    if (this.#closing) await distribution.stop()
    this.#stillOpen()
    const result = await distribution.tryConnect(name)
    if (!result.connected)
      throw result.why === 'wrong_cookie'
        ? cliError('cli.wrong_cookie', { node: name, from: cookie.from })
        : cliError('cli.cannot_connect', { node: name, reason: result.text })
    this.#stillOpen()
    this.#target = { found, watched: await inspectorOf(self, name) }
  }

  /** Once chosen it stays the same, and where it was while nobody can say where it is. */
  async #find(): Promise<ListedNode> {
    const { portMapper, network, wanted } = this.#options
    const before = this.#target?.found ?? null
    try {
      const nodes = await knownNodes(portMapper, network)
      const name = chooseNode(
        before?.name ?? wanted,
        nodes.map((each) => each.name),
      )
      return nodes.find((each) => each.name === name)!
    } catch (error) {
      const isDumb = error instanceof AgnerError && ['cli.mapper_hangs', 'cli.bad_mapper'].includes(error.code)
      if (isDumb && before !== null) return before
      throw error
    }
  }

  #stillOpen(): void {
    if (this.#closing) throw cliError('cli.cannot_connect', { node: this.target, reason: 'the view is closed' })
  }
}

/** A call whose name is a type parameter: the compiler cannot know which arguments it takes. */
type AnyCall = (
  from: Node,
  to: Address<InspectorApi>,
  name: Question,
  arg: unknown,
  options: object,
) => Promise<unknown>
