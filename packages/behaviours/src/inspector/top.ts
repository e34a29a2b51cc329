/** The processes that have most of something. */
import type { Node, TopProcess } from '@agner/core'
import { whatOf } from './behaviour-of.ts'
import { clip } from './limits.ts'
import type { Top, TopQuestion, TopRow } from './inspector.api.ts'
import { printLine } from './print.ts'

/** To estimate the memory of this many takes about a tenth of a second, and the thread. */
const memoryLimit = 100_000

export async function topOf(node: Node, question: TopQuestion): Promise<Top> {
  const { by } = question
  const count = clip(question.count, 50, 1000)
  const windowMs = clip(question.windowMs, 0, 10_000)
  const processes = node.processCount()
  if (by === 'memory' && processes > memoryLimit) return { by, processes, rows: [], tooMany: true }
  const found = windowMs === 0 ? node.topProcesses({ by, count }) : await node.topProcessesOver({ by, count, windowMs })
  return { by, processes, rows: found.map((each) => rowOf(node, each)) }
}

function rowOf(node: Node, process: TopProcess): TopRow {
  const { pid, name, label, status, mailboxLength, reductions, value } = process
  return {
    pid,
    name,
    what: whatOf(node, process),
    label: label === null ? null : typeof label === 'string' ? label.slice(0, 200) : printLine(label),
    status,
    mailbox: mailboxLength,
    reductions,
    value,
  }
}
