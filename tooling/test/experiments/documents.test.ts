/** What was committed in docs/experiments fits together: each document has its program, its JSON and a line in the index. */
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { documentsOf } from '../../experiments/frame/document.ts'
import type { Experiment } from '../../experiments/frame/experiment.ts'
import { thisMachine } from '../../experiments/frame/machine.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const folder = join(root, 'docs', 'experiments')
const programs = join(root, 'tooling', 'experiments')
const names = globSync('*.json', { cwd: folder }).map((file) => file.slice(0, -'.json'.length))
const read = (name: string): string => readFileSync(join(folder, name), 'utf8')

describe.each(names)('%s', (name) => {
  it('was made by a program that is there, with the command that stands in it', () => {
    const { experiment, command } = JSON.parse(read(`${name}.json`)) as { experiment: string; command: string }
    expect([experiment, existsSync(join(programs, `${name}.ts`))]).toEqual([name, true])
    expect(command).toMatch(new RegExp(`^npm run experiment -- ${name}\\b`))
    expect(read(`${name}.md`)).toContain(command)
  })

  it('is in the index', () => {
    expect(read('README.md')).toContain(`(./${name}.md)`)
  })
})

it('every experiment is in the index', () => {
  const known = globSync('*.ts', { cwd: programs }).map((file) => file.slice(0, -'.ts'.length))
  const index = read('README.md')
  expect(known.filter((name) => name !== 'main' && !index.includes(`\`${name}\``))).toEqual([])
})

it('the example of the index runs as it stands', async () => {
  const [, example = ''] = /```ts\n(.*?)```/s.exec(read('README.md')) ?? []
  const temporary = mkdtempSync(join(tmpdir(), 'agner-example-'))
  try {
    const file = join(temporary, 'links.ts')
    writeFileSync(file, example.replace("'./frame", `'${pathToFileURL(programs).href}/frame`))
    const { default: experiment } = (await import(file)) as { readonly default: Experiment }
    const outcome = await experiment.run(experiment.options, () => undefined)
    const run = { name: 'links', command: '', date: new Date(), machine: thisMachine(), values: experiment.options }
    const { markdown, svg } = documentsOf(experiment, outcome, run)
    expect(markdown).toContain('| 32 | 496 |')
    expect(svg).toContain('Links of a cluster')
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
})
