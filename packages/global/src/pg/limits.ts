/** What one scope of process groups may hold on one node. */

export interface PgLimits {
  /** Memberships of processes of this node. Beyond them `join` throws `pg.full`. Default 1,000,000. */
  readonly localMembers: number
  /**
   * Memberships that one other node may have. A node with more is left out, with all of its members, and a notice says so; it is
   * taken in again when it comes anew. Default 1,000,000.
   */
  readonly membersPerNode: number
  /** Monitors, of groups and of the scope. Beyond them `monitor` throws `pg.too_many_monitors`. Default 10,000. */
  readonly monitors: number
}

export const defaultPgLimits: PgLimits = {
  localMembers: 1_000_000,
  membersPerNode: 1_000_000,
  monitors: 10_000,
}

/** Memberships that one message between nodes tells of: larger states and batches go in several. */
export const membersPerMessage = 2000
