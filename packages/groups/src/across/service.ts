/**
 * What a node tells others about the groups that it is in: one process, which answers from local tables and asks nobody.
 */
import { reply, Request, type AnyPid, type CallbackBody } from '@agner/core'
import type { RelayWorld } from '../relay/hub.ts'

export const acrossName = '@agner/groups/across'

/** What is known of groups here. */
export interface AcrossWorld extends RelayWorld {
  /** The names of an own group, as this node knows them. */
  names(group: string): readonly string[]
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

export function acrossBody(world: AcrossWorld): CallbackBody<Request<Question, Answer>, null> {
  return {
    name: acrossName,
    init: () => null,
    message: (self, message) => {
      if (message instanceof Request) reply(message, answerTo(world, self.node.name, message.payload))
      return null
    },
  }
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
