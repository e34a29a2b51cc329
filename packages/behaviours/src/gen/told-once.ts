/**
 * A start that fails is told to its starter once, by the rejection.
 *
 *     begin fails                         ──► the process takes its link back, then exits: nothing comes over the link
 *     it is killed, or calls `exit` there ──► EXIT over the link, then the rejection: the exit is dropped here
 *
 * A starter that traps no exits has died of such an exit before: who is linked to what is killed ends with it.
 */
import type { AnyPid, AnyProcess, Exit } from '@agner/core'

/** Of starters that are behaviours: their exits wait until the callback that starts is done. Dead ones, by starter. */
const told = new WeakMap<AnyProcess, WeakSet<AnyPid>>()

/** No exit of a process that did not start is seen by its starter from now on. */
export async function dropExit(starter: AnyProcess, pid: AnyPid): Promise<void> {
  starter.unlink(pid)
  if (starter.processInfo(starter.pid, ['trapsExits'])?.trapsExits !== true) return
  const before = told.get(starter) ?? new WeakSet()
  told.set(starter, before.add(pid))
  // An async function that receives at the same time has it by now; of callbacks there is nothing to receive.
  await asReceiver(starter)
    .receive((message) => isExitOf(message, pid), { timeoutMs: 0 })
    .catch(() => undefined)
}

/** Whether it is the exit of a process whose failed start was told to `self`. */
export function isTold(self: AnyProcess, { from }: Exit): boolean {
  return from !== null && told.get(self)?.has(from) === true
}

/** Whatever it takes otherwise, exits come to it while it traps them. */
function asReceiver(starter: AnyProcess) {
  return starter as unknown as {
    receive(guard: (message: unknown) => boolean, options: { readonly timeoutMs: number }): Promise<unknown>
  }
}

function isExitOf(message: unknown, pid: AnyPid): boolean {
  if (typeof message !== 'object' || message === null || !('type' in message)) return false
  return message.type === 'exit' && (message as Exit).from === pid
}
