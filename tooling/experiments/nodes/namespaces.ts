/**
 * A machine for each node, as far as the network can tell: a network namespace with an address of its own, all plugged into one switch. Between any two, all that is
 * sent can be dropped, silently, as a broken network does it.
 *
 * Needs root, `ip` (iproute2) and `nft` (nftables). The names have this process's number in them; `close` removes everything.
 */
import { spawnSync } from 'node:child_process'

function run(program: string, ...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? stderr.trim()}`)
}

/** Why there can be none here; null when there can. */
export function whyNoNamespaces(): string | null {
  if (process.platform !== 'linux') return 'network namespaces are of Linux'
  const name = `agnx${String(process.pid)}t`
  try {
    run('nft', '--version')
    run('ip', 'netns', 'add', name)
    run('ip', 'netns', 'del', name)
    return null
  } catch (error) {
    return (error as Error).message
  }
}

export class Switch {
  readonly #id = `agnx${String(process.pid)}`
  readonly #count: number

  constructor(count: number) {
    this.#count = count
    run('ip', 'netns', 'add', this.#id)
    run('ip', '-n', this.#id, 'link', 'add', 'br0', 'type', 'bridge')
    run('ip', '-n', this.#id, 'link', 'set', 'br0', 'up')
    for (let index = 0; index < count; index++) this.#plug(index)
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

  /** Nothing gets from one of the two to the other any more, either way. */
  cut(one: number, other: number): void {
    this.#nft(one, 'add', 'rule', 'inet', 'cuts', 'out', 'ip', 'daddr', this.address(other), 'drop')
    this.#nft(other, 'add', 'rule', 'inet', 'cuts', 'out', 'ip', 'daddr', this.address(one), 'drop')
  }

  heal(): void {
    for (let index = 0; index < this.#count; index++) this.#nft(index, 'flush', 'chain', 'inet', 'cuts', 'out')
  }

  close(): void {
    for (let index = 0; index < this.#count; index++) spawnSync('ip', ['netns', 'del', this.namespace(index)])
    spawnSync('ip', ['netns', 'del', this.#id])
  }
}
