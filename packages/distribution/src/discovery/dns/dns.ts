/**
 * Nodes from DNS: the targets of a service's SRV records, or the addresses of a name. Asked again at an interval, and when
 * somebody looks for a node that is not known; answers that come too late are not listened to.
 */
import type { RuntimeTimer } from '@agner/core'
import { messageOf } from '@agner/core/kernel'
import { distributionError } from '../../errors.ts'
import type { Address } from '../../network/network.ts'
import type { Discovery, DiscoverySelf } from '../discovery.ts'
import { Answers, type Question } from './answers.ts'
import type { DnsResolver } from './resolver.ts'
import { systemResolver } from './system-resolver.ts'

export interface DnsOptions {
  /** A service with SRV records, as its full name: `_agner._tcp.chat.default.svc.cluster.local`. */
  readonly srv?: string
  /** Or a name with A or AAAA records, one for each node: a headless service. With `port`. */
  readonly host?: string
  readonly port?: number
  /**
   * What stands before the `@`: `chat` makes the node at target `chat-0.chat.local` `chat@chat-0.chat.local`, and that at
   * 10.0.0.5 `chat@10.0.0.5`. Or a function that tells the whole name; null: no node of ours, and so is one for which it
   * throws, which is logged.
   */
  readonly nodeName: string | ((found: Address) => string | null)
  /** Default 5,000 ms. */
  readonly refreshMs?: number
  /** How long DNS may take to answer. Default 2,000 ms. */
  readonly timeoutMs?: number
  /** For how long the last answer stands when there is no other. Default 60,000 ms. */
  readonly keepMs?: number
  /** More records than these are left out. Default 1,000. */
  readonly recordLimit?: number
  /** DNS servers, as `10.0.0.10` or `10.0.0.10:53`. Default: those of the system. */
  readonly servers?: readonly string[]
  /** Default: one that asks `servers`. */
  readonly resolver?: DnsResolver
}

/** A lookup of an unknown name asks DNS again, if that was not done for so long. */
const eagerGapMs = 1000

/**
 * Finds nodes by DNS. For Kubernetes: a headless service.
 *
 * @throws `distribution.bad_option`
 */
export function dnsDiscovery(options: DnsOptions): Discovery {
  const { srv, host, port, nodeName } = options
  if ((srv === undefined) === (host === undefined))
    throw bad('dnsDiscovery', 'given either srv, or host and port', 'both or none')
  if (host !== undefined && (!Number.isInteger(port) || (port as number) < 1 || (port as number) > 65_535))
    throw bad('dnsDiscovery.port', 'a port from 1 to 65535', port)
  if (typeof nodeName !== 'function' && (typeof nodeName !== 'string' || !/^[^@\s]+$/.test(nodeName)))
    throw bad('dnsDiscovery.nodeName', 'what stands before the @, or a function', nodeName)
  return new DnsDiscovery(options)
}

class DnsDiscovery implements Discovery {
  readonly #options: DnsOptions
  readonly #resolver: DnsResolver
  readonly #timeoutMs: number
  readonly #answers: Answers
  #self: DiscoverySelf | null = null
  #refreshing: Promise<void> | null = null
  #refreshedMs = -Infinity
  #timer: RuntimeTimer | null = null
  #stopped = false
  /** Ends each question that is open. */
  readonly #open = new Set<() => void>()

  constructor(options: DnsOptions) {
    const { nodeName, timeoutMs = 2000, keepMs = 60_000, recordLimit = 1000 } = options
    this.#options = options
    this.#timeoutMs = timeoutMs
    this.#resolver = options.resolver ?? systemResolver(timeoutMs, options.servers)
    this.#answers = new Answers({
      keepMs,
      limit: recordLimit,
      nameOf:
        typeof nodeName === 'function' ? (found) => this.#named(nodeName, found) : ({ host }) => `${nodeName}@${host}`,
    })
  }

  /** Does not wait for DNS to know anybody: the first node finds none. */
  async start(self: DiscoverySelf): Promise<void> {
    this.#self = self
    await this.#refresh()
  }

  async lookup(name: string): Promise<Address | null> {
    const { runtime } = this.#self as DiscoverySelf
    const known = this.#answers.nodes.get(name)
    if (known !== undefined) return known
    if (this.#refreshing === null && runtime.nowMs() - this.#refreshedMs < eagerGapMs) return null
    await this.#refresh()
    return this.#answers.nodes.get(name) ?? null
  }

  nodes(): readonly string[] {
    return [...this.#answers.nodes.keys()]
  }

  stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.clear()
    for (const end of [...this.#open]) end()
    return Promise.resolve()
  }

  #refresh(): Promise<void> {
    if (this.#stopped) return Promise.resolve()
    this.#refreshing ??= this.#askAll().finally(() => {
      this.#refreshing = null
      this.#again()
    })
    return this.#refreshing
  }

  #again(): void {
    if (this.#stopped) return
    const { runtime } = this.#self as DiscoverySelf
    this.#refreshedMs = runtime.nowMs()
    this.#timer?.clear()
    this.#timer = runtime.setTimer(this.#options.refreshMs ?? 5000, () => void this.#refresh())
    this.#timer.unref()
  }

  async #askAll(): Promise<void> {
    const { srv, host = '', port = 0 } = this.#options
    const at = (addresses: readonly string[]): Address[] => addresses.toSorted().map((each) => ({ host: each, port }))
    await Promise.all(
      srv !== undefined
        ? [this.#ask('srv', async () => targets(await this.#resolver.srv(srv)))]
        : [
            this.#ask('a', async () => at(await this.#resolver.addresses(host, 4))),
            this.#ask('aaaa', async () => at(await this.#resolver.addresses(host, 6))),
          ],
    )
    if (!this.#stopped && this.#answers.settle()) this.#self?.changed()
  }

  /** Ends when the answer is there, or its time is over; what comes later is nobody's. */
  #ask(question: Question, ask: () => Promise<readonly Address[]>): Promise<void> {
    const { runtime } = this.#self as DiscoverySelf
    return new Promise((resolve) => {
      let isOver = false
      const end = (act: () => void): void => {
        if (isOver) return
        isOver = true
        timer.clear()
        this.#open.delete(giveUp)
        if (!this.#stopped) act()
        resolve()
      }
      const giveUp = (): void => end(() => {})
      this.#open.add(giveUp)
      const timer = runtime.setTimer(this.#timeoutMs, () =>
        end(() => this.#failed(question, `no answer within ${this.#timeoutMs} ms`)),
      )
      // Inside a promise, so that what it throws is a rejection.
      void Promise.resolve()
        .then(ask)
        .then(
          (found) => end(() => this.#answers.answered(question, found, runtime.nowMs())),
          (error: unknown) =>
            end(() =>
              isNothing(error)
                ? this.#answers.answered(question, [], runtime.nowMs())
                : this.#failed(question, messageOf(error)),
            ),
        )
    })
  }

  #named(nodeName: (found: Address) => string | null, found: Address): string | null {
    try {
      return nodeName(found)
    } catch (error) {
      const reason = messageOf(error)
      const text = `dnsDiscovery.nodeName cannot say which node is at ${found.host}: ${reason}; none is looked for there.`
      this.#self?.log('warning', 'distribution.dns_failed', text, { about: 'nodeName' })
      return null
    }
  }

  #failed(question: Question, reason: string): void {
    const { runtime, log } = this.#self as DiscoverySelf
    const kept = this.#answers.failed(question, runtime.nowMs())
    const name = this.#options.srv ?? this.#options.host
    const then =
      kept === 'kept'
        ? 'the last answer stands'
        : kept === 'dropped'
          ? 'the last answer is too old; its nodes are no longer found'
          : 'there was no answer before'
    const text = `DNS does not say who ${name} is (${question.toUpperCase()}): ${reason}; ${then}.`
    log('warning', 'distribution.dns_failed', text, { about: `${question} ${kept}` })
  }
}

/** Those to be preferred first; the order of others does not depend on that of the answer. */
function targets(records: Awaited<ReturnType<DnsResolver['srv']>>): Address[] {
  return records
    .map(({ name, port, priority, weight }) => ({ host: name.replace(/(?<=.)\.$/, ''), port, priority, weight }))
    .toSorted(
      (a, b) =>
        a.priority - b.priority ||
        b.weight - a.weight ||
        (a.host < b.host ? -1 : a.host > b.host ? 1 : a.port - b.port),
    )
    .map(({ host, port }) => ({ host, port }))
}

/** There are no such records, and DNS knows it. */
function isNothing(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown }
  return code === 'ENOTFOUND' || code === 'ENODATA'
}

function bad(option: string, wanted: string, value: unknown): Error {
  return distributionError('distribution.bad_option', { option, wanted, value: String(value) })
}
