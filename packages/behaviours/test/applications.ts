/**
 * Applications for tests: each has one child of its own name, and logs its callbacks.
 */
import { defineApplication, whichApplications, type Application, type ApplicationDefinition } from '../src/index.ts'
import { createFamily, type Family } from './family.ts'
import { createWorld, type World } from './world.ts'

export interface Applications extends World {
  readonly world: World
  readonly family: Family
  /** `name state` of each. */
  list(): Promise<string[]>
}

export function setUp(): Applications {
  const world = createWorld()
  const family = createFamily(world)
  const list = async () => (await world.run(whichApplications(world.node))).map(({ name, state }) => `${name} ${state}`)
  return { world, family, list, ...world }
}

export function logged(
  { log }: World,
  family: Family,
  name: string,
  more: Partial<ApplicationDefinition<object, unknown>> = {},
): Application<object> {
  return defineApplication<object, unknown>({
    name,
    version: '1.0.0',
    start: () => ({ intensity: 0, children: [family.child(name)] }),
    prepareStop: () => void log.push(`prepareStop ${name}`),
    stop: () => void log.push(`stop ${name}`),
    ...more,
  })
}
