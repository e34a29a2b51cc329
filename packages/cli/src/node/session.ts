/**
 * The connection to the node that is looked at: made by a hidden node of its own, and made again when it is lost.
 *
 *     looking ── port mapper ──► connecting ── handshake ──► up ── the inspector ends, noconnection ──► lost ─┐
 *        ▲                                                                                                  │
 *        └────────────────────────────── a second later ────────────────────────────────────────────────────┘
 *
 * The node that is looked at may be gone at any moment: what was asked then fails, and the state says why.
 */
import { call, Inspector, inspector, type Address, type CallName, type InspectorApi } from '@agner/behaviours'
import { AgnerError, createNode, realRuntime, type Exit, type Node, type Notice, type Process } from '@agner/core'
import { listNodes, startDistribution, type Distribution, type ListedNode, type Network } from '@agner/distribution'
import { chooseNode } from '../settings/choose-node.ts'
import type { Cookie, MapperAddress } from '../settings/cluster.ts'
import { cliError } from '../settings/errors.ts'

const redialMs = 1000
const questionTimeoutMs = 5000

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

/** The nodes that the port mapper knows. @throws `cli.no_mapper` */
export async function knownNodes(portMapper: MapperAddress, network: Network): Promise<ListedNode[]> {
  try {
    return await listNodes({ ...portMapper, network })
  } catch (error) {
    const reason = error instanceof AgnerError ? String(error.details['reason']) : String(error)
    throw cliError('cli.no_mapper', { at: `${portMapper.host}:${portMapper.port}`, reason })
  }
}

export class Session {
  readonly #options: SessionOptions
  readonly #node: Node
  readonly #changed: (state: SessionState) => void
  #distribution: Distribution | null = null
  /** What went wrong on the way, for the one who waits: the first that was told of an attempt. */
  #trouble: Notice | null = null
  #target: { readonly name: string; readonly at: Address<InspectorApi> } | null = null
  #closing = false

  private constructor(options: SessionOptions, changed: (state: SessionState) => void) {
    this.#options = options
    this.#changed = changed
    const suffix = [...realRuntime.randomBytes(5)].map((byte) => byte.toString(36)).join('')
    this.#node = createNode({
      name: `agner-top-${suffix}@127.0.0.1`,
      report: (report) => {
        if (report.type === 'notice') this.#heard(report)
      },
    })
  }

  /**
   * Resolves when the node can be asked. `changed` is told whenever it is lost, and found again.
   *
   * Rejects with `cli.no_mapper`, `cli.no_node`, `cli.which_node`, `cli.cannot_connect`, `cli.not_inspectable`.
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
    return this.#target?.name ?? ''
  }

  /** Asks the inspector. Rejects with `call.*` errors: the node may be gone, or hang. */
  ask<Name extends Question>(name: Name, arg: Parameters<Questions[Name]>[0]): Promise<Answer<Name>> {
    const { at } = this.#target!
    return (call as AnyCall)(this.#node, at, name, arg, { timeoutMs: questionTimeoutMs }) as Promise<Answer<Name>>
  }

  async close(): Promise<void> {
    this.#closing = true
    await this.#distribution?.stop()
    await this.#node.stop({ timeoutMs: 500 })
  }

  async #start(): Promise<void> {
    const first = Promise.withResolvers<void>()
    this.#node.spawn<Exit>(
      async (self: Process<Exit>) => {
        await this.#connect(self).then(first.resolve, first.reject)
        for (;;) await this.#keep(self)
      },
      { trapExits: true },
    )
    await first.promise
  }

  /** Waits until the connection is lost, then makes it again. */
  async #keep(self: Process<Exit>): Promise<void> {
    const { from, reason } = await self.receive()
    // The node stops: the view is closed.
    if (from === null) self.exit(reason)
    const node = this.target
    const why = reason === 'noconnection' ? 'the connection to it was lost' : 'its inspector ended'
    this.#tell({ kind: 'lost', node, why })
    for (;;) {
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

  async #connect(self: Process<Exit>): Promise<void> {
    const { portMapper, wanted, cookie, network } = this.#options
    const nodes = await knownNodes(portMapper, network)
    // Once chosen it stays the same, though others may have come whose names begin alike.
    const name = chooseNode(
      this.#target?.name ?? wanted,
      nodes.map((each) => each.name),
    )
    const { host, port } = nodes.find((each) => each.name === name)!
    await this.#distribution?.stop()
    this.#trouble = null
    this.#distribution = await startDistribution(this.#node, {
      cookie: cookie.secret,
      hidden: true,
      network,
      listen: false,
      portMapper: false,
      hosts: { [name]: `${host.includes(':') ? `[${host}]` : host}:${port}` },
      tickMs: 2000,
    })
    if (!(await this.#distribution.connect(name))) throw this.#refused(name)
    this.#target = { name, at: await this.#inspectorOf(self, name) }
  }

  /** One of our own, which ends with the connection; or the one that stands there under its name. */
  async #inspectorOf(self: Process<Exit>, name: string): Promise<Address<InspectorApi>> {
    try {
      const { pid } = await self.spawnAt(name, Inspector.module, 'start', undefined, { link: true })
      return inspector.at(pid)
    } catch (error) {
      if (!(error instanceof AgnerError) || error.code !== 'module.unknown')
        throw cliError('cli.cannot_connect', { node: name, reason: messageOf(error) })
    }
    const standing = inspector.at({ name: inspector.module, node: name })
    try {
      await call(this.#node, standing, 'overview')
    } catch {
      throw cliError('cli.not_inspectable', { node: name })
    }
    return standing
  }

  #refused(node: string): AgnerError {
    const { text = 'it does not answer', details } = this.#trouble ?? {}
    if (details?.['code'] === 'distribution.wrong_cookie')
      return cliError('cli.wrong_cookie', { node, from: this.#options.cookie.from })
    return cliError('cli.cannot_connect', { node, reason: text })
  }

  #heard(notice: Notice): void {
    if (notice.source === 'distribution') this.#trouble ??= notice
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
