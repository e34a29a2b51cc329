// The door to every root script: `node tooling/bootstrap/run.js TASK [ARGS…]`.
//
// Works on any Node >=18 with nothing installed: finds or fetches a fitting Node and pnpm (toolchain.js),
// installs the dependencies when the lockfile changed (dependencies.js), then runs the task (tasks.js) as
// a child whose exit code and signals pass through (child.js). AGNER_BOOTSTRAP=0 fetches and installs nothing.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runChild } from './child.js'
import { installDependencies } from './dependencies.js'
import { Refusal } from './refusal.js'
import { tasks } from './tasks.js'
import { prepareToolchain } from './toolchain.js'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const say = (line) => process.stdout.write(`agner: ${line}\n`)

async function main([name, ...args]) {
  const task = tasks[name]
  if (!task) throw new Refusal(`no task "${name ?? ''}"; there are: ${Object.keys(tasks).join(', ')}`)

  // A task that runs another one has done all this already.
  const prepared = process.env.AGNER_PREPARED === '1'
  const env = prepared ? { ...process.env } : await prepareToolchain({ root, env: process.env, say })
  if (!prepared && process.env.AGNER_BOOTSTRAP !== '0') await installDependencies({ root, env, say })
  env.AGNER_PREPARED = '1'

  const passed = args[0] === '--' ? args.slice(1) : args
  for (const { command, args: own, quiet } of task({ root, args: passed })) {
    const ended = await runChild(command, own, { cwd: root, env, capture: quiet, say })
    if (ended.stopped) return ended
    if (ended.code !== 0) {
      if (quiet) process.stderr.write(ended.output)
      return ended
    }
  }
  return { code: 0 }
}

try {
  const { code } = await main(process.argv.slice(2))
  process.exitCode = code
} catch (error) {
  if (!(error instanceof Refusal)) throw error
  process.stderr.write(`agner: ${error.message}\n`)
  process.exitCode = 1
}
