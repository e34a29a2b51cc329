/**
 * A node that keeps a journal with two others, and writes into it while it leads. It says when a claim is given and lost, and does what it is ordered, also when it
 * has just been woken up.
 */
import { segmentStorage, startClient, startMember } from '@agner/consensus'
import { createNode, type Process } from '@agner/core'
import { startDistribution } from '@agner/distribution'
import { leaderArbiter, type Claim, type ClaimLost } from '../../src/index.ts'
import { journal, journalMachine } from '../arbiter/journal.ts'
import { electionTimeoutMs, type NodeTerms, type Order, type Said } from './journal-terms.ts'

const { name, host, port, hosts, folder } = JSON.parse(process.argv[2] ?? '{}') as NodeTerms
const say = (said: Said): void => void process.send!(said)

const node = createNode({ name, report: () => {} })
await startDistribution(node, {
  cookie: 'a cookie for the tests',
  listen: { host, port },
  hosts,
  portMapper: false,
  tickMs: 500,
})
const founders = Object.keys(hosts).map((id) => ({ id, role: 'voter' as const }))
const settings = { electionTimeoutMs, heartbeatMs: electionTimeoutMs / 10 }
const storage = segmentStorage({ folder })
const member = await startMember(node, journal, { machine: journalMachine, founders, settings, storage })
const client = await startClient(node, journal)
const arbiter = leaderArbiter({ name: 'the journal', member: () => member, client, electionTimeoutMs })

let claim: Claim | null = null
say({ event: 'ready' })

node.spawn(async (self: Process<ClaimLost>) => {
  for (;;) {
    const answer = await self.wait(arbiter.claim(self, 'journal', { waitMs: 60_000 }))
    if (answer.type !== 'held') continue
    claim = answer.claim
    say({ event: 'held', token: claim.token })
    const { token } = await self.receive()
    say({ event: 'lost', token, isHeld: claim.isHeld() })
  }
})

async function write({ id, looks }: Order): Promise<void> {
  // What it believes at the very moment at which it is woken up.
  const believed = claim!
  const isHeld = believed.isHeld()
  const outcome =
    looks && !isHeld
      ? 'not held'
      : await client
          .submit(node, { token: believed.token, by: `${name} ${id}` }, { timeoutMs: 20_000 })
          .catch((error: { readonly code: string }) => error.code)
  say({ event: 'written', id, token: believed.token, isHeld, outcome })
}

process.on('message', (order: Order) => {
  if (order.do === 'write') void write(order)
  else say({ event: 'kept', id: order.id, entries: member.state().state.entries })
})
process.on('disconnect', () => process.exit(0))
