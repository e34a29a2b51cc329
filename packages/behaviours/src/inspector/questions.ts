/**
 * The questions that inspectors have asked of processes, and that are not answered yet.
 *
 *     ask ─┬─ none is open ──► asked ──┬─ answered in time ──► the answer
 *          └─ one is open ─► joined ───┴─ not ──► silent; it stays open, and nothing is asked of this process until it ends
 *
 * A question that is given up stays in the mailbox all the same, so who looks each second at a process that hangs would
 * fill it. There is one at most for each process of a node, however many inspectors look: it ends with an answer, or with
 * the process. It is asked on behalf of the node, as nobody waits for it in the way of a call.
 */
import type { AnyPid, Node } from '@agner/core'
import { setLongTimer } from '@agner/core/kernel'
import { answerTimeoutMs } from './limits.ts'

export type Asked<T> = { readonly kind: 'answered'; readonly value: T } | Silent

export interface Silent {
  readonly kind: 'silent'
  /** Since it was asked. */
  readonly waitedMs: number
}

interface Open {
  /** What is asked: another question waits its turn. */
  readonly what: string
  readonly atMs: number
  readonly answer: Promise<unknown>
}

const openOf = new WeakMap<Node, Map<AnyPid, Open>>()

/** Rejects with what `question` is rejected with. */
export async function ask<T>(node: Node, pid: AnyPid, what: string, question: () => Promise<T>): Promise<Asked<T>> {
  const open = openAt(node)
  const deadlineMs = node.runtime.nowMs() + answerTimeoutMs
  for (;;) {
    const before = open.get(pid)
    const asked = before ?? begin(node, open, pid, what, question)
    // One that was not answered in its own time is not waited for once more.
    const untilMs = Math.min(deadlineMs, asked.atMs + answerTimeoutMs)
    const isMine = asked.what === what
    const answered = await within(node, untilMs, isMine ? asked.answer : asked.answer.catch(ignore))
    if (answered === null) return { kind: 'silent', waitedMs: Math.round(node.runtime.nowMs() - asked.atMs) }
    if (isMine) return { kind: 'answered', value: answered.value as T }
  }
}

function openAt(node: Node): Map<AnyPid, Open> {
  const known = openOf.get(node)
  if (known !== undefined) return known
  const made = new Map<AnyPid, Open>()
  openOf.set(node, made)
  return made
}

function begin(node: Node, open: Map<AnyPid, Open>, pid: AnyPid, what: string, question: () => Promise<unknown>): Open {
  const answer = question().finally(() => open.delete(pid))
  // Nobody may be waiting any more when it fails.
  answer.catch(ignore)
  const asked: Open = { what, atMs: node.runtime.nowMs(), answer }
  open.set(pid, asked)
  return asked
}

/** Null if it takes longer. */
function within<T>(node: Node, untilMs: number, answer: Promise<T>): Promise<{ readonly value: T } | null> {
  const leftMs = untilMs - node.runtime.nowMs()
  if (leftMs <= 0) return Promise.resolve(null)
  return new Promise((resolve, reject) => {
    const timer = setLongTimer(node, leftMs, () => resolve(null))
    answer.then((value) => resolve({ value }), reject).finally(() => timer.clear())
  })
}

function ignore(): void {}
