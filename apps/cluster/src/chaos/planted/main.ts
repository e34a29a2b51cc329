/**
 * A node with a planted bug: the service's own main, with the edits of the bug made to its sources as they are loaded. Only a chaos run starts
 * this program; it says in PLANTED_BUG which bug.
 */
import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'
import { join } from 'node:path'
import { nodes } from '../../topology.ts'
import { bugs, edited } from './bugs.ts'

const root = join(import.meta.dirname, '..', '..', '..', '..', '..')
const bug = bugs[process.env['PLANTED_BUG'] ?? '']
const plan = nodes.find(({ name }) => name === process.env['AGNER_NODE'])
if (bug === undefined || plan === undefined)
  throw new Error('this program is started by npm run chaos -- --plant NAME, and by nothing else')

const editsOf = Map.groupBy(bug.edits, ({ file }) => pathToFileURL(join(root, file)).href)
registerHooks({
  load: (url, context, nextLoad) => {
    const loaded = nextLoad(url, context)
    const edits = editsOf.get(url)
    return edits === undefined ? loaded : { ...loaded, source: edited(textOf(loaded.source), edits) }
  },
})

function textOf(source: string | ArrayBuffer | NodeJS.TypedArray | undefined): string {
  return typeof source === 'string' ? source : new TextDecoder().decode(source)
}

await import(pathToFileURL(join(root, 'apps', plan.service, 'src', 'main.ts')).href)
