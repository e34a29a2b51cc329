/**
 * Processes that do what a test tells them, each on a turn of its own, and keep whatever else they receive.
 *
 * They come in the kinds of bodies that there are, so that a property is tried on all of them: a callback, a callback that takes its
 * time over every message, and an async function.
 */
import type { CollectedReports, VirtualRuntime } from '@agner/testing'
import fc from 'fast-check'
import type { AnyPid, CallbackBody, ExitReason, Module, Node, Pid, Process } from '../src/index.ts'
import { createWorld } from './world.ts'

export type Kind = 'callback' | 'slow' | 'async'
export const kind: fc.Arbitrary<Kind> = fc.constantFrom('callback', 'async', 'slow')

/** What a puppet receives: the number of an act, or anything else. */
export type Self = Process<unknown>
export type Act = (self: Self) => void
type Body = ((self: Self) => Promise<unknown>) | CallbackBody<unknown, null>

export class Puppet {
  readonly kind: Kind
  /** What it received, and when. */
  readonly received: { readonly atMs: number; readonly message: unknown }[] = []
  pid!: AnyPid
  /** Why it ended, once the node has said so. */
  reason: ExitReason | null = null

  constructor(puppetKind: Kind) {
    this.kind = puppetKind
  }

  get messages(): unknown[] {
    return this.received.map(({ message }) => message)
  }
}

export class Stage {
  readonly runtime: VirtualRuntime
  readonly node: Node
  readonly reports: CollectedReports
  readonly #acts: Act[] = []
  readonly #failures: unknown[] = []

  constructor(runtime: VirtualRuntime, modules: readonly Module[] = []) {
    const world = createWorld({ runtime, modules })
    this.runtime = runtime
    this.node = world.node
    this.reports = world.reports
  }

  /**
   * @param spawn how it comes to life: by the node, unless another puppet does it.
   * @param hears is told of each message that is no act.
   */
  add(
    puppetKind: Kind,
    spawn: (body: Body) => AnyPid = (body) => this.node.spawn(body),
    hears: (self: Self, message: unknown) => void = () => {},
  ): Puppet {
    const puppet = new Puppet(puppetKind)
    const take = (self: Self, message: unknown): void => {
      if (typeof message === 'number') return this.#acts[message]!(self)
      puppet.received.push({ atMs: this.runtime.nowMs(), message })
      try {
        hears(self, message)
      } catch (error) {
        // The test fails by it, not the process.
        this.#failures.push(error)
      }
    }
    puppet.pid = spawn(bodies[puppetKind](take))
    void this.node.exited(puppet.pid).then((reason) => (puppet.reason = reason))
    return puppet
  }

  /** Has it act, on a turn of its own; never, if it is dead by then. */
  tell(puppet: Puppet, act: Act): void {
    this.#acts.push(act)
    this.node.send(puppet.pid as Pid<number>, this.#acts.length - 1)
  }

  /** Has it act, and everything that follows from it; gives what the act gave or threw, or undefined if it did not come to it. */
  async ask<R>(puppet: Puppet, act: (self: Self) => R): Promise<R | undefined> {
    let result: R | undefined
    this.tell(puppet, (self) => {
      try {
        result = act(self)
      } catch (error) {
        result = error as R
      }
    })
    await this.settle()
    return result
  }

  /** Everything that can happen now, happens. @throws the first expectation that failed in a puppet. */
  async settle(): Promise<void> {
    await this.runtime.settle()
    if (this.#failures.length > 0) throw this.#failures[0]
  }

  async advance(ms: number): Promise<void> {
    await this.runtime.advance(ms)
    await this.settle()
  }
}

const bodies: Record<Kind, (take: (self: Self, message: unknown) => void) => Body> = {
  callback: (take) => ({
    init: () => null,
    message: (self, message) => {
      take(self, message)
      return null
    },
  }),
  slow: (take) => ({
    init: async (self) => {
      await self.sleep(0)
      return null
    },
    message: async (self, message) => {
      await self.sleep(0)
      take(self, message)
      return null
    },
  }),
  async: (take) => async (self) => {
    for (;;) take(self, await self.receive())
  },
}
