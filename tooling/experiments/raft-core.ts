/**
 * `raft-core`: what the algorithm itself costs, without network and disk: all members of a group in one thread, messages handed over as they are, every write on disk
 * at once. It bounds what a leader can do, since a leader is one thread.
 */
import { Raft } from '../../packages/consensus/src/raft/raft.ts'
import type { Input, MemberId, Proposal } from '../../packages/consensus/src/raft/interface.ts'
import { defineExperiment } from './frame/experiment.ts'

/** Entries between two snapshots. */
const snapshotEntries = 20_000

class Group {
  readonly #members: ReadonlyMap<MemberId, Raft>
  readonly #leader: MemberId
  #queue: (readonly [MemberId, Input])[] = []
  #nowMs = 0
  #tickets = 0
  #snapshotIndex = 0
  applied = 0
  /** Inputs that were given to members. */
  steps = 0

  constructor(members: number) {
    const ids = Array.from({ length: members }, (_, n) => `m${String(n)}`)
    const genesis = ids.map((id) => ({ id, role: 'voter' as const }))
    this.#members = new Map(
      ids.map((id, n) => [id, new Raft({ id, stored: null, genesis, random: () => n / members, nowMs: 0 })]),
    )
    this.#leader = ids[0]!
    this.#nowMs = 1_000
    this.#step(this.#leader, { type: 'time' })
    this.#drain()
  }

  /** Proposes so many batches, before anything of them is heard of. */
  propose(batches: number, batch: number): void {
    for (let count = 0; count < batches; count++) {
      const commands: Proposal[] = []
      for (let n = 0; n < batch; n++) commands.push({ ticket: ++this.#tickets, command: n, request: null })
      this.#step(this.#leader, { type: 'propose', commands })
    }
    this.#drain()
    this.#nowMs += 1
    if (this.applied - this.#snapshotIndex >= snapshotEntries) this.#compact()
  }

  #step(id: MemberId, input: Input): void {
    this.steps++
    for (const effect of this.#members.get(id)!.step(this.#nowMs, input)) {
      if (effect.type === 'send') {
        this.#queue.push([effect.to, { type: 'message', from: id, message: effect.message }])
      } else if (effect.type === 'write') {
        this.#queue.push([id, { type: 'written', id: effect.write.id }])
      } else if (effect.type === 'apply' && id === this.#leader) {
        this.applied += effect.entries.length
      }
    }
  }

  #drain(): void {
    while (this.#queue.length > 0) {
      const queue = this.#queue
      this.#queue = []
      for (const [id, input] of queue) this.#step(id, input)
    }
  }

  #compact(): void {
    this.#snapshotIndex = this.applied
    for (const raft of this.#members.values()) {
      const head = raft.snapshotHead(raft.status.commitIndex)!
      raft.step(this.#nowMs, { type: 'compacted', snapshot: { ...head, state: null } })
    }
  }
}

interface Load {
  readonly members: number
  /** Commands that are proposed together. */
  readonly batch: number
  /** Batches that are under way at once. */
  readonly underWay: number
}

const loads: readonly Load[] = [
  { members: 3, batch: 1, underWay: 1 },
  { members: 3, batch: 1, underWay: 64 },
  { members: 3, batch: 64, underWay: 1 },
  { members: 3, batch: 256, underWay: 4 },
  { members: 5, batch: 64, underWay: 1 },
]

function measure({ members, batch, underWay }: Load, commands: number): { nanoseconds: number; steps: number } {
  const group = new Group(members)
  while (group.applied < commands / 10) group.propose(underWay, batch)
  const [applied, steps] = [group.applied, group.steps]
  const before = process.cpuUsage()
  while (group.applied < applied + commands) group.propose(underWay, batch)
  const { user, system } = process.cpuUsage(before)
  const done = group.applied - applied
  return { nanoseconds: ((user + system) * 1_000) / done, steps: (group.steps - steps) / done }
}

export default defineExperiment({
  title: 'The algorithm of Raft alone',
  about:
    'All members of a group in one thread, without network, disk, machine and clients: what is left is the algorithm. Counted is the processor time of the whole thread, so of all members together, with its collector of garbage; steps are the inputs that members are given.',
  options: { commands: 1_000_000 },
  run: async ({ commands }, tell) => {
    const results = loads.map((load) => {
      tell(`${String(load.members)} members, ${String(load.batch)} together, ${String(load.underWay)} under way`)
      return { ...load, ...measure(load, load.batch === 1 ? commands / 5 : commands) }
    })
    return {
      tables: [
        {
          caption: 'Processor time of a command, at all members together',
          columns: [
            'members',
            'proposed together',
            'under way',
            'ns a command',
            'commands a second of one core',
            'steps',
          ],
          rows: results.map(({ members, batch, underWay, nanoseconds, steps }) => [
            members,
            batch,
            underWay,
            nanoseconds,
            1e9 / nanoseconds,
            steps,
          ]),
        },
      ],
      charts: [
        {
          type: 'bars',
          title: 'Processor time of a command',
          value: { label: 'ns' },
          groups: results.map(
            ({ members, batch, underWay }) => `${String(members)} members, ${String(underWay)} × ${String(batch)}`,
          ),
          series: [{ name: 'all members together', values: results.map(({ nanoseconds }) => nanoseconds) }],
        },
      ],
      notes: [
        'On three machines each member has a core of its own; what costs there is the encoding of messages, the system calls and above all the sync of the disk (see `raft` and `disk`).',
      ],
    }
  },
})
