import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isAlive, Workspace } from '../workspace.ts'

/** Prints its pid, writes down each signal, and leaves a while after the first one, as a draining cluster does. */
const drainingMain = `
import { appendFileSync } from 'node:fs'
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => { appendFileSync('signals', signal + ' '); setTimeout(() => { console.log('drained'); process.exit(0) }, 600) })
setInterval(() => {}, 1000)
console.log('ready ' + process.pid)
`
const optedOut = { AGNER_BOOTSTRAP: '0' }
const main = 'apps/cluster/src/main.ts'

let workspace: Workspace
beforeEach(() => {
  workspace = new Workspace()
})
afterEach(() => workspace[Symbol.asyncDispose]())

async function startDraining(
  command: string,
  args: string[],
): Promise<{ run: ReturnType<Workspace['run']>; mainPid: number }> {
  workspace.write(main, drainingMain)
  const run = workspace.run(command, args, optedOut)
  const ready = await run.prints(/ready (\d+)/)
  return { run, mainPid: Number(ready[1]) }
}

describe('a root script', () => {
  it('passes the arguments and the exit code on', async () => {
    workspace.write(main, `console.log('got ' + process.argv.slice(2)); process.exit(7)`)
    const { code, output } = await workspace.run('npm', ['start', '--', '--port', '0'], optedOut).ended
    expect(output).toContain('got --port,0')
    expect(code).toBe(7)
  })

  it('says 128 + n for a task that died of a signal', async () => {
    workspace.write(main, `process.kill(process.pid, 'SIGKILL')`)
    const { code } = await workspace.run('node', ['tooling/bootstrap/run.js', 'start'], optedOut).ended
    expect(code).toBe(137)
  })

  it('is waited for by npm, which got a SIGTERM', async () => {
    const { run, mainPid } = await startDraining('npm', ['start'])
    process.kill(run.pid, 'SIGTERM')
    await run.exited
    expect(isAlive(mainPid)).toBe(false)
    const { code, output } = await run.ended
    expect(output).toContain('drained')
    expect(workspace.read('signals')).toBe('SIGTERM ')
    expect(code).toBe(0)
  })

  it('delivers Ctrl-C once, though npm and the terminal both send it', async () => {
    const { run, mainPid } = await startDraining('npm', ['start'])
    process.kill(-run.pid, 'SIGINT')
    await run.exited
    expect(isAlive(mainPid)).toBe(false)
    const { output } = await run.ended
    expect(output).toContain('drained')
    expect(workspace.read('signals')).toBe('SIGINT ')
  })

  it('ends after npm, when a shell in between took the SIGTERM', async () => {
    const { run } = await startDraining('npm', ['run', 'plain'])
    process.kill(run.pid, 'SIGTERM')
    const { output } = await run.ended
    expect(output).toContain('drained')
    expect(workspace.read('signals')).toBe('SIGTERM ')
  })

  it('answers 0 when the task drained after a SIGTERM', async () => {
    const { run } = await startDraining('node', ['tooling/bootstrap/run.js', 'start'])
    process.kill(run.pid, 'SIGTERM')
    process.kill(run.pid, 'SIGTERM')
    expect((await run.ended).code).toBe(0)
    expect(workspace.read('signals')).toBe('SIGTERM ')
  })

  it('passes a hang-up on', async () => {
    const { run } = await startDraining('node', ['tooling/bootstrap/run.js', 'start'])
    process.kill(run.pid, 'SIGHUP')
    await run.ended
    expect(workspace.read('signals')).toBe('SIGHUP ')
  })

  it.each(['start', 'plain'])('stops the task when npm is killed and can tell nobody (%s)', async (script) => {
    const { run } = await startDraining('npm', ['run', script])
    process.kill(run.pid, 'SIGKILL')
    // The pipe closes when the last process that holds it has ended.
    const { output } = await run.ended
    expect(output).toContain('drained')
    expect(workspace.read('signals')).toBe('SIGTERM ')
  })

  it('leaves no process behind, also when the task does', async () => {
    workspace.write(
      main,
      `import { spawn } from 'node:child_process'
       const stray = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
       stray.unref()
       console.log('stray ' + stray.pid)`,
    )
    const run = workspace.run('node', ['tooling/bootstrap/run.js', 'start'], optedOut)
    const stray = Number((await run.prints(/stray (\d+)/))[1])
    const { code, output } = await run.ended
    expect(output).toContain('processes were left behind')
    expect(code).toBe(0)
    expect(isAlive(stray)).toBe(false)
  })

  it('names the tasks when it does not know one', async () => {
    const { code, output } = await workspace.run('node', ['tooling/bootstrap/run.js', 'strat'], optedOut).ended
    expect(output).toMatch(/^agner: no task "strat"; there are: start, .*\n$/)
    expect(code).toBe(1)
  })
})
