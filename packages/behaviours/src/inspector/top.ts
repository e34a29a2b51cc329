/** The processes that have most of something. */
import type { Node, TopCandidate, TopProcess } from '@agner/core'
import { whatOf } from './behaviour-of.ts'
import { clip } from './limits.ts'
import type { Top, TopQuestion, TopRow } from './inspector.api.ts'
import { labelText } from './print.ts'

/** To estimate the memory of this many takes about a tenth of a second, and the thread. */
const memoryLimit = 100_000

export async function topOf(node: Node, question: TopQuestion): Promise<Top> {
  const { by } = question
  const count = clip(question.count, 50, 1000)
  const windowMs = clip(question.windowMs, 0, 10_000)
  const processes = node.processCount()
  const matching = new Matching(node, question.contains)
  if (by === 'memory' && processes > memoryLimit) return { by, processes, rows: [], tooMany: true }
  const wanted = { by, count, ...(matching.wanted !== '' && { where: matching.test }) }
  const found = windowMs === 0 ? node.topProcesses(wanted) : await node.topProcessesOver({ ...wanted, windowMs })
  const rows = found.map((each) => rowOf(node, each))
  return { by, processes, rows, ...(matching.wanted !== '' && { matching: matching.count }) }
}

/** Those with a text in what they are known by. All are looked at, and counted, though few are told of. */
class Matching {
  readonly wanted: string
  readonly #node: Node
  count = 0

  constructor(node: Node, contains: unknown) {
    this.#node = node
    this.wanted = typeof contains === 'string' ? contains.slice(0, 200).toLowerCase() : ''
  }

  readonly test = (process: TopCandidate): boolean => {
    const { pid, name, label } = process
    const known = [name, whatOf(this.#node, process), String(pid), labelText(label)]
    const matches = known.some((text) => text?.toLowerCase().includes(this.wanted) === true)
    if (matches) this.count++
    return matches
  }
}

function rowOf(node: Node, process: TopProcess): TopRow {
  const { pid, name, label, status, mailboxLength, reductions, value } = process
  return {
    pid,
    name,
    what: whatOf(node, process),
    label: labelText(label),
    status,
    mailbox: mailboxLength,
    reductions,
    value,
  }
}
