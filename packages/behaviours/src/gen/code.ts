/**
 * The kernel's view of a behaviour: callback bodies over {@link Gen}.
 *
 *     startGen, a child specification      awaiting: waits for the start request of who spawned it
 *     spawnAt(…, 'startAwaited')           the same, asked for from another node
 *     spawnAt(…, 'start')                  begins at once; nobody waits for it
 */
import type { AnyProcess, CallbackBody, Finish, Process } from '@agner/core'
import type { Beginning } from './beginning.ts'
import type { Gen } from './gen.ts'

/** The code of a behaviour: what is known of it before there is a process. */
export interface GenCode {
  readonly module: string
  readonly version: string
  /** Whether exit signals come to it as messages from the very first one. */
  readonly trapExits: boolean
  /** Makes the process, in it and at its first turn. */
  make(self: AnyProcess, beginning: Beginning): Gen
}

/** One process of a behaviour on this node, that waits for its start request. */
export function awaiting(code: GenCode, beginning: Beginning): CallbackBody<never, Gen> {
  return { name: code.module, init: (self) => code.make(self, beginning), message }
}

/** The module's functions, which other nodes may spawn. */
export interface GenFunctions {
  readonly start: CallbackBody<never, Gen, unknown>
  readonly startAwaited: CallbackBody<never, Gen, Beginning>
  readonly [name: string]: CallbackBody<never, Gen, never>
}

export function functionsOf(code: GenCode): GenFunctions {
  return Object.freeze({
    start: {
      init: (self: Process<never>, arg: unknown) => {
        const made = make(code, self, { parent: spawnerOf(self), arg, name: null })
        return made.start(null)
      },
      message,
    },
    startAwaited: {
      init: (self: Process<never>, beginning: Beginning) => make(code, self, beginning),
      message,
    },
  })
}

function make(code: GenCode, self: AnyProcess, beginning: Beginning): Gen {
  if (code.trapExits) self.trapExits(true)
  return code.make(self, beginning)
}

/** Its parent, as far as it can be known, is who spawned it. */
function spawnerOf(self: AnyProcess): Beginning['parent'] {
  return self.node.processInfo(self.pid)?.parent ?? null
}

function message(_self: Process<never>, received: unknown, gen: Gen): Gen | Finish | Promise<Gen | Finish> {
  return gen.message(received)
}
