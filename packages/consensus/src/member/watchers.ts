/**
 * Who is told what happens at a member: callbacks of its owner, and processes.
 */
import type { AnyPid, AnyProcess, Ref } from '@agner/core'
import type { AppliedEvent, MemberEvent, RoleEvent } from './member-interface.ts'

type Applied = AppliedEvent<unknown, unknown>

interface Watching {
  readonly ref: Ref
  /** It knows of everything up to here. */
  readonly after: number
}

/** What a process is told first. */
export interface Beginning {
  readonly role: RoleEvent
  readonly applied: readonly Applied[]
  readonly after: number
}

export class Watchers {
  readonly #group: string
  readonly #onRole = new Set<(event: RoleEvent) => void>()
  readonly #onApplied = new Set<(event: Applied) => void>()
  readonly #processes = new Map<AnyPid, Watching>()

  constructor(group: string) {
    this.#group = group
  }

  get listensToApplied(): boolean {
    return this.#onApplied.size > 0 || this.#processes.size > 0
  }

  onRole(callback: (event: RoleEvent) => void): () => void {
    return subscribe(this.#onRole, callback)
  }

  onApplied(callback: (event: Applied) => void): () => void {
    return subscribe(this.#onApplied, callback)
  }

  /** How things stand is told first. */
  add(self: AnyProcess, pid: AnyPid, { role, applied, after }: Beginning): void {
    if (this.#processes.has(pid)) return
    this.#processes.set(pid, { ref: self.monitor(pid, { tag: 'raftWatcherDown' }), after })
    this.#tell(self, pid, { type: 'raftRole', group: this.#group, event: role })
    for (const event of applied) this.#tell(self, pid, { type: 'raftApplied', group: this.#group, event })
  }

  remove(self: AnyProcess, pid: AnyPid): void {
    const watching = this.#processes.get(pid)
    if (watching === undefined) return
    self.demonitor(watching.ref, { flush: true })
    this.#processes.delete(pid)
  }

  role(self: AnyProcess, event: RoleEvent): void {
    for (const callback of [...this.#onRole]) callback(event)
    for (const pid of this.#processes.keys()) this.#tell(self, pid, { type: 'raftRole', group: this.#group, event })
  }

  applied(self: AnyProcess, event: Applied): void {
    for (const callback of [...this.#onApplied]) callback(event)
    for (const [pid, { after }] of this.#processes)
      if (event.index > after) this.#tell(self, pid, { type: 'raftApplied', group: this.#group, event })
  }

  #tell(self: AnyProcess, pid: AnyPid, event: MemberEvent): void {
    self.send(pid as never, event as never)
  }
}

/** The same function may subscribe several times. */
function subscribe<Event>(all: Set<(event: Event) => void>, callback: (event: Event) => void): () => void {
  const own = (event: Event): void => callback(event)
  all.add(own)
  return () => void all.delete(own)
}
