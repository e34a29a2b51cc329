/**
 * Which changes of the members a leader lets into its log. What makes no sense at all `change.ts` refuses; here it counts what the leader knows of the others.
 */
import { changed, isRefusal } from './change.ts'
import type { Change, Configuration, MemberId, Refusal } from './interface.ts'
import type { Progress } from './progress.ts'
import type { Seat } from './seat.ts'

type Progresses = ReadonlyMap<MemberId, Progress>

/** The members as the change makes them, or why it must not be. */
export function permitted(seat: Seat, members: Progresses, change: Change): Configuration | Refusal {
  const configuration = changed(seat.log.electorate.configuration, change)
  if (isRefusal(configuration)) return configuration
  if (!leavesState(seat, members, configuration)) return { why: 'last_voter' }
  const votes = change.type === 'add' && change.role !== 'learner'
  return votes && !isAnswered(seat, members, configuration) ? { why: 'unheard' } : configuration
}

/**
 * A voter is left that has the state, or can be brought to it from any log: since it has the last change, witnesses have kept for it what came after. One that has not
 * they could bring no further, and would decide without it all the same.
 */
function leavesState({ id: own, log }: Seat, members: Progresses, configuration: Configuration): boolean {
  const hasLastChange = (id: MemberId): boolean => (members.get(id)?.match ?? 0) >= log.configurationIndex
  return configuration.some(({ id, role }) => role === 'voter' && (id === own || hasLastChange(id)))
}

/**
 * Those that answer now are a majority of the voters there would be, witnesses among them. A voter under an id that nobody has would else end a group of one for ever,
 * since that could not even take it back. A learner is heard before it counts, so there is always a way; a witness is not, so two others have to be there first.
 */
function isAnswered({ id: own, nowMs, settings }: Seat, members: Progresses, configuration: Configuration): boolean {
  const voters = configuration.filter(({ role }) => role !== 'learner')
  const answering = voters.filter(({ id }) => {
    if (id === own) return true
    const progress = members.get(id)
    return progress !== undefined && progress.match > 0 && progress.heardMs + settings.electionTimeoutMs > nowMs
  })
  return answering.length > voters.length / 2
}
