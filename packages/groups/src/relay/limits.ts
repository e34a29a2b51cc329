/**
 * The limits of the relay, each with its default, and what it counts. Reaching one costs what the comment says.
 */
export interface RelayLimits {
  /** Messages to one destination that may wait at their sender's node. Another is refused (`groups.relay_full`). Default 1,024. */
  readonly queueMessages: number
  /** The same, in bytes. Default 4 MiB. */
  readonly queueBytes: number
  /** Messages to one destination that may be under way. Others wait. The least on the way counts. Default 128. */
  readonly windowMessages: number
  /** The same, in bytes; one message that is larger goes alone. Default 256 KiB. */
  readonly windowBytes: number
  /** The largest message, in bytes as encoded, about. A larger one is refused (`groups.relay_too_large`); so is an answer, at its target's node. Default 256 KiB. */
  readonly messageBytes: number
  /** Destinations of this node's processes. Another is refused (`groups.relay_full`); those that are idle are forgotten after `idleMs`. Default 4,096. */
  readonly destinations: number
  /** Requests to one destination without an answer yet. Another is refused (`groups.relay_full`). Default 1,024. */
  readonly requests: number
  /**
   * Circuits through this node as a gateway. Another is refused, and its sender tries the other gateways. So a gateway holds `circuits` times the larger of
   * `windowBytes` and `messageBytes` of messages at most; no window holds answers back: of each destination there may be `requests` of `messageBytes`. Default 1,024.
   */
  readonly circuits: number
  /** Circuits that end at this node. Another is refused. Default 16,384. */
  readonly targets: number
  /** With more messages than this in its mailbox, a process gets no more than what is under way already. Default 1,000. */
  readonly mailboxMessages: number
}

export interface RelayTimes {
  /** How long a way is looked for before what waits for it is given up as `noconnection`. Default 2,000 ms. */
  readonly openTimeoutMs: number
  /** How long one gateway has to answer before the next one is tried. Default 1,000 ms. */
  readonly attemptTimeoutMs: number
  /** A circuit that nobody has used for so long, and nobody watches, is closed. Default 60,000 ms. */
  readonly idleMs: number
  /** How often is looked again at what could not go on. Default 10 ms. */
  readonly retryMs: number
}

export const defaultRelayLimits: RelayLimits = {
  queueMessages: 1024,
  queueBytes: 4 * 1024 * 1024,
  windowMessages: 128,
  windowBytes: 256 * 1024,
  messageBytes: 256 * 1024,
  destinations: 4096,
  requests: 1024,
  circuits: 1024,
  targets: 16_384,
  mailboxMessages: 1000,
}

export const defaultRelayTimes: RelayTimes = {
  openTimeoutMs: 2000,
  attemptTimeoutMs: 1000,
  idleMs: 60_000,
  retryMs: 10,
}

/** What the relay of a node has counted. */
export interface RelayCounters {
  /** Messages and requests that this node's processes have handed over. */
  sent: number
  /** Those that were passed on, here as a gateway. */
  relayed: number
  /** Those that reached a process of this node. */
  delivered: number
  /** Sends that were refused, for a full queue or a message too large. */
  refused: number
  /** Messages that were under way when their path was lost: they may have arrived or not. */
  inDoubt: number
  /** Messages that never left, since no way was found in time. */
  unsent: number
  /** Messages for a process that was gone, or a name that nobody had. */
  undelivered: number
  /** Messages that came over a circuit that was over: given up, and replaced by a newer one, say. They were dropped, for the sake of order; their source knows. */
  late: number
  /** Circuits that this node opened. */
  opened: number
  /** Circuits of this node's that were lost with a gateway, or the target's node. */
  lost: number
  /** Circuits that this node refused, as a gateway or as the end. */
  circuitsRefused: number
  /** Messages that came out of turn: a peer with a fault. Its circuit is ended. */
  faults: number
  /** Messages that no relay says, from wherever. They were dropped. */
  rubbish: number
}

export function newRelayCounters(): RelayCounters {
  return {
    sent: 0,
    relayed: 0,
    delivered: 0,
    refused: 0,
    inDoubt: 0,
    unsent: 0,
    undelivered: 0,
    late: 0,
    opened: 0,
    lost: 0,
    circuitsRefused: 0,
    faults: 0,
    rubbish: 0,
  }
}
