/** The errors of `@agner/consensus`, one registry. */
import { AgnerError, formatError } from '@agner/core'

const templates = {
  'consensus.bad_option': 'A Raft group cannot take this as "{option}": that is {wanted}.',
  'consensus.not_a_founder':
    'Member {id} cannot found {group}: it is not among its founders ({founders}). With memory storage a member is called node#incarnation; memberIdOf() says how.',
  'consensus.forgotten':
    'Member {id} of {group} has run on this node before, and has forgotten what it promised: it must not run again under that id. Start it with the next life (life: 1, then 2, …), in memory and without founders, remove {id} from the group, and add the new id; or give it storage that lasts (segmentStorage).',
  'consensus.later_life':
    'Member {id} of {group} takes the place of one that has forgotten, so it founds nothing: the group may be there already, with commands that it acknowledged. Start it without founders, remove the earlier id from the group, and add this one.',
  'consensus.member_ended':
    'Member {id} of {group} has ended, so nobody can watch it. Start it again, if it may come back, and watch the new one; link to member.pid, or monitor it, to hear of its end.',
  'consensus.other_machine':
    'The log of this group is about "{stored}", and not about "{machine}". Start the member with the machine that the log is about, or give the new machine a group of its own.',
  'consensus.bad_machine':
    'The machine {machine} is broken: its {what} gave {gave}. Functions of a machine are not async: init gives the state, and apply { state, result }, at once. Mend it, and start all members with the same mended version.',
  'consensus.unknown_entry':
    'Entry {index} of the log of {machine} is of a kind that this version does not know. Update this member.',
  'consensus.storage_failed':
    'Member {id} of {group} has stopped: its storage failed ({reason}), so it cannot keep what it promises. Mend that, and start it again.',
  'consensus.witness_only':
    'Member {id} of {group} runs as a witness and has no state, but the group has made it a {role}. Remove it, and add it under another id: with storage on disk, on a node of another name.',
  'consensus.unavailable':
    'Nothing came of a {what} to {group} within {timeoutMs} ms: no leader was found that could take it ({last}). It was not applied and never will be. See that a majority of the members is up and can be reached, and try again.',
  'consensus.unknown_outcome':
    'It is not known what came of a {what} to {group} ({last}): it may have been applied, or may yet be, but once at most. Read the state to find out before sending it anew.',
  'consensus.busy':
    'The leader of {group} refused a {what} within {timeoutMs} ms again and again ({last}): more waits for a majority than its limits allow. It was not applied. Send less at once, or later.',
  'consensus.client_full':
    'A {what} to {group} was refused: {limit} requests of this client wait already. Await some before sending more, or raise limits.waiting in startClient().',
  'consensus.bad_argument':
    'The members of {group} do not take this {what}: {message} It was not applied. See that client and members are of one version.',
  'consensus.no_query':
    'The machine of {group} has no query, or the member that was asked keeps no state. Give the machine a query function.',
  'consensus.command_too_large':
    'A command to {group} was refused: {message}. It was not applied and never will be. Send it in parts, keep what is large elsewhere, or raise settings.commandBytes of all members.',
  'consensus.command_unencodable':
    'A command to {group} was refused, since a log cannot have it: {message}. It was not applied and never will be.',
  'consensus.result_unsendable':
    'A command to {group} was applied, but its result cannot be sent: {message}. Do not send it anew: read the state to find out what came of it. Have the machine answer with plain data, and with no more than the connections between the nodes take.',
  'consensus.query_failed':
    'A query to {group} failed: {message}. The member goes on. See that client and members know the same queries, and ask for less at once if it was too much.',
  'consensus.refused_change':
    'The change of the members of {group} was refused: {last}. See status() for the members as they are; a witness stays what it is, and nobody becomes one.',
  'consensus.unheard_voter':
    'Member {id} was not given a vote in {group} within {timeoutMs} ms: of the voters there would be with it, no majority answers now, and nothing could be decided any more. It was not added. See that it runs, and that its id is what memberIdOf() says there; add it as a learner first, and then as a voter: a learner is heard. A witness cannot be one: add it when two voters answer.',
  'consensus.refused_transfer':
    'The leadership of {group} was not handed over: {why}. See status() for the members and who leads; name a voter that is up, or none, and the one that is furthest gets it.',
  'consensus.fenced':
    'This was refused: its token {token} is older than {greatest}, so another holds the lease now. Stop what the lease was for, and acquire it anew.',
  'consensus.slow_lease':
    'The lease "{name}" of {group} could not be held: {attempts} times the answer took more than half of its {durationMs} ms. Ask for a longer one.',
  'consensus.too_many_leases':
    'The group {group} has as many leases as it may have. Release some, or use another group.',
  'consensus.damaged_log':
    'The log is damaged: {file}, byte {offset}: {what}. Nothing was changed. A member must not go on without what it promised. Bring the files back as they were; or, if the others are a majority without it, remove the member from the group, empty its folder, and add a member on a node of another name: with storage on disk the id of a member is the name of its node.',
  'consensus.log_in_use':
    'The log in {folder} is used by another process or member. Stop that one, or give this one a folder of its own.',
  'consensus.other_log':
    'The log in {folder} is that of member {member} of {group}, and not of {wantedMember} of {wantedGroup}. Nothing was changed. Give each member of each group the folder that is its own; one that is to begin anew gets an empty folder, and a node of another name.',
  'consensus.log_version':
    '{file} has version {found} of the format, and this program knows version {known}. Start the program that wrote it, or a later one.',
  'consensus.folder_unusable':
    'The folder {folder} cannot be used for a log ({reason}). No log was read or changed. Give segmentStorage() the path of a folder that this program may make, read and write.',
  'consensus.disk_failed':
    'The log in {folder} cannot go on: {operation} failed ({reason}), and what is on disk is not known any more. Free space or mend the disk, then start the member again: it reads what is there.',
  'consensus.unstorable':
    'This cannot be kept in a log, which takes nothing more: {reason}. Commands and states are plain data: null, booleans, numbers, bigints, strings, bytes, dates, arrays, plain objects, Maps, Sets, errors, pids and refs.',
  'consensus.log_not_loaded': 'The log in {folder} was not loaded. Call load() once, before everything else.',
  'consensus.log_closed': 'The log in {folder} is closed. Make another storage with segmentStorage(), and load it.',
} as const

export type ConsensusErrorCode = keyof typeof templates

export function consensusError(code: ConsensusErrorCode, details: Readonly<Record<string, unknown>>): AgnerError {
  return new AgnerError(code, formatError(templates[code], details), details)
}
