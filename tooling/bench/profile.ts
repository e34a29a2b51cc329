/** Where the time of one play on Agner goes: functions by their own time, from V8's sampling profiler. */
import { existsSync, globSync, mkdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { farProfile } from './far/start.ts'
import type { Form } from './job.ts'
import { Player } from './player.ts'
import type { Trial } from './trial.ts'

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

const root = join(import.meta.dirname, '..', '..')

/** Plays once with the profiler on and keeps the profile in `folder`. @returns a table of the functions with the most own time. */
export async function profile(trial: Trial, form: Form, quick: boolean, folder: string): Promise<string> {
  const own = join(folder, `${trial.job}-${form}-${Object.values(trial.full).join('-')}`)
  mkdirSync(own, { recursive: true })
  await using player = new Player(form, { beams: own, nodeFlags: ['--cpu-prof', `--cpu-prof-dir=${own}`] })
  await player.play({ job: trial.job, side: form, sizes: trial.warm })
  await player.play({ job: trial.job, side: form, sizes: quick ? trial.quick : trial.full })
  await player[Symbol.asyncDispose]()
  const read = (file: string) => summarise(JSON.parse(readFileSync(join(own, file), 'utf8')) as CpuProfile)
  const file = globSync('CPU*.cpuprofile', { cwd: own }).toSorted().at(-1)
  if (file === undefined) return 'no profile was written'
  const far = join(own, farProfile)
  return existsSync(far) ? `${read(file)}\nin the other OS process\n${read(farProfile)}` : read(file)
}

/** The functions with the most own time, in per cent of what our code, the sockets and the collector took: starting up is left out. */
export function summarise({ nodes, samples, timeDeltas }: CpuProfile, most = 20): string {
  const names = new Map(nodes.filter(isOurs).map(({ id, callFrame }) => [id, describe(callFrame)]))
  const spent = new Map<string, number>()
  samples.forEach((id, index) => {
    const name = names.get(id)
    if (name !== undefined) spent.set(name, (spent.get(name) ?? 0) + (timeDeltas[index] ?? 0))
  })
  const total = [...spent.values()].reduce((sum, time) => sum + time, 0)
  const top = [...spent].toSorted(([, a], [, b]) => b - a).slice(0, most)
  return top.map(([name, time]) => `${((100 * time) / total).toFixed(1).padStart(5)} %  ${name}`).join('\n')
}

const sockets = /^node:(net|buffer|events|internal\/(stream|streams\/|process\/task_queues|timers))/

/** A system call, say: it has a name, and no file. */
function isNative(functionName: string, url: string): boolean {
  return url === '' && functionName !== '' && !functionName.startsWith('(')
}

function isOurs({ callFrame: { functionName, url } }: CpuProfile['nodes'][number]): boolean {
  return (
    url.startsWith('file:') ||
    functionName === '(garbage collector)' ||
    sockets.test(url) ||
    isNative(functionName, url)
  )
}

function describe({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  const name = functionName === '' ? '(anonymous)' : functionName
  if (url === '') return name
  return `${name}  ${url.startsWith('file:') ? relative(root, fileURLToPath(url)) : url}:${lineNumber + 1}`
}
