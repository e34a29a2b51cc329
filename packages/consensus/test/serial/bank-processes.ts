/** The bank as three OS processes that can be killed, frozen and started again, and this process as the node of a client. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startClient } from '@agner/consensus'
import { createNode, type Node } from '@agner/core'
import { startDistribution, type Distribution } from '@agner/distribution'
import { freePort } from '@agner/testing'
import type { BankClient } from '../bank-cluster.ts'
import { bank } from '../bank.ts'

export const cookie = 'only for these tests'
const names = ['bank1@127.0.0.1', 'bank2@127.0.0.1', 'bank3@127.0.0.1'] as const
const program = fileURLToPath(new URL('bank-node.ts', import.meta.url))

export class BankProcesses {
  readonly node: Node
  readonly client: BankClient
  readonly names: readonly string[] = names
  readonly #distribution: Distribution
  readonly #folder: string
  readonly #hosts: Readonly<Record<string, string>>
  readonly #children: Map<string, ChildProcess> = new Map()

  private constructor(
    node: Node,
    client: BankClient,
    distribution: Distribution,
    hosts: Readonly<Record<string, string>>,
  ) {
    this.node = node
    this.client = client
    this.#distribution = distribution
    this.#hosts = hosts
    this.#folder = mkdtempSync(join(tmpdir(), 'agner-bank-'))
  }

  static async start(): Promise<BankProcesses> {
    const ports = await Promise.all(names.map(freePort))
    const hosts = Object.fromEntries(names.map((name, index) => [name, `127.0.0.1:${String(ports[index])}`]))
    const node = createNode({ name: 'bank-client@127.0.0.1', report: () => {} })
    const distribution = await startDistribution(node, { cookie, hosts, portMapper: false })
    const client = await startClient(node, bank, { nodes: names, limits: { attemptMs: 500 } })
    const all = new BankProcesses(node, client, distribution, hosts)
    await Promise.all(names.map((name) => all.run(name)))
    return all
  }

  /** Starts one, with what it has on disk; resolves when its member runs. */
  async run(name: string): Promise<void> {
    const [, port = ''] = this.#hosts[name]!.split(':')
    const args = ['--conditions=@agner/source', program, name, port, join(this.#folder, name)]
    const child = spawn(process.execPath, [...args, JSON.stringify(this.#hosts)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#children.set(name, child)
    await once(child.stdout, 'data')
  }

  async kill(name: string): Promise<void> {
    const child = this.#children.get(name)!
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  signal(name: string, signal: NodeJS.Signals): void {
    this.#children.get(name)!.kill(signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const [name, child] of this.#children)
      if (child.exitCode === null && child.signalCode === null) await this.kill(name)
    await this.client.stop()
    await this.#distribution.stop()
    await this.node.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
