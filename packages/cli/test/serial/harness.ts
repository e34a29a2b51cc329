/** Nodes and the program as processes of the operating system, and a real terminal (`script` of util-linux). */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const cookie = 'a cookie for the test of the cli'
const source = '--conditions=@agner/source'
export const main: string = join(import.meta.dirname, '../../src/main.ts')
const shop = join(import.meta.dirname, 'shop.ts')

/** Whether there is a terminal to test with; where there must be one, it is missed by the tests. */
export const hasTerminal: boolean = spawnSync('script', ['--version']).status === 0 || process.env['CI'] !== undefined

/** What one test starts, around a port mapper of its own. */
export class World {
  readonly #children: ChildProcess[] = []
  readonly folder: string = mkdtempSync(join(tmpdir(), 'agner-'))
  readonly port: number

  private constructor(port: number) {
    this.port = port
  }

  static async make(): Promise<World> {
    const server = createServer()
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const { port } = server.address() as AddressInfo
    await new Promise((done) => server.close(done))
    return new World(port)
  }

  async end(): Promise<void> {
    for (const child of this.#children) await ended(child)
    rmSync(this.folder, { recursive: true })
  }

  /** A node, `shop` if `more` names no other: see shop.ts for what it may be. */
  async startShop(modes: readonly string[] = [], more: Record<string, string> = {}): Promise<ChildProcess> {
    const child = this.#own(
      spawn(process.execPath, [source, shop, String(this.port), ...modes], {
        env: this.#environment(more),
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    )
    await new Promise<void>((done, fail) => {
      child.stdout!.once('data', () => done())
      child.once('exit', (code) => fail(new Error(`the node ended with ${code}`)))
    })
    return child
  }

  /** Runs the program to its end. */
  async agner(args: readonly string[], more: Record<string, string> = {}) {
    const child = spawn(process.execPath, [source, main, ...args], {
      env: this.#environment(more),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#own(child)
    let [output, errors] = ['', '']
    child.stdout.on('data', (data) => (output += data))
    child.stderr.on('data', (data) => (errors += data))
    const code = await new Promise((done) => child.once('close', done))
    return { code, output, errors }
  }

  /** `agner top` in a terminal of 100 columns and 20 rows. */
  top(...args: readonly string[]): Screen {
    const pidFile = join(this.folder, 'pid')
    const program = `exec ${process.execPath} ${source} ${main} top ${args.join(' ')}`
    const command = `stty cols 100 rows 20; echo $$ > ${pidFile}; ${program}`
    const terminal = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
      env: this.#environment({ TERM: 'xterm' }),
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#own(terminal)
    const screen = new Screen(terminal, () => Number(readFileSync(pidFile, 'utf8')))
    terminal.stdout.setEncoding('utf8').on('data', (data: string) => screen.take(data))
    return screen
  }

  #own(child: ChildProcess): ChildProcess {
    this.#children.push(child)
    return child
  }

  #environment(more: Record<string, string>): NodeJS.ProcessEnv {
    const { NODE_OPTIONS: _, AGNER_CLUSTER: __, ...env } = process.env
    return { ...env, AGNER_COOKIE: cookie, AGNER_PORT_MAPPER: String(this.port), ...more }
  }
}

export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((done) => child.once('exit', done))
  child.kill('SIGKILL')
  await gone
}

/** The lines of a terminal that the program wrote to: each was written whole, at its row. */
export class Screen {
  readonly rows = new Map<number, string>()
  raw = ''
  readonly over: Promise<unknown>
  readonly #terminal: ChildProcess
  readonly #pid: () => number
  readonly #waiting = new Set<() => void>()

  constructor(terminal: ChildProcess, pid: () => number) {
    this.#terminal = terminal
    this.#pid = pid
    this.over = new Promise((done) => terminal.once('close', done))
  }

  press(keys: string): void {
    this.#terminal.stdin!.write(keys)
  }

  /** To the program, from outside. */
  signal(name: NodeJS.Signals): void {
    process.kill(this.#pid(), name)
  }

  hangUp(): void {
    this.#terminal.stdin!.end()
  }

  take(data: string): void {
    this.raw += data
    // eslint-disable-next-line no-control-regex
    for (const [, row, text] of this.raw.matchAll(/\x1b\[(\d+);1H(.*?)(?=\x1b\[(?:\d+;1H|\?|2J)|$)/gs))
      // eslint-disable-next-line no-control-regex
      this.rows.set(Number(row), text!.replace(/\x1b\[[\d;]*[mK]/g, '').trimEnd())
    for (const look of this.#waiting) look()
  }

  get text(): string {
    return [...this.rows]
      .toSorted(([a], [b]) => a - b)
      .map(([, text]) => text)
      .join('\n')
  }

  /** Resolves when the screen shows it. */
  async shows(wanted: RegExp): Promise<void> {
    await this.until(() => wanted.test(this.text))
  }

  until(done: () => boolean): Promise<void> {
    if (done()) return Promise.resolve()
    return new Promise((resolve) => {
      const look = (): void => {
        if (!done()) return
        this.#waiting.delete(look)
        resolve()
      }
      this.#waiting.add(look)
    })
  }
}
