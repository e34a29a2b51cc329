/** What can go wrong, or is done on purpose while things go wrong. Each fault throws its own dice: taking one out of a plan leaves the others as they were. */
import type { Dice } from '../world/dice.ts'
import type { Host } from '../world/host.ts'
import type { World } from '../world/world.ts'
import { changeAtOnce, changeMembers, loseMember } from './membership.ts'

type Fault = (world: World, dice: Dice, durationMs: number) => void

export type FaultName =
  | 'crash'
  | 'crashLeader'
  | 'blackout'
  | 'pause'
  | 'pauseLeader'
  | 'split'
  | 'isolateLeader'
  | 'chairs'
  | 'oneWay'
  | 'ring'
  | 'storm'
  | 'slowDisk'
  | 'compact'
  | 'transfer'
  | 'down'
  | 'change'
  | 'changes'
  | 'lose'

export const faults: Readonly<Record<FaultName, Fault>> = {
  /** A member crashes, and starts again. */
  crash: (world, dice, durationMs) => crash(world, [anyUp(world, dice)], durationMs),
  crashLeader: (world, dice, durationMs) => crash(world, [world.leader() ?? anyUp(world, dice)], durationMs),
  /** The power fails: most or all crash at once. */
  blackout: (world, dice, durationMs) => {
    const hosts = [...world.hosts.values()].filter(() => dice.chance(0.8))
    crash(world, hosts, Math.min(durationMs, 300))
  },
  /** A member stands still, and goes on with what has come meanwhile. */
  pause: (world, dice, durationMs) => pause(world, anyUp(world, dice), durationMs),
  pauseLeader: (world, dice, durationMs) => pause(world, world.leader() ?? anyUp(world, dice), durationMs),
  /** Two sides that hear nothing of each other. */
  split: (world, dice, durationMs) => {
    const ids = dice.shuffled([...world.hosts.keys()])
    const size = 1 + dice.below(Math.max(1, ids.length - 1))
    cutAll(world, ids.slice(0, size), ids.slice(size), true, durationMs)
  },
  /** The leader is cut off, with one other perhaps; clients still reach it. */
  isolateLeader: (world, dice, durationMs) => {
    const leader = world.leader()
    if (leader === null) return
    const others = dice.shuffled([...world.hosts.keys()].filter((id) => id !== leader.id))
    const companions = dice.chance(0.3) ? 1 : 0
    cutAll(world, [leader.id, ...others.slice(0, companions)], others.slice(companions), true, durationMs)
  },
  /**
   * Each leader is cut off as soon as it leads, and comes back when the next one is: logs grow apart, and old leaders meet new ones (figure 8 of the Raft
   * paper).
   */
  chairs: (world, dice) => chairs(world, dice, 4 + dice.below(12), null),
  /** Some ways are cut in one direction. */
  oneWay: (world, dice, durationMs) => {
    const ids = [...world.hosts.keys()]
    for (const from of ids) {
      for (const to of ids) if (from !== to && dice.chance(0.3)) cutAll(world, [from], [to], false, durationMs)
    }
  },
  /** Everybody hears somebody, and nobody everybody. */
  ring: (world, dice, durationMs) => {
    const ids = dice.shuffled([...world.hosts.keys()])
    for (const [at, id] of ids.entries()) {
      for (const [otherAt, other] of ids.entries()) {
        const distance = Math.abs(at - otherAt)
        if (distance > 1 && distance < ids.length - 1) cutAll(world, [id], [other], false, durationMs)
      }
    }
  },
  /** Messages are lost, late, and come twice. */
  storm: (world, dice, durationMs) => {
    const before = world.network.weather
    world.network.weather = {
      fastestMs: 0.2,
      slowestMs: dice.one([20, 100, 300]),
      loss: dice.between(0, 0.5),
      late: dice.one([0, 0.1]),
      duplicated: dice.between(0, 0.3),
    }
    world.endAfter(durationMs, () => {
      world.network.weather = before
    })
  },
  slowDisk: (world, dice, durationMs) => {
    const { disk } = anyUp(world, dice)
    const before = disk.slowestSyncMs
    disk.slowestSyncMs = dice.one([30, 100, 400])
    world.endAfter(durationMs, () => {
      disk.slowestSyncMs = before
    })
  },
  /** Some save a snapshot and forget what it stands for. */
  compact: (world, dice) => {
    for (const host of world.hosts.values()) if (dice.chance(0.6)) host.compact()
  },
  /** The leadership is handed over, to somebody or to anybody. */
  transfer: (world, dice) => {
    const to = dice.chance(0.5) ? null : anyUp(world, dice).id
    world.leader()?.transfer(to, () => {})
  },
  /** A member is told, wrongly perhaps, that another is gone. */
  down: (world, dice) => {
    const host = anyUp(world, dice)
    host.down(dice.chance(0.5) && host.leader !== null ? host.leader : anyUp(world, dice).id)
  },
  change: (world, dice) => changeMembers(world, dice),
  /** Several changes are asked for at once, of anybody who takes itself for the leader. */
  changes: (world, dice) => changeAtOnce(world, dice),
  lose: (world, dice) => loseMember(world, dice),
}

export const faultNames: readonly FaultName[] = Object.keys(faults) as FaultName[]

function anyUp(world: World, dice: Dice): Host {
  const hosts = [...world.hosts.values()]
  const up = hosts.filter(({ isUp }) => isUp)
  return dice.one(up.length > 0 ? up : hosts)
}

interface Away {
  readonly id: string
  readonly release: () => void
}

function chairs(world: World, dice: Dice, rounds: number, before: Away | null): void {
  const { agenda } = world
  const timeoutMs = world.settings.electionTimeoutMs
  const leader = world.leader()
  if (rounds === 0 || agenda.nowMs >= world.healAtMs) return before?.release()
  if (leader === null || leader.id === before?.id) {
    return agenda.after(timeoutMs / 2, () => chairs(world, dice, rounds - 1, before))
  }
  const others = [...world.hosts.keys()].filter((id) => id !== leader.id)
  const company = dice.chance(0.4) ? [dice.one(others)] : []
  const left = [leader.id, ...company]
  const release = cutAll(
    world,
    left,
    others.filter((id) => !company.includes(id)),
    true,
    Infinity,
  )
  // Both are away for a moment, or for none.
  if (before !== null) agenda.after(timeoutMs * dice.one([0, 0.3, 1]), before.release)
  if (dice.chance(0.3)) {
    agenda.after(timeoutMs * dice.between(0, 1), () => crash(world, [leader], timeoutMs * dice.between(0.1, 2)))
  }
  agenda.after(timeoutMs * dice.between(0.5, 4), () => chairs(world, dice, rounds - 1, { id: leader.id, release }))
}

function crash(world: World, hosts: readonly Host[], durationMs: number): void {
  for (const host of hosts) host.crash()
  world.endAfter(durationMs, () => {
    for (const host of hosts) host.start()
  })
}

function pause(world: World, host: Host, durationMs: number): void {
  host.pause()
  world.endAfter(durationMs, () => host.resume())
}

function cutAll(
  world: World,
  left: readonly string[],
  right: readonly string[],
  isBothWays: boolean,
  durationMs: number,
): () => void {
  const heals = left.flatMap((from) =>
    right.flatMap((to) => [world.network.cut(from, to), ...(isBothWays ? [world.network.cut(to, from)] : [])]),
  )
  return world.endAfter(durationMs, () => {
    for (const heal of heals) heal()
  })
}
