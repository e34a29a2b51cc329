/**
 * A node that keeps a journal with two others. The application that writes into it runs where the journal leads. The node says when it begins and ends here, and
 * writes as the instance that was last here when it is ordered to, also if it has just been woken up.
 */
import { defineApplication } from '@agner/behaviours'
import { segmentStorage, startClient, startMember } from '@agner/consensus'
import { createNode } from '@agner/core'
import { startDistribution } from '@agner/distribution'
import { leaderArbiter, startDistributedApplications } from '../../src/index.ts'
import { journal, journalMachine } from '../arbiter/journal.ts'
import { electionTimeoutMs, type NodeTerms, type Order, type Said } from './journal-terms.ts'

const { name, host, port, hosts, folder } = JSON.parse(process.argv[2] ?? '{}') as NodeTerms
const say = (said: Said): void => void process.send!(said)

const node = createNode({ name, report: () => {} })
const distribution = await startDistribution(node, {
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

/** Of the instance that began last here. */
let token = 0

const application = defineApplication<object, undefined>({
  name: 'journal',
  version: '1.0.0',
  start: ({ startType }) => {
    token = startType.token!
    say({ event: 'held', token })
    return { children: [] }
  },
  stop: ({ startType }) => say({ event: 'lost', token: startType.token!, isHeld: isHeld() }),
})
const applications = await startDistributedApplications(node, distribution, {
  applications: [{ application, nodes: [Object.keys(hosts)], arbiter }],
  syncTimeoutMs: 0,
})
say({ event: 'ready' })
await applications.start(application)

function isHeld(): boolean {
  return applications.own(application)?.isHeld() === true
}

async function write({ id, looks }: Order): Promise<void> {
  // What is believed at the very moment at which it is woken up.
  const [own, held] = [token, isHeld()]
  const outcome =
    looks && !held
      ? 'not held'
      : await client
          .submit(node, { token: own, by: `${name} ${id}` }, { timeoutMs: 20_000 })
          .catch((error: { readonly code: string }) => error.code)
  say({ event: 'written', id, token: own, isHeld: held, outcome })
}

process.on('message', (order: Order) => {
  if (order.do === 'write') void write(order)
  else say({ event: 'kept', id: order.id, entries: member.state().state.entries })
})
process.on('disconnect', () => process.exit(0))
