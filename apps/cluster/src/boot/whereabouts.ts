/**
 * Where a node listens and how it finds the others: on loopback by the cluster's port mapper, or at the addresses that the launcher was given.
 */
import type { DistributionOptions } from '@agner/distribution'
import type { NodeSettings } from '../launcher/ipc.ts'

/** @throws Error when the addresses leave this node out. */
export function whereabouts({
  name,
  addresses,
  portMapperPort,
}: NodeSettings): Pick<DistributionOptions, 'listen' | 'hosts' | 'portMapper'> {
  if (addresses === null) return { portMapper: { host: '127.0.0.1', port: portMapperPort } }
  const [host, port] = addresses[name]?.split(':') ?? []
  if (host === undefined || port === undefined)
    throw new Error(`AGNER_ADDRESSES has no host:port for ${name}. It names every node of the chat, or is not set.`)
  return { listen: { host, port: Number(port) }, hosts: addresses, portMapper: false }
}
