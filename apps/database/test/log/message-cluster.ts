/**
 * The nodes of the messages in virtual time: db1 and db2 with copies, log as the witness, http with clients. A crash loses what was not synced.
 */
import { ensureAllStarted, logger } from '@agner/behaviours'
import { MemoryStorage, type RaftSettings } from '@agner/consensus'
import { leaderArbiter, startApplicationClient, type ApplicationClient } from '@agner/release'
import { simulateCluster, type SimulatedCluster, type SimulatedNode, type VirtualRuntime } from '@agner/testing'
import { database } from '../../src/database.api.ts'
import { defineMessageLog } from '../../src/log/application.ts'
import { foundersOf } from '../../src/log/messages.group.ts'
import { MessagePart } from '../../src/log/part.ts'
import { defineDatabase } from '../../src/log/server.ts'
import { databaseService } from '../../src/service.ts'
import { MemoryDisk } from '../memory-table.ts'

const voters = ['db1@cluster', 'db2@cluster']
const founders = foundersOf(voters, 'log@cluster')

export interface MessageClusterOptions {
  readonly runtime: VirtualRuntime
  /** Keys and rooms that the log remembers. */
  readonly windowSize?: number
  /** A planted bug: the logs say that something is on disk long before it is. */
  readonly logsLie?: boolean
  readonly settings?: Partial<RaftSettings>
  readonly limits?: { readonly snapshotEntries?: number; readonly heldEntries?: number }
}

/** A log that takes a while to sync, and loses what was not. */
class SlowLog extends MemoryStorage {
  readonly #runtime: VirtualRuntime
  readonly #lies: boolean
  #life = 0

  constructor(runtime: VirtualRuntime, lies: boolean) {
    super()
    this.#runtime = runtime
    this.#lies = lies
  }

  override write(write: Parameters<MemoryStorage['write']>[0]): Promise<void> {
    return this.#soon(super.write(write))
  }

  override save(snapshot: Parameters<MemoryStorage['save']>[0]): Promise<void> {
    return this.#soon(super.save(snapshot))
  }

  override crash(): void {
    this.#life++
    super.crash()
  }

  #soon(done: Promise<void>): Promise<void> {
    const life = this.#life
    this.#runtime.setTimer(this.#lies ? 20_000 : 4, () => {
      if (life === this.#life) this.sync(1)
    })
    return this.#lies ? Promise.resolve() : done
  }
}

export class MessageCluster {
  readonly runtime: VirtualRuntime
  readonly parts: Map<string, MessagePart> = new Map()
  readonly copies: Map<string, MemoryDisk> = new Map(['db1', 'db2'].map((name) => [name, new MemoryDisk()]))
  readonly logs: Map<string, MemoryStorage> = new Map()
  readonly #options: MessageClusterOptions
  #cluster: SimulatedCluster | null = null
  #client: ApplicationClient | null = null

  private constructor(options: MessageClusterOptions) {
    this.#options = options
    this.runtime = options.runtime
    for (const name of ['db1', 'db2', 'log'])
      this.logs.set(name, new SlowLog(options.runtime, options.logsLie === true))
  }

  static async start(options: MessageClusterOptions): Promise<MessageCluster> {
    const all = new MessageCluster(options)
    // As in the chat, what waits for the answer of another node does not hold up the start.
    all.#cluster = await simulateCluster({
      runtime: options.runtime,
      nodes: [],
      later: ['db1', 'db2', 'log', 'http'],
      trace: false,
    })
    for (const name of ['db1', 'db2', 'log', 'http']) await all.up(name)
    return all
  }

  get cluster(): SimulatedCluster {
    return this.#cluster!
  }

  get client(): ApplicationClient {
    return this.#client!
  }

  part(name: string): MessagePart {
    return this.parts.get(name)!
  }

  /** What the nodes that are up lead. */
  get leader(): string | null {
    const leads = this.cluster.up.filter(({ name }) => this.parts.get(name)?.serves() === 'readsAndWrites')
    return leads[0]?.name ?? null
  }

  async up(name: string): Promise<void> {
    const life = await this.cluster.start(name)
    if (name === 'http') {
      const started = startApplicationClient(life.node, { application: 'database', nodes: voters })
      this.#client = await this.cluster.until(started)
    } else await this.#begin(life)
  }

  crash(name: string, how: 'reset' | 'silence' = 'reset'): void {
    this.cluster.crash(name, how)
    this.logs.get(name)?.crash()
    this.copies.get(name)?.crash()
  }

  async #begin({ name, node, distribution }: SimulatedNode): Promise<void> {
    const { runtime, windowSize, limits, settings } = this.#options
    const storage = this.logs.get(name)!
    storage.hold()
    const part = new MessagePart({ node, connected: () => distribution.nodes() })
    this.parts.set(name, part)
    const disk = this.copies.get(name)
    const log = defineMessageLog(() => ({
      part,
      founders,
      node: node.name,
      openStorage: () => storage,
      openTable: disk === undefined ? null : () => disk.open(runtime),
      ...(windowSize === undefined ? {} : { windowSize }),
      ...(limits === undefined ? {} : { limits }),
      ...(settings === undefined ? {} : { settings }),
    }))
    await this.cluster.until(ensureAllStarted(node, log, { type: 'permanent' }))
    if (disk === undefined) return
    const Database = defineDatabase(
      founders.map(({ id }) => id),
      windowSize,
    )
    const arbiter = leaderArbiter({
      name: 'the log of messages',
      member: () => part.memberIfAny,
      client: part.transfers,
      isReady: () => part.isReady,
    })
    const server = Database.child({ id: 'database', name: database.module })
    const keeping = { place: 'here', application: log, arbiter, server: () => server }
    // Waited for by nobody: as in the chat, a node that waits for the others holds up no other node.
    void databaseService({ node, distribution, log: logger(node) }, keeping, voters).begin!()
  }
}
