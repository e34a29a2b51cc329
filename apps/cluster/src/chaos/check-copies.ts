/**
 * Says what is wrong with the copies that the nodes have on their disks after their end: pure.
 *
 * Each has exactly what was read from the running cluster. What was stored after that (somebody gave up on it, and it came through all the same) may be
 * in one of them and not in the other yet; where both have it, it is the same.
 */
import { isSame, some, type History, type Message } from './history.ts'

export function checkCopies(rooms: History['rooms'], copies: History['copies']): string[] {
  const read = new Map([...rooms.values()].flat().map((message) => [message.id, message]))
  const newest = Math.max(0, ...lastIds(rooms))
  const wrong = [...copies].flatMap(([node, copy]) =>
    copy === null ? [`the copy of ${node} cannot be read`] : checkCopy(node, copy, read, newest),
  )
  const [first, ...others] = [...copies].map(([node, copy]) => ({
    node,
    later: (copy ?? []).filter(({ id }) => id > newest),
  }))
  if (first === undefined) return wrong
  const known = new Map(first.later.map((message) => [message.id, message]))
  for (const { node, later } of others)
    for (const message of later) {
      const same = known.get(message.id)
      if (same !== undefined && !isSame(same, message))
        wrong.push(`the copies of ${first.node} and ${node} have another message ${message.id} each`)
    }
  return wrong
}

function checkCopy(
  node: string,
  copy: readonly Message[],
  read: ReadonlyMap<number, Message>,
  newest: number,
): string[] {
  const held = new Map(copy.map((message) => [message.id, message]))
  const missing = [...read.keys()].filter((id) => !held.has(id))
  const other = [...read.values()].filter((message) => {
    const there = held.get(message.id)
    return there !== undefined && !isSame(there, message)
  })
  const unknown = copy.filter(({ id }) => id <= newest && !read.has(id))
  const say = (what: string, ids: readonly number[]): string[] =>
    ids.length === 0 ? [] : [`the copy of ${node} has ${what} ${some(ids)}`]
  return [
    ...say('not', missing),
    ...say('otherwise than it was read:', idsOf(other)),
    ...say('what nobody could read:', idsOf(unknown)),
  ]
}

function lastIds(rooms: History['rooms']): number[] {
  return [...rooms.values()].map((messages) => messages.at(-1)?.id ?? 0)
}

function idsOf(messages: readonly Message[]): number[] {
  return messages.map(({ id }) => id)
}
