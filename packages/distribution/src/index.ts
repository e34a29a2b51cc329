/**
 * `@agner/distribution`: named nodes, and signals between them.
 */
export { startDistribution } from './distribution.ts'
export type { Distribution } from './distribution-interface.ts'
export type { DistributionOptions, DrainOptions } from './distribution-options.ts'
export type { AutoConnect, ListenOptions, LivenessSettings, PortMapperAddress } from './options.ts'
export type { Discovery, DiscoverySelf } from './discovery/discovery.ts'
export { hostDiscovery, staticDiscovery } from './discovery/static.ts'
export { dnsDiscovery, type DnsOptions } from './discovery/dns/dns.ts'
export type { DnsResolver, SrvRecord } from './discovery/dns/resolver.ts'
export { listNodes, type ListNodesOptions } from './discovery/port-mapper/list.ts'
export type { ListedNode } from './discovery/port-mapper/lines.ts'
export type { MonitorNodesOptions, NodeChange, NodeDownReason, NodeType } from './status/node-change.ts'
export { requestName, type NameLease, type RequestNameOptions } from './names/request-name.ts'
export type { ConnectFailure, ConnectResult } from './peers/connect-result.ts'
export type { WhichNodes } from './peers/peers.ts'
export type { RefusalCode } from './handshake/messages.ts'
export type { HealthChange } from './liveness/health-watch.ts'
export type { DistributionStatus, PeerStatus } from './liveness/peer-status.ts'
export { LocalPost, type PostOptions } from './liveness/local-post.ts'
export type { LaneTerms, MakePost, Post, PostEvents } from './liveness/post.ts'
export type { PostRuntime } from './liveness/lane-end.ts'
export type { Board, Heartbeat } from './liveness/board.ts'
export type { LaneState } from './liveness/vitals.ts'
export { compareStamps, type DistributionClock } from './context/hybrid-clock.ts'
export * as erpc from './erpc/index.ts'
export type { Log } from './log.ts'
export type { DistributionErrorCode } from './errors.ts'
export { defaultLimits, type Limits } from './limits.ts'
export type { DistributionStats } from './stats.ts'
export type { Address, Listener, Network, Stream, StreamHandlers, StreamSecurity } from './network/network.ts'
export { tcp } from './network/tcp.ts'
export { tls, type TlsCredentials, type TlsNetwork, type TlsOptions, type Verify } from './network/tls.ts'
export {
  createAuthority,
  createCertificate,
  type CertificateOptions,
  type Identity,
} from './certificates/development.ts'
export { unix, type UnixOptions } from './network/unix.ts'
export { MemoryNetwork, type MemoryNetworkOptions } from './network/memory.ts'
