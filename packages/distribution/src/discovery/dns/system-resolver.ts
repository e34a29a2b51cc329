/** The DNS servers that the system is set up with, or others. */
import { Resolver } from 'node:dns/promises'
import type { DnsResolver } from './resolver.ts'

/** A question is over after about `timeoutMs`. */
export function systemResolver(timeoutMs: number, servers: readonly string[] = []): DnsResolver {
  const resolver = new Resolver({ timeout: timeoutMs, tries: 1 })
  if (servers.length > 0) resolver.setServers(servers)
  return {
    srv: (name) => resolver.resolveSrv(name),
    addresses: (name, family) => (family === 4 ? resolver.resolve4(name) : resolver.resolve6(name)),
  }
}
