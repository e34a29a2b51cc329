/**
 * The replica: keeps this node's copy of a scope's names, and never waits for anybody.
 *
 *     newcomer ── hello(claims) ──► member      the member adds it, merges, and says hello back
 *     newcomer ◄─ hello(claims) ── member       now each has all that the other had
 *     boss ── install(claim) ──► every member
 *
 * Each replica monitors every process that has a name: it removes the name by itself when the process ends, or when its node is lost, so no
 * name outlives its process anywhere, whoever crashed in between. Losing one member disconnects nobody else.
 */
import { cast, defineServer, noreply, reply, type Protocol, type Server } from '@agner/behaviours'
import type { AnyPid, AnyProcess, Ref } from '@agner/core'
import type { Claim } from './claim.ts'
import type { Membership } from './membership.ts'
import type { NamesTable } from './table.ts'
import { replicaOf, sequencerOf, type ReplicaApi, type SequencerApi } from './scope.api.ts'

export interface ScopeState {
  readonly scope: string
  readonly table: NamesTable
  readonly members: Membership
  /** Nodes that may have the scope and are connected now. */
  readonly candidates: () => readonly string[]
}

interface ReplicaState {
  /** Monitors of named processes. */
  readonly watched: Map<AnyPid, Ref>
}

/** The replica of a scope on one node. `shared` is read by the node's lookups; only the replica writes it. */
export function defineReplica(shared: ScopeState): Server<ReplicaApi, void, ReplicaState> {
  const { table, members, scope } = shared
  const replica: Protocol<ReplicaApi> = replicaOf(scope)
  const sequencer: Protocol<SequencerApi> = sequencerOf(scope)
  const at = (node: string) => replica.at({ name: replica.module, node })

  const watch = (self: AnyProcess, { watched }: ReplicaState, pid: AnyPid): void => {
    if (!watched.has(pid)) watched.set(pid, self.monitor(pid))
  }

  const unwatch = (self: AnyProcess, { watched }: ReplicaState, pid: AnyPid): void => {
    const ref = watched.get(pid)
    if (ref === undefined || table.nameOf(pid) !== undefined) return
    watched.delete(pid)
    self.demonitor(ref, { flush: true })
  }

  /**
   * Returns the claims that were new here. A claim for a process of a node that is no member comes from somebody who has not heard of its loss yet,
   * or will come from that node itself.
   */
  const merge = (self: AnyProcess, state: ReplicaState, claims: readonly Claim[]): Claim[] =>
    claims.filter((claim) => {
      if (!members.has(claim.pid.node)) return false
      const merged = table.merge(claim)
      if (merged.outcome === 'added') watch(self, state, claim.pid)
      if (merged.outcome === 'conflict') {
        cast(self, sequencer.at({ name: sequencer.module, node: members.boss }), 'decide', {
          a: merged.present,
          b: claim,
        })
      }
      return merged.outcome === 'added'
    })

  const sayHello = (self: AnyProcess, node: string, answer: boolean): void => {
    cast(self, at(node), 'hello', { node: self.node.name, claims: table.list(), answer })
  }

  return defineServer(replica, {
    init: (_: void, { self }): ReplicaState => {
      for (const node of shared.candidates()) sayHello(self, node, true)
      return { watched: new Map() }
    },
    calls: {
      install: (state, { claim, replace }, { self }) => {
        const present = table.get(claim.name)
        if (present !== undefined && present.pid !== claim.pid && !replace) return reply('conflict', state)
        table.set(claim)
        watch(self, state, claim.pid)
        if (present !== undefined) unwatch(self, state, present.pid)
        return reply('installed', state)
      },
      uninstall: (state, { name, pid }, { self }) => {
        table.remove(name, pid)
        unwatch(self, state, pid)
        return reply('done', state)
      },
    },
    casts: {
      hello: (state, { node, claims, answer }, { self }) => {
        const monitor = members.has(node) ? null : self.monitor({ name: replica.module, node })
        // A member first, or its claims would count as a stranger's.
        if (monitor !== null) members.add(node, monitor)
        if (answer) sayHello(self, node, false)
        merge(self, state, claims)
        if (!answer) members.confirm(node)
        return noreply(state)
      },
      merge: (state, claims, { self }) => {
        const added = merge(self, state, claims)
        // The boss spreads what it had missed; the others have heard it from the boss.
        if (added.length > 0 && members.boss === self.node.name)
          for (const node of members.others()) cast(self, at(node), 'merge', added)
        return noreply(state)
      },
    },
    info: {
      candidate: (state, { node }, { self }) => {
        sayHello(self, node, true)
        return noreply(state)
      },
      down: (state, { ref, process }, { self }) => {
        const lost = members.remove(ref)
        if (lost === undefined) {
          state.watched.delete(process as AnyPid)
          table.forget(process as AnyPid)
        } else {
          table.forgetNode(lost)
          // The lost one may have been the boss, half-way through a claim: the next boss makes sure that all have it, or none.
          if (members.boss !== self.node.name) cast(self, at(members.boss), 'merge', table.list())
        }
        return noreply(state)
      },
    },
  })
}
