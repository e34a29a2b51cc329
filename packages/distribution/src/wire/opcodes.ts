/**
 * The numbers of the wire. They never change their meaning; new ones are added, behind a version or a capability bit.
 */

/** Protocol versions that this code speaks. */
export const protocolVersion = { min: 1, max: 1 } as const

/** Capability bits of the handshake: what a node understands beyond the base of its version. */
export const capability = {
  /** Skips header fields that it does not know (see {@link flag.fields}). */
  headerFields: 1,
  /** Takes large messages in fragments, between which others may come. */
  fragments: 2,
  // Reserved, so that nobody gives it another meaning: 1 << 2 shared structures.
  /** Says how much it has taken in fragments, so that not too much of it is under way. */
  credits: 8,
  /** Has a post, and understands where another's is. Offered unless it is switched off. */
  liveness: 16,
  /** Understands that a peer drains, and does not come back to it. */
  draining: 32,
  /** Understands when it is told of another tick interval than that of the hello. */
  pace: 64,
  /** Gives names to nodes that have none. */
  names: 128,
} as const

/** What this code offers. It requires nothing: every bit is optional on the other side. */
export const ownCapabilities: number =
  capability.headerFields |
  capability.fragments |
  capability.credits |
  capability.pace |
  capability.names |
  capability.draining

/** Bits from 16 on say something of the sender itself; both sides need not have them. */
export const trait = {
  /** It is no member of the cluster: an operator's tool. */
  hidden: 0x1_0000,
} as const

/** The first byte of every frame after the handshake. */
export const opcode = {
  /** The sender closes the connection, in peace: u8 cause, text. */
  bye: 0x01,
  /** The sender closes the connection because of what it received: u8 cause, text. */
  fault: 0x02,
  /** A frame that comes in parts begins: varint stream, varint length of the frame, its first bytes. */
  firstFragment: 0x03,
  /** It goes on: varint stream, bytes. */
  nextFragment: 0x04,
  /** So much was taken in fragments since the connection began: varint bytes. */
  credit: 0x05,
  /** The sender is about to leave: varint milliseconds within which it will have. */
  draining: 0x06,
  /** Where the sender's post listens: varint port, text host (empty: where the sender was reached). Acceptor only. */
  liveness: 0x07,
  /** The sender ticks at another interval from now on: varint milliseconds. */
  pace: 0x08,
  send: 0x10,
  link: 0x11,
  unlink: 0x12,
  unlinkAck: 0x13,
  linkExit: 0x14,
  exit: 0x15,
  monitor: 0x16,
  demonitor: 0x17,
  down: 0x18,
  request: 0x19,
  abandon: 0x1a,
  reply: 0x1b,
  requestFailed: 0x1c,
  spawn: 0x1d,
  spawned: 0x1e,
  spawnFailed: 0x1f,
} as const

/**
 * The second byte of every frame. A flag that the receiver does not know ends the connection, since the rest cannot be
 * read.
 */
export const flag = {
  /**
   * A block of header fields follows: u16 length, then fields of u8 type, u16 length, bytes. Unknown types are skipped.
   */
  fields: 1,
  // Reserved: 1 << 1 the payload uses the connection's shared structures.
} as const

/**
 * How an address in a frame header begins. "Sender" and "receiver" are the two nodes of the connection, in the
 * incarnations of its handshake.
 */
export const addressForm = {
  none: 0,
  senderPid: 1,
  receiverPid: 2,
  otherPid: 3,
  senderRef: 4,
  receiverRef: 5,
  otherRef: 6,
  receiverName: 7,
  senderName: 8,
} as const

/** CBOR tags of values that CBOR has no word for. Their meaning is that of this protocol, inside its frames. */
export const tag = {
  /** [node name or 0 (sender) or 1 (receiver), incarnation or 0, id] */
  pid: 1201,
  /** As a pid. */
  ref: 1202,
  /** [name, message, stack, code or null, cause (absent if none)] */
  error: 1203,
  /** A date too far away for CBOR's seconds to keep its milliseconds: milliseconds since 1970 as a float. */
  farDate: 1204,
} as const

/** Why a side closes: the cause byte of bye and fault. */
export const cause = {
  disconnect: 1,
  shutdown: 2,
  replaced: 3,
  badFrame: 16,
  forgedOrigin: 17,
  frameTooLarge: 18,
  outputOverflow: 19,
} as const
