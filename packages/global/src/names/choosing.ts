/**
 * Runs a user's resolve function, as a process of its own, within a time.
 */
import { Pid, type AnyPid, type AnyProcess, type Process } from '@agner/core'
import { registeredFunction, setLongTimer } from '@agner/core/kernel'
import type { Choose } from './messages.ts'
import type { Conflict, ResolveModule } from './resolve.ts'
import type { ScopeState } from './scope-state.ts'

type Question = Pick<Choose, 'name' | 'a' | 'b' | 'method' | 'of'>

/** Calls `tell` once, with null for whatever is no answer. */
export function choose(
  self: AnyProcess,
  { limits, functions }: ScopeState,
  { name, a, b, method, of }: Question,
  tell: (pid: AnyPid | null) => void,
): void {
  let isTold = false
  const say = (chosen: unknown): void => {
    if (isTold) return
    isTold = true
    tell(chosen === a || chosen === b ? (chosen as AnyPid) : null)
  }
  const runs = async (it: Process<never>): Promise<unknown> => {
    if (method !== null) return runModule(it, method, { name, a, b })
    const known = functions.get(of)?.get(name)
    if (known === undefined) throw new Error(`No resolve function is known of ${String(of)}.`)
    return it.wait(Promise.resolve(known.resolve(name, a, b)))
  }
  const pid = self.spawn(async function resolve(it: Process<never>) {
    try {
      const chosen = await runs(it)
      if (chosen !== null && !(chosen instanceof Pid && (chosen === a || chosen === b)))
        throw new TypeError('It gave neither of the two processes, nor null.')
      say(chosen)
    } catch (error) {
      it.node.report({
        type: 'notice',
        level: 'error',
        source: 'global',
        text: `The resolve function of the name "${name}" failed: the name belongs to nobody.`,
        details: { error },
      })
    }
  })
  const timer = setLongTimer(self.node, limits.resolveTimeoutMs, () => {
    if (!isTold) self.node.sendExit(pid, 'kill')
  })
  // Whatever ends it, or if nothing does: there is an answer.
  void self.node.exited(pid).then(() => {
    timer.clear()
    say(null)
  })
}

async function runModule(
  it: Process<never>,
  { module, function: name }: ResolveModule,
  conflict: Conflict,
): Promise<unknown> {
  const code = registeredFunction(it.node, module, name)
  if (typeof code !== 'function') throw new TypeError(`${module}:${name} is no async function.`)
  return (code as (self: Process<never>, conflict: Conflict) => Promise<unknown>)(it, conflict)
}
