/** Nodes whose addresses are known beforehand, or follow from their names. */
import { distributionError } from '../errors.ts'
import type { Address } from '../network/network.ts'
import type { Discovery } from './discovery.ts'

/**
 * Nodes by name with their addresses. As the option `hosts`, and known as nodes that there should be: `joinFound` connects to
 * them.
 */
export function staticDiscovery(nodes: Readonly<Record<string, Address>>): Discovery {
  const addresses = new Map(Object.entries(nodes))
  return {
    lookup: (name) => Promise.resolve(addresses.get(name) ?? null),
    nodes: () => [...addresses.keys()],
  }
}

/**
 * The host of a node's name is where it listens, at a port that is the same for all: `db@10.0.0.2` at `10.0.0.2:4400`. For
 * clusters with a node on each host, or in each container.
 *
 * @throws `distribution.bad_option`
 */
export function hostDiscovery({ port }: { readonly port: number }): Discovery {
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw distributionError('distribution.bad_option', {
      option: 'hostDiscovery.port',
      wanted: 'a port from 1 to 65535',
      value: String(port),
    })
  return {
    lookup: (name) => Promise.resolve({ host: name.slice(name.indexOf('@') + 1).replace(/^\[(.*)\]$/, '$1'), port }),
  }
}
