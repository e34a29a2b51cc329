/**
 * All topics. Each has an Erlang module of its name beside it.
 */
import type { Topic } from '../scenario.ts'
import { aliases } from './aliases.ts'
import { connections } from './connections.ts'
import { global_names } from './global-names.ts'
import { global_registry } from './global-registry.ts'
import { nodes } from './nodes.ts'
import { applications } from './applications.ts'
import { distributedApplications } from './distributed-applications.ts'
import { erpcCalls } from './erpc-calls.ts'
import { events } from './events.ts'
import { exits } from './exits.ts'
import { flags } from './flags.ts'
import { info } from './info.ts'
import { links } from './links.ts'
import { logging } from './logging.ts'
import { looking } from './looking.ts'
import { membership } from './membership.ts'
import { monitors } from './monitors.ts'
import { names } from './names.ts'
import { process_groups } from './process-groups.ts'
import { ports } from './ports.ts'
import { farRequests } from './far-requests.ts'
import { requests } from './requests.ts'
import { receives } from './receives.ts'
import { scheduling } from './scheduling.ts'
import { servers } from './servers.ts'
import { signals } from './signals.ts'
import { spawning } from './spawning.ts'
import { supervisors } from './supervisors.ts'
import { statem } from './statem.ts'
import { timers } from './timers.ts'

export const topics: Readonly<Record<string, Topic>> = {
  exits,
  links,
  monitors,
  aliases,
  names,
  signals,
  receives,
  timers,
  spawning,
  info,
  flags,
  scheduling,
  ports,
  statem,
  requests,
  far_requests: farRequests,
  erpc_calls: erpcCalls,
  servers,
  looking,
  events,
  logging,
  supervisors,
  applications,
  distributed_applications: distributedApplications,
  connections,
  nodes,
  membership,
  global_names,
  global_registry,
  process_groups,
}
