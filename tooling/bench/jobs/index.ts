/** The halves of all jobs that run on Agner. Only the OS process that plays them imports this. */
import type { Halves } from '../job.ts'
import { calls } from './calls/calls.ts'
import { casting } from './casting/casting.ts'
import { chain } from './chain/chain.ts'
import { churn } from './churn/churn.ts'
import { events } from './events/events.ts'
import { fanin } from './fanin/fanin.ts'
import { growth } from './growth/growth.ts'
import { idle } from './idle/idle.ts'
import { linking } from './linking/linking.ts'
import { longbox } from './longbox/longbox.ts'
import { manychildren } from './manychildren/manychildren.ts'
import { machines } from './machines/machines.ts'
import { monitoring } from './monitoring/monitoring.ts'
import { pingpong } from './pingpong/pingpong.ts'
import { remotecalls } from './remotecalls/remotecalls.ts'
import { remotecasts } from './remotecasts/remotecasts.ts'
import { remotemesh } from './remotemesh/remotemesh.ts'
import { ring } from './ring/ring.ts'
import { selective } from './selective/selective.ts'
import { servercalls } from './servercalls/servercalls.ts'
import { spawning } from './spawning/spawning.ts'
import { starting } from './starting/starting.ts'
import { supervising } from './supervising/supervising.ts'
import { timers } from './timers/timers.ts'
import { traffic } from './traffic/traffic.ts'

export const jobs: Readonly<Record<string, Halves>> = {
  spawning,
  pingpong,
  ring,
  events,
  fanin,
  traffic,
  selective,
  calls,
  servercalls,
  casting,
  machines,
  starting,
  supervising,
  manychildren,
  monitoring,
  linking,
  chain,
  timers,
  idle,
  growth,
  churn,
  longbox,
  remotecalls,
  remotecasts,
  remotemesh,
}
