/** The two house rules in data: who may import whom, and who may touch the ambient world. Extend them here. */

/** Each package with those that it may import: an arrow never points up. */
export const mayImport: Readonly<Record<string, readonly string[]>> = {
  core: [],
  behaviours: ['core'],
  distribution: ['core'],
  consensus: ['core', 'behaviours', 'distribution'],
  global: ['core', 'behaviours', 'distribution', 'consensus'],
  groups: ['core', 'behaviours', 'distribution', 'consensus', 'global'],
  release: ['core', 'behaviours', 'distribution', 'consensus', 'global', 'groups'],
  testing: ['core', 'distribution'],
  cli: ['core', 'behaviours', 'distribution'],
}

/** Programs, which nothing imports: they bring their own copy of core. */
export const programs: readonly string[] = ['cli']

/** Imported by tests alone. */
export const testOnlyPackage = 'testing'

/** Rooms beside the sources that are tests all the same: programs that try what the sources are for. */
export const testRooms: readonly string[] = ['apps/cluster/src/chaos/']

/** The dependencies from the registry that a published package may have. */
export const mayDependOn: Readonly<Record<string, readonly string[]>> = {
  distribution: ['cbor-x'],
}

/** The only sources of packages that may touch the ambient world: each is an injected runtime's real side. */
export const realRuntimeFiles: readonly string[] = [
  'packages/core/src/runtime/real.ts',
  'packages/distribution/src/liveness/thread.ts',
  'packages/distribution/src/liveness/worker.ts',
  'packages/distribution/src/certificates/development.ts',
  'packages/distribution/src/certificates/names.ts',
  'packages/distribution/src/network/own-buffer.ts',
  'packages/distribution/src/network/tcp.ts',
  'packages/distribution/src/network/tls.ts',
  'packages/distribution/src/network/tls-security.ts',
  'packages/distribution/src/network/socket-file.ts',
  'packages/distribution/src/network/unix.ts',
  'packages/distribution/src/discovery/dns/system-resolver.ts',
  'packages/consensus/src/storage/segments/node-folder.ts',
  'packages/testing/src/free-port.ts',
  'packages/testing/src/network-namespaces.ts',
  'packages/testing/src/peer/boot.ts',
  'packages/testing/src/peer/os-process.ts',
]

/** Global functions and objects of time, randomness, timers and sockets. */
export const ambientGlobals: ReadonlySet<string> = new Set([
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'clearImmediate',
  'queueMicrotask',
  'performance',
  'crypto',
  'fetch',
  'WebSocket',
  'EventSource',
  'Worker',
  'BroadcastChannel',
])

/** Members of otherwise harmless globals. */
export const ambientMembers: Readonly<Record<string, readonly string[]>> = {
  Date: ['now'],
  Math: ['random'],
  process: ['hrtime', 'nextTick', 'uptime', 'pid'],
  AbortSignal: ['timeout'],
  Atomics: ['wait', 'waitAsync'],
  Temporal: ['Now'],
}

/** Modules of Node, without their `node:` prefix. Types may be imported from them. */
export const ambientModules: ReadonlySet<string> = new Set([
  'child_process',
  'cluster',
  'dgram',
  'dns',
  'dns/promises',
  'http',
  'http2',
  'https',
  'inspector',
  'net',
  'perf_hooks',
  'process',
  'timers',
  'timers/promises',
  'tls',
  'worker_threads',
])

/** Of `node:crypto` only these are pure. */
export const pureCrypto: ReadonlySet<string> = new Set([
  'createHash',
  'createHmac',
  'createSecretKey',
  'hash',
  'timingSafeEqual',
])
