/** Three members in OS processes of their own, which can be killed, frozen and started again, and this process as the node of their client. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { startClient, type GroupClient } from '@agner/consensus'
import { createNode, type Node } from '@agner/core'
import { startDistribution, type Distribution } from '@agner/distribution'
import { freePort } from '@agner/testing'
import { counting, type Add } from './group.ts'
import type { MemberSettings } from './member.ts'

const program = fileURLToPath(new URL('./member.ts', import.meta.url))
const names = ['raft1@127.0.0.1', 'raft2@127.0.0.1', 'raft3@127.0.0.1']
const cookie = 'only for the time of the experiment'

interface Told {
  readonly event: string
  readonly role?: string
  readonly atMs: number
}

type Hear = (told: Told) => void

export class Trio {
  readonly node: Node
  readonly client: GroupClient<Add, number, null, number>
  readonly #distribution: Distribution
  readonly #settings: ReadonlyMap<string, MemberSettings>
  readonly #children: Map<string, ChildProcess> = new Map()
  readonly #hearing: Set<Hear> = new Set()

  private constructor(
    node: Node,
    distribution: Distribution,
    client: Trio['client'],
    settings: ReadonlyMap<string, MemberSettings>,
  ) {
    this.node = node
    this.#distribution = distribution
    this.client = client
    this.#settings = settings
  }

  static async start(folder: string): Promise<Trio> {
    const ports = await Promise.all(names.map(freePort))
    const hosts = Object.fromEntries(names.map((name, i) => [name, `127.0.0.1:${ports[i]}`]))
    const settings = names.map((name, i): [string, MemberSettings] => {
      const own = join(folder, String(i + 1))
      mkdirSync(own)
      return [name, { name, port: ports[i]!, cookie, folder: own, hosts, members: names }]
    })
    const node = createNode({ name: 'client@127.0.0.1' })
    const distribution = await startDistribution(node, { cookie, hosts, portMapper: false })
    const client = await startClient(node, counting, { nodes: names, timeoutMs: 60_000 })
    const trio = new Trio(node, distribution, client, new Map(settings))
    await Promise.all(names.map((name) => trio.restart(name)))
    await client.read(node, null)
    return trio
  }

  get folders(): readonly string[] {
    return [...this.#settings.values()].map(({ folder }) => folder)
  }

  async leader(): Promise<string> {
    for (;;) {
      const { leader, fromLeader } = await this.client.status(this.node)
      if (fromLeader && leader !== null) return leader
    }
  }

  /** Each member is there, and has all that the leader has. */
  async untilLevel(): Promise<void> {
    for (;;) {
      const { fromLeader, followers } = await this.client.status(this.node)
      if (fromLeader && followers.length === names.length - 1 && followers.every(({ lag }) => lag === 0)) return
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  signal(name: string, signal: NodeJS.Signals): void {
    this.#children.get(name)!.kill(signal)
  }

  /** Starts it with what it has on disk, once its last life has ended. */
  async restart(name: string): Promise<void> {
    const before = this.#children.get(name)
    if (before !== undefined && before.exitCode === null && before.signalCode === null) {
      await new Promise((resolve) => before.once('exit', resolve))
    }
    const args = ['--conditions=@agner/source', program, JSON.stringify(this.#settings.get(name))]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#children.set(name, child)
    const lines = createInterface({ input: child.stdout })
    await new Promise<void>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`${name} ended with ${code} before it was ready`)))
      lines.on('line', (line) => {
        const told = JSON.parse(line) as Told
        if (told.event === 'ready') resolve()
        for (const hear of this.#hearing) hear(told)
      })
    })
  }

  /** When a member says next that it leads. */
  nextLeader(): Promise<number> {
    return new Promise((resolve) => {
      const hear: Hear = ({ event, role, atMs }) => {
        if (event !== 'role' || role !== 'leader') return
        this.#hearing.delete(hear)
        resolve(atMs)
      }
      this.#hearing.add(hear)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children.values()) {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      if (child.exitCode !== null || child.signalCode !== null || !child.kill('SIGKILL')) continue
      await ended
    }
    await this.client.stop().catch(() => undefined)
    await this.#distribution.stop()
    await this.node.stop()
  }
}
