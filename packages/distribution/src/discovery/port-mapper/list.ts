/**
 * Asks the port mapper of a host who is there, without taking part (net_adm:names/0, `epmd -names`).
 *
 *     connect ── list(after "") ──► mapper ── a line of nodes, more ──► list(after the last) … ──► all
 *        ▲                            │ it ends, or has only just begun
 *        └───────── a little later ───┘
 */
import { realRuntime, type Runtime } from '@agner/core'
import { distributionError } from '../../errors.ts'
import type { Network, Stream } from '../../network/network.ts'
import { tcp } from '../../network/tcp.ts'
import { defaultMapperPort, type PortMapperAddress } from '../../options.ts'
import { encodeLine, isListed, LineReader, type AnswerLine, type ListedNode } from './lines.ts'

const retryMs = 200
/** How long nobody may listen before nobody is there: when the serving node has ended, another has the port within some 100 ms. */
const handOverMs = 400
/** A mapper has at most as many nodes; one that goes on for ever is none. */
const nodeLimit = 2048

export interface ListNodesOptions extends Partial<PortMapperAddress> {
  /** Default 3,000 ms, for all of it: a mapper that has just been taken over needs more than one of them. */
  readonly timeoutMs?: number
  /** Default: TCP. */
  readonly network?: Network
  /** Default: the real one. */
  readonly runtime?: Runtime
}

/** What came of one connection. */
type Heard =
  | { readonly nodes: readonly ListedNode[]; readonly isYoung: boolean }
  | { readonly closed: Error | null }
  | { readonly fault: string }
  | 'late'

/**
 * The nodes that are registered with a port mapper (default: that of this host) and can be connected to, by name. A mapper
 * that began less than a second ago is asked again until it is older: others may be about to register. One that ends while
 * it is asked is waited for, too: another node takes it over.
 *
 * Rejects with `distribution.mapper_unreachable`, also when no node is there to serve it.
 */
export async function listNodes(options: ListNodesOptions = {}): Promise<ListedNode[]> {
  const { host = '127.0.0.1', port = defaultMapperPort, timeoutMs = 3000, network = tcp } = options
  const runtime = options.runtime ?? realRuntime
  const untilMs = runtime.nowMs() + timeoutMs
  const unreachable = (reason: string): Error =>
    distributionError('distribution.mapper_unreachable', { host, port, reason })
  let reason = 'it does not answer'
  let refusedSinceMs: number | null = null
  while (runtime.nowMs() < untilMs) {
    const heard = await ask(network, { host, port }, runtime, untilMs)
    if (heard === 'late') break
    if ('fault' in heard) throw unreachable(heard.fault)
    // Nodes of a mapper that has only just begun may be about to register: when another took over, all of them are.
    if ('nodes' in heard && !heard.isYoung) return [...heard.nodes]
    if ('closed' in heard) {
      const code = codeOf(heard.closed)
      reason = heard.closed?.message ?? 'it closed the connection; it may be of an older version'
      const isRefused = code === 'ECONNREFUSED'
      if (isRefused) refusedSinceMs ??= runtime.nowMs()
      else refusedSinceMs = null
      const isEnding = heard.closed === null || code === 'ECONNRESET' || code === 'EPIPE'
      if (!isEnding && (refusedSinceMs === null || runtime.nowMs() - refusedSinceMs >= handOverMs))
        throw unreachable(reason)
    }
    const leftMs = Math.max(0, untilMs - runtime.nowMs())
    await new Promise<void>((resolve) => runtime.setTimer(Math.min(retryMs, leftMs), resolve))
  }
  throw unreachable(reason)
}

/** All that one connection gives. */
function ask(network: Network, address: PortMapperAddress, runtime: Runtime, untilMs: number): Promise<Heard> {
  return new Promise((resolve) => {
    const nodes: ListedNode[] = []
    const lines = new LineReader()
    const end = (heard: Heard): void => {
      timer.clear()
      resolve(heard)
      stream.destroy()
    }
    const askOn = (): void => void stream.write([encodeLine({ op: 'list', id: 1, after: nodes.at(-1)?.name ?? '' })])
    const timer = runtime.setTimer(untilMs - runtime.nowMs(), () => end('late'))
    const stream: Stream = network.connect(address, {
      opened: () => {
        const fault = stream.security?.fault ?? null
        if (fault === null) askOn()
        else end({ fault })
      },
      data: (bytes) => {
        for (const line of (lines.push(bytes) ?? [{}]) as unknown as AnswerLine[]) {
          if (!isList(line) || nodes.length > nodeLimit) return end({ fault: 'what listens there is no port mapper' })
          nodes.push(...line.nodes)
          if (line.more === true && line.nodes.length > 0) return askOn()
          return end({ nodes, isYoung: line.young === true })
        }
      },
      closed: (error) => end({ closed: error }),
    })
  })
}

function codeOf(error: Error | null): unknown {
  return (error as { readonly code?: unknown } | null)?.code
}

function isList(line: AnswerLine): line is AnswerLine & { readonly nodes: readonly ListedNode[] } {
  return Array.isArray(line.nodes) && line.nodes.every(isListed)
}
