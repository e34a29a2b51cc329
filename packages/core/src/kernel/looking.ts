/**
 * What an operator's view of a node needs and process info has not: answers that cost as much as is shown of them.
 *
 * What is given of a process is itself and no copy, since a copy of all that it holds may be a million times as large as what is
 * shown. It is to be made into text at once, and never to be kept or changed. Of a sensitive process it is nothing.
 */
import type { AnyPid } from '../identity/pid.ts'
import type { Node } from '../node-interface.ts'
import { kernelOf } from '../node.ts'
import type { DictionaryKey } from '../process/dictionary.ts'
import type { ProcessRecord } from './process-record.ts'
import { Request } from './request.ts'

/** What a process has that it was sent, or put aside. */
export interface Holdings {
  readonly label: unknown
  /** The first ones. A call is shown as `{ type: 'request', from, payload }`. */
  readonly messages: readonly unknown[]
  readonly dictionary: readonly (readonly [key: DictionaryKey, value: unknown])[]
}

/** Undefined if the process is dead, or of another node. */
export function holdingsOf(node: Node, pid: AnyPid, messages: number): Holdings | undefined {
  const record = livingAt(node, pid)
  if (record === null) return undefined
  record.fetch()
  if (!record.lives) return undefined
  const { belongings, sensitive } = record
  const label = belongings?.label ?? null
  if (sensitive) return { label, messages: [], dictionary: [] }
  return { label, messages: firstMessages(record, messages), dictionary: belongings?.dictionary?.entries() ?? [] }
}

function firstMessages({ saved }: ProcessRecord, count: number): unknown[] {
  const messages: unknown[] = []
  if (saved === null) return messages
  for (let position = saved.start; position < saved.end && messages.length < count; position++) {
    const message = saved.at(position)
    if (message instanceof Request) messages.push({ type: 'request', from: message.from, payload: message.payload })
    else if (message !== undefined) messages.push(message)
  }
  return messages
}

/** Whether the state of a callback process is of a class. Of a sensitive one, too: what kind of process it is is no secret. */
export function runsA(node: Node, pid: AnyPid, kind: abstract new (...args: never[]) => object): boolean {
  const record = livingAt(node, pid)
  if (record === null || typeof record.code === 'function') return false
  try {
    return record.state instanceof kind
  } catch {
    // It is a Proxy that does not let itself be looked at.
    return false
  }
}

/** Calls `look` with each process that a list of processes has. */
export function eachProcess(node: Node, look: (pid: AnyPid, parent: AnyPid | null) => void): void {
  for (const { visible, pid, parent } of kernelOf(node).table) if (visible) look(pid, parent)
}

/** All messages that wait at a node. */
export function messagesWaiting(node: Node): number {
  let waiting = 0
  for (const record of kernelOf(node).table) if (record.visible && record.lives) waiting += record.messagesWaiting
  return waiting
}

function livingAt(node: Node, pid: AnyPid): ProcessRecord | null {
  const record = kernelOf(node).local(pid)
  return record === null || record === 'remote' || !record.lives ? null : record
}
