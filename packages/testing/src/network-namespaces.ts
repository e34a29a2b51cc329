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
import type { AgnerError } from '@agner/core'
import { AtEnd } from './at-end.ts'
import { testingError } from './errors.ts'
import { leftBehind, namespaceOf } from './left-behind.ts'

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
  /**
   * From now on so many percent of all packets are lost, wherever they go; 0: none any more, 100: all.
   *
   * @throws `testing.bad_percentage`
   */
  lose(percent: number): void
  /** Undoes all of it. */
  heal(): void
  /**
   * Removes the namespaces, and nothing can be cut or healed any more; what still runs there goes on alone, so end it before. An exit of this
   * process closes them, too, and so do SIGINT, SIGTERM and SIGHUP. Kill -9 leaves them to the next who makes some.
   */
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

const atEnd = new AtEnd((signal) => process.kill(process.pid, signal))

/** Addresses of neighbours are found out as by ARP, which is not filtered: a kernel that cannot find one tells its programs. */
const neighbours = 'icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert }'

class Namespaces<Machine extends string> implements NetworkNamespaces<Machine> {
  readonly machines: readonly Machine[]
  /** The namespace of the switch; those of the machines begin with it. Whose it is can be seen, and no two are the same. */
  readonly #id: string
  readonly #unplugged: Set<Machine> = new Set()
  readonly #forget: () => void
  #isClosed = false

  constructor(machines: readonly Machine[]) {
    for (const name of leftBehind(spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' }).stdout ?? '')) remove(name)
    this.machines = [...new Set(machines)]
    this.#id = namespaceOf(process.pid, randomUUID().slice(0, 8))
    this.#forget = atEnd.add(() => this.close())
    try {
      this.#run('ip', 'netns', 'add', this.#id)
      this.#run('ip', '-n', this.#id, 'link', 'add', 'bridge', 'up', 'type', 'bridge')
      for (const machine of this.machines) this.#plugIn(machine)
    } catch (error) {
      this.close()
      const { command, reason } = (error as AgnerError).details
      throw testingError('testing.no_network_namespaces', { why: `${String(command)}: ${String(reason)}` })
    }
  }

  #plugIn(machine: Machine): void {
    const own = this.#namespaceOf(machine)
    const port = `to${String(this.#indexOf(machine))}`
    const cable = ['type', 'veth', 'peer', 'name', port, 'netns', this.#id]
    this.#run('ip', 'netns', 'add', own)
    this.#run('ip', '-n', own, 'link', 'add', 'net', 'address', this.#cardOf(machine), ...cable)
    this.#run('ip', '-n', this.#id, 'link', 'set', port, 'master', 'bridge', 'up')
    this.#run('ip', '-n', own, 'addr', 'add', `${this.addressOf(machine)}/16`, 'dev', 'net')
    for (const device of ['lo', 'net']) this.#run('ip', '-n', own, 'link', 'set', device, 'up')
    this.#filter(
      machine,
      'add table inet agner',
      'add chain inet agner arriving { type filter hook input priority 0; }',
      'add chain inet agner losing { type filter hook input priority 1; }',
    )
  }

  #indexOf(machine: Machine): number {
    const index = this.machines.indexOf(machine)
    if (index === -1) throw testingError('testing.no_such_machine', { machine, machines: this.machines.join(', ') })
    return index
  }

  #namespaceOf(machine: Machine): string {
    return `${this.#id}-${String(this.#indexOf(machine))}`
  }

  /** The address of its network card, which all has that it sends, whatever the protocol. */
  #cardOf(machine: Machine): string {
    const digits = (this.#indexOf(machine) + 1).toString(16).padStart(4, '0')
    return `02:00:00:00:${digits.slice(0, 2)}:${digits.slice(2)}`
  }

  /** All of it or nothing. */
  #filter(machine: Machine, ...commands: readonly string[]): void {
    this.#run('ip', 'netns', 'exec', this.#namespaceOf(machine), 'nft', commands.join('\n'))
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
    const rule = `add rule inet agner arriving ether saddr ${this.#cardOf(from)}`
    this.#filter(to, `${rule} ${neighbours} accept`, `${rule} drop`)
  }

  partition(...groups: readonly (readonly Machine[])[]): void {
    for (const group of groups)
      for (const other of groups)
        if (other !== group) for (const from of group) for (const to of other) this.cutOneWay(from, to)
  }

  unplug(machine: Machine): void {
    this.#run('ip', '-n', this.#namespaceOf(machine), 'link', 'set', 'net', 'down')
    this.#unplugged.add(machine)
  }

  lose(percent: number): void {
    if (!(percent >= 0 && percent <= 100)) throw testingError('testing.bad_percentage', { value: String(percent) })
    const share = Math.round(percent * 100)
    // What is below the whole cannot be the whole, as nft has it.
    const chance = share === 10_000 ? '' : `numgen random mod 10000 < ${String(share)} `
    const rules = share === 0 ? [] : [`add rule inet agner losing iifname net ${chance}drop`]
    for (const machine of this.machines) this.#filter(machine, 'flush chain inet agner losing', ...rules)
  }

  heal(): void {
    for (const machine of this.machines)
      this.#filter(machine, 'flush chain inet agner arriving', 'flush chain inet agner losing')
    for (const machine of this.#unplugged) this.#run('ip', '-n', this.#namespaceOf(machine), 'link', 'set', 'net', 'up')
    this.#unplugged.clear()
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#forget()
    for (const machine of this.machines) remove(this.#namespaceOf(machine))
    remove(this.#id)
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #run(program: string, ...args: readonly string[]): void {
    if (this.#isClosed) throw testingError('testing.network_closed', { machines: this.machines.join(', ') })
    const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
    if (status === 0) return
    const reason = error?.message ?? stderr.trim()
    throw testingError('testing.network_command_failed', { command: [program, ...args].join(' '), reason })
  }
}

function remove(namespace: string): void {
  spawnSync('ip', ['netns', 'del', namespace])
}
