/**
 * Names for all nodes: after a partition, a lost node, a death. The scenario's own node is connected to none of them.
 */
import type { Pid, Process } from '../../../packages/core/src/index.ts'
import type { Global } from '../../../packages/global/src/index.ts'
import { nameOf, type Cluster } from '../cluster.ts'
import type { Topic } from '../scenario.ts'
import type { Stage } from '../stage.ts'

export const global_names: Topic = {
  two_owners_become_one_after_a_heal: {
    items: ['B07', '9.24'],
    faults: ['global.each_side_keeps_its_own', 'global.the_loser_lives'],
    play: async (self, t) => {
      const two = await Two.of(self, t)
      const a = t.label('a', two.begin('d'))
      const b = t.label('b', two.begin('e'))
      t.emit(self, 'at_d', await two.register('d', a))
      t.emit(self, 'at_e', await two.register('e', b))
      await two.heal()
      t.emit(
        self,
        'same',
        await two.until(() => two.whereis('d') !== undefined && two.whereis('d') === two.whereis('e')),
      )
      const living = () => [a, b].filter((pid) => two.isAlive(pid))
      t.emit(self, 'one_lives', await two.until(() => living().length === 1))
      t.emit(self, 'it_has_the_name', two.whereis('d') === living()[0])
      await two.away()
    },
  },

  names_of_a_lost_node_go_and_come_back: {
    items: ['B03', '9.24'],
    faults: ['global.lost_names_stay'],
    play: async (self, t) => {
      const two = await Two.of(self, t)
      const a = t.label('a', two.begin('d'))
      await two.heal()
      t.emit(self, 'registered', await two.register('d', a))
      t.emit(self, 'there', await two.until(() => two.whereis('e') === a))
      await two.away()
      t.emit(self, 'gone_there', await two.until(() => two.whereis('e') === undefined))
      t.emit(self, 'kept_here', two.whereis('d') === a)
      await two.heal()
      t.emit(self, 'back', await two.until(() => two.whereis('e') === a))
      await two.away()
    },
  },

  a_global_name_ends_with_its_process: {
    items: ['B03', '9.24'],
    faults: ['global.names_outlive_their_process'],
    play: async (self, t) => {
      const two = await Two.of(self, t)
      const a = t.label('a', two.begin('d'))
      await two.heal()
      t.emit(self, 'registered', await two.register('e', a))
      const b = t.label('b', two.begin('e'))
      t.emit(self, 'taken', await two.register('e', b))
      two.kill(a)
      t.emit(self, 'gone_here', await two.until(() => two.whereis('d') === undefined))
      t.emit(self, 'gone_there', await two.until(() => two.whereis('e') === undefined))
      t.emit(self, 'free', await two.register('d', b))
      await two.away()
    },
  },
}

type Side = 'd' | 'e'
const name = 'the_one'

/** Two nodes with global names. */
class Two {
  readonly #self: Process<unknown>
  readonly #cluster: Cluster
  readonly #names: Readonly<Record<Side, Global>>

  private constructor(self: Process<unknown>, cluster: Cluster, names: Readonly<Record<Side, Global>>) {
    this.#self = self
    this.#cluster = cluster
    this.#names = names
  }

  static async of(self: Process<unknown>, t: Stage): Promise<Two> {
    const cluster = await t.cluster(self, ['d', 'e'])
    const names = { d: await self.wait(cluster.global('d')), e: await self.wait(cluster.global('e')) }
    return new Two(self, cluster, names)
  }

  begin(side: Side): Pid {
    return this.#cluster.peer(side).node.spawn(async (it) => it.sleep(1e9))
  }

  register(side: Side, pid: Pid): Promise<boolean> {
    return this.#self.wait(this.#names[side].register(this.#cluster.peer(side).node, name, pid))
  }

  whereis(side: Side): unknown {
    return this.#names[side].whereis(name)
  }

  isAlive(pid: Pid): boolean {
    return this.#home(pid).isAlive(pid)
  }

  kill(pid: Pid): void {
    this.#home(pid).sendExit(pid, 'kill')
  }

  #home(pid: Pid) {
    return this.#cluster.peer(pid.node === nameOf('d') ? 'd' : 'e').node
  }

  until(isSo: () => boolean): Promise<boolean> {
    return this.#cluster.until(this.#self, isSo)
  }

  async heal(): Promise<void> {
    await this.#self.wait(this.#cluster.peer('d').distribution.connect(nameOf('e')))
    for (const names of Object.values(this.#names)) await this.#self.wait(names.sync())
  }

  async away(): Promise<void> {
    this.#cluster.peer('d').distribution.disconnect(nameOf('e'))
    const none = (side: Side) => this.#cluster.peer(side).distribution.nodes().length === 0
    await this.until(() => none('d') && none('e'))
  }
}
