/**
 * Supervision trees under random ends, starts, terminations, deletes and shutdowns, against the model: the same log in
 * the same order, the same tree after each of them.
 */
import { Pid, type AnyPid } from '@agner/core'
import { eachSeed, type VirtualRuntime } from '@agner/testing'
import { expect, test } from 'vitest'
import {
  defineSupervisor,
  deleteChild,
  restartChild,
  startChild,
  startSupervisor,
  terminateChild,
  whichChildren,
  type ChildSpec,
  type ChildStarted,
} from '../src/index.ts'
import { createFamily, type Family } from './family.ts'
import { isTree, Model, type How, type Kind, type LeafPlan, type TreePlan } from './supervisor-model.ts'
import { createWorld, type World } from './world.ts'

type Pick = <T>(all: readonly T[]) => T

const pickWith =
  (runtime: VirtualRuntime): Pick =>
  (all) =>
    all[Math.floor(runtime.random() * all.length)]!

let ids = 0

function leaf(pick: Pick, auto: string): LeafPlan {
  const significant = auto !== 'never' && pick([true, false])
  const restart = significant
    ? pick<Kind>(['transient', 'temporary'])
    : pick<Kind>(['permanent', 'permanent', 'transient', 'temporary'])
  const some = (chance: number) =>
    new Set(Array.from({ length: 30 }, (_, n) => n + 2).filter(() => pick(range(chance)) === 0))
  return { id: `k${ids++}`, restart, significant, fails: some(5), ignores: some(12) }
}

function tree(pick: Pick, depth: number, autoAbove: string): TreePlan {
  const auto = pick(['never', 'never', 'anySignificant', 'allSignificant'] as const)
  const significant = autoAbove !== 'never' && pick([true, false])
  const restart = significant
    ? pick<Kind>(['transient', 'temporary'])
    : pick<Kind>(['permanent', 'transient', 'temporary'])
  const children = range(pick([1, 2, 3, 4])).map(() =>
    depth > 0 && pick([0, 0, 1]) === 1 ? tree(pick, depth - 1, auto) : leaf(pick, auto),
  )
  return {
    id: `s${ids++}`,
    restart,
    significant,
    strategy: pick(['oneForOne', 'oneForAll', 'restForOne'] as const),
    intensity: pick([0, 1, 2, 5, 20]),
    periodMs: pick([50, 1000]),
    auto,
    children,
  }
}

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

/** The plan as a specification of real processes. */
function specOf(family: Family, plan: LeafPlan | TreePlan): ChildSpec<ChildStarted> {
  const { id, restart, significant } = plan
  if (isTree(plan)) return defineSupervisor(definitionOf(family, plan)).child({ id, name: id, restart, significant })
  const { fails, ignores } = plan
  return family.child(id, {
    restart,
    significant,
    starts: (attempt) => (fails.has(attempt) ? 'fail' : ignores.has(attempt) ? 'ignore' : 'start'),
  })
}

function definitionOf(family: Family, { strategy, intensity, periodMs, auto, children }: TreePlan) {
  return { strategy, intensity, periodMs, autoShutdown: auto, children: children.map((child) => specOf(family, child)) }
}

/** The running tree in the form of the model. */
async function shapeOf(world: World, supervisor: AnyPid): Promise<unknown> {
  const children = await world.run(whichChildren(world.node, supervisor))
  const shape: unknown[] = []
  for (const { id, pid, type } of children.toReversed()) {
    const lives = pid instanceof Pid
    shape.push([id, !lives ? (pid ?? 'none') : type === 'supervisor' ? await shapeOf(world, pid) : 'runs'])
  }
  return shape
}

async function word(world: World, asked: Promise<unknown>): Promise<string> {
  try {
    await world.run(asked)
    return 'ok'
  } catch (error) {
    const { code } = error as { readonly code: string }
    return code === 'call.no_process' ? 'gone' : code.replace('supervisor.', '')
  }
}

/** One thing that happens, to both. */
async function happen(world: World, family: Family, model: Model, root: TreePlan, pick: Pick): Promise<string> {
  const { node, runtime } = world
  const running = model.running()
  const all = pathsOf(root)
  const path = running.length > 0 && pick([0, 1, 2]) > 0 ? pick(running) : pick(all)
  const id = path.at(-1)!
  const above = path.length === 1 ? root.id : path.at(-2)!
  switch (pick(['end', 'end', 'end', 'wait', 'terminate', 'restart', 'delete', 'start'] as const)) {
    case 'end': {
      const pid = node.whereis(id)
      // A supervisor that is asked to end by a stranger takes no notice; the kids are servers that end as they are told.
      const how: How = pick(['normal', 'shutdown', 'crash', 'kill'])
      if (pid === undefined || id.startsWith('s')) return 'nothing'
      if (how === 'kill') node.sendExit(pid, 'kill')
      else if (how === 'crash') family.crash(id)
      else family.end(id, how)
      model.end(path, how)
      await runtime.settle()
      return `${id} ends: ${how}`
    }
    case 'wait': {
      const ms = pick([10, 60, 1100])
      await runtime.advance(ms)
      model.nowMs += ms
      return `${ms} ms`
    }
    case 'terminate':
      expect(await word(world, terminateChild(node, above, id))).toBe(model.terminate(path))
      return `terminate ${id}`
    case 'restart':
      expect(await word(world, restartChild(node, above, id))).toBe(model.restartChild(path))
      return `restart ${id}`
    case 'delete':
      expect(await word(world, deleteChild(node, above, id))).toBe(model.deleteChild(path))
      return `delete ${id}`
    case 'start': {
      const plan = leaf(pick, 'never')
      const parent = path.slice(0, -1)
      expect(await word(world, startChild(node, above, specOf(family, plan)))).toBe(model.startChild(parent, plan))
      return `start ${plan.id} under ${above}`
    }
  }
}

function pathsOf(plan: TreePlan, above: readonly string[] = []): string[][] {
  return plan.children.flatMap((child) => {
    const path = [...above, child.id]
    return [path, ...(isTree(child) ? pathsOf(child, path) : [])]
  })
}

test('a tree does what the model does, whatever happens to it', async () => {
  await eachSeed({ seeds: 300 }, async (runtime) => {
    ids = 0
    const world = createWorld({ runtime })
    const family = createFamily(world)
    const pick = pickWith(runtime)
    const root = tree(pick, 2, 'never')
    const model = new Model(root)
    const supervisor = await world.run(
      startSupervisor(world.node, definitionOf(family, root), { name: root.id }).catch(() => null),
    )
    const story: string[] = ['start']
    const compare = async (): Promise<void> => {
      const here = {
        story: [...story],
        log: [...world.log],
        shape: supervisor !== null && world.node.isAlive(supervisor) ? await shapeOf(world, supervisor) : null,
      }
      expect(here).toEqual({ story: here.story, log: model.log, shape: model.shape() })
    }
    await compare()
    for (let step = 0; step < 25 && model.root !== null; step++) {
      story.push(await happen(world, family, model, root, pick))
      await compare()
    }
    await world.run(world.node.stop({ timeoutMs: 100_000 }))
    model.shutdown()
    expect(world.log).toEqual(model.log)
    expect(world.node.processCount()).toBe(0)
  })
})
