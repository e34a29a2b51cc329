/**
 * Two machines, as far as the network can tell: two network namespaces with a cable between them, which can be cut, and lose what is sent.
 *
 * Needs root, and `ip` (iproute2) and `nft` (nftables). The names have this process's number in them; `close` removes everything.
 */
import { spawnSync } from 'node:child_process'

export type Side = 'a' | 'b'

const addresses = { a: '10.201.7.1', b: '10.201.7.2' } as const

/** Why there can be no namespaces here; null when there can. */
export function whyNoNamespaces(): string | null {
  if (process.platform !== 'linux') return 'network namespaces are of Linux'
  for (const program of ['ip', 'nft'])
    if (spawnSync(program, ['-V']).error !== undefined) return `${program} is missing (iproute2, nftables)`
  const name = `agner-${process.pid}-try`
  const { status, stderr } = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' })
  if (status !== 0) return `no namespace can be made: ${stderr.trim()}`
  run('ip', 'netns', 'del', name)
  return null
}

function run(program: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr.trim()}`)
}

export class Cable {
  readonly #id: string

  /** @param id tells the cables of one process apart. */
  constructor(id: number) {
    this.#id = `${process.pid}-${id}`
    for (const side of ['a', 'b'] as const) run('ip', 'netns', 'add', this.namespace(side))
    const plug = (side: Side): readonly string[] => ['name', this.#plug(side), 'netns', this.namespace(side)]
    run('ip', 'link', 'add', ...plug('a'), 'type', 'veth', 'peer', ...plug('b'))
    for (const side of ['a', 'b'] as const) {
      this.#ip(side, 'addr', 'add', `${addresses[side]}/30`, 'dev', this.#plug(side))
      this.#ip(side, 'link', 'set', 'lo', 'up')
      this.#ip(side, 'link', 'set', this.#plug(side), 'up')
      this.#nft(side, 'add table inet agner')
      this.#nft(side, 'add chain inet agner out { type filter hook output priority 0; }')
    }
  }

  namespace(side: Side): string {
    return `agner-${this.#id}-${side}`
  }

  addressOf(side: Side): string {
    return addresses[side]
  }

  /** Interfaces have at most 15 characters. */
  #plug(side: Side): string {
    return `ag${this.#id}${side}`
  }

  #ip(side: Side, ...args: readonly string[]): void {
    run('ip', '-n', this.namespace(side), ...args)
  }

  #nft(side: Side, rule: string): void {
    run('ip', 'netns', 'exec', this.namespace(side), 'nft', rule)
  }

  cut(): void {
    this.#ip('a', 'link', 'set', this.#plug('a'), 'down')
  }

  /** The cable is whole, and takes everything. */
  mend(): void {
    for (const side of ['a', 'b'] as const) this.#nft(side, 'flush chain inet agner out')
    this.#ip('a', 'link', 'set', this.#plug('a'), 'up')
  }

  /** Nothing that this side sends arrives. */
  mute(side: Side): void {
    this.#nft(side, `add rule inet agner out oifname "${this.#plug(side)}" drop`)
  }

  /** So many percent of the packets are lost, both ways. */
  lose(percent: number): void {
    for (const side of ['a', 'b'] as const)
      this.#nft(side, `add rule inet agner out oifname "${this.#plug(side)}" numgen random mod 100 < ${percent} drop`)
  }

  /** Takes the plugs with it. */
  close(): void {
    for (const side of ['a', 'b'] as const) spawnSync('ip', ['netns', 'del', this.namespace(side)])
  }
}
