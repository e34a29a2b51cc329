/**
 * What keeps the messages: the seam between the application that serves them and where they are.
 *
 *     keeping.application    runs on every database node, always: what the node does for the messages while another serves them
 *     keeping.server         runs on one of them at a time, where `keeping.arbiter` gives a claim: it speaks the protocol of `database.api.ts`
 */
import type { AnyApplication, ApplicationContext, ChildSpec } from '@agner/behaviours'
import type { Arbiter } from '@agner/release'
import type { DatabaseStatus } from '@agner-chat/cluster/status'

export interface Keeping {
  /** For people: where the messages are. */
  readonly place: string
  readonly application: AnyApplication
  readonly arbiter: Arbiter
  /** @param context of the start: `startType.token` is that of the claim, for whoever fences what is written */
  server(context: Pick<ApplicationContext<object>, 'node' | 'startType'>): ChildSpec
  /** What this node does for the messages; without it, nothing is to be said. */
  readonly status?: () => DatabaseStatus
}
