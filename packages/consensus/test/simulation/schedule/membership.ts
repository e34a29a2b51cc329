/**
 * Somebody who changes the group: adds members of all kinds, promotes learners, removes members, the leader among them, and replaces those that
 * are lost. Asks the leader, and again after a refusal, a few times.
 */
import type { Change, Configuration, MemberId, MemberRole } from '../../../src/raft/interface.ts'
import { majorityOf } from '../watch/ledger.ts'
import type { Dice } from '../world/dice.ts'
import type { Host } from '../world/host.ts'
import { latestMs } from '../world/network.ts'
import type { World } from '../world/world.ts'

const most = 7
const learnerAtEnd = 'last'
const attempts = 6
/** Nothing of an older change is under way any more. */
const settledMs = latestMs + 300

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
  ask(world, host, change, again)
}

/** Asks for a learner, however often it takes, until that is committed: a group that is whole can be changed. */
export function addLearner(world: World, done: () => void): void {
  const host = world.leader()
  const log = host === null ? undefined : world.watch.logOf(host.id)
  const isIn = log?.configuration.some(({ id }) => id === learnerAtEnd) === true
  if (isIn && host!.appliedIndex >= log.configurationIndex) return done()
  if (host !== null && !isIn) ask(world, host, { type: 'add', id: learnerAtEnd, role: 'learner' }, () => {})
  world.agenda.after(50, () => addLearner(world, done))
}

function ask(world: World, host: Host, change: Change, refused: () => void): void {
  asked.set(world, world.agenda.nowMs)
  if (change.type === 'add') {
    if (!world.hosts.has(change.id)) world.addHost(change.id, change.role, [])
    world.hosts.get(change.id)!.start()
  }
  host.configure(change, (answer) => {
    if (answer.type === 'refused') refused()
  })
}

export function changeAtOnce(world: World, dice: Dice): void {
  const leaders = [...world.hosts.values()].filter(({ isUp, role }) => isUp && role === 'leader')
  if (leaders.length === 0) return
  const host = dice.one(leaders)
  for (let count = 1 + dice.below(4); count > 0; count--) {
    world.agenda.after(dice.between(0, 30), () => {
      const configuration = world.watch.logOf(host.id)!.configuration
      const change = host.isUp && !isLosing(world) ? anyChange(world, dice, configuration) : null
      if (change !== null && isSound(configuration, change)) ask(world, host, change, () => {})
    })
  }
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
  const leader = world.leader()
  const id = leader !== null && dice.chance(0.4) ? leader.id : dice.one(configuration).id
  const host = world.hosts.get(id)!
  const left = configuration.filter((member) => member.id !== id && member.role !== 'learner')
  if (left.length < majorityOf(configuration) || !left.some(({ role }) => role === 'voter')) return
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

/** Two voters at least, so that one can go; witnesses may be more than they are. */
function isSound(configuration: Configuration, change: Change): boolean {
  const after = configuration.filter(({ id }) => id !== change.id)
  const all = change.type === 'add' ? [...after, change] : after
  return all.filter(({ role }) => role === 'voter').length >= 2
}

/** Somebody new, or one that was a member before and has its log still. */
function newcomer(world: World, dice: Dice, configuration: Configuration, role: MemberRole): MemberId {
  const former = [...world.hosts.values()].filter(
    ({ id, isLost, isWitness }) =>
      !isLost && isWitness === (role === 'witness') && !configuration.some((member) => member.id === id),
  )
  return former.length > 0 && dice.chance(0.5) ? dice.one(former).id : `m${world.hosts.size}`
}

function isLosing(world: World): boolean {
  return [...world.hosts.values()].some(({ isLost }) => isLost)
}

function lostOf(world: World, configuration: Configuration): MemberId[] {
  return configuration.filter(({ id }) => world.hosts.get(id)?.isLost === true).map(({ id }) => id)
}
