/**
 * An OS process that plays jobs, one at a time: Node.js for Agner and its peers, `erl` with one scheduler for Erlang.
 *
 * One that does not answer in time is killed, and the play rejects; so does every play after that.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Figures, Side } from './job.ts'
import { formatRequest, parseAnswer, type Request } from './lines.ts'

const hostFile = join(import.meta.dirname, 'agner/host.ts')

/** Beyond the living of the largest job: Erlang's default is 262,144. */
const erlangProcessLimit = 2_097_152

/** It may become a node, with a second one beside it, and nothing else on this machine is to notice. */
const apart = [
  '-start_epmd',
  'false',
  '-epmd_module',
  'bench_epmd',
  '-kernel',
  'inet_dist_use_interface',
  '{127,0,0,1}',
]

function erlangFlags(beams: string): string[] {
  const limits = ['+S', '1:1', '+P', String(erlangProcessLimit)]
  return [...limits, '-noshell', '-pa', beams, ...apart, '-setcookie', randomUUID(), '-s', 'bench', 'main']
}

export interface PlayerOptions {
  /** Where the compiled Erlang halves are. */
  readonly beams: string
  /** Further flags for Node.js. */
  readonly nodeFlags?: readonly string[]
  /** How long one play may take. Default: 3 minutes. */
  readonly limitMs?: number
}

export class Player {
  readonly #child: ChildProcess
  readonly #limitMs: number
  #stderr = ''
  #ended: string | null = null
  #settle: ((line: string | null) => void) | null = null

  constructor(side: Side, { beams, nodeFlags = [], limitMs = 180_000 }: PlayerOptions) {
    this.#limitMs = limitMs
    const [command, args] =
      side === 'erlang'
        ? ['erl', erlangFlags(beams)]
        : [process.execPath, ['--conditions=@agner/source', '--expose-gc', ...nodeFlags, hostFile]]
    // What the shell that started us set for Node.js is not a default setting.
    const { NODE_OPTIONS: _, ...env } = process.env
    this.#child = spawn(command, args, { cwd: beams, env, stdio: ['pipe', 'pipe', 'pipe'] })
    this.#child.stdin!.on('error', () => {})
    this.#child
      .stderr!.setEncoding('utf8')
      .on('data', (text: string) => (this.#stderr = (this.#stderr + text).slice(-2000)))
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      if (parseAnswer(line) !== null) this.#settle?.(line)
    })
    this.#child.once('error', (error) => this.#end(`cannot run ${command}: ${error.message}`))
    this.#child.once('close', (code, signal) =>
      this.#end(`${command} ended with ${signal ?? code} ${lastLines(this.#stderr)}`),
    )
  }

  #end(how: string): void {
    this.#ended ??= how.trim()
    this.#settle?.(null)
  }

  /** @throws Error with what the host said, or how it ended. */
  async play(request: Request): Promise<Figures> {
    if (this.#ended !== null) throw new Error(this.#ended)
    const timer = setTimeout(() => {
      this.#ended = `no answer to "${formatRequest(request)}" within ${this.#limitMs} ms`
      this.#child.kill('SIGKILL')
    }, this.#limitMs)
    const line = await new Promise<string | null>((resolve) => {
      this.#settle = resolve
      this.#child.stdin!.write(`${formatRequest(request)}\n`)
    })
    this.#settle = null
    clearTimeout(timer)
    const answer = line === null ? null : parseAnswer(line)
    if (answer === null) throw new Error(this.#ended ?? 'no answer')
    if ('problem' in answer) throw new Error(answer.problem)
    return answer.figures
  }

  /** Lets it end, and sees to it that it does. */
  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    const closed = once(child, 'close')
    child.stdin!.end()
    const timer = setTimeout(() => child.kill('SIGKILL'), 30_000)
    await closed
    clearTimeout(timer)
  }
}

/** The end of what a crashed process said, in a line. */
function lastLines(text: string): string {
  return text
    .trim()
    .split('\n')
    .filter((line) => /error|fatal|out of memory/i.test(line))
    .slice(0, 2)
    .join('; ')
}
