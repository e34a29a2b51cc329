/**
 * What happened in a run, in order: what the instances of the application noted, and what was done to nodes.
 */

export interface Instance {
  /** Counts from 1, over all nodes. */
  readonly id: number
  /** Short. */
  readonly node: string
  readonly life: number
  readonly why: 'normal' | 'failover' | 'takeover'
  /** Short. */
  readonly from: string | null
  readonly token: number | null
  readonly startedMs: number
  upMs: number | null
  stoppingMs: number | null
  /** Its processes are gone, or its node is. */
  endedMs: number | null
}

export interface Trouble {
  readonly atMs: number
  readonly text: string
}

export class Journal {
  readonly instances: Instance[] = []
  readonly troubles: Trouble[] = []

  begin(instance: Omit<Instance, 'id' | 'upMs' | 'stoppingMs' | 'endedMs'>): Instance {
    const begun: Instance = { ...instance, id: this.instances.length + 1, upMs: null, stoppingMs: null, endedMs: null }
    this.instances.push(begun)
    return begun
  }

  crashed(node: string, atMs: number): void {
    for (const instance of this.running()) if (instance.node === node) instance.endedMs = atMs
  }

  running(): Instance[] {
    return this.instances.filter(({ endedMs }) => endedMs === null)
  }

  /** For people. */
  toString(): string {
    const ms = (at: number | null): string => (at === null ? '-' : at.toFixed(0))
    const lines = [
      ...this.troubles.map(({ atMs, text }) => ({ atMs, text })),
      ...this.instances.map((each) => ({
        atMs: each.startedMs,
        text: `#${each.id} on ${each.node} (${each.why}${each.from === null ? '' : ` from ${each.from}`}, token ${each.token ?? '-'}), up ${ms(each.upMs)}, stopping ${ms(each.stoppingMs)}, ended ${ms(each.endedMs)}`,
      })),
    ]
    return lines
      .toSorted((a, b) => a.atMs - b.atMs)
      .map(({ atMs, text }) => `${atMs.toFixed(0).padStart(7)}  ${text}`)
      .join('\n')
  }
}
