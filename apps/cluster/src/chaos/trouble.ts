/**
 * Makes trouble for the nodes until the time is over, round by round, and knows when what was done.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Launcher } from '../launcher/launcher.ts'
import { nodes } from '../topology.ts'
import { describeFault, drawRound, type Draw, type Fault, type FaultType, type Struck } from './plan.ts'
import { isolate, split, type Site } from './site.ts'
import { untilWhole } from './whole.ts'

/** A cluster that is not whole so long after a round is a failure of its own. */
const wholeWithinMs = 60_000

const all = nodes.map(({ name }) => name)
/** Those that keep the messages. */
export const voters: readonly string[] = nodes
  .filter(({ service }) => service === 'database' || service === 'log')
  .map(({ name }) => name)

/** What a seed draws follows from the order of all these, too: another order is another plan. */
export function drawFor(canCut: boolean): Draw {
  return {
    nodes: all,
    voters,
    types: ['kill', 'kill', 'stop', 'restart', ...(canCut ? (['cut', 'cut'] as const) : [])],
  }
}

export interface TroubleSettings {
  readonly launcher: Launcher
  readonly site: Site
  readonly random: () => number
  readonly say: (line: string) => void
}

export class Trouble {
  readonly struck: Struck[] = []
  readonly counts: Map<FaultType, number> = new Map<FaultType, number>()
  /** What did not come back, as sentences. */
  readonly violations: string[] = []
  readonly #settings: TroubleSettings

  constructor(settings: TroubleSettings) {
    this.#settings = settings
  }

  async make(forMs: number, signal: AbortSignal): Promise<void> {
    const { random, site } = this.#settings
    const endMs = performance.now() + forMs
    const draw = drawFor(site.network !== null)
    while (!signal.aborted) {
      const { waitMs, faults } = drawRound(random, draw)
      const leftMs = endMs - performance.now()
      await pause(Math.min(waitMs, Math.max(0, leftMs)), undefined, { signal }).catch(() => undefined)
      if (leftMs <= waitMs || signal.aborted) return
      await this.#round(faults)
    }
  }

  async #round(faults: readonly { readonly afterMs: number; readonly fault: Fault }[]): Promise<void> {
    const { launcher, say } = this.#settings
    const gone = new Set<number>()
    const since: Omit<Struck, 'toMs'>[] = []
    await Promise.all(
      faults.map(async ({ afterMs, fault }) => {
        await pause(afterMs)
        const osPid = launcher.osPids.get(fault.node)
        if (osPid === undefined) return
        since.push({ fault, fromMs: performance.now() })
        say(describeFault(fault))
        this.counts.set(fault.type, (this.counts.get(fault.type) ?? 0) + 1)
        if (fault.type === 'kill' || fault.type === 'restart') gone.add(osPid)
        await this.#strike(fault, osPid)
      }),
    )
    const missing = await untilWhole(launcher.url, gone, wholeWithinMs)
    const toMs = performance.now()
    for (const one of since) this.struck.push({ ...one, toMs })
    if (missing !== null)
      this.violations.push(
        `${wholeWithinMs / 1000} s after "${faults.map(({ fault }) => describeFault(fault)).join('" and "')}" ${missing}`,
      )
  }

  async #strike(fault: Fault, osPid: number): Promise<void> {
    const { launcher, site } = this.#settings
    const { network } = site
    switch (fault.type) {
      case 'kill':
        return signalTo(osPid, 'SIGKILL')
      case 'restart':
        // Whether it comes back is asked later, of the cluster.
        return launcher.restart(fault.node, wholeWithinMs).catch(() => undefined)
      case 'stop':
        signalTo(osPid, 'SIGSTOP')
        try {
          await pause(fault.forMs)
        } finally {
          signalTo(osPid, 'SIGCONT')
        }
        return
      case 'cut':
      case 'split':
        if (network === null) return
        if (fault.type === 'cut') isolate(network, fault.node, fault.from === 'all' ? all : voters, fault.way)
        else split(network, [fault.node, fault.with], all)
        try {
          await pause(fault.forMs)
        } finally {
          network.heal()
        }
    }
  }
}

/** It may have ended meanwhile. */
function signalTo(osPid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(osPid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
