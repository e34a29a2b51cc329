// Fetches one pinned package with npm. The lockfile written here carries the pin's hash, and `npm ci` refuses a
// tarball that has another. Into a folder beside, then renamed: half a download is never taken for a whole one,
// and of two runs at once the second finds the first one's.
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { runChild } from './child.js'
import { Refusal } from './refusal.js'

export async function fetchPin({ label, pin, why, folder, bin, env, say, executable = label.toLowerCase() }) {
  say(`fetching ${label} ${pin.version} (${pin.name} from the npm registry; ${why})`)
  const startedMs = performance.now()
  const partial = join(dirname(folder), `.partial-${process.pid}-${basename(folder)}`)
  mkdirSync(partial, { recursive: true })
  try {
    writeManifest(partial, pin)
    const [command, ...own] = npmCommand(env)
    const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error']
    const flags = ['ci', '--ignore-scripts', '--fetch-retry-mintimeout=1000', ...quiet]
    const ended = await runChild(command, [...own, ...flags], { cwd: partial, env, capture: true, say })
    if (ended.stopped) throw new Refusal('stopped')
    if (ended.code !== 0) throw new Refusal(explain(label, pin, ended.output))

    const relativeBin = bin.slice(folder.length + 1)
    const program = join(partial, relativeBin, executable)
    chmodSync(program, 0o755)
    execFileSync(program, ['--version'], { stdio: 'ignore', env })
    try {
      renameSync(partial, folder)
    } catch (error) {
      if (!existsSync(bin)) throw error
    }
  } finally {
    rmSync(partial, { recursive: true, force: true })
  }
  say(`fetched ${label} ${pin.version} in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`)
}

function writeManifest(folder, { name, version, integrity }) {
  const root = { name: 'agner-toolchain', version: '0.0.0', dependencies: { [name]: version } }
  const packages = { '': root, [`node_modules/${name}`]: { version, integrity } }
  const lock = { name: root.name, version: root.version, lockfileVersion: 3, requires: true, packages }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...root, private: true }))
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock))
}

/** The npm that started us, else the one on PATH. */
function npmCommand(env) {
  const running = env.npm_execpath
  return running && basename(running) === 'npm-cli.js' ? [process.execPath, running] : ['npm']
}

function explain(label, pin, output) {
  if (output.includes('EINTEGRITY')) {
    return `refused ${label} ${pin.version}: what the registry sent is not what tooling/bootstrap/pins.js names (its hash differs)`
  }
  const reason = output.split('\n').find((line) => line.startsWith('npm error')) ?? output.trim().split('\n').at(-1)
  return `could not fetch ${label} ${pin.version}: ${reason}; with Node >=24.11 and pnpm installed nothing is fetched`
}
