/**
 * Names and locks for all nodes, as global(3) has them, on d, e and f. The scenario's own node is connected to none of them.
 */
import type { AnyPid } from '../../../packages/core/src/index.ts'
import { aborted, type Resolve } from '../../../packages/global/src/index.ts'
import { nameOf, type Short } from '../cluster.ts'
import type { Topic } from '../scenario.ts'
import { GlobalWorld, type Actor } from './global-world.ts'

const everywhere = ['d', 'e', 'f'] as const

export const global_registry: Topic = {
  a_name_is_known_on_all_nodes_at_once: {
    items: ['B01', 'B03'],
    faults: ['global.others_are_not_told'],
    play: async (self, t) => {
      const world = await GlobalWorld.of(self, t)
      await world.mesh()
      const a = world.actor('e')
      t.label('a', a.pid)
      t.emit(self, 'registered', await world.register('d', 'one', a))
      t.emit(self, 'known', world.know('one', a, ...everywhere))
      const b = world.actor('f')
      t.label('b', b.pid)
      t.emit(self, 'taken', await world.register('f', 'one', b))
      t.emit(self, 'names', [world.at('d').names(), world.at('f').names()])
      world.at('f').send(world.node('f'), 'one', 'hello')
      t.emit(self, 'sent', await world.until(() => a.seen.join() === 'hello'))
      await world.unregister('f', 'one')
      t.emit(self, 'unregister', 'ok')
      t.emit(
        self,
        'unknown',
        everywhere.map((short) => world.at(short).whereis('one')),
      )
      const sent = t.attempt(() => world.at('d').send(world.node('d'), 'one', 'hello'))
      t.emit(self, 'send', (sent as { readonly raised?: unknown }).raised)
      t.emit(self, 'free', await world.register('f', 'one', b))
    },
  },

  a_process_has_one_name: {
    items: ['B02'],
    faults: ['global.a_process_may_have_several'],
    play: async (self, t) => {
      const world = await GlobalWorld.of(self, t)
      await world.mesh()
      const a = world.actor('d')
      t.label('a', a.pid)
      t.emit(self, 'one', await world.register('e', 'one', a))
      t.emit(self, 'two', await world.register('f', 'two', a))
      t.emit(self, 'unknown', world.at('d').whereis('two'))
      await world.unregister('f', 'one')
      t.emit(self, 'two', await world.register('f', 'two', a))
    },
  },

  the_same_name_again: {
    items: ['B02'],
    faults: ['global.others_are_not_told'],
    differs: { 'main:again': { why: 'a-name-that-it-has', ours: 'true' } },
    play: async (self, t) => {
      const world = await GlobalWorld.of(self, t)
      await world.mesh()
      const a = world.actor('f')
      t.label('a', a.pid)
      t.emit(self, 'first', await world.register('e', 'one', a))
      t.emit(self, 'again', await world.register('f', 'one', a))
      t.emit(self, 'known', world.know('one', a, ...everywhere))
    },
  },

  a_name_goes_over_to_another_process: {
    items: ['B03'],
    faults: ['global.nobody_is_replaced'],
    play: async (self, t) => {
      const world = await GlobalWorld.of(self, t)
      await world.mesh()
      const [a, b, c] = [world.actor('d'), world.actor('e'), world.actor('f')]
      t.label('a', a.pid)
      t.label('b', b.pid)
      t.emit(self, 'registered', await world.register('d', 'one', a))
      const over = (name: string, { pid }: Actor, at: Short) =>
        self.wait(world.at(at).reregister(world.node(at), name, pid))
      t.emit(self, 'over', await over('one', b, 'f'))
      t.emit(self, 'known', world.know('one', b, ...everywhere))
      t.emit(self, 'lives', a.isAlive)
      world.node('d').sendExit(a.pid, 'kill')
      t.emit(self, 'stays', world.know('one', b, 'f')[0])
      t.label('c', c.pid)
      t.emit(self, 'new', await over('two', c, 'd'))
    },
  },

  all_want_one_name: {
    items: ['B01'],
    faults: ['global.everybody_wins'],
    play: async (self, t) => {
      const world = await GlobalWorld.of(self, t)
      await world.mesh()
      const actors = everywhere.map((short, i) => {
        const actor = world.actor(short)
        t.label('abc'[i]!, actor.pid)
        return { short, actor }
      })
      const answers = await self.wait(
        Promise.all(actors.map(({ short, actor }) => world.at(short).register(world.node(short), 'one', actor.pid))),
      )
      const winners = actors.filter((_, i) => answers[i])
      t.emit(self, 'winners', winners.length)
      t.emit(self, 'known', world.know('one', winners[0]!.actor, ...everywhere))
    },
  },

  names_of_nodes_that_died_are_gone: {
    items: ['B12', 'B03', 'B05'],
    faults: ['global.lost_names_stay'],
    play: async (self, t) => {
      const world = await GlobalWorld.of(self, t)
      await world.mesh()
      const far = (['e', 'f', 'e', 'f'] as const).map((short) => world.actor(short))
      for (const [i, actor] of far.entries()) await world.register('d', `far ${i}`, actor)
      const a = world.actor('d')
      t.label('a', a.pid)
      t.emit(self, 'near', await world.register('e', 'near', a))
      const lock = (at: Short, requester: string) => ({ resource: 'thing', requester, at })
      const { at, ...id } = lock('e', 'me')
      t.emit(self, 'lock', await far[0]!.do((it) => world.at(at).setLock(it, id)))
      for (const short of ['e', 'f'] as const) await self.wait(world.cluster.restart(short))
      t.emit(self, 'gone', await world.until(() => world.at('d').names().join() === 'near'))
      const nodes = [nameOf('d')]
      const isFree = a.do((it) =>
        world.at('d').setLock(it, { resource: 'thing', requester: 'other' }, { nodes, retries: 0 }),
      )
      t.emit(self, 'lock_is_free', await isFree)
      for (const short of ['e', 'f'] as const) await world.begin(short)
      await world.mesh()
      t.emit(self, 'told', world.know('near', a, 'e', 'f'))
    },
  },

  those_who_come_know_after_a_sync: {
    items: ['B09'],
    faults: ['global.nobody_waits'],
    play: async (self, t) => {
      const world = await GlobalWorld.of(self, t)
      const a = world.actor('d')
      t.label('a', a.pid)
      t.emit(self, 'registered', await world.register('d', 'one', a))
      t.emit(self, 'before', world.at('e').whereis('one'))
      await world.connect('e', 'd')
      await self.wait(world.at('e').sync())
      t.emit(self, 'synced', world.know('one', a, 'e')[0])
    },
  },

  hidden_nodes_are_outside: {
    items: ['B06'],
    faults: ['global.hidden_are_inside'],
    play: async (self, t) => {
      const world = await GlobalWorld.of(self, t, ['d', 'e', 'h'])
      await world.mesh('d', 'e')
      await world.connect('h', 'd')
      const [a, h] = [world.actor('d'), world.actor('h')]
      t.label('a', a.pid)
      t.label('h', h.pid)
      t.emit(self, 'inside', await world.register('d', 'one', a))
      t.emit(self, 'unknown', world.at('h').whereis('one'))
      t.emit(self, 'outside', await world.register('h', 'one', h))
      t.emit(self, 'own', world.at('h').whereis('one'))
      t.emit(self, 'still', world.know('one', a, 'd', 'e'))
    },
  },

  locks_are_counted_by_their_requester: {
    items: ['B05'],
    faults: ['global.locks_are_not_counted', 'global.a_requester_is_one_process'],
    play: async (self, t) => {
      const world = await GlobalWorld.of(self, t)
      await world.mesh()
      const actors = { d: world.actor('d'), e: world.actor('e'), f: world.actor('f') }
      const nodes = everywhere.map(nameOf)
      const set = (at: keyof typeof actors, requester: string, resource = 'thing') =>
        actors[at].do((it) => world.at(at).setLock(it, { resource, requester }, { nodes, retries: 0 }))
      const del = (at: keyof typeof actors, requester: string) =>
        actors[at].do((it) => world.at(at).delLock(it, { resource: 'thing', requester }, { nodes }))
      t.emit(self, 'set', await set('d', 'one'))
      t.emit(self, 'other', await set('e', 'two'))
      t.emit(self, 'again', await set('d', 'one'))
      t.emit(self, 'same_requester', await set('f', 'one'))
      t.emit(self, 'other_thing', await set('e', 'two', 'another'))
      await del('d', 'one')
      t.emit(self, 'held', await set('e', 'two'))
      await del('d', 'one')
      await del('f', 'one')
      t.emit(self, 'free', await again(self, () => set('e', 'two')))
    },
  },

  locks_end_with_their_holder: {
    items: ['B05'],
    faults: ['global.locks_outlive_their_holder'],
    play: async (self, t) => {
      const world = await GlobalWorld.of(self, t)
      await world.mesh()
      const nodes = [nameOf('d'), nameOf('e')]
      const set = (actor: Actor, at: Short, requester: string) =>
        actor.do((it) => world.at(at).setLock(it, { resource: 'thing', requester }, { nodes, retries: 0 }))
      const [a, b, c] = [world.actor('d'), world.actor('e'), world.actor('f')]
      t.emit(self, 'set', await set(a, 'd', 'one'))
      t.emit(self, 'other', await set(b, 'e', 'two'))
      world.node('d').sendExit(a.pid, 'kill')
      t.emit(self, 'free', await again(self, () => set(b, 'e', 'two')))
      world.node('e').sendExit(b.pid, 'kill')
      t.emit(self, 'set_far', await again(self, () => set(c, 'f', 'three')))
      const d = world.actor('d')
      t.emit(self, 'far_holds', await set(d, 'd', 'one'))
      for (const node of nodes) world.cluster.peer('f').distribution.disconnect(node)
      t.emit(self, 'lost', await again(self, () => set(d, 'd', 'one')))
    },
  },

  a_transaction_has_the_lock: {
    items: ['B05'],
    faults: ['global.locks_are_not_given_back'],
    play: async (self, t) => {
      const world = await GlobalWorld.of(self, t)
      await world.mesh()
      const [a, b] = [world.actor('d'), world.actor('e')]
      const nodes = [nameOf('d'), nameOf('e')]
      const [one, two] = ['one', 'two'].map((requester) => ({ resource: 'thing', requester }))
      const set = () => a.do((it) => world.at('d').setLock(it, one!, { nodes, retries: 0 }))
      const trans = () => b.do((it) => world.at('e').trans(it, two!, () => 'done', { nodes, retries: 0 }))
      t.emit(self, 'result', await a.do((it) => world.at('d').trans(it, one!, () => 'done', { nodes })))
      await again(self, set)
      const refused = await trans()
      t.emit(self, 'aborted', refused === aborted ? 'aborted' : refused)
      await a.do((it) => world.at('d').delLock(it, one!, { nodes }))
      t.emit(self, 'then', await again(self, async () => (await trans()) === 'done'))
      const threw = b.do(async (it) => {
        try {
          return await world.at('e').trans(it, two!, () => Promise.reject(new Error('enough')), { nodes })
        } catch (error) {
          return (error as Error).message
        }
      })
      t.emit(self, 'threw', await threw)
      t.emit(self, 'given_back', await again(self, set))
    },
  },

  a_resolve_function_decides_once: {
    items: ['B07', '9.24'],
    faults: ['global.resolve_is_ignored', 'global.each_side_keeps_its_own'],
    play: async (self, t) => {
      let times = 0
      const onD = (_: string, a: AnyPid, b: AnyPid): AnyPid => {
        times++
        return a.node === nameOf('d') ? a : b
      }
      const { world, a, b } = await conflict(self, t, onD, (at, registered) => t.emit(self, `at_${at}`, registered))
      t.emit(self, 'same', await world.until(() => world.know('one', a, 'd', 'e').every(Boolean)))
      t.emit(self, 'times', times)
      t.emit(self, 'both_live', [a.isAlive, b.isAlive])
    },
  },

  a_name_that_no_one_is_to_have: {
    items: ['B07'],
    faults: ['global.resolve_is_ignored'],
    play: async (self, t) => {
      const { world, a, b } = await conflict(self, t, () => null)
      t.emit(self, 'nobody', await world.until(() => hasNobody(world)))
      t.emit(self, 'both_live', [a.isAlive, b.isAlive])
    },
  },

  a_resolve_function_that_crashes: {
    items: ['B08'],
    faults: ['global.resolve_is_ignored'],
    differs: {
      'main:at_d': { why: 'a-resolve-that-fails', ours: '"undefined"' },
      'main:at_e': { why: 'a-resolve-that-fails', ours: '"undefined"' },
    },
    play: async (self, t) => {
      const { world, a, b } = await conflict(self, t, () => {
        throw new Error('broken')
      })
      await world.until(() => hasNobody(world))
      t.emit(self, 'at_d', world.at('d').whereis('one'))
      t.emit(self, 'at_e', world.at('e').whereis('one'))
      t.emit(self, 'both_live', [a.isAlive, b.isAlive])
    },
  },

  a_resolve_function_that_gives_something_else: {
    items: ['B08'],
    faults: ['global.resolve_is_ignored'],
    play: async (self, t) => {
      const { world, a, b } = await conflict(self, t, () => 'something' as never)
      t.emit(self, 'nobody', await world.until(() => hasNobody(world)))
      t.emit(self, 'both_live', [a.isAlive, b.isAlive])
    },
  },

  the_loser_is_told: {
    items: ['B08'],
    faults: ['global.resolve_is_ignored'],
    play: async (self, t) => {
      const { world, a, b } = await conflict(self, t, 'randomNotify')
      const told = () => [a, b].filter(({ seen }) => seen.length === 1 && isConflict(seen[0]))
      t.emit(self, 'told', await world.until(() => told().length === 1))
      const [loser] = told()
      const winner = loser === a ? b : a
      t.emit(self, 'same', await world.until(() => world.know('one', winner, 'd', 'e').every(Boolean)))
      t.emit(self, 'the_other_has_it', world.at('d').whereis('one') !== loser?.pid)
      t.emit(self, 'both_live', [a.isAlive, b.isAlive])
    },
  },

  both_are_told: {
    items: ['B08'],
    faults: ['global.resolve_is_ignored'],
    play: async (self, t) => {
      const { world, a, b } = await conflict(self, t, 'notifyAll')
      t.emit(self, 'nobody', await world.until(() => hasNobody(world)))
      t.emit(self, 'at_d', await world.until(() => a.seen.length === 1 && isConflict(a.seen[0], b.pid)))
      t.emit(self, 'at_e', await world.until(() => b.seen.length === 1 && isConflict(b.seen[0], a.pid)))
    },
  },

  a_lost_connection_of_two_and_the_third: {
    items: ['B10', '9.24'],
    faults: ['global.one_connection_takes_all'],
    differs: {
      'main:of_the_third': { why: 'the-third-stays', ours: '2' },
      'main:of_the_first': { why: 'the-third-stays', ours: '1' },
      'main:again': { why: 'the-third-stays', ours: 'false' },
    },
    play: async (self, t) => {
      const world = await GlobalWorld.of(self, t)
      await world.mesh()
      t.emit(
        self,
        'meshed',
        everywhere.every((short) => world.connections(short).length === 2),
      )
      world.cluster.peer('d').distribution.disconnect(nameOf('e'))
      await world.until(() => world.connections('e').length < 2)
      await self.sleep(200)
      t.emit(self, 'of_the_third', world.connections('f').length)
      t.emit(self, 'of_the_first', world.connections('d').length)
      await world.connect('d', 'e')
      t.emit(self, 'again', world.connections('d').join() === nameOf('e'))
    },
  },
}

/** Two sides gave one name, and meet. */
async function conflict(
  self: Parameters<typeof GlobalWorld.of>[0],
  t: Parameters<typeof GlobalWorld.of>[1],
  resolve: Resolve,
  tell: (at: Short, registered: boolean) => void = () => {},
): Promise<{ readonly world: GlobalWorld; readonly a: Actor; readonly b: Actor }> {
  const world = await GlobalWorld.of(self, t)
  const [a, b] = [world.actor('d'), world.actor('e')]
  t.label('a', a.pid)
  t.label('b', b.pid)
  tell('d', await world.register('d', 'one', a, { resolve }))
  tell('e', await world.register('e', 'one', b, { resolve }))
  await world.mesh('d', 'e')
  return { world, a, b }
}

function hasNobody(world: GlobalWorld): boolean {
  return world.at('d').whereis('one') === undefined && world.at('e').whereis('one') === undefined
}

function isConflict(message: unknown, other?: AnyPid): boolean {
  const conflict = message as { readonly type?: unknown; readonly name?: unknown; readonly other?: unknown }
  return conflict.type === 'globalNameConflict' && conflict.name === 'one' && conflict.other === other
}

/** Asks until the answer is yes, for a while. */
async function again(self: Parameters<typeof GlobalWorld.of>[0], ask: () => Promise<boolean>): Promise<boolean> {
  for (let left = 100; left > 0; left--) {
    if (await ask()) return true
    await self.sleep(10)
  }
  return false
}
