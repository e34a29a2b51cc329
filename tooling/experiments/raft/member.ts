/** A member of the experiment's group in an OS process of its own: `member.ts SETTINGS`. Tells on stdout what becomes of it, one JSON object a line. */
import { segmentStorage, startMember } from '@agner/consensus'
import { createNode } from '@agner/core'
import { startDistribution } from '@agner/distribution'
import { nowMs } from './clock.ts'
import { counting, machine } from './group.ts'

export interface MemberSettings {
  readonly name: string
  readonly port: number
  readonly cookie: string
  readonly folder: string
  /** Addresses of all nodes by name, this one among them. */
  readonly hosts: Readonly<Record<string, string>>
  readonly members: readonly string[]
}

const { name, port, cookie, folder, hosts, members } = JSON.parse(process.argv[2] ?? '{}') as MemberSettings
const say = (event: Record<string, unknown>): void =>
  void process.stdout.write(`${JSON.stringify({ ...event, atMs: nowMs() })}\n`)

const node = createNode({ name })
await startDistribution(node, { cookie, hosts, portMapper: false, listen: { port } })
const founders = members.map((id) => ({ id, role: 'voter' as const }))
const member = await startMember(node, counting, { machine, founders, storage: segmentStorage({ folder }) })
member.onRole(({ role, term }) => say({ event: 'role', role, term }))
say({ event: 'ready' })
