/**
 * `npm run experiment -- NAME [--option value …] [--into FOLDER]`: runs tooling/experiments/NAME.ts and writes NAME.md, NAME.json and
 * NAME.svg into docs/experiments, or into FOLDER. Without a name it lists what there is.
 *
 * The exit code is 1 when one of the experiment's claims does not hold, or it failed; a failed one writes nothing.
 */
import { existsSync, globSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { documentsOf } from './frame/document.ts'
import type { Experiment } from './frame/experiment.ts'
import { thisMachine } from './frame/machine.ts'
import { readOptions } from './frame/options.ts'

const here = import.meta.dirname
const names = globSync('*.ts', { cwd: here })
  .map((file) => file.slice(0, -'.ts'.length))
  .filter((name) => name !== 'main')
  .toSorted()

async function experimentOf(name: string): Promise<Experiment> {
  if (!names.includes(name)) throw new Error(`There is no experiment "${name}". There are: ${names.join(', ')}.`)
  const { default: experiment } = (await import(`./${name}.ts`)) as { readonly default: Experiment }
  return experiment
}

/** What is left without `--into FOLDER`, and the folder. */
function takeFolder(args: readonly string[]): readonly [args: readonly string[], folder: string] {
  const at = args.indexOf('--into')
  if (at === -1) return [args, join(here, '..', '..', 'docs', 'experiments')]
  const folder = args[at + 1]
  if (folder === undefined) throw new Error('--into wants a folder')
  return [args.toSpliced(at, 2), resolve(folder)]
}

async function main([name, ...given]: readonly string[]): Promise<number> {
  if (name === undefined) {
    for (const known of names) console.log(`${known.padEnd(20)} ${(await experimentOf(known)).title}`)
    return 0
  }
  const experiment = await experimentOf(name)
  const [args, folder] = takeFolder(given)
  const values = readOptions(experiment.options, args)
  const machine = thisMachine()
  const outcome = await experiment.run(values, (line) => void process.stderr.write(`${line}\n`))
  const command = ['npm run experiment --', name, ...args].join(' ')
  const run = { name, command, date: new Date(), machine, values }
  const { markdown, json, svg } = documentsOf(experiment, outcome, run)
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${name}.md`), markdown)
  writeFileSync(join(folder, `${name}.json`), json)
  if (svg !== null) writeFileSync(join(folder, `${name}.svg`), svg)
  console.log(markdown)
  return (outcome.claims ?? []).every(({ holds }) => holds) ? 0 : 1
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(error)
  process.exitCode = 1
}
