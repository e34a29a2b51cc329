/**
 * The program against a real node: as text, as JSON, in a real terminal (`script` of util-linux), and with nodes that are not there, do not let it
 * in, or go away.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const cookie = 'a cookie for the test of the cli'
const main = join(import.meta.dirname, '../../src/main.ts')
const shop = join(import.meta.dirname, 'shop.ts')
const source = '--conditions=@agner/source'

let port = 0
let children: ChildProcess[] = []

beforeEach(async () => {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  port = (server.address() as AddressInfo).port
  await new Promise((done) => server.close(done))
})

afterEach(async () => {
  for (const child of children) await ended(child)
  children = []
})

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((done) => child.once('exit', done))
  child.kill('SIGKILL')
  await gone
}

function environment(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, AGNER_CLUSTER: __, ...env } = process.env
  return { ...env, AGNER_COOKIE: cookie, AGNER_PORT_MAPPER: String(port), ...more }
}

async function startShop(...args: string[]): Promise<ChildProcess> {
  return startShopWith({}, ...args)
}

async function startShopWith(more: Record<string, string>, ...args: string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, [source, shop, String(port), ...args], {
    env: environment(more),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  await new Promise<void>((done, fail) => {
    child.stdout!.once('data', () => done())
    child.once('exit', (code) => fail(new Error(`the node ended with ${code}`)))
  })
  return child
}

async function agner(args: readonly string[], more: Record<string, string> = {}) {
  const child = spawn(process.execPath, [source, main, ...args], {
    env: environment(more),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  let [output, errors] = ['', '']
  child.stdout.on('data', (data) => (output += data))
  child.stderr.on('data', (data) => (errors += data))
  const code = await new Promise((done) => child.once('close', done))
  return { code, output, errors }
}

describe('nodes that talk by TLS', () => {
  test('are looked at with certificates that the program made itself, and not without', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'agner-'))
    try {
      const made = await agner(['certificates', '--dir', folder, 'shop@127.0.0.1', 'operator@127.0.0.1'])
      expect(made).toMatchObject({ code: 0, errors: '' })
      await startShopWith({ SHOP_CERTIFICATES: folder })
      const told = { cert: 'operator@127.0.0.1.crt', key: 'operator@127.0.0.1.key', ca: 'ca.crt' }
      writeFileSync(join(folder, 'agner-cluster.json'), JSON.stringify(told))
      const seen = await agner(['top', 'shop', '--once', '--cluster', folder])
      expect(seen).toMatchObject({ code: 0, errors: '' })
      expect(seen.output).toContain('till')
      expect(await agner(['nodes'])).toMatchObject({ code: 1 })
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('without a terminal', () => {
  test('it prints the node, its tree and its processes; JSON on demand; and one process with its state', async () => {
    await startShop()
    const text = await agner(['top', 'shop', '--once'])
    expect(text).toMatchObject({ code: 0, errors: '' })
    expect(text.output).toMatch(/^shop@127\.0\.0\.1 {2}up .*\n.* processes .*connected: none\n/)
    expect(text.output).toMatch(/\nshop +application .*\n└ till +@acme\/till +<\d+> +permanent +waiting +0\n/)
    const json = JSON.parse((await agner(['top', '--json'])).output) as { overview: object; tree: { rows: object[] } }
    expect(json.overview).toMatchObject({ name: 'shop@127.0.0.1', connections: [] })
    expect(json.tree.rows[1]).toMatchObject({ id: 'till', pid: expect.stringMatching(/^<shop@127\.0\.0\.1\.\d+>$/) })
    const one = await agner(['top', 'shop', '--once', '--process', 'till'])
    expect(one.output).toMatch(/status +waiting[\s\S]*state, by version 0\.0\.0 of its code\n\{ tea: 3 \}\n/)
    expect((await agner(['nodes'])).output).toMatch(/^shop@127\.0\.0\.1 {2}127\.0\.0\.1:\d+\n$/)
    expect(await agner(['top'])).toMatchObject({ code: 1, errors: expect.stringContaining('--once') })
    expect(await agner(['top', 'shop', '--once', '--process', 'nobody'])).toMatchObject({ code: 1, output: '' })
  })

  test('it says what is wrong: nobody there, no such node, another cookie, a node without the inspector', async () => {
    expect(await agner(['top', '--once'])).toMatchObject({
      code: 1,
      errors: expect.stringContaining('No node is running'),
    })
    await startShop('closed')
    const failed = async (args: readonly string[], more?: Record<string, string>) => (await agner(args, more)).errors
    expect(await failed(['top', 'bank', '--once'])).toContain(
      'There is no node bank. The port mapper knows: shop@127.0.0.1.',
    )
    expect(await failed(['top', '--once'], { AGNER_COOKIE: 'quite another cookie' })).toBe(
      'agner: shop@127.0.0.1 has another cookie than that of AGNER_COOKIE.\n',
    )
    expect(await failed(['top', '--once'], { AGNER_COOKIE: '' })).toContain('There is no cookie')
    expect(await failed(['top', '--once'], { AGNER_COOKIE: 'short' })).toContain('at least 16')
    expect(await failed(['top', '--once'])).toContain('createNode({ modules: [Inspector] })')
  })
})

/** The lines of a terminal that the program wrote to: each was written whole, at its row. */
class Screen {
  readonly rows = new Map<number, string>()
  raw = ''
  #waiting: { readonly done: (text: string) => boolean; readonly resolve: () => void } | null = null

  take(data: string): void {
    this.raw += data
    // eslint-disable-next-line no-control-regex
    for (const [, row, text] of this.raw.matchAll(/\x1b\[(\d+);1H(.*?)\x1b\[0m\x1b\[K/gs))
      // eslint-disable-next-line no-control-regex
      this.rows.set(Number(row), text!.replace(/\x1b\[[\d;]*m/g, '').trimEnd())
    if (this.#waiting?.done(this.text) === true) this.#waiting.resolve()
  }

  get text(): string {
    return [...this.rows]
      .toSorted(([a], [b]) => a - b)
      .map(([, text]) => text)
      .join('\n')
  }

  /** Resolves when the screen shows it. */
  async shows(wanted: RegExp): Promise<void> {
    if (wanted.test(this.text)) return
    await new Promise<void>((resolve) => {
      this.#waiting = { done: (text) => wanted.test(text), resolve }
    })
    this.#waiting = null
  }
}

const hasScript = spawnSync('script', ['--version']).status === 0

describe.runIf(hasScript || process.env['CI'] !== undefined)('in a terminal', () => {
  test('it shows the tree, a process with its state, that the node is gone, and that it is back; q leaves no trace', async () => {
    const first = await startShop()
    const command = `stty cols 100 rows 20; exec ${process.execPath} ${source} ${main} top shop --interval 200`
    const terminal = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
      env: environment({ TERM: 'xterm' }),
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    children.push(terminal)
    const screen = new Screen()
    terminal.stdout.setEncoding('utf8').on('data', (data: string) => screen.take(data))
    const press = (keys: string): void => void terminal.stdin.write(keys)

    await screen.shows(/shop@127\.0\.0\.1 {2}up .*\n[\s\S]*└ till +@acme\/till/)
    press('j\r')
    await screen.shows(/till {2}<\d+>[\s\S]*\{ tea: 3 \}/)
    press('\x1b')
    await screen.shows(/NAME +WHAT/)
    press('\t')
    await screen.shows(/▾MAILBOX/)
    press('/till\r')
    await screen.shows(/filter: till\n[^\n]*\n<\d+> +till +@acme\/till/)
    await ended(first)
    await screen.shows(/not connected: the connection to it was lost/)
    await screen.shows(/not connected: it is not running/)
    await startShop()
    await screen.shows(/shop@127\.0\.0\.1 {2}up \d s[\s\S]*<\d+> +till/)
    const over = new Promise((done) => terminal.once('close', done))
    press('q')
    terminal.stdin.end()
    expect(await over).toBe(0)
    // Cursor, line wrapping and the screen before are back.
    expect(screen.raw.trimEnd().endsWith('\x1b[?7h\x1b[?25h\x1b[?1049l')).toBe(true)
  })
})
