/**
 * The sequencer: decides about the names of a scope, one after the other, while its node is the boss.
 *
 *     caller ── claim ──► boss's sequencer ── install ──► every member's replica   (at once, in parallel)
 *            ◄─ true ────                 ◄─ installed ──
 *
 * Two round trips, whatever the number of members. A member that is lost meanwhile counts as having agreed: it has no names of ours when it
 * comes back, and gets them with its hello. When views differ for a moment there may be two bosses; the replicas then find the conflict,
 * the boss that remains decides it once, and its verdict goes to all.
 */
import { call, defineServer, noreply, reply, type Server } from '@agner/behaviours'
import type { AnyPid, AnyProcess } from '@agner/core'
import { isNewer, type Claim } from './claim.ts'
import type { ScopeState } from './replica.ts'
import { replicaOf, sequencerOf, type ReplicaApi, type SequencerApi } from './scope.api.ts'

/** How long a member may take to install a claim before it counts as lost. */
const installTimeoutMs = 5000

export function defineSequencer(shared: ScopeState): Server<SequencerApi, void, null> {
  const { table, members, scope } = shared
  const replica = replicaOf(scope)

  const tell = async (
    self: AnyProcess,
    node: string,
    request: Install | Uninstall,
  ): Promise<'installed' | 'conflict' | 'done' | 'lost'> => {
    const to = replica.at({ name: replica.module, node })
    const options = { timeoutMs: installTimeoutMs }
    try {
      return 'claim' in request
        ? await call(self, to, 'install', request, options)
        : await call(self, to, 'uninstall', request, options)
    } catch {
      return 'lost'
    }
  }

  /** Tells every member, and those that became members while we told the others. */
  const tellAll = async (self: AnyProcess, request: Install | Uninstall): Promise<boolean> => {
    const told = new Set<string>()
    for (let fresh = members.all(); fresh.length > 0; fresh = members.all().filter((node) => !told.has(node))) {
      for (const node of fresh) told.add(node)
      const answers = await Promise.all(fresh.map((node) => tell(self, node, request)))
      if (answers.includes('conflict')) return false
    }
    return true
  }

  return defineServer(sequencerOf(scope), {
    init: (_: void): null => null,
    calls: {
      claim: async (state, { name, pid, replace }, { self }) => {
        const present = table.get(name)
        if (present?.pid === pid) return reply(true, state)
        if (present !== undefined && !replace) return reply(false, state)
        if (table.nameOf(pid) !== undefined) return reply(false, state)
        const claim: Claim = { name, pid, version: table.nextVersion(), by: self.node.name }
        if (await tellAll(self, { claim, replace })) return reply(true, state)
        await tellAll(self, { name, pid })
        return reply(false, state)
      },
      unclaim: async (state, { name }, { self }) => {
        const present = table.get(name)
        if (present === undefined) return reply(false, state)
        await tellAll(self, { name, pid: present.pid })
        return reply(true, state)
      },
    },
    casts: {
      decide: async (state, { a, b }, { self }) => {
        // The same conflict is reported by everyone who sees it: it is decided once.
        const present = table.get(a.name)
        if (present !== undefined && present.version > a.version && present.version > b.version) return noreply(state)
        // The newer claim wins, so that a verdict, which is newer than both, also beats what a stale table still says.
        const [winner, loser] = isNewer(a, b) ? [a, b] : [b, a]
        const verdict: Claim = { ...winner, version: table.nextVersion() + 1, by: self.node.name }
        await tellAll(self, { claim: verdict, replace: true })
        self.sendExit(loser.pid, 'kill')
        return noreply(state)
      },
    },
  })
}

type Install = Parameters<ReplicaApi['calls']['install']>[0]
type Uninstall = { readonly name: string; readonly pid: AnyPid }
