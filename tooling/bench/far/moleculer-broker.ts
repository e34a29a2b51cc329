/** A moleculer broker that speaks TCP to those it is told of, and looks for nobody. */
import './loopback-only.ts'
import { ServiceBroker } from 'moleculer'

/** @param urls `HOST:PORT/NODE` of the others. */
export function newBroker(nodeID: string, urls: readonly string[]): ServiceBroker {
  return new ServiceBroker({
    nodeID,
    namespace: 'bench',
    logger: false,
    transporter: { type: 'TCP', options: { udpDiscovery: false, useHostname: false, urls: [...urls] } },
  } as never)
}

export function portOf(broker: ServiceBroker): number {
  return (
    broker as unknown as { readonly registry: { readonly nodes: { readonly localNode: { readonly port: number } } } }
  ).registry.nodes.localNode.port
}
