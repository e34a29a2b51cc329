/**
 * The mesh of global: a node that comes is told of the others, and connects to them (`connect_all`).
 *
 *     A ── connects ──► B     both: I take part. Who does?     B ── C, D ──► A ── connects ──► C, D
 *
 * Told of are those only that have said they take part: of two that come at once, the later one is told of the earlier one. Nothing is disconnected because a
 * third node was lost.
 */
import type { AnyPid, CallbackBody, Node, Process } from '@agner/core'
import type { Distribution } from '@agner/distribution'

const meshName = '@agner/global/mesh'

/** What it tells itself. */
interface Seen {
  readonly type: 'joined' | 'left'
  readonly node: string
}

/** It says that the sender takes part, too. */
interface Known {
  readonly type: 'known'
  /** The sender. */
  readonly of: string
  /** It has only just met the receiver, or has begun anew, and wants to hear the same. */
  readonly asks: boolean
  readonly nodes: readonly string[]
}

/** Returns what ends it. */
export function startMeshing(node: Node, distribution: Distribution): () => void {
  const meshing: AnyPid = node.spawn(meshBody(distribution), { name: meshName })
  const seen = (type: Seen['type'], name: string): void =>
    node.send(meshing as never, { type, node: name } satisfies Seen as never)
  const stopListening = distribution.onNodeChange((change) =>
    seen(change.type === 'nodeup' ? 'joined' : 'left', change.node),
  )
  for (const known of distribution.nodes()) seen('joined', known)
  return () => {
    stopListening()
    node.sendExit(meshing, 'shutdown')
  }
}

type TakingPart = Set<string>

/** Whatever makes no sense is dropped: it may come from anybody. */
function meshBody(distribution: Distribution): CallbackBody<unknown, TakingPart> {
  const tell = (self: Process<unknown>, node: string, asks: boolean, nodes: readonly string[]): void => {
    const known: Known = { type: 'known', of: self.node.name, asks, nodes }
    self.trySend({ name: meshName, node }, known as never, { connect: false })
  }
  return {
    name: meshName,
    init: () => new Set(),
    message: (self, message, takingPart) => {
      if (isSeen(message)) {
        takingPart.delete(message.node)
        if (message.type === 'joined') tell(self, message.node, true, [])
      } else if (isKnown(message)) {
        const connected = new Set([self.node.name, ...distribution.nodes()])
        const { of, asks, nodes } = message
        if (of !== self.node.name && connected.has(of)) {
          takingPart.delete(of)
          if (asks) tell(self, of, false, [...takingPart])
          takingPart.add(of)
        }
        for (const name of nodes) if (!connected.has(name)) void distribution.connect(name)
      }
      return takingPart
    },
  }
}

function isSeen(message: unknown): message is Seen {
  const type = typeOf(message)
  return (type === 'joined' || type === 'left') && typeof (message as Partial<Seen>).node === 'string'
}

function isKnown(message: unknown): message is Known {
  if (typeOf(message) !== 'known') return false
  const { of, asks, nodes } = message as Partial<Known>
  return typeof of === 'string' && typeof asks === 'boolean' && Array.isArray(nodes) && nodes.every(isNodeName)
}

function isNodeName(name: unknown): boolean {
  return typeof name === 'string' && /^[^@\s]+@[^@\s]+$/.test(name)
}

function typeOf(message: unknown): unknown {
  return typeof message === 'object' && message !== null && 'type' in message ? message.type : null
}
