/** What a peer is started with. */
import type { Distribution, DistributionOptions } from '@agner/distribution'

/** Options of a distribution that are data. All others are the program's to set, with its function `distribution`. */
export type PeerDistributionOptions = Pick<
  Partial<DistributionOptions>,
  | 'allow'
  | 'autoConnect'
  | 'clock'
  | 'connectAll'
  | 'handshakeTimeoutMs'
  | 'hidden'
  | 'hosts'
  | 'joinFound'
  | 'limits'
  | 'listen'
  | 'liveness'
  | 'portMapper'
  | 'tickMs'
>

/** Any program at all. */
export interface AnyPeerProgram {
  readonly start: (self: never) => unknown
}

/** Functions of which nothing is known. */
export type UntypedCalls = Readonly<Record<string, (...args: unknown[]) => unknown>>

/** The functions of a program that can be called. */
export type CallsOf<Program extends AnyPeerProgram> = Awaited<ReturnType<Program['start']>>

/** What a program is started with. */
export type ArgsOf<Program extends AnyPeerProgram> = Parameters<Program['start']>[0] extends {
  readonly args: infer Args
}
  ? Args
  : never

export interface PeerSettings {
  /** The module whose default export is the program: a file URL, or an absolute path. */
  readonly module: URL | string
  /** The name of its node; without a host it is on `127.0.0.1`. Default: a random one, `randomPeerName()`. */
  readonly name?: string
  /**
   * A distribution of this process: the peer has its cookie, and is connected to it when `startPeer` resolves. Default: it has a
   * distribution, is found by the other peers of this process, and by nodes here that have `peerDiscovery()`, and is connected to
   * nobody. `none`: it has no distribution, and there is no way to it but this one.
   */
  readonly connection?: Distribution | 'none'
  /** Default: that of `connection`; else one that is random and the same for all peers of this process, `peerCookie()`. */
  readonly cookie?: string
  /** Options of its distribution. Default `portMapper`: false. */
  readonly distribution?: PeerDistributionOptions
  /** Variables of its environment, beside those of this process; undefined takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Flags of Node, such as `--max-old-space-size=64`. The `--conditions` of this process are there without. */
  readonly nodeFlags?: readonly string[]
  /**
   * Stands before the command and has to become it, as `ip netns exec NAME` does: see `createNetworkNamespaces`. Channel and signals are
   * for the peer, so a program that stays in between, as `sudo` does, is none.
   */
  readonly prefix?: readonly string[]
  /** Within which it must be up. Default 15,000. */
  readonly startTimeoutMs?: number
  /** Within which a call must be answered, and what `until` waits for be said. Default 5,000; Infinity: for ever. */
  readonly callTimeoutMs?: number
}

export type PeerOptions<Args = unknown> = PeerSettings &
  (undefined extends Args
    ? {
        /** What the program is started with: data that can be sent. */
        readonly args?: Args
      }
    : { readonly args: Args })
