/**
 * A machine for each node, as far as the network can tell: a network namespace with an address of its own, all plugged into one switch. What
 * one sends to another can be dropped, silently, as a broken network does it.
 *
 *     switch namespace          br0 ── p0 ── p1 ── p2 …
 *     node namespaces                  eth0  eth0  eth0      10.202.9.1, .2, .3 …
 *
 * Needs root, `ip` (iproute2) and `nft` (nftables). The names have this OS process's number in them; `close` removes everything.
 */
import { spawnSync } from 'node:child_process'

export interface NetworkOptions {
  readonly id: string
  readonly count: number
}

/** `out`: what it sends is dropped; `in`: what is sent to it. */
export type Way = 'both' | 'out' | 'in'

function run(program: string, ...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? stderr.trim()}`)
}

/** Why there can be none here; null when there can. */
export function whyNoNetwork(): string | null {
  if (process.platform !== 'linux') return 'network namespaces are of Linux'
  try {
    run('nft', '--version')
    new Network({ id: `agn${String(process.pid)}t`, count: 1 }).close()
    return null
  } catch (error) {
    return (error as Error).message
  }
}

export class Network {
  readonly #id: string
  readonly #count: number

  /** @throws what `whyNoNetwork` says; nothing is left behind then. */
  constructor({ id, count }: NetworkOptions) {
    this.#id = id
    this.#count = count
    try {
      run('ip', 'netns', 'add', id)
      run('ip', '-n', id, 'link', 'add', 'br0', 'type', 'bridge')
      run('ip', '-n', id, 'link', 'set', 'br0', 'up')
      for (let index = 0; index < count; index++) this.#plug(index)
    } catch (error) {
      this.close()
      throw error
    }
  }

  #plug(index: number): void {
    const inside = this.namespace(index)
    const plug = `p${String(index)}`
    run('ip', 'netns', 'add', inside)
    run('ip', 'link', 'add', 'eth0', 'netns', inside, 'type', 'veth', 'peer', 'name', plug, 'netns', this.#id)
    run('ip', '-n', this.#id, 'link', 'set', plug, 'master', 'br0', 'up')
    run('ip', '-n', inside, 'addr', 'add', `${this.address(index)}/24`, 'dev', 'eth0')
    for (const link of ['lo', 'eth0']) run('ip', '-n', inside, 'link', 'set', link, 'up')
    this.#nft(index, 'add', 'table', 'inet', 'cuts')
    this.#nft(index, 'add', 'chain', 'inet', 'cuts', 'out', '{ type filter hook output priority 0; }')
  }

  namespace(index: number): string {
    return `${this.#id}n${String(index)}`
  }

  address(index: number): string {
    return `10.202.9.${String(index + 1)}`
  }

  #nft(index: number, ...rule: readonly string[]): void {
    run('ip', 'netns', 'exec', this.namespace(index), 'nft', ...rule)
  }

  #drop(from: number, to: number): void {
    this.#nft(from, 'add', 'rule', 'inet', 'cuts', 'out', 'ip', 'daddr', this.address(to), 'drop')
  }

  /** From now on nothing gets from one of the two to the other. */
  cut(one: number, other: number, way: Way = 'both'): void {
    if (way !== 'in') this.#drop(one, other)
    if (way !== 'out') this.#drop(other, one)
  }

  heal(): void {
    for (let index = 0; index < this.#count; index++) this.#nft(index, 'flush', 'chain', 'inet', 'cuts', 'out')
  }

  close(): void {
    for (let index = 0; index < this.#count; index++) spawnSync('ip', ['netns', 'del', this.namespace(index)])
    spawnSync('ip', ['netns', 'del', this.#id])
  }
}
