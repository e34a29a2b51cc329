/**
 * How a story about machines is told: twice, in each callback mode, to machines that are labelled m1, m2 and so on.
 */
import { call, cast, keepStateAndData, replyTo, startStatem } from '../../../../packages/behaviours/src/index.ts'
import type { AnyPid, AnyProcess, ExitReason, Pid, Process } from '../../../../packages/core/src/index.ts'
import type { Scenario } from '../../scenario.ts'
import type { Stage } from '../../stage.ts'
import { machineOf, modes, word, type Handle, type Mode, type StoryMachine, type Told } from './machine.ts'

export interface Telling {
  readonly self: Process<unknown>
  readonly t: Stage
  start(handle: Handle, state: unknown, data: unknown, actions?: readonly unknown[]): Promise<StoryMachine>
  tell(machine: StoryMachine, what: unknown): void
  ask(machine: StoryMachine, what: unknown, timeoutMs?: number): Promise<unknown>
  /** The machine takes nothing meanwhile: all that comes is in its mailbox. */
  held(machine: StoryMachine, run: () => void): void
  /** Until the machine is done with all that was sent to it so far. */
  settle(machine: StoryMachine): Promise<unknown>
  died(pid: AnyPid): Promise<ExitReason>
}

type About = Pick<Scenario, 'items' | 'faults'>

export function each(about: About, enters: boolean, play: (telling: Telling) => Promise<unknown>): Scenario {
  return {
    ...about,
    play: async (self, t) => {
      let machines = 0
      for (const mode of modes) await play(telling(self, t, mode, enters, () => `m${++machines}`))
    },
  }
}

export function telling(self: Process<unknown>, t: Stage, mode: Mode, enters: boolean, label: () => string): Telling {
  const ask: Telling['ask'] = (machine, what, timeoutMs = 5000) => call(self, machine, 'ask', what, { timeoutMs })
  return {
    self,
    t,
    start: async (handle, state, data, actions = []) =>
      t.label(label(), await startStatem(self.node, machineOf(t, mode, enters, { handle, state, data, actions }))),
    tell: (machine, what) => cast(self, machine, 'tell', what),
    ask,
    held: (machine, run) => {
      self.suspend(machine)
      run()
      self.resume(machine)
    },
    settle: (machine) => ask(machine, 'settle'),
    died: async (pid) => word(await t.dead(self, pid)),
  }
}

// — what the handlers of stories have in common —

export const is = ({ type, content }: Told, wanted: string, what?: unknown): boolean =>
  type === wanted && (what === undefined || content === what)

export const answer = ({ from }: Told, value: unknown): ReturnType<typeof replyTo> => replyTo(from!, value)

export const settled = (event: Told): unknown => keepStateAndData(answer(event, 'settled'))

/** Emits what came, and stays. */
export function seen(t: Stage, self: AnyProcess, { type, content }: Told, ...actions: unknown[]): unknown {
  t.emit(self, type, content)
  return keepStateAndData(...actions)
}

/** Emits that a timer fired, and tells the main process. */
export function fired(t: Stage, self: AnyProcess, event: Told, main: unknown, shown: unknown = event.content): unknown {
  t.emit(self, event.type, shown)
  self.send(main as Pid<unknown>, 'fired')
  return keepStateAndData()
}
