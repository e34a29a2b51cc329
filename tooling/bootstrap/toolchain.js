// Finds a Node and a pnpm that fit, or fetches them as npm packages into .agner/ (Linux with glibc only), and
// answers with the environment to run tasks in. Prints which ones are used, and where they come from.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join, relative } from 'node:path'
import { fetchPin } from './fetch.js'
import { nodeFloor, pins, pnpmFloor } from './pins.js'
import { Refusal } from './refusal.js'

/**
 * @typedef {object} Machine What a machine has; replaced in tests.
 * @property {string} nodeVersion
 * @property {string} platform
 * @property {string} arch
 * @property {() => boolean} isMusl
 * @property {(env: NodeJS.ProcessEnv) => string | undefined} pnpmVersion
 */

/**
 * @param {{ root: string, env: NodeJS.ProcessEnv, say: (line: string) => void, machine?: Machine }} options
 * @returns {Promise<NodeJS.ProcessEnv>}
 */
export async function prepareToolchain({ root, env, say, machine = thisMachine }) {
  const ready = { ...env, TURBO_TELEMETRY_DISABLED: '1' }
  // Whatever runs from source starts in a third of the time when what was compiled before is still there.
  ready.NODE_COMPILE_CACHE ??= join(root, '.agner', 'compile-cache')
  // The project's .npmrc makes `npm install` a dry run; npm hands that on to everything it starts.
  for (const key of Object.keys(ready)) if (/^npm_config_(dry_run|package_lock)$/i.test(key)) delete ready[key]

  const mayFetch = env.AGNER_BOOTSTRAP !== '0'
  const node = await findNode()
  const pnpm = await findPnpm()
  say(`Node ${node.version} (${node.from}), pnpm ${pnpm.version} (${pnpm.from})`)
  return ready

  async function findNode() {
    const found = machine.nodeVersion
    if (isAtLeast(found, nodeFloor)) return { version: found, from: 'yours' }
    const need = `Node >=${nodeFloor.join('.')} is needed and this is ${found}`
    if (!mayFetch) throw new Refusal(`${need}; AGNER_BOOTSTRAP=0 keeps me from fetching one`)
    const pin = pinFor('node', `${need}: install Node 24 LTS`)
    return fetched('Node', pin, `this machine has ${found}`)
  }

  async function findPnpm() {
    const found = machine.pnpmVersion(ready)
    if (found && isAtLeast(found, pnpmFloor)) return { version: found, from: 'yours' }
    if (!mayFetch) return { version: found ?? 'none', from: 'not needed: AGNER_BOOTSTRAP=0 installs nothing' }
    const need = found ? `pnpm >=${pnpmFloor[0]} is needed and this is ${found}` : 'pnpm is needed and not on PATH'
    const pin = pinFor('pnpm', `${need}: install it with \`npm install --global pnpm@12\``)
    return fetched('pnpm', pin, found ? `this machine has ${found}` : 'this machine has none')
  }

  function pinFor(tool, advice) {
    if (machine.platform !== 'linux') throw new Refusal(`${advice} (on ${machine.platform} nothing is fetched for you)`)
    if (machine.isMusl()) throw new Refusal(`${advice} (this is a musl system, and what I could fetch needs glibc)`)
    const pin = pins[tool][machine.arch]
    if (!pin) throw new Refusal(`${advice} (there is nothing to fetch for ${machine.arch})`)
    return pin
  }

  async function fetched(label, pin, why) {
    const folder = join(root, '.agner', `${pin.name.replace(/^@/, '').replace('/', '-')}-${pin.version}`)
    const bin = join(folder, 'node_modules', pin.name, pin.bin)
    if (!existsSync(bin)) await fetchPin({ label, pin, why, folder, bin, env: ready, say })
    ready.PATH = `${bin}${delimiter}${ready.PATH ?? ''}`
    return { version: pin.version, from: relative(root, folder) }
  }
}

export function isAtLeast(version, [floorMajor, floorMinor]) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > floorMajor || (major === floorMajor && minor >= floorMinor)
}

/** @type {Machine} */
const thisMachine = {
  nodeVersion: process.versions.node,
  platform: process.platform,
  arch: process.arch,
  isMusl() {
    if (process.report) process.report.excludeNetwork = true
    return !process.report?.getReport().header.glibcVersionRuntime
  },
  pnpmVersion(env) {
    const running = /^pnpm\/(\S+)/.exec(env.npm_config_user_agent ?? '')?.[1]
    if (running) return running
    try {
      // A corepack shim must answer from what it has, not ask or download.
      const quiet = { ...env, COREPACK_ENABLE_NETWORK: '0', COREPACK_ENABLE_DOWNLOAD_PROMPT: '0' }
      const options = { env: quiet, encoding: 'utf8', timeout: 10_000, stdio: ['ignore', 'pipe', 'ignore'] }
      const answer = execFileSync('pnpm', ['--version'], options).trim()
      return /^\d+\.\d+\.\d+/.test(answer) ? answer : undefined
    } catch {
      return undefined
    }
  },
}
