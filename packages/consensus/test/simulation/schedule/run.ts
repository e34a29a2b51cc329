/**
 * One schedule: the faults of a plan come, everything heals, and then within a bounded time each client finishes what it has under way, writes and reads once more, and
 * all members have the same. In the end the history of all clients must be linearizable.
 */
import { checkLinearizable } from '../linearizability/check.ts'
import { register } from '../linearizability/register.ts'
import { Violation } from '../watch/violation.ts'
import { Dice } from '../world/dice.ts'
import type { MakeSubject } from '../world/subject.ts'
import { World } from '../world/world.ts'
import { faults } from './faults.ts'
import { addLearner } from './membership.ts'
import type { Plan } from './plan.ts'

/** After so many election timeouts without a fault, and the pauses that clients make, everybody must be done. */
const boundTimeouts = 30
const pausesMs = 3000
/** A schedule has some thousands. */
const mostEvents = 300_000

export interface ScheduleOptions {
  readonly make: MakeSubject
  /** Off: nothing is judged but what clients see, whether they are served, and what is on disk. Default true. */
  readonly isStrict?: boolean
}

export interface Outcome {
  readonly violation: Violation | null
  readonly events: number
  readonly messages: number
  readonly operations: number
  readonly answered: number
  readonly committed: number
  readonly terms: number
  readonly changes: number
  readonly truncations: number
  readonly installs: number
  readonly virtualMs: number
  /** From the heal until all was well. */
  readonly healedMs: number
  readonly isUndecided: boolean
}

export function runSchedule(plan: Plan, { make, isStrict = true }: ScheduleOptions): Outcome {
  const world = new World(plan, make, isStrict)
  const { agenda } = world
  let violation: Violation | null = null
  let isUndecided = false
  let isAdded = !plan.addsAtEnd
  let doneAtMs = plan.healAtMs
  try {
    for (const { name, atMs, durationMs, seed } of plan.faults) {
      agenda.at(atMs, () => faults[name](world, new Dice(seed), durationMs))
    }
    agenda.at(plan.healAtMs, () => {
      world.heal()
      if (plan.addsAtEnd) addLearner(world, () => (isAdded = true))
    })
    playUntil(world, plan.healAtMs)
    doneAtMs = playUntilWell(
      world,
      () => isAdded,
      plan.healAtMs + boundTimeouts * plan.settings.electionTimeoutMs + pausesMs,
    )
    const verdict = checkLinearizable(register, world.history.operations)
    if (verdict.type === 'wrong') throw new Violation('linearizability', verdict.text)
    isUndecided = verdict.type === 'undecided'
  } catch (error) {
    violation = error instanceof Violation ? error : broken(error)
  }
  const { operations } = world.history
  return {
    violation,
    events: agenda.count,
    messages: world.network.sent,
    operations: operations.length,
    answered: operations.filter(({ answeredAt }) => answeredAt !== Infinity).length,
    committed: world.watch.ledger.committed.length,
    terms: world.watch.elections.latestTerm,
    changes: world.watch.ledger.committed.filter(({ entry }) => entry.type === 'configuration').length,
    truncations: world.watch.truncations,
    installs: world.watch.installs,
    virtualMs: agenda.nowMs,
    healedMs: doneAtMs - plan.healAtMs,
    isUndecided,
  }
}

function playUntil(world: World, untilMs: number): void {
  const { agenda } = world
  while (agenda.nowMs < untilMs && agenda.next()) {
    if (agenda.count > mostEvents) throw new Violation('liveness', `more than ${mostEvents} events`)
  }
}

/** @throws a violation if it takes longer than to then. */
function playUntilWell(world: World, isChanged: () => boolean, boundMs: number): number {
  const { agenda } = world
  for (;;) {
    if (isChanged() && isWell(world)) return agenda.nowMs
    if (agenda.nowMs > boundMs) throw new Violation('liveness', describe(world, isChanged()))
    playUntil(world, agenda.nowMs + 10)
  }
}

function isWell(world: World): boolean {
  if (!world.clients.every(({ hands }) => hands.every(({ isDone }) => isDone))) return false
  return behind(world).length === 0 && unanswered(world).length === 0
}

/** The members that owe somebody an answer: whatever was asked, it is answered or refused in time. */
function unanswered(world: World): string[] {
  return [...world.hosts.values()].filter(({ waiting }) => waiting.unanswered > 0).map(({ id }) => id)
}

/** The members that have not applied what is committed. */
function behind(world: World): string[] {
  const { committed } = world.watch.ledger
  const configuration = committed.findLast(({ entry }) => entry.type === 'configuration')?.entry
  const members = configuration?.type === 'configuration' ? configuration.configuration : world.genesis
  return members
    .filter(({ id }) => {
      const host = world.hosts.get(id)!
      return !host.isLost && host.appliedIndex < committed.length
    })
    .map(({ id }) => id)
}

function describe(world: World, isChanged: boolean): string {
  const hands = world.clients.flatMap(({ id, hands: own }) =>
    own.flatMap((hand) => (hand.isDone ? [] : [`${id} does ${hand.doing}`])),
  )
  const hosts = [...world.hosts.values()].map((host) => {
    const log = world.watch.logOf(host.id)
    const state = host.isLost ? 'lost' : host.isUp ? host.role : 'down'
    const members = log?.configuration.map(({ id, role }) => `${id}${role === 'voter' ? '' : `:${role}`}`).join(',')
    return `${host.id} ${state} of ${host.term}, leader ${host.leader ?? '?'}, log ${log?.baseIndex ?? 0}–${log?.lastIndex ?? 0}, applied ${host.appliedIndex}, members ${members ?? ''}`
  })
  return [
    'not well within the bound after everything healed',
    ...(isChanged ? [] : ['no learner could be added']),
    ...hands,
    `owe an answer: ${unanswered(world).join(', ')}; behind: ${behind(world).join(', ')}; committed ${world.watch.ledger.committed.length}`,
    ...hosts,
  ].join('\n  ')
}

/** A member that throws is as wrong as one that lies. */
function broken(error: unknown): Violation {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return new Violation('crash', text.split('\n').slice(0, 6).join('\n  '))
}
