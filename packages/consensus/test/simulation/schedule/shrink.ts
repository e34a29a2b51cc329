/** Fewer faults that still show the same: what a person reads first. */
import type { Plan } from './plan.ts'
import { runSchedule, type ScheduleOptions } from './run.ts'

/** Plans without one of the faults are tried until none of them fails in the same check. */
export function shrink(plan: Plan, options: ScheduleOptions): Plan {
  const check = runSchedule(plan, options).violation?.check
  let smallest = plan
  for (let at = 0; at < smallest.faults.length;) {
    const smaller = { ...smallest, faults: smallest.faults.toSpliced(at, 1) }
    if (runSchedule(smaller, options).violation?.check === check) smallest = smaller
    else at++
  }
  return smallest
}

/** For people: who is there, and what happens when. */
export function describePlan({ members, settings, weather, clients, faults, healAtMs }: Plan): string {
  const lines = [
    `members ${members.map(({ id, role }) => (role === 'voter' ? id : `${id} (${role})`)).join(' ')}, ${clients.length} clients`,
    `settings ${JSON.stringify(settings)}, weather ${JSON.stringify(weather)}`,
    ...faults.map(({ name, atMs, durationMs }) => `${atMs.toFixed(0)} ms: ${name} for ${durationMs.toFixed(0)} ms`),
    `${healAtMs.toFixed(0)} ms: everything heals`,
  ]
  return lines.join('\n  ')
}
