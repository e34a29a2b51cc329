/**
 * Machines, as far as the network can tell: network namespaces on one switch, of which any two can be kept from hearing each other, one way or both.
 *
 * Needs root, and `ip` (iproute2) and `nft` (nftables). The names have this process's number in them; `close` removes everything.
 */
import { spawnSync } from 'node:child_process'

/** Why there can be none here; null when there can. */
export function whyNoNetwork(): string | null {
  if (process.platform !== 'linux') return 'network namespaces are of Linux'
  try {
    run('nft', '-v')
    new Network(1).close()
    return null
  } catch (error) {
    return (error as Error).message
  }
}

function run(program: string, ...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? stderr.trim()}`)
}

export class Network implements Disposable {
  readonly #switch = `agr${process.pid}`
  readonly #count: number

  constructor(count: number) {
    this.#count = count
    try {
      run('ip', 'netns', 'add', this.#switch)
      run('ip', '-n', this.#switch, 'link', 'add', 'bridge', 'up', 'type', 'bridge')
      for (let at = 0; at < count; at++) this.#plug(at)
    } catch (error) {
      this.close()
      throw error
    }
  }

  #plug(at: number): void {
    const own = this.namespace(at)
    run('ip', 'netns', 'add', own)
    run('ip', '-n', own, 'link', 'add', 'net', 'type', 'veth', 'peer', 'name', `to${at}`, 'netns', this.#switch)
    run('ip', '-n', this.#switch, 'link', 'set', `to${at}`, 'master', 'bridge', 'up')
    run('ip', '-n', own, 'addr', 'add', `${this.address(at)}/24`, 'dev', 'net')
    for (const device of ['lo', 'net']) run('ip', '-n', own, 'link', 'set', device, 'up')
    this.#nft(at, 'add table inet agner')
    this.#nft(at, 'add chain inet agner in { type filter hook input priority 0; }')
  }

  #nft(at: number, rule: string): void {
    run('ip', 'netns', 'exec', this.namespace(at), 'nft', rule)
  }

  namespace(at: number): string {
    return `${this.#switch}-${at}`
  }

  address(at: number): string {
    return `10.201.9.${at + 1}`
  }

  /** What `from` sends to `to` is dropped there. */
  deafen(to: number, from: number): void {
    this.#nft(to, `add rule inet agner in ip saddr ${this.address(from)} drop`)
  }

  heal(): void {
    for (let at = 0; at < this.#count; at++) this.#nft(at, 'flush chain inet agner in')
  }

  close(): void {
    for (let at = 0; at < this.#count; at++) spawnSync('ip', ['netns', 'del', this.namespace(at)])
    spawnSync('ip', ['netns', 'del', this.#switch])
  }

  [Symbol.dispose](): void {
    this.close()
  }
}
