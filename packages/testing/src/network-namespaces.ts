/**
 * Machines, as far as the network can tell: a network namespace of Linux for each, with an address of its own, all on one switch. Real programs
 * run on them, and what one sends to another can be lost, as a broken network loses it.
 *
 *     switch      bridge ── to0 ─── to1 ─── to2 …
 *     machines              net     net     net      10.201.0.1, 10.201.0.2, 10.201.0.3 …
 *
 * What is cut is dropped where it arrives: no kernel tells its programs, as it may when it drops what they send. Needs root, `ip` (iproute2) and
 * `nft` (nftables). The machines reach each other alone: not this one, and not the internet.
 */
import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { testingError } from './errors.ts'

export interface NetworkNamespaces<Machine extends string = string> extends Disposable {
  readonly machines: readonly Machine[]
  /** Where the others find it. It has 127.0.0.1, too, for itself. */
  addressOf(machine: Machine): string
  /**
   * Stands before a command that is to run there, as `spawn('ip', [...])` takes it: `ip netns exec NAME`. It becomes that command, so
   * signals, streams and messages reach the command itself.
   */
  prefixOf(machine: Machine): readonly string[]
  /** Nothing gets from one to the other any more, either way; neither is told. */
  cut(one: Machine, other: Machine): void
  /** Nothing gets from `from` to `to`; the other way is free. */
  cutOneWay(from: Machine, to: Machine): void
  /** Cuts every machine of a group off from those of the other groups. Machines in no group are reached by all. */
  partition(...groups: readonly (readonly Machine[])[]): void
  /** Pulls its cable: it reaches nobody, and its kernel knows. */
  unplug(machine: Machine): void
  /** So many percent of all packets are lost, wherever they go. */
  lose(percent: number): void
  /** Undoes all of it. */
  heal(): void
  /** Removes the namespaces; what still runs there goes on alone, so end it before. An exit of this process closes them, too; kill -9 leaves them. */
  close(): void
}

/**
 * Makes a network namespace for each machine, all of which reach each other.
 *
 * @throws `testing.no_network_namespaces`, with what `whyNoNetworkNamespaces` says; nothing is left behind then
 */
export function createNetworkNamespaces<const Machine extends string>(
  machines: readonly Machine[],
): NetworkNamespaces<Machine> {
  return new Namespaces(machines)
}

/** Why no network namespaces can be made here, for tests that are then left out; null when they can. */
export function whyNoNetworkNamespaces(): string | null {
  if (process.platform !== 'linux') return 'network namespaces are of Linux'
  try {
    new Namespaces(['probe']).close()
    return null
  } catch (error) {
    return (error as Error & { readonly details: { readonly why: string } }).details.why
  }
}

class Namespaces<Machine extends string> implements NetworkNamespaces<Machine> {
  readonly machines: readonly Machine[]
  /** The namespace of the switch; those of the machines begin with it. Whose it is can be seen, and no two are the same. */
  readonly #id: string
  readonly #unplugged: Set<Machine> = new Set()
  readonly #closeAtExit = (): void => this.close()

  constructor(machines: readonly Machine[]) {
    this.machines = [...new Set(machines)]
    this.#id = `agner-${String(process.pid)}-${randomUUID().slice(0, 8)}`
    process.on('exit', this.#closeAtExit)
    try {
      run('ip', 'netns', 'add', this.#id)
      run('ip', '-n', this.#id, 'link', 'add', 'bridge', 'up', 'type', 'bridge')
      for (const machine of this.machines) this.#plugIn(machine)
    } catch (error) {
      this.close()
      throw testingError('testing.no_network_namespaces', { why: (error as Error).message })
    }
  }

  #plugIn(machine: Machine): void {
    const own = this.#namespaceOf(machine)
    const port = `to${String(this.#indexOf(machine))}`
    run('ip', 'netns', 'add', own)
    run('ip', '-n', own, 'link', 'add', 'net', 'type', 'veth', 'peer', 'name', port, 'netns', this.#id)
    run('ip', '-n', this.#id, 'link', 'set', port, 'master', 'bridge', 'up')
    run('ip', '-n', own, 'addr', 'add', `${this.addressOf(machine)}/16`, 'dev', 'net')
    for (const device of ['lo', 'net']) run('ip', '-n', own, 'link', 'set', device, 'up')
    this.#filter(machine, 'add table inet agner')
    this.#filter(machine, 'add chain inet agner arriving { type filter hook input priority 0; }')
  }

  #indexOf(machine: Machine): number {
    const index = this.machines.indexOf(machine)
    if (index === -1) throw testingError('testing.no_such_machine', { machine, machines: this.machines.join(', ') })
    return index
  }

  #namespaceOf(machine: Machine): string {
    return `${this.#id}-${String(this.#indexOf(machine))}`
  }

  #filter(machine: Machine, rule: string): void {
    run('ip', 'netns', 'exec', this.#namespaceOf(machine), 'nft', rule)
  }

  addressOf(machine: Machine): string {
    const number = this.#indexOf(machine) + 1
    return `10.201.${String(number >> 8)}.${String(number & 255)}`
  }

  prefixOf(machine: Machine): readonly string[] {
    return ['ip', 'netns', 'exec', this.#namespaceOf(machine)]
  }

  cut(one: Machine, other: Machine): void {
    this.cutOneWay(one, other)
    this.cutOneWay(other, one)
  }

  cutOneWay(from: Machine, to: Machine): void {
    this.#filter(to, `add rule inet agner arriving ip saddr ${this.addressOf(from)} drop`)
  }

  partition(...groups: readonly (readonly Machine[])[]): void {
    for (const group of groups)
      for (const other of groups)
        if (other !== group) for (const from of group) for (const to of other) this.cutOneWay(from, to)
  }

  unplug(machine: Machine): void {
    this.#unplugged.add(machine)
    run('ip', '-n', this.#namespaceOf(machine), 'link', 'set', 'net', 'down')
  }

  lose(percent: number): void {
    for (const machine of this.machines)
      this.#filter(machine, `add rule inet agner arriving iifname net numgen random mod 100 < ${String(percent)} drop`)
  }

  heal(): void {
    for (const machine of this.machines) this.#filter(machine, 'flush chain inet agner arriving')
    for (const machine of this.#unplugged) run('ip', '-n', this.#namespaceOf(machine), 'link', 'set', 'net', 'up')
    this.#unplugged.clear()
  }

  close(): void {
    process.off('exit', this.#closeAtExit)
    for (const machine of this.machines) spawnSync('ip', ['netns', 'del', this.#namespaceOf(machine)])
    spawnSync('ip', ['netns', 'del', this.#id])
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

function run(program: string, ...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? stderr.trim()}`)
}
