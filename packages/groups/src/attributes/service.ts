/**
 * Says what the attributes of this node are now: one process, which never waits for a function that computes one.
 */
import { reply, Request, type CallbackBody, type Node } from '@agner/core'
import { refuse } from '@agner/core/kernel'
import { groupsError } from '../errors.ts'
import { isObject, isTexts, isTime } from '../relay/reading.ts'
import type { AttributeSource } from './machine.ts'
import type { AttributeValue } from './predicates.ts'

export const attributesName = '@agner/groups/attributes'

export interface AttributesQuestion {
  readonly names: readonly string[]
  /** What has not been computed by then is missing in the answer. */
  readonly timeoutMs: number
}

/** Those that there are, by name. */
export type AttributesAnswer = Readonly<Record<string, AttributeValue>>

export function attributesBody(sources: ReadonlyMap<string, AttributeSource>): CallbackBody<unknown, null> {
  return {
    name: attributesName,
    init: () => null,
    message: (self, message) => {
      if (message instanceof Request) answer(self.node, sources, message)
      return null
    },
  }
}

/** What is asked may be anything: it costs who asked, and nobody else. */
function answer(
  node: Node,
  sources: ReadonlyMap<string, AttributeSource>,
  request: Request<unknown, AttributesAnswer>,
): void {
  const question = readQuestion(request.payload)
  if (question === null) return refuse(request, groupsError('groups.bad_question', { of: attributesName }))
  valuesOf(node, sources, question, (answered) => {
    try {
      reply(request, answered)
    } catch (error) {
      // In a timer, or in a promise that nobody awaits: it would end the program.
      refuse(request, groupsError('groups.bad_question', { of: attributesName }, { cause: error }))
    }
  })
}

export function readQuestion(payload: unknown): AttributesQuestion | null {
  if (!isObject(payload)) return null
  const { names, timeoutMs } = payload
  return isTexts(names) && isTime(timeoutMs) ? { names, timeoutMs } : null
}

/** What another node has answered may be anything: what is no attribute is missing. */
export function readAnswer(answered: unknown): AttributesAnswer {
  if (!isObject(answered)) return {}
  const values = Object.entries(answered).filter((entry): entry is [string, AttributeValue] =>
    isAttributeValue(entry[1]),
  )
  return Object.fromEntries(values)
}

/** Calls back once: when all are there, or when the time is over. */
export function valuesOf(
  { runtime }: Node,
  sources: ReadonlyMap<string, AttributeSource>,
  { names, timeoutMs }: AttributesQuestion,
  done: (answer: AttributesAnswer) => void,
): void {
  const found = new Map<string, AttributeValue>()
  let isDone = false
  const finish = (): void => {
    if (isDone) return
    isDone = true
    timer.clear()
    done(Object.fromEntries(found))
  }
  const timer = runtime.setTimer(Math.min(timeoutMs, 2 ** 31 - 1), finish)
  const asked = [...new Set(names)].filter((name) => sources.has(name))
  void Promise.all(asked.map((name) => compute(sources.get(name)!, (value) => found.set(name, value)))).then(finish)
}

/** One that fails is missing. */
async function compute(source: AttributeSource, keep: (value: AttributeValue) => void): Promise<void> {
  try {
    const value = typeof source === 'function' ? await source() : source
    if (isAttributeValue(value)) keep(value)
  } catch {
    // Its owner's affair, and not the asker's: to the asker there is none.
  }
}

/** What may be set: a name that can be the key of an answer, and a value of an attribute or what computes one. @throws `groups.bad_option` */
export function checkAttribute(name: unknown, value: unknown): void {
  const isName = typeof name === 'string' && name !== '' && name !== '__proto__' && name.isWellFormed()
  if (isName && (typeof value === 'function' || isAttributeValue(value))) return
  const wanted =
    'a name, well-formed and not __proto__, and a text, a number or a boolean, or a function that gives one'
  throw groupsError('groups.bad_option', {
    option: `attributes.${typeof name === 'string' ? name : typeof name}`,
    wanted,
  })
}

export function isAttributeValue(value: unknown): value is AttributeValue {
  return typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && !Number.isNaN(value))
}
