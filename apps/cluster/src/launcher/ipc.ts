/**
 * What the launcher and the OS processes of the nodes say to each other over the channel that Node gives to a child.
 *
 *     launcher ── stop ───────────────► node     drain and end
 *     launcher ── listener (+ socket) ─► node     the public port, bound once; http nodes accept on it
 *     launcher ── connection (+ socket) ► node    a connection that the launcher accepted while no http node lived
 *     launcher ◄─ ready ─────────────── node     it can be used
 *     (the channel closes)              node     the launcher is gone: drain and end
 */
import type { NodeConfig } from '@agner/behaviours'

export type ToNode = { readonly type: 'stop' } | { readonly type: 'listener' } | { readonly type: 'connection' }

export interface FromNode {
  readonly type: 'ready'
  /** Where this node itself can be reached by HTTP, if it can. */
  readonly url?: string
}

export function isToNode(message: unknown): message is ToNode {
  const type = typeOf(message)
  return type === 'stop' || type === 'listener' || type === 'connection'
}

export function isFromNode(message: unknown): message is FromNode {
  return typeOf(message) === 'ready'
}

function typeOf(message: unknown): unknown {
  return typeof message === 'object' && message !== null && 'type' in message ? message.type : undefined
}

/** What the launcher tells a node at its start, by environment. */
export interface NodeSettings {
  readonly name: string
  readonly cookie: string
  readonly dataFolder: string
  readonly portMapperPort: number
  /** Where every node listens, `host:port` by name; null: on loopback, each at a port that the port mapper knows. */
  readonly addresses: Readonly<Record<string, string>> | null
}

export function toEnvironment(settings: NodeSettings): Record<string, string> {
  return {
    AGNER_NODE: settings.name,
    AGNER_COOKIE: settings.cookie,
    CHAT_DATA: settings.dataFolder,
    AGNER_PORT_MAPPER: String(settings.portMapperPort),
    ...(settings.addresses === null ? {} : { AGNER_ADDRESSES: JSON.stringify(settings.addresses) }),
  }
}

/** @throws Error naming the variable that is missing. */
export function fromEnvironment(environment: NodeJS.ProcessEnv): NodeSettings {
  const need = (key: string): string => {
    const value = environment[key]
    if (value === undefined || value === '')
      throw new Error(
        `${key} is not set. Start the nodes with npm start, or set it as the launcher does (apps/cluster/src/launcher/ipc.ts).`,
      )
    return value
  }
  const addresses = environment['AGNER_ADDRESSES']
  return {
    name: need('AGNER_NODE'),
    cookie: need('AGNER_COOKIE'),
    dataFolder: need('CHAT_DATA'),
    portMapperPort: Number(need('AGNER_PORT_MAPPER')),
    addresses: addresses === undefined ? null : (JSON.parse(addresses) as Record<string, string>),
  }
}

/** The settings of the applications of a node; each reads its own. */
export function toConfig({ dataFolder }: NodeSettings): NodeConfig {
  return { messages: { dataFolder }, log: { dataFolder } }
}
