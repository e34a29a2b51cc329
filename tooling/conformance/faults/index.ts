/**
 * All planted wrong implementations, by name.
 */
import { aliasFaults } from './aliases.ts'
import { connectionFaults } from './connections.ts'
import { distributedFaults } from './distributed-applications.ts'
import { applicationFaults } from './applications.ts'
import { erpcFaults } from './erpc.ts'
import { eventFaults } from './events.ts'
import { exitFaults } from './exits.ts'
import { flagFaults } from './flags.ts'
import { globalFaults } from './global-names.ts'
import { infoFaults } from './info.ts'
import { linkFaults } from './links.ts'
import { loggingFaults } from './logging.ts'
import { lookingFaults } from './looking.ts'
import { membershipFaults } from './membership.ts'
import { monitorFaults } from './monitors.ts'
import type { Fault } from './patch.ts'
import { pgFaults } from './process-groups.ts'
import { portFaults } from './ports.ts'
import { requestFaults } from './requests.ts'
import { receiveFaults } from './receive.ts'
import { schedulingFaults } from './scheduling.ts'
import { serverFaults } from './servers.ts'
import { signalFaults } from './signals.ts'
import { spawnFaults } from './spawning.ts'
import { supervisorFaults } from './supervisors.ts'
import { statemFaults } from './statem.ts'
import { timerFaults } from './timers.ts'

const known = {
  ...membershipFaults,
  ...exitFaults,
  ...linkFaults,
  ...monitorFaults,
  ...aliasFaults,
  ...signalFaults,
  ...receiveFaults,
  ...timerFaults,
  ...spawnFaults,
  ...infoFaults,
  ...flagFaults,
  ...schedulingFaults,
  ...portFaults,
  ...statemFaults,
  ...requestFaults,
  ...serverFaults,
  ...lookingFaults,
  ...eventFaults,
  ...loggingFaults,
  ...supervisorFaults,
  ...applicationFaults,
  ...distributedFaults,
  ...connectionFaults,
  ...erpcFaults,
  ...globalFaults,
  ...pgFaults,
}

export type FaultName = keyof typeof known

export const faults: Readonly<Record<FaultName, Fault>> = known
