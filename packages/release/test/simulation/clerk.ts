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
  | { readonly type: 'renew'; readonly application: string; readonly token: number }
  | { readonly type: 'release'; readonly application: string; readonly token: number; readonly to: string | null }
type Answer = { readonly token: number } | { readonly by: string | null }

interface Given {
  readonly token: number
  readonly holder: string
  readonly untilMs: number
  /** It is not renewed any more. */
  readonly isOver?: boolean
}

/** How a clerk that decides by itself does so: by chance among those who have asked of late, and anew every now and then. */
export interface Whims {
  readonly random: () => number
  isOn: boolean
}

const asksOfLateMs = 1000
const whimChance = 0.05

/** Gives claims on its node from now on: to whoever asks first, or as it likes. */
export function startClerk(node: Node, whims: Whims | null = null): void {
  const given = new Map<string, Given>()
  const asked = new Map<string, number>()
  let heir: { readonly name: string; readonly untilMs: number } | null = null
  let tokens = 0
  const isChosen = (holder: string, nowMs: number): boolean => {
    if (whims === null) return true
    asked.set(holder, nowMs)
    if (heir !== null && heir.untilMs > nowMs) return heir.name === holder
    const all = [...asked].filter(([, atMs]) => nowMs - atMs < asksOfLateMs)
    return whims.random() * all.length < 1
  }
  const acquire = (application: string, holder: string): Answer => {
    const nowMs = node.monotonicTimeMs()
    const current = given.get(application)
    if (current !== undefined && current.untilMs > nowMs) return { by: current.holder }
    if (!isChosen(holder, nowMs)) return { by: null }
    const token = ++tokens
    given.set(application, { token, holder, untilMs: nowMs + durationMs })
    return { token }
  }
  const decide = (question: Question): Answer => {
    const { type, application } = question
    if (type === 'acquire') return acquire(application, question.holder)
    const nowMs = node.monotonicTimeMs()
    const current = given.get(application)
    if (current === undefined || current.untilMs <= nowMs) return { by: null }
    if (current.token !== question.token) return { by: current.holder }
    if (type === 'release') {
      given.delete(application)
      heir = question.to === null ? null : { name: question.to, untilMs: nowMs + asksOfLateMs }
    } else if (current.isOver === true || (whims?.isOn === true && whims.random() < whimChance)) {
      // Until its holder must know, nobody else gets one.
      given.set(application, { ...current, isOver: true })
      return { by: null }
    } else given.set(application, { ...current, untilMs: nowMs + durationMs })
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
export function clerkArbiter(at: string, decides: boolean): Arbiter {
  const clerk = { name: clerkName, node: at }
  const ask: Ask = (self, question) =>
    self.wait(self.request(clerk, question, { timeoutMs: askMs }).catch(() => null)) as Promise<Answer | null>
  return {
    name: 'clerk',
    decides,
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
  const keeper = owner.spawnLink<{ readonly type: 'release'; readonly to: string | null } | Exit>(
    async (self) => {
      let to: string | null = null
      const lost = (why: ClaimLost['why']): void => {
        isOver = true
        self.unlink(owner.pid)
        self.send(owner.pid as never, { type: 'claimLost', application, token, why } satisfies ClaimLost as never)
      }
      for (;;) {
        const leftMs = endsMs - node.monotonicTimeMs()
        if (leftMs <= 0) return lost('expired')
        const message = await self.receive({ timeoutMs: Math.min(leftMs, renewEachMs) })
        if (message !== timedOut) {
          to = message.type === 'release' ? message.to : null
          break
        }
        const sinceMs = node.monotonicTimeMs()
        const answer = await ask(self, { type: 'renew', application, token })
        if (answer !== null && 'by' in answer) return lost('lost')
        if (answer !== null) endsMs = sinceMs + durationMs - marginMs
      }
      isOver = true
      self.unlink(owner.pid)
      await ask(self, { type: 'release', application, token, to })
    },
    { trapExits: true },
  )
  return {
    application,
    token,
    isHeld: () => !isOver && node.monotonicTimeMs() < endsMs,
    release: async ({ to = null } = {}) => {
      isOver = true
      node.send(keeper, { type: 'release', to })
      await node.exited(keeper)
    },
  }
}
