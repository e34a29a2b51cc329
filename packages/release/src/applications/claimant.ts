/**
 * The process that asks an arbiter for an application, and has what it was given.
 *
 *     keeper ── spawn ──► claimant ── claim ──► arbiter
 *     keeper ◄─ claimed, or notClaimed ── claimant
 *     keeper ◄─ lostClaim ─────────────── claimant ◄── claimLost ── arbiter
 *     keeper ── giveBack ───────────────► claimant ── release ──► arbiter
 *
 * It is linked to its keeper: when that ends, nobody holds the claim any more. The keeper ends after what the claim was for.
 */
import type { AnyPid, AsyncBody, Node, Process } from '@agner/core'
import { messageOf } from '@agner/core/kernel'
import type { Claim, ClaimLost } from '../arbiter/arbiter.ts'
import type { ArbiterAnswers } from './arbiter-answers.ts'
import { inTime } from './in-time.ts'
import type { Own, OwnMessage } from './keeper.api.ts'
import type { Row } from './table.ts'

/** Milliseconds that an arbiter may take before it is asked anew, and that it has to take a claim back. */
const waitMs = 10_000

export interface ClaimOf {
  readonly application: string
  readonly instance: number
  readonly pid: AnyPid
  readonly held: () => Claim | null
}

type Message = ClaimLost | { readonly type: 'giveBack'; readonly to: string | null }

export interface ClaimTerms {
  readonly row: Row
  readonly instance: number
  readonly answers: ArbiterAnswers
  /** As the keeper takes it. */
  readonly own: (event: Own) => OwnMessage
}

/** Asks on behalf of the keeper that runs this. */
export function claimFor(keeper: Process<OwnMessage>, { row, instance, answers, own }: ClaimTerms): ClaimOf {
  const of = { application: row.name, instance }
  const hold: { claim: Claim | null } = { claim: null }
  const tell = (self: Process<Message>, event: Own) => self.send(keeper.pid, own(event) as never)
  const body: AsyncBody<Message> = async (self) => {
    self.label(`claim of ${of.application}`)
    const answer = await self.wait(row.arbiter!.claim(self, of.application, { waitMs }))
    if (answer.type !== 'held') return tell(self, { type: 'notClaimed', ...of, why: inWords(answer) })
    const { claim } = answer
    if (!isToken(claim.token)) {
      const why = `its token is ${messageOf(claim.token)} (${typeof claim.token}), and no whole number above 0`
      answers.failed(self.node, row, 'claim', why)
      await self.wait(giveBack(self.node, claim, null, { row, answers }))
      return tell(self, { type: 'notClaimed', ...of, why })
    }
    answers.worked(row, 'claim')
    hold.claim = claim
    tell(self, { type: 'claimed', ...of, token: claim.token })
    for (;;) {
      const message = await self.receive()
      if (message.type === 'giveBack') return self.wait(giveBack(self.node, claim, message.to, { row, answers }))
      if (message.type !== 'claimLost' || message.token !== claim.token) continue
      tell(self, { type: 'lostClaim', application: of.application, token: message.token, why: message.why })
    }
  }
  return { ...of, pid: keeper.spawnLink(body), held: () => hold.claim }
}

/** Never rejects, and takes a bounded time: whoever stops the application waits for this. */
async function giveBack(
  node: Node,
  claim: Claim,
  to: string | null,
  { row, answers }: Pick<ClaimTerms, 'row' | 'answers'>,
): Promise<void> {
  const release = async (): Promise<void> => claim.release(to === null ? {} : { to })
  try {
    if (await inTime(node, waitMs, release())) answers.worked(row, 'release')
    else answers.failed(node, row, 'release', `nothing came of it for ${String(waitMs)} ms`)
  } catch (error) {
    answers.failed(node, row, 'release', error)
  }
}

/** Others are told of it, and compare it: a text, as databases give great numbers, would be dropped by them, and nobody would see that it runs here. */
function isToken(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) > 0
}

function inWords(answer: { type: 'taken'; by: string | null } | { type: 'unavailable'; reason: string }): string {
  if (answer.type === 'unavailable') return `the arbiter cannot be asked: ${answer.reason}`
  return answer.by === null ? 'another node has the claim' : `${answer.by} has the claim`
}

/** Ends the asking, or gives back what was given; resolves when others can have it. */
export async function endClaim(keeper: Process<OwnMessage>, { pid, held }: ClaimOf, to: string | null): Promise<void> {
  const { node } = keeper
  keeper.unlink(pid)
  if (held() === null) node.sendExit(pid, 'kill')
  else node.send(pid as never, { type: 'giveBack', to } as never)
  await node.exited(pid)
}
