/**
 * An arbiter of one process on one node, which gives claims by its clock: the smallest that keeps to the interface, so that
 * thousands of schedules are played in little time.
 *
 *     owner ── claim ──► keeper ── acquire, renew, renew … ──► clerk, on its own node
 *       ▲                   │ counts from before it asked, and ends a margin before the clerk may
 *       └──── claimLost ────┘
 */
import { Request, reply, timedOut, type AnyProcess, type Exit, type Node, type Process } from '@agner/core'
import type { Arbiter, Claim, ClaimAnswer, ClaimLost } from '../../src/index.ts'

const clerkName = 'clerk'
const durationMs = 1500
const marginMs = 150
const renewEachMs = 400
const askMs = 300
const askAgainMs = 200

type Question =
  | { readonly type: 'acquire'; readonly application: string; readonly holder: string }
  | { readonly type: 'renew' | 'release'; readonly application: string; readonly token: number }
type Answer = { readonly token: number } | { readonly by: string | null }

interface Given {
  readonly token: number
  readonly holder: string
  readonly untilMs: number
}

/** Gives claims on its node from now on. */
export function startClerk(node: Node): void {
  const given = new Map<string, Given>()
  let tokens = 0
  const decide = (question: Question): Answer => {
    const nowMs = node.monotonicTimeMs()
    const current = given.get(question.application)
    const stands = current !== undefined && current.untilMs > nowMs
    if (question.type === 'acquire') {
      if (stands) return { by: current.holder }
      const token = ++tokens
      given.set(question.application, { token, holder: question.holder, untilMs: nowMs + durationMs })
      return { token }
    }
    if (!stands || current.token !== question.token) return { by: stands ? current.holder : null }
    if (question.type === 'release') given.delete(question.application)
    else given.set(question.application, { ...current, untilMs: nowMs + durationMs })
    return { token: current.token }
  }
  node.spawn(
    async (self: Process<unknown>) => {
      for (;;) {
        const message = await self.receive()
        if (message instanceof Request)
          reply(message as Request<Question, Answer>, decide((message as Request<Question, Answer>).payload))
      }
    },
    { name: clerkName },
  )
}

type Ask = (self: AnyProcess, question: Question) => Promise<Answer | null>

/** @param at the full name of the clerk's node. */
export function clerkArbiter(at: string): Arbiter {
  const clerk = { name: clerkName, node: at }
  const ask: Ask = (self, question) =>
    self.wait(self.request(clerk, question, { timeoutMs: askMs }).catch(() => null)) as Promise<Answer | null>
  return {
    name: 'clerk',
    decides: false,
    claim: (owner, application, { waitMs = 0 } = {}) => claim(owner, application, waitMs, ask),
  }
}

async function claim(owner: AnyProcess, application: string, waitMs: number, ask: Ask): Promise<ClaimAnswer> {
  const { node } = owner
  const untilMs = node.monotonicTimeMs() + waitMs
  for (;;) {
    const askedMs = node.monotonicTimeMs()
    const answer = await ask(owner, { type: 'acquire', application, holder: node.name })
    if (answer !== null && 'token' in answer)
      return { type: 'held', claim: hold(owner, application, answer.token, askedMs, ask) }
    if (node.monotonicTimeMs() + askAgainMs > untilMs)
      return answer === null
        ? { type: 'unavailable', reason: 'the clerk does not answer' }
        : { type: 'taken', by: answer.by }
    await owner.sleep(askAgainMs)
  }
}

/** A claim, and the process that keeps it. */
function hold(owner: AnyProcess, application: string, token: number, askedMs: number, ask: Ask): Claim {
  const { node } = owner
  let endsMs = askedMs + durationMs - marginMs
  let isOver = false
  const keeper = owner.spawnLink<{ readonly type: 'release' } | Exit>(
    async (self) => {
      const lost = (why: ClaimLost['why']): void => {
        isOver = true
        self.unlink(owner.pid)
        self.send(owner.pid as never, { type: 'claimLost', application, token, why } satisfies ClaimLost as never)
      }
      for (;;) {
        const leftMs = endsMs - node.monotonicTimeMs()
        if (leftMs <= 0) return lost('expired')
        const message = await self.receive({ timeoutMs: Math.min(leftMs, renewEachMs) })
        if (message !== timedOut) break
        const sinceMs = node.monotonicTimeMs()
        const answer = await ask(self, { type: 'renew', application, token })
        if (answer !== null && 'by' in answer) return lost('lost')
        if (answer !== null) endsMs = sinceMs + durationMs - marginMs
      }
      isOver = true
      self.unlink(owner.pid)
      await ask(self, { type: 'release', application, token })
    },
    { trapExits: true },
  )
  return {
    application,
    token,
    isHeld: () => !isOver && node.monotonicTimeMs() < endsMs,
    release: async () => {
      isOver = true
      node.send(keeper, { type: 'release' })
      await node.exited(keeper)
    },
  }
}
