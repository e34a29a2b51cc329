/**
 * Clusters of real operating-system processes on loopback, of Agner and of Erlang, flat or in groups, and what is asked of them.
 */
import { randomBytes } from 'node:crypto'
import { freePort } from '@agner/testing'
import type { NodeSettings } from './agner-node.ts'
import type { Built } from './build.ts'
import { Member } from './member.ts'

export interface Latencies {
  readonly registerUs: readonly number[]
  readonly unregisterUs: readonly number[]
}

export class Cluster {
  readonly #members: readonly Member[]

  private constructor(members: readonly Member[]) {
    this.#members = members
  }

  /**
   * Resolves when all that share names do so.
   *
   * @param group the size of a group; null: one name space for all.
   */
  static async ofAgner(size: number, group: number | null, { program }: Built): Promise<Cluster> {
    const names = Array.from({ length: size }, (_, i) => `n${i}@agner`)
    const ports = await Promise.all(names.map(freePort))
    const hosts = Object.fromEntries(names.map((name, i) => [name, `127.0.0.1:${ports[i]!}`]))
    const cookie = randomBytes(16).toString('hex')
    const groups = group === null ? null : groupsOf(names, group)
    return Cluster.#start(names, (name, i) => {
      const settings: NodeSettings = { name, port: ports[i]!, hosts, cookie, groups }
      return ['node', [program, JSON.stringify(settings)]]
    })
  }

  /** Each node at a loopback address of its own and all at one port, so that no epmd is needed. */
  static async ofErlang(size: number, group: number | null, { beams }: Built): Promise<Cluster> {
    const port = await freePort()
    const address = (i: number): string => `127.0.1.${i + 1}`
    const names = Array.from({ length: size }, (_, i) => `e${i}@${address(i)}`)
    const groups = groupsOf(names, group ?? size)
    const atom = (name: string): string => `'${name}'`
    const config = Object.entries(groups).map(([name, nodes]) => `{${name},[${nodes.map(atom).join(',')}]}`)
    return Cluster.#start(names, (name, i) => {
      const own = Object.values(groups).find((nodes) => nodes.includes(name))!
      const others = own.filter((other) => other !== name)
      const kernel = [
        ['inet_dist_use_interface', `{${address(i).replaceAll('.', ',')}}`],
        ['prevent_overlapping_partitions', 'false'],
        ...(group === null ? [] : [['global_groups', `[${config.join(',')}]`]]),
      ].flatMap(([key, value]) => ['-kernel', key!, value!])
      const network = ['-start_epmd', 'false', '-erl_epmd_port', String(port), '-setcookie', `names${port}`, ...kernel]
      const program = ['-pa', beams, '-eval', `names_node:main([${others.map(atom).join(',')}]).`]
      return ['erl', ['-noshell', '-name', name, '+S', '1:1', ...network, ...program]]
    })
  }

  static async #start(
    names: readonly string[],
    command: (name: string, index: number) => readonly [command: string, args: readonly string[]],
  ): Promise<Cluster> {
    const started: Member[] = []
    try {
      for (let from = 0; from < names.length; from += atOnce) {
        const some = names.slice(from, from + atOnce)
        const starts = await Promise.allSettled(some.map((name, i) => Member.start(name, ...command(name, from + i))))
        for (const start of starts) if (start.status === 'fulfilled') started.push(start.value)
        for (const start of starts) if (start.status === 'rejected') throw start.reason
      }
      const cluster = new Cluster(started)
      // One after the other, and then all once more: those that came first have not waited for those that came last.
      for (const member of started) await member.ask('together')
      const answers = await Promise.all(started.map((member) => member.ask('together')))
      if (!answers.every(({ together }) => together === true)) throw new Error('The nodes did not come together.')
      return cluster
    } catch (error) {
      await Promise.all(started.map((member) => member.stop()))
      throw error
    }
  }

  /** Of its last node, while the others rest. */
  async latencies(pairs: number): Promise<Latencies> {
    const { register, unregister } = await this.#members.at(-1)!.ask(`latency ${pairs}`)
    return { registerUs: register as number[], unregisterUs: unregister as number[] }
  }

  /** Names registered and unregistered in a second, by all nodes together, each one pair after the other. */
  async pairsPerSecond(seconds: number): Promise<number> {
    const answers = await Promise.all(this.#members.map((member) => member.ask(`contend ${seconds * 1000}`)))
    return answers.reduce((sum, { pairs }) => sum + (pairs as number), 0) / seconds
  }

  async stop(): Promise<void> {
    await Promise.all(this.#members.map((member) => member.stop()))
  }
}

/** How many processes are started at a time. */
const atOnce = 8

function groupsOf(names: readonly string[], size: number): Record<string, readonly string[]> {
  const groups: Record<string, readonly string[]> = {}
  for (let from = 0; from < names.length; from += size) groups[`g${from / size}`] = names.slice(from, from + size)
  return groups
}
