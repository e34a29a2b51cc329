/**
 * The process behind a claim: it asks an authority until it has an answer, and then holds what it was given.
 *
 *     owner ── claim ──► holder ── ask, rest, ask … ──► authority
 *       ▲                  │ linked to its owner: when that ends, the right is given back
 *       └── claimLost ─────┘ once, and then it ends
 *
 * What an authority is, a lease, a row of a table, a leadership, is said in three functions; when a claim begins and how it ends is said here, for all of them.
 */
import type { AnyPid, AnyProcess, Exit, Process } from '@agner/core'
import { timedOut } from '@agner/core'
import { messageOf } from '@agner/core/kernel'
import { isDuration, longestMs } from '../duration.ts'
import { releaseError } from '../errors.ts'
import type { Claim, ClaimAnswer, ClaimLost, ClaimOptions } from './arbiter.ts'

/** Whatever an authority sends to a holder that it gave something to, or that rests: only the authority reads it. */
export interface Notice {
  readonly type: string
}

interface GiveBack {
  readonly type: 'giveBack'
  readonly to: string | null
}

export type HolderMessage = Notice | Exit | GiveBack

export interface Right {
  readonly token: number
  isHeld(): boolean
  /** What a message to the holder means: that it is over, or null. */
  judge(message: Notice): ClaimLost['why'] | null
  /** Never rejects, and takes a bounded time. */
  giveBack(to: string | null): Promise<void>
}

export type Asked = { readonly type: 'held'; readonly right: Right } | Exclude<ClaimAnswer, { readonly type: 'held' }>

export interface Authority {
  /** One look. Takes a bounded time; a rejection counts as unavailable. */
  ask(self: Process<HolderMessage>): Promise<Asked>
  /** Milliseconds until it is worth asking again, at least 10; a message to the holder ends them. */
  restMs(): number
}

/** Between two looks at an authority that names no rest, or one that makes no sense. */
const shortestRestMs = 10

/** Asks for a claim on behalf of `owner`, who is told how it ends. Rejects with `release.bad_option`. */
export async function claimFrom(
  owner: AnyProcess,
  application: string,
  { waitMs = 0 }: ClaimOptions,
  makeAuthority: () => Authority,
): Promise<ClaimAnswer> {
  const bad = (option: string, wanted: string) => releaseError('release.bad_option', { option, wanted })
  if (typeof application !== 'string' || application === '') throw bad('application', 'a text that is not empty')
  if (!isDuration(waitMs, 0, longestMs)) throw bad('waitMs', 'a number of milliseconds from 0 to 2 ** 31 - 1')
  const untilMs = owner.node.monotonicTimeMs() + waitMs
  return new Promise((resolve) => {
    const terms: Terms = { application, owner: owner.pid, untilMs, authority: makeAuthority(), resolve }
    owner.spawnLink(holderOf(terms), { trapExits: true })
  })
}

interface Terms {
  readonly application: string
  readonly owner: AnyPid
  readonly untilMs: number
  readonly authority: Authority
  readonly resolve: (answer: ClaimAnswer) => void
}

function holderOf(terms: Terms): (self: Process<HolderMessage>) => Promise<void> {
  return async (self) => {
    self.label(`claim of ${terms.application}`)
    const asked = await askUntil(self, terms)
    if (asked === null) return
    if (asked.type !== 'held') {
      self.unlink(terms.owner)
      return terms.resolve(asked)
    }
    const hold: Hold = { isOver: false }
    terms.resolve({ type: 'held', claim: claimOf(self, terms.application, asked.right, hold) })
    const end = await holdUntil(self, terms.owner, asked.right)
    hold.isOver = true
    self.unlink(terms.owner)
    if (end.type === 'lost') {
      const { token } = asked.right
      const lost: ClaimLost = { type: 'claimLost', application: terms.application, token, why: end.why }
      self.send(terms.owner as never, lost as never)
    }
    await self.wait(asked.right.giveBack(end.type === 'givenBack' ? end.to : null))
  }
}

/** Null: its owner has ended. */
async function askUntil(self: Process<HolderMessage>, { owner, untilMs, authority }: Terms): Promise<Asked | null> {
  for (;;) {
    const asked = await ask(self, authority)
    const leftMs = untilMs - self.node.monotonicTimeMs()
    const restMs = asked.type === 'held' ? 0 : Math.max(0, Math.min(leftMs, restOf(authority)))
    if (await hasEnded(self, owner, restMs)) {
      if (asked.type === 'held') await self.wait(asked.right.giveBack(null))
      return null
    }
    if (asked.type === 'held' || leftMs <= 0) return asked
  }
}

/** Who is refused is never asked again at once: that would take a whole processor, for as long as somebody waits. */
function restOf(authority: Authority): number {
  const restMs = authority.restMs()
  return restMs >= shortestRestMs ? restMs : shortestRestMs
}

async function ask(self: Process<HolderMessage>, authority: Authority): Promise<Asked> {
  try {
    return await self.wait(authority.ask(self))
  } catch (error) {
    return { type: 'unavailable', reason: messageOf(error) }
  }
}

/** Rests, or until something is said; whether the owner has ended by then. */
async function hasEnded(self: Process<HolderMessage>, owner: AnyPid, restMs: number): Promise<boolean> {
  const isEnd = (message: HolderMessage): message is Exit => isExit(message) && message.from === owner
  if (restMs > 0) {
    const message = await self.receive({ timeoutMs: restMs })
    if (message !== timedOut && isEnd(message)) return true
  }
  return (await self.receive(isEnd, { timeoutMs: 0 })) !== timedOut
}

type End =
  | { readonly type: 'ownerEnded' }
  | { readonly type: 'givenBack'; readonly to: string | null }
  | { readonly type: 'lost'; readonly why: ClaimLost['why'] }

async function holdUntil(self: Process<HolderMessage>, owner: AnyPid, right: Right): Promise<End> {
  for (;;) {
    const message = await self.receive()
    if (isGiveBack(message)) return { type: 'givenBack', to: message.to }
    if (isExit(message)) {
      if (message.from === owner) return { type: 'ownerEnded' }
      // What kept the right has failed. Nobody renews it, so it is as good as over.
      if (message.reason !== 'normal') return { type: 'lost', why: 'expired' }
    } else {
      const why = right.judge(message)
      if (why !== null) return { type: 'lost', why }
    }
  }
}

function isExit(message: HolderMessage): message is Exit {
  return message.type === 'exit'
}

function isGiveBack(message: HolderMessage): message is GiveBack {
  return message.type === 'giveBack'
}

/** Shared by the holder and what its owner looks at: both are of one program. */
interface Hold {
  isOver: boolean
}

function claimOf({ node, pid }: Process<HolderMessage>, application: string, right: Right, hold: Hold): Claim {
  return {
    application,
    token: right.token,
    isHeld: () => !hold.isOver && node.isAlive(pid) && right.isHeld(),
    release: async ({ to = null } = {}) => {
      hold.isOver = true
      const giveBack: GiveBack = { type: 'giveBack', to }
      node.send(pid as never, giveBack as never)
      await node.exited(pid)
    },
  }
}
