/**
 * One node of an experiment: `node.ts SETTINGS`, the settings as JSON. Tells of itself on stdout, one JSON object a line, and answers `status` on stdin.
 */
import { readdirSync, readlinkSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { createNode } from '@agner/core'
import { startDistribution } from '@agner/distribution'
import { startGroups } from '@agner/groups'
import type { NodeSettings } from './launch.ts'

const settings = JSON.parse(process.argv[2]!) as NodeSettings
const tell = (told: Readonly<Record<string, unknown>>): void => void process.stdout.write(`${JSON.stringify(told)}\n`)

const node = createNode({
  name: settings.name,
  report: (report) => tell({ event: 'report', text: report.type === 'notice' ? report.text : report.type }),
})
const distribution = await startDistribution(node, {
  cookie: settings.cookie,
  listen: settings.listen,
  hosts: settings.hosts,
  portMapper: false,
  tickMs: settings.tickMs,
})
distribution.onNodeChange((change) =>
  tell({ event: change.type, node: change.node, reason: change.type === 'nodedown' ? change.reason : null }),
)
const groups = await startGroups(node, distribution, { groups: settings.groups, redialMs: 500 })
const own = Object.keys(settings.groups).filter((group) => settings.groups[group]!.includes(settings.name))
tell({ event: 'ready' })

/** Descriptors of this process, and how many of them are sockets. */
function descriptors(): { readonly descriptors: number; readonly sockets: number } {
  const kinds = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`)
    } catch {
      return '' // the one that listed them
    }
  })
  return {
    descriptors: kinds.filter((kind) => kind !== '').length,
    sockets: kinds.filter((kind) => kind.startsWith('socket:')).length,
  }
}

createInterface({ input: process.stdin })
  .on('line', () =>
    tell({
      event: 'status',
      node: settings.name,
      peers: distribution.nodes().toSorted(),
      present: Object.fromEntries(own.map((group) => [group, groups.present(group).length])),
      ...descriptors(),
      rssMiB: process.memoryUsage.rss() / 2 ** 20,
    }),
  )
  // Whoever started it is gone.
  .on('close', () => process.exit(0))
