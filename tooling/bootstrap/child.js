// Runs one command as the leader of a process group of its own, and answers with how it ended.
//
// Ctrl-C reaches every process of the terminal's group, and npm forwards it once more: in a group of its own
// the child gets each signal once, from here. Copies within 300 ms count as one; the third distinct one kills.
// A killed `npm start` does not tell its children: the line of parents is polled, and losing it is a SIGTERM.
// Whatever is left of the group when its leader has ended gets 3 seconds, then SIGKILL.
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { Refusal } from './refusal.js'

const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP']
const signalNumbers = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }
const copyWindowMs = 300
const parentPollMs = 300
const orphanGraceMs = 15_000
const remainsGraceMs = 3_000
// A killed process is gone when the system says so.
const killedMs = 2_000

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, capture?: boolean, say: (line: string) => void }} options
 * @returns {Promise<{ code: number, output: string, stopped: boolean }>}
 */
export async function runChild(command, args, { cwd, env, capture = false, say }) {
  const lineage = watchLineage()
  const stdio = capture ? ['ignore', 'pipe', 'pipe'] : 'inherit'
  // A child that holds much, like the cluster, may ask whether this process still lives: a kill -9 of it tells nobody.
  const child = spawn(command, args, {
    cwd,
    env: { ...env, AGNER_PARENT: String(process.pid) },
    stdio,
    detached: process.platform !== 'win32',
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text) => (output += text))

  let signals = 0
  let lastSignalMs = 0
  const pass = (signal) => {
    const nowMs = performance.now()
    if (signals > 0 && nowMs - lastSignalMs < copyWindowMs) return
    lastSignalMs = nowMs
    signals += 1
    if (signals < 3) child.kill(signal)
    else killGroup(child.pid, 'SIGKILL')
  }
  for (const signal of forwarded) process.on(signal, pass)

  let orphanTimer
  const poll = setInterval(() => {
    if (!lineage.lost()) return
    clearInterval(poll)
    pass('SIGTERM')
    orphanTimer = setTimeout(() => killGroup(child.pid, 'SIGKILL'), orphanGraceMs)
  }, parentPollMs)

  try {
    const { code, signal } = await new Promise((resolve, reject) => {
      child.once('error', reject)
      // 'close' waits for the pipes, which a left-behind grandchild may hold open: 'exit' does not.
      child.once('exit', (code, signal) => resolve({ code, signal }))
    })
    await endRemains(child.pid, say)
    return { code: code ?? 128 + (signalNumbers[signal] ?? 15), output, stopped: signals > 0 }
  } catch (error) {
    if (error.code === 'ENOENT') throw new Refusal(`cannot run ${command}: it is not on PATH`)
    throw error
  } finally {
    clearInterval(poll)
    clearTimeout(orphanTimer)
    for (const signal of forwarded) process.off(signal, pass)
  }
}

/** Knows whether the package manager that started this process is gone; a shell in between is looked through. */
function watchLineage() {
  // Started by hand (`node run.js start &`), a parent that ends is none of our business.
  if (!process.env.npm_lifecycle_event) return { lost: () => false }
  const parent = process.ppid
  const shell = processStat(parent)
  const beyond = shell && /^(sh|dash|bash|ash|busybox)$/.test(shell.name) ? shell.ppid : undefined
  return {
    lost: () => process.ppid !== parent || (beyond !== undefined && processStat(parent)?.ppid !== beyond),
  }
}

/** Linux only; elsewhere undefined, and only the direct parent is watched. */
function processStat(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const nameEnd = stat.lastIndexOf(')')
    const [state, ppid, group] = stat.slice(nameEnd + 2).split(' ')
    return { name: stat.slice(stat.indexOf('(') + 1, nameEnd), state, ppid: Number(ppid), group: Number(group) }
  } catch {
    return undefined
  }
}

async function endRemains(group, say) {
  if (await groupEnds(group, remainsGraceMs)) return
  say(`processes were left behind by the task (group ${group}): ended them`)
  killGroup(group, 'SIGKILL')
  await groupEnds(group, killedMs)
}

/** Whether it has ended within that time. */
async function groupEnds(group, withinMs) {
  const deadlineMs = performance.now() + withinMs
  while (groupLives(group)) {
    if (performance.now() > deadlineMs) return false
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return true
}

function groupLives(group) {
  if (process.platform === 'win32') return false
  try {
    process.kill(-group, 0)
  } catch {
    return false
  }
  // A zombie that its new parent has not collected yet counts for kill(2), and is dead all the same.
  if (process.platform !== 'linux') return true
  const members = readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(processStat)
  return members.some((stat) => stat?.group === group && stat.state !== 'Z')
}

function killGroup(group, signal) {
  try {
    process.kill(process.platform === 'win32' ? group : -group, signal)
  } catch {
    // Already gone.
  }
}
