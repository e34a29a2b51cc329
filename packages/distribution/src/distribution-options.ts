/** What a distribution is started with; `options.ts` checks it and has the defaults. */
import type { Notice } from '@agner/core'
import type { Discovery } from './discovery/discovery.ts'
import type { Limits } from './limits.ts'
import type { NameLease } from './names/request-name.ts'
import type { Network } from './network/network.ts'
import type { AutoConnect, ListenOptions, LivenessSettings, PortMapperAddress } from './options.ts'

export interface DistributionOptions {
  /**
   * The secret that every node of the cluster has, at least 16 characters. Whoever knows it may do anything that a node
   * of the cluster may.
   */
  readonly cookie: string
  /** Where other nodes connect to; default a free port on 127.0.0.1. False: this node can only connect to others. */
  readonly listen?: Partial<ListenOptions> | false
  /**
   * Where the nodes of this host find each other by name; default 127.0.0.1:4370, served by whichever node comes first.
   * False: only `hosts` counts.
   */
  readonly portMapper?: Partial<PortMapperAddress> | false
  /** Nodes that the port mapper does not know, by name: `{ 'db@10.0.0.2': '10.0.0.2:4400' }`. Looked at first. */
  readonly hosts?: Readonly<Record<string, string>>
  /**
   * Who else knows where nodes are: `dnsDiscovery`, `hostDiscovery`, or one of your own. Asked after `hosts` and before the port
   * mapper, in this order.
   */
  readonly discovery?: Discovery | readonly Discovery[]
  /**
   * True: connects to every node that `hosts` and `discovery` list, as soon as they do, and again every five seconds to those
   * that it is not connected to. Default false: when one is needed.
   */
  readonly joinFound?: boolean
  /** How bytes get to other nodes. Default: `tcp`. Others: `unix`, `MemoryNetwork`. */
  readonly network?: Network
  /**
   * A sign of life is given at least this often; a peer is down after four such intervals of silence. Default 15,000
   * ms. The slower of two nodes sets the pace. With liveness a node whose thread is held is not taken for dead, so the
   * interval may be shorter than the longest computation.
   */
  readonly tickMs?: number
  /**
   * A thread of its own ticks for this node while the node's thread is held by a long computation, and listens beside the
   * node for its peers' threads: who is busy is suspect, not down. Starts with the first peer that has it too. False: off;
   * silence is all that counts. Needs a network of sockets.
   */
  readonly liveness?: Partial<LivenessSettings> | false
  /** How long a connection may take to be made, and a stranger to prove himself. Default 7,000 ms. */
  readonly handshakeTimeoutMs?: number
  /**
   * For an operator's tool, which is no member of the cluster: other nodes talk to it, and do not see it among `nodes()`,
   * are not told that it comes and goes, and so do not connect others to it. Default false (`erl -hidden`).
   */
  readonly hidden?: boolean
  /**
   * Whether what is sent to a node without a connection makes one. `always`: the default. `once`: until it has been lost;
   * then it takes `connect`. `never`: only `connect` makes any. What is sent otherwise meets `noconnection`. Nodes that
   * connect to this one are let in all the same (dist_auto_connect).
   */
  readonly autoConnect?: AutoConnect
  /**
   * False: the names of `@agner/global` do not make this node connect to whom its neighbours are connected to. Default
   * true (`erl -connect_all`).
   */
  readonly connectAll?: boolean
  /**
   * The lease of the name of this node, from `requestName`. When it is lost this distribution stops; when this stops, the name
   * is given back.
   */
  readonly lease?: NameLease
  /** Only these nodes are connected to, and let in; default all that have the cookie. See `allow`. */
  readonly allow?: readonly string[]
  /**
   * A hybrid logical clock: every signal to a node that has one is stamped, and moves that on, so what happened before has the
   * smaller stamp, on whatever node; `self.messageClock` is the stamp of a message. A peer that is further ahead of this
   * node's own time than `maxDriftMs` (default 60,000) moves it as far as that, and no further. Default false: messages carry no stamps.
   */
  readonly clock?: boolean | { readonly maxDriftMs?: number }
  readonly limits?: Partial<Limits>
  /** Takes notices; default: the node's reporter. */
  readonly log?: (notice: Notice) => void
}

export interface DrainOptions {
  /** When it leaves by itself. Default 10,000 ms. */
  readonly timeoutMs?: number
}
