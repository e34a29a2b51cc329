/**
 * A founder whose storage is new: it starts for the first time, or it has lost its disk and founds anew what is there already. Neither it nor the others can tell
 * the two apart, so both may vote. But people can, once it is told that the others have a log.
 *
 *     founds, log empty ──► hears of entries that it has not ──► notice, once      gets its first entry ──► nothing to say any more
 */
import type { AnyProcess } from '@agner/core'
import type { MemberId, Message } from '../raft/interface.ts'

export class Founding {
  readonly #self: AnyProcess
  readonly #group: string
  readonly #id: MemberId
  #isOver: boolean

  /** @param isNew it founds the group, with storage that had nothing and that outlives it. */
  constructor(self: AnyProcess, { group, id }: { readonly group: string; readonly id: MemberId }, isNew: boolean) {
    this.#self = self
    this.#group = group
    this.#id = id
    this.#isOver = !isNew
  }

  /** Before it is taken: with a vote for whoever sent it what is lost may be lost for good. */
  heard(from: MemberId, message: Message, lastIndex: number): void {
    if (this.#isOver) return
    this.#isOver = lastIndex > 0
    if (this.#isOver || !saysThereIsLog(message)) return
    this.#isOver = true
    const { node } = this.#self
    const text =
      `Member ${this.#id} of ${this.#group} founds the group with an empty log, and ${from} has entries already. ` +
      'That is as it should be if it starts for the first time. If it has run before, its disk is lost, and with it what it promised: ' +
      'what the group had acknowledged may be lost, too. Then stop it, remove it from the group, and add a member on a node of another name.'
    node.report({
      type: 'notice',
      level: 'warning',
      source: 'consensus',
      text,
      details: { group: this.#group, id: this.#id, from },
    })
  }
}

/** Where a group begins, its first leader sends from the beginning, and who asks for votes has nothing. */
function saysThereIsLog(message: Message): boolean {
  switch (message.type) {
    case 'append':
      return message.previous.index > 0
    case 'snapshot':
      return message.snapshot.index > 0
    case 'askVote':
      return message.last.index > 0
    default:
      return false
  }
}
