/** A node of the talk, in an OS process of its own: what its application goes through is added to a file that all nodes have. */
import { appendFileSync } from 'node:fs'
import { defineApplication, type ApplicationContext } from '@agner/behaviours'
import { definePeer, type PeerProgram, type PeerSelf } from '@agner/testing'
import { startDistributedApplications } from '../../src/index.ts'

export interface TalkArgs {
  readonly file: string
  readonly nodes: readonly (string | readonly string[])[]
  readonly timeoutMs: number
}

export interface TalkCalls {
  start(): Promise<void>
  where(): string | null
}

const short = (name: string): string => name.slice(0, name.indexOf('@'))

const program: PeerProgram<TalkCalls, TalkArgs> = definePeer({
  start: async ({ node, distribution, args: { file, nodes, timeoutMs } }: PeerSelf<TalkArgs>) => {
    const note = (...what: string[]) => appendFileSync(file, `${short(node.name)} ${what.join(' ')}\n`)
    const why = ({ startType: { type, from } }: ApplicationContext<object>): string[] =>
      from === null ? [type] : [type, short(from)]
    const application = defineApplication({
      name: 'talk',
      version: '1',
      startPhases: { go: (context) => note('phase', ...why(context)) },
      start: (context) => {
        note('start', ...why(context))
        return { intensity: 0, children: [] }
      },
      prepareStop: () => note('prepareStop'),
      stop: () => note('stop'),
    })
    const optional = nodes.flat().filter((name) => name !== node.name)
    const applications = await startDistributedApplications(node, distribution!, {
      applications: [{ application, nodes, timeoutMs }],
      optional,
      syncTimeoutMs: 2000,
    })
    return {
      start: () => applications.start('talk'),
      where: () => applications.where('talk')?.node ?? null,
    }
  },
})
export default program
