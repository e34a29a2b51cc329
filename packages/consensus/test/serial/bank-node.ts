/** A member of the bank in an OS process of its own, with its log on disk: `bank-node.ts NAME PORT FOLDER HOSTS`. Says `ready`. */
import { segmentStorage, startMember } from '@agner/consensus'
import { createNode } from '@agner/core'
import { startDistribution } from '@agner/distribution'
import { bank, bankMachine } from '../bank.ts'
import { cookie } from './bank-processes.ts'

const [name = '', port = '', folder = '', given = '{}'] = process.argv.slice(2)
const hosts = JSON.parse(given) as Record<string, string>

const node = createNode({ name })
await startDistribution(node, { cookie, hosts, portMapper: false, listen: { port: Number(port) } })
await startMember(node, bank, {
  machine: bankMachine,
  storage: segmentStorage({ folder }),
  founders: Object.keys(hosts).map((id) => ({ id, role: 'voter' })),
  settings: { electionTimeoutMs: 500, heartbeatMs: 50 },
  limits: { snapshotEntries: 100 },
})
process.stdout.write('ready\n')
