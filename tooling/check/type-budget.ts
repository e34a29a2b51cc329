/**
 * What a protocol costs the compiler: instantiations of types, counted by the compiler itself, for protocols of 10 to
 * 500 messages: with a server and a client, and with a state machine, an event handler and a client. They grow linearly, and each message stays within the budget. docs/types.md says the number.
 */
import { join } from 'node:path'
import type { Check } from './check.ts'
import { inLanes, run } from './command.ts'
import { type Compiler, compilers } from './compilers.ts'
import { generatedMachine } from './generated-machine.ts'
import { generatedProtocol } from './generated-protocol.ts'
import { closureOf, publishedPackages } from './published.ts'
import { inProject, install, write } from './user-project.ts'

export const sizes = [10, 50, 100, 200, 500] as const
/** Instantiations for one message: its place in the protocol, its handler, and one use by a client. */
export const budgetPerMessage = 360
/** Between the cheapest and the dearest stretch of sizes. */
const toleratedBend = 1.1

/** Servers on every compiler; the others on ours. */
const runs = [
  ...compilers.map((compiler) => ({ what: 'server', generate: generatedProtocol, compiler })),
  { what: 'machine', generate: generatedMachine, compiler: compilers[1] },
]

export const typeBudget: Check = {
  name: 'type-budget',
  needs: ['pack'],
  run: async (root) => {
    let dearest = 0
    const output = await inProject('types', async (project) => {
      const failure = await install(root, project, closureOf(['@agner/behaviours'], publishedPackages(root)))
      if (failure !== undefined) return [failure]
      return inLanes(runs, 2, async ({ what, generate, compiler }) => {
        const counts: number[] = []
        for (const size of sizes) {
          const folder = `${what}-${size}`
          write(project, `${folder}/generated.ts`, generate(size))
          const counted = await instantiations(root, project, compiler, folder)
          if (typeof counted === 'string') return `${compiler.label}, ${what} of ${size} messages:\n${counted}`
          counts.push(counted)
        }
        dearest = Math.max(dearest, ...perMessage(counts))
        return overBudget(`${what}, ${compiler.label}`, counts)
      })
    })
    const summary = `${Math.round(dearest)} of ${budgetPerMessage} instantiations per message`
    return { ok: output.length === 0, output: output.join('\n'), summary }
  },
}

async function instantiations(
  root: string,
  project: string,
  { program }: Compiler,
  folder: string,
): Promise<number | string> {
  const compilerOptions = {
    target: 'es2024',
    lib: ['es2024', 'esnext.disposable'],
    module: 'nodenext',
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    noEmit: true,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
  }
  write(project, `${folder}/tsconfig.json`, JSON.stringify({ compilerOptions, files: ['generated.ts'] }))
  const args = [join(root, program), '-p', folder, '--extendedDiagnostics']
  const { code, output } = await run('node', args, { cwd: project })
  const counted = /^Instantiations:\s*(\d+)/m.exec(output)?.[1]
  return code === 0 && counted !== undefined ? Number(counted) : output
}

/** What a message costs, from each size to the next. */
export function perMessage(counts: readonly number[]): number[] {
  return sizes.slice(1).map((size, index) => (counts[index + 1]! - counts[index]!) / (size - sizes[index]!))
}

/** What is wrong with these counts, one for each size. */
export function overBudget(label: string, counts: readonly number[]): string | undefined {
  const costs = perMessage(counts)
  const table = sizes.map((size, index) => `${size}: ${counts[index]}`).join(', ')
  if (Math.max(...costs) > budgetPerMessage)
    return `${label}: a message costs ${Math.round(Math.max(...costs))} instantiations, and the budget is ${budgetPerMessage} (${table})`
  if (Math.max(...costs) > Math.min(...costs) * toleratedBend)
    return `${label}: instantiations do not grow linearly with the messages (${table})`
  return undefined
}
