// Runs `pnpm install --frozen-lockfile` when the lockfile is not the one that node_modules was made from.
// The stamp lies in node_modules, so that it goes when they go. One run installs, others wait for it.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runChild } from './child.js'
import { Refusal } from './refusal.js'

const stampName = '.agner-installed'
const lockPollMs = 100
/** A lock that nobody holds any more: its holder was killed. An install takes a tenth of this. */
const lockStaleMs = 300_000

export async function installDependencies({ root, env, say }) {
  const stamp = join(root, 'node_modules', stampName)
  const wanted = lockHash(root)
  if (read(stamp) === wanted) return

  const release = await takeLock(join(root, '.agner', 'install.lock'))
  try {
    if (read(stamp) === wanted) return
    say('installing dependencies (pnpm install --frozen-lockfile)')
    const startedMs = performance.now()
    const args = ['install', '--frozen-lockfile', '--config.confirmModulesPurge=false']
    const ended = await runChild('pnpm', args, { cwd: root, env, capture: true, say })
    if (ended.stopped) throw new Refusal('stopped')
    if (ended.code !== 0) throw new Refusal(`pnpm install failed:\n${ended.output.trim()}`)
    writeFileSync(stamp, wanted)
    say(`installed dependencies in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`)
  } finally {
    release()
  }
}

function lockHash(root) {
  const hash = createHash('sha256')
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml']) hash.update(readFileSync(join(root, file)))
  return hash.digest('hex')
}

function read(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

async function takeLock(folder) {
  mkdirSync(join(folder, '..'), { recursive: true })
  for (;;) {
    try {
      mkdirSync(folder)
      return () => rmSync(folder, { recursive: true, force: true })
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    const ageMs = Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
    if (ageMs > lockStaleMs) rmSync(folder, { recursive: true, force: true })
    await new Promise((resolve) => setTimeout(resolve, lockPollMs))
  }
}
