/**
 * Says what the attributes of this node are now: one process, which never waits for a function that computes one.
 */
import { reply, Request, type CallbackBody, type Node } from '@agner/core'
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

export function attributesBody(
  sources: ReadonlyMap<string, AttributeSource>,
): CallbackBody<Request<AttributesQuestion, AttributesAnswer>, null> {
  return {
    name: attributesName,
    init: () => null,
    message: (self, message) => {
      if (message instanceof Request) valuesOf(self.node, sources, message.payload, (answer) => reply(message, answer))
      return null
    },
  }
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
  const asked = names.filter((name) => sources.has(name))
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

export function isAttributeValue(value: unknown): value is AttributeValue {
  return typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && !Number.isNaN(value))
}
