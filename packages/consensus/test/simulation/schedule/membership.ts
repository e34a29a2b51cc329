/**
 * Somebody who changes the group: adds members of all kinds, promotes learners, removes members, the leader among them, and replaces those that
 * are lost. Asks the leader, and again after a refusal, a few times.
 */
import type { Change, Configuration, MemberId, MemberRole } from '../../../src/raft/interface.ts'
import { majorityOf } from '../watch/ledger.ts'
import type { Dice } from '../world/dice.ts'
import type { World } from '../world/world.ts'

const most = 7
const attempts = 6
/** Longer than any message is under way. */
const settledMs = 1300

/** When each world's members were last asked to change. */
const asked = new WeakMap<World, number>()

export function changeMembers(world: World, dice: Dice, attempt = 1): void {
  const host = world.leader()
  const configuration = host === null ? undefined : world.watch.logOf(host.id)?.configuration
  const proposed = configuration === undefined ? null : anyChange(world, dice, configuration)
  const change = proposed !== null && isSound(configuration!, proposed) ? proposed : null
  const again = (): void => {
    if (attempt < attempts) world.agenda.after(dice.between(20, 150), () => changeMembers(world, dice, attempt + 1))
  }
  if (host === null || change === null) return again()
  asked.set(world, world.agenda.nowMs)
  if (change.type === 'add') {
    if (!world.hosts.has(change.id)) world.addHost(change.id, change.role, [])
    world.hosts.get(change.id)!.start()
  }
  host.configure(change, (answer) => {
    if (answer.type === 'refused') again()
  })
}

/**
 * A member loses its disk, and with it all it promised: it never comes back under its name. Only where those that remain are a majority of every
 * configuration that any log has, and no change is under way: no algorithm goes on without a majority.
 */
export function loseMember(world: World, dice: Dice): void {
  const configurations = world.latestConfigurations().filter((members) => members.length > 0)
  const names = new Set(configurations.map((configuration) => JSON.stringify(configuration)))
  const isSettled = names.size === 1 && world.agenda.nowMs - (asked.get(world) ?? -Infinity) > settledMs
  const configuration = configurations[0]
  if (!isSettled || configuration === undefined || lostOf(world, configuration).length > 0) return
  // What only a witness has beside the one that is lost can be had from nobody: a witness never leads.
  if (configuration.some(({ role }) => role === 'witness')) return
  if (configuration.filter(({ role }) => role === 'voter').length < 3) return
  const host = world.hosts.get(dice.one(configuration).id)!
  host.crash()
  host.isLost = true
}

function anyChange(world: World, dice: Dice, configuration: Configuration): Change | null {
  const lost = lostOf(world, configuration)
  if (lost.length > 0) return { type: 'remove', id: lost[0]! }
  const learners = configuration.filter(({ role }) => role === 'learner')
  const voters = configuration.filter(({ role }) => role === 'voter')
  if (learners.length > 0 && dice.chance(0.4)) return { type: 'add', id: dice.one(learners).id, role: 'voter' }
  if (voters.length > 2 && dice.chance(0.1)) return { type: 'add', id: dice.one(voters).id, role: 'learner' }
  if (configuration.length < most && dice.chance(0.5)) {
    const role: MemberRole = dice.one(['voter', 'voter', 'learner', 'witness'])
    return { type: 'add', id: newcomer(world, dice, configuration, role), role }
  }
  if (voters.length < 3) return null
  return { type: 'remove', id: dice.one(configuration).id }
}

/**
 * Whether those that can lead are a majority without the witnesses. What a leader had sent to witnesses and lost itself in a crash keeps them from voting for
 * anybody who lacks it, which is everybody.
 */
function isSound(configuration: Configuration, change: Change): boolean {
  const after = configuration.filter(({ id }) => id !== change.id)
  const all = change.type === 'add' ? [...after, change] : after
  const voters = all.filter(({ role }) => role === 'voter').length
  return voters >= 2 && voters >= majorityOf(all)
}

/** Somebody new, or one that was a member before and has its log still. */
function newcomer(world: World, dice: Dice, configuration: Configuration, role: MemberRole): MemberId {
  const former = [...world.hosts.values()].filter(
    ({ id, isLost, isWitness }) =>
      !isLost && isWitness === (role === 'witness') && !configuration.some((member) => member.id === id),
  )
  return former.length > 0 && dice.chance(0.5) ? dice.one(former).id : `m${world.hosts.size}`
}

function lostOf(world: World, configuration: Configuration): MemberId[] {
  return configuration.filter(({ id }) => world.hosts.get(id)?.isLost === true).map(({ id }) => id)
}
