/** The three files of an outcome, as text. Whoever writes them says where. */
import { pictureOf } from './chart/picture.ts'
import type { Experiment, Options, Outcome, Values } from './experiment.ts'
import type { Machine } from './machine.ts'
import { tableAsData, tableAsMarkdown } from './table.ts'

export interface Run {
  readonly name: string
  /** What a reader types to see it. */
  readonly command: string
  readonly date: Date
  readonly machine: Machine
  readonly values: Values<Options>
}

export interface Documents {
  readonly markdown: string
  readonly json: string
  /** Null: the experiment has no chart. */
  readonly svg: string | null
}

export function documentsOf(experiment: Pick<Experiment, 'title' | 'about'>, outcome: Outcome, run: Run): Documents {
  return {
    markdown: markdownOf(experiment, outcome, run),
    json: jsonOf(experiment, outcome, run),
    svg: outcome.charts.length === 0 ? null : pictureOf(outcome.charts),
  }
}

function markdownOf({ title, about }: Pick<Experiment, 'title' | 'about'>, outcome: Outcome, run: Run): string {
  const { name, command, date, machine } = run
  const { tables, charts, claims = [], notes = [] } = outcome
  const tableParts = tables.flatMap((table) => [
    `## ${table.caption}`,
    `\`\`\`sh\n${command}\n\`\`\``,
    tableAsMarkdown(table),
  ])
  const picture = charts.length === 0 ? [] : [`![${charts.map((chart) => chart.title).join('; ')}](./${name}.svg)`]
  const claimPart = claims.map(({ text, holds }) => `- ${holds ? '✓' : '✗ **not**:'} ${text}`).join('\n')
  const made = `${machine.cores} cores (${machine.cpu}), ${machine.memoryGiB} GiB, ${machine.system}, Node ${machine.node}, load ${machine.load} when it began; ${date.toISOString().slice(0, 10)}. The same figures and more: [${name}.json](./${name}.json).`
  return [`# ${title}`, about, claimPart, ...picture, ...tableParts, ...notes, made]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n')
}

function jsonOf({ title }: Pick<Experiment, 'title'>, outcome: Outcome, run: Run): string {
  const { name, command, date, machine, values } = run
  const { tables, claims = [], data = null } = outcome
  const all = {
    experiment: name,
    title,
    command,
    date: date.toISOString(),
    machine,
    options: values,
    claims,
    tables: tables.map(tableAsData),
    data,
  }
  return `${JSON.stringify(all, null, 2)}\n`
}
