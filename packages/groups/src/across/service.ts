/**
 * What a node tells others about the groups that it is in: one process, which answers from local tables and asks nobody.
 */
import { reply, Request, type AnyPid, type CallbackBody } from '@agner/core'
import { refuse } from '@agner/core/kernel'
import { groupsError } from '../errors.ts'
import type { RelayWorld } from '../relay/hub.ts'
import { isObject, isPid, isText, isTexts } from '../relay/reading.ts'

export const acrossName = '@agner/groups/across'

/** What is known of groups here. */
export interface AcrossWorld extends RelayWorld {
  /** The names of an own group, as this node knows them. */
  names(group: string): readonly string[]
  /** A node is about to be asked, connected or not. What is returned gives up the connection that was made for it, if nobody else wants it. */
  attempt?(node: string): () => void
}

export type Question =
  | { readonly ask: 'whereis'; readonly group: string; readonly name: string }
  | { readonly ask: 'names'; readonly group: string | null }
  | { readonly ask: 'members'; readonly group: string }

export interface NamedInGroup {
  readonly group: string
  readonly name: string
}

/** `notAMember`: who was asked is not in that group. */
export type Answer =
  | { readonly ok: true; readonly pid: AnyPid | null }
  | { readonly ok: true; readonly names: readonly NamedInGroup[] }
  | { readonly ok: true; readonly members: readonly string[] }
  | { readonly ok: false; readonly notAMember: readonly string[] }

export function acrossBody(world: AcrossWorld): CallbackBody<unknown, null> {
  return {
    name: acrossName,
    init: () => null,
    message: (self, message) => {
      if (message instanceof Request) answer(world, self.node.name, message)
      return null
    },
  }
}

/** What is asked may be anything: it costs who asked, and nobody else. */
function answer(world: AcrossWorld, node: string, request: Request<unknown, Answer>): void {
  const question = readQuestion(request.payload)
  if (question === null) return refuse(request, groupsError('groups.bad_question', { of: acrossName }))
  try {
    reply(request, answerTo(world, node, question))
  } catch (error) {
    refuse(request, groupsError('groups.bad_question', { of: acrossName }, { cause: error }))
  }
}

export function readQuestion(payload: unknown): Question | null {
  if (!isObject(payload)) return null
  const { ask, group, name } = payload
  if (ask === 'names') return group === null || isText(group) ? { ask, group } : null
  if (!isText(group)) return null
  if (ask === 'members') return { ask, group }
  return ask === 'whereis' && isText(name) ? { ask, group, name } : null
}

/** What each question is answered with. */
export interface Answers {
  readonly whereis: Extract<Answer, { readonly pid: unknown }>
  readonly names: Extract<Answer, { readonly names: unknown }>
  readonly members: Extract<Answer, { readonly members: unknown }>
}

const isNamedInGroup = (value: unknown): value is NamedInGroup =>
  isObject(value) && isText(value['group']) && isText(value['name'])

const isAnswerTo: { readonly [Ask in keyof Answers]: (fields: Readonly<Record<string, unknown>>) => boolean } = {
  whereis: ({ pid }) => pid === null || isPid(pid),
  names: ({ names }) => Array.isArray(names) && names.every(isNamedInGroup),
  members: ({ members }) => isTexts(members),
}

/** Null for whatever answers no such question. */
export function readAnswer<Ask extends keyof Answers>(
  ask: Ask,
  answer: unknown,
): Answers[Ask] | Extract<Answer, { readonly ok: false }> | null {
  if (!isObject(answer)) return null
  const { ok, notAMember } = answer
  const isAnswer = ok === true ? isAnswerTo[ask](answer) : ok === false && isTexts(notAMember)
  return isAnswer ? (answer as Answers[Ask]) : null
}

function answerTo({ view, whereis, names }: AcrossWorld, node: string, question: Question): Answer {
  const { group } = question
  if (group !== null && !view.isOwn(group)) return { ok: false, notAMember: view.ownGroups() }
  switch (question.ask) {
    case 'whereis':
      return { ok: true, pid: whereis(question.group, question.name) ?? null }
    case 'members':
      return { ok: true, members: [node, ...view.others(question.group)].toSorted() }
    case 'names': {
      const groups = question.group === null ? view.ownGroups() : [question.group]
      return { ok: true, names: groups.flatMap((each) => names(each).map((name) => ({ group: each, name }))) }
    }
  }
}
