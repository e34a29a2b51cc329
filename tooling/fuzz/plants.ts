/**
 * Faults for the fuzzer to find: in each a check of the sources is gone. `frames` says within how many frames of `target` it is found, under
 * the seed of the test.
 */

interface Plant {
  /** Below packages. */
  readonly file: string
  /** Is there exactly once. */
  readonly from: string
  readonly to: string
  readonly target: string
  readonly frames: number
}

const reader = 'distribution/src/wire/value-reader.ts'
const kernelPeers = 'core/src/kernel/peers.ts'
const genuine = 'core/src/kernel/genuine.ts'

export const plants = {
  'a key named __proto__ is taken': {
    file: reader,
    from: `if (key === '__proto__') throw badFrame('a key named __proto__ is not allowed')`,
    to: '',
    target: 'value',
    frames: 20_000,
  },
  'a length in a payload is believed': {
    file: reader,
    from: `if (count > this.#end - start) throw early()`,
    to: '',
    target: 'value',
    frames: 20_000,
  },
  'payloads nest without a bound': {
    file: reader,
    from: 'if (depth >= depthLimit) throw badFrame(`the payload nests over ${depthLimit} levels deep`)',
    to: '',
    target: 'value',
    frames: 60_000,
  },
  'pids nest in pids': {
    file: reader,
    from: `if (major !== 0 && major !== 3 && major !== 7) throw badFrame('a part of a pid or ref is malformed')`,
    to: '',
    target: 'value',
    frames: 100_000,
  },
  'another life of the peer is believed': {
    file: genuine,
    from: 'if (from.node !== peer.name || from.incarnation !== peer.incarnation) return false',
    to: 'if (from.node !== peer.name) return false',
    target: 'connection',
    frames: 200_000,
  },
  'another node’s name is believed': {
    file: genuine,
    from: 'if (from.node !== peer.name || from.incarnation !== peer.incarnation) return false',
    to: '',
    target: 'connection',
    frames: 200_000,
  },
  'a monitor is placed twice': {
    file: kernelPeers,
    from: 'if (this.isPlaced(peer.name, ref)) return true',
    to: '',
    target: 'connection',
    frames: 200_000,
  },
  'a spawn’s monitor is placed twice': {
    file: 'core/src/kernel/remote-spawn.ts',
    from: ' && !kernel.peers.isPlaced(peer, signal.monitor)',
    to: '',
    target: 'connection',
    frames: 200_000,
  },
  'a frame may be of any length': {
    file: 'distribution/src/wire/frame-reader.ts',
    from: 'if (length > this.limitBytes)',
    to: 'if (length < 0)',
    target: 'connection',
    frames: 200_000,
  },
  'fragments may be longer than announced': {
    file: 'distribution/src/connection/input/assemblies.ts',
    from: 'if (this.#received > this.#length) throw badFrame(`fragments have more bytes than the ${this.#length} announced`)',
    to: '',
    target: 'connection',
    frames: 200_000,
  },
  'who says something and leaves is called back': {
    file: 'distribution/src/peers/peers.ts',
    from: '(isOfItsOwn(signal) || this.#attempts.has(node)) &&',
    to: '',
    target: 'connection',
    frames: 200_000,
  },
  'any proof is right': {
    file: 'distribution/src/handshake/proof.ts',
    from: 'a.length === b.length && timingSafeEqual(a, b)',
    to: 'a.length === b.length',
    target: 'handshake',
    frames: 5000,
  },
  'a proof that was overheard is right': {
    file: 'distribution/src/handshake/proof.ts',
    from: 'hmac.update(length).update(part)',
    to: 'hmac.update(length)',
    target: 'handshake',
    frames: 60_000,
  },
  'what comes instead of a handshake stays open': {
    file: 'distribution/src/connection/channel.ts',
    from: '#fail(reason: string): void {',
    to: '#fail(reason: string): void {\n    if (reason.length > 0) return',
    target: 'handshake',
    frames: 1000,
  },
  'a name is taken from whom it belongs to': {
    file: 'distribution/src/discovery/port-mapper/server.ts',
    from: 'if (entry !== undefined && entry.client !== client) return false',
    to: '',
    target: 'mapper',
    frames: 20_000,
  },
  'any port is an address': {
    file: 'distribution/src/discovery/port-mapper/lines.ts',
    from: 'isPort(value.port) && value.port > 0',
    to: `typeof value.port === 'number'`,
    target: 'mapper',
    frames: 20_000,
  },
  'a tick counts unproven': {
    file: 'distribution/src/liveness/lane-messages.ts',
    from: 'if (!isSame(this.#proof(lag), bytes.subarray(4))) return null',
    to: '',
    target: 'lane',
    frames: 20_000,
  },
  'a field of the hello raises a limit': {
    file: 'distribution/src/connection/output/bounds.ts',
    from: 'Math.min(limits.messageBytes, numberOf(peerFields, helloField.messageBytes, 4, peerFrameBytes))',
    to: 'numberOf(peerFields, helloField.messageBytes, 4, peerFrameBytes)',
    target: 'hello',
    frames: 5000,
  },
} as const satisfies { readonly [name: string]: Plant }

export type PlantName = keyof typeof plants
