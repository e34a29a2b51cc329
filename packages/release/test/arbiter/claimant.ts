/** A process that claims an application, and remembers what it is told. */
import type { AnyPid, Node, Process } from '@agner/core'
import type { Arbiter, Claim, ClaimAnswer, ClaimLost, ClaimOptions } from '../../src/index.ts'

export interface Claimant {
  readonly pid: AnyPid
  readonly answer: Promise<ClaimAnswer>
  readonly lost: ClaimLost[]
}

export function claimant(node: Node, arbiter: Arbiter, application: string, options?: ClaimOptions): Claimant {
  const lost: ClaimLost[] = []
  let pid!: AnyPid
  const answer = new Promise<ClaimAnswer>((resolve, reject) => {
    pid = node.spawn(async (self: Process<ClaimLost>) => {
      try {
        resolve(await self.wait(arbiter.claim(self, application, options)))
      } catch (error) {
        return reject(error as Error)
      }
      for (;;) lost.push(await self.receive())
    })
  })
  return { pid, answer, lost }
}

/** The claim, where there must be one. */
export function held(answer: ClaimAnswer): Claim {
  if (answer.type !== 'held') throw new Error(`It is ${JSON.stringify(answer)}.`)
  return answer.claim
}
