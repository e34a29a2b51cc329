/**
 * Asks the port mapper of a host who is there, without taking part (net_adm:names/0, `epmd -names`).
 *
 *     connect ── list(after "") ──► mapper ── a line of nodes, more ──► list(after the last) … ──► all
 */
import { realRuntime, type Runtime, type RuntimeTimer } from '@agner/core'
import { distributionError } from '../../errors.ts'
import type { Network, Stream } from '../../network/network.ts'
import { tcp } from '../../network/tcp.ts'
import { defaultMapperPort, type PortMapperAddress } from '../../options.ts'
import { encodeLine, isListed, LineReader, type AnswerLine, type ListedNode } from './lines.ts'

const retryMs = 200
/** A mapper has at most as many nodes; one that goes on for ever is none. */
const nodeLimit = 2048

export interface ListNodesOptions extends Partial<PortMapperAddress> {
  /** Default 2,000 ms, for all of it. */
  readonly timeoutMs?: number
  /** Default: TCP. */
  readonly network?: Network
  /** Default: the real one. */
  readonly runtime?: Runtime
}

/**
 * The nodes that are registered with a port mapper (default: that of this host) and can be connected to, by name. A mapper
 * that began less than a second ago is asked again until it is older: others may be about to register.
 *
 * Rejects with `distribution.mapper_unreachable`, also when no node is there to serve it.
 */
export function listNodes(options: ListNodesOptions = {}): Promise<ListedNode[]> {
  const { host = '127.0.0.1', port = defaultMapperPort, timeoutMs = 2000, network = tcp } = options
  const runtime = options.runtime ?? realRuntime
  return new Promise((resolve, reject) => {
    const found: ListedNode[] = []
    const lines = new LineReader()
    let pause: RuntimeTimer | null = null
    const ended = (): void => {
      timer.clear()
      pause?.clear()
      stream.destroy()
    }
    const fail = (reason: string): void => {
      ended()
      reject(distributionError('distribution.mapper_unreachable', { host, port, reason }))
    }
    const ask = (): void => void stream.write([encodeLine({ op: 'list', id: 1, after: found.at(-1)?.name ?? '' })])
    // Nodes of a mapper that has only just begun may be about to register: when another took over, all of them are.
    const again = (): void => {
      found.length = 0
      pause = runtime.setTimer(retryMs, ask)
    }
    const timer = runtime.setTimer(timeoutMs, () => fail('it does not answer'))
    const stream: Stream = network.connect(
      { host, port },
      {
        opened: () => {
          const fault = stream.security?.fault ?? null
          if (fault === null) ask()
          else fail(fault)
        },
        data: (bytes) => {
          for (const line of (lines.push(bytes) ?? [{}]) as unknown as AnswerLine[]) {
            if (!isList(line) || found.length > nodeLimit) return fail('what listens there is no port mapper')
            found.push(...line.nodes)
            if (line.more === true && line.nodes.length > 0) return ask()
            if (line.young === true) return again()
            ended()
            return resolve(found)
          }
        },
        closed: (error) => fail(error?.message ?? 'it closed the connection; it may be of an older version'),
      },
    )
  })
}

function isList(line: AnswerLine): line is AnswerLine & { readonly nodes: readonly ListedNode[] } {
  return Array.isArray(line.nodes) && line.nodes.every(isListed)
}
