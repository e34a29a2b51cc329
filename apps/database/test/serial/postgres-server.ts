/**
 * A real PostgreSQL server for a test: its own, in a folder of its own, on a free port of loopback, gone with the test.
 *
 * It refuses to run as root, so where we are root it runs as another user. A guard holds a pipe from this process: when that is killed, so is the server.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { createAuthority, createCertificate } from '@agner/distribution'
import { freePort } from '@agner/testing'
import pg from 'pg'

/** Where Debian has the server's programs, the newest version first; then the usual path. */
const folders = [
  ...(existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : [])
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => `/usr/lib/postgresql/${version}/bin`),
  ...(process.env['PATH'] ?? '').split(delimiter),
]

const programs = folders.find((folder) => existsSync(join(folder, 'postgres')) && existsSync(join(folder, 'initdb')))

/** Whether tests that need the server are left out. Never in CI: there they fail without it. */
export const isWithoutPostgres: boolean = programs === undefined && process.env['CI'] === undefined

/** For the names of tests, so that who reads that one was left out reads why. */
export const needsPostgres = '(needs PostgreSQL: apt-get install postgresql)'

const user = 'chat'
/** With all that an address must encode. */
const password = `p@ss/word:?#'"% `

export class PostgresServer implements AsyncDisposable {
  readonly #folder: string
  readonly #port: number
  #server: ChildProcess | null = null
  #databases = 0

  private constructor(folder: string, port: number) {
    this.#folder = folder
    this.#port = port
  }

  /** Makes one, and starts it. */
  static async start(): Promise<PostgresServer> {
    if (programs === undefined) throw new Error(`there is no PostgreSQL here ${needsPostgres}`)
    const folder = await mkdtemp(join(tmpdir(), 'agner-postgres-'))
    const passwordFile = join(folder, 'password')
    await writeFile(passwordFile, password)
    const owner = ownerOfServer()
    if (owner !== null) for (const path of [folder, passwordFile]) await chown(path, owner.uid, owner.gid)
    const access = ['--username', user, '--pwfile', passwordFile, '--auth', 'scram-sha-256']
    await promisify(execFile)(
      join(programs, 'initdb'),
      ['--pgdata', join(folder, 'data'), '--no-sync', '--locale', 'C', '--encoding', 'UTF8', ...access],
      { ...owner, cwd: folder },
    )
    const server = new PostgresServer(folder, await freePort())
    await server.up()
    return server
  }

  /** Makes an empty database. @returns its address. */
  async database(options = ''): Promise<string> {
    const name = `chat${++this.#databases}`
    await this.ask(`CREATE DATABASE ${name} ${options}`)
    return this.url(name)
  }

  url(database: string, as: string = user): string {
    return `postgres://${as}:${encodeURIComponent(password)}@127.0.0.1:${this.#port}/${database}`
  }

  /** The same database by the server's socket in the file system: reachable whatever becomes of the network. */
  bySocket(url: string): string {
    return `${url}?host=${encodeURIComponent(this.#folder)}`
  }

  /** Asks as the administrator, on a connection of its own. */
  async ask(text: string, url: string = this.url('postgres')): Promise<Record<string, unknown>[]> {
    const client = new pg.Client(url)
    await client.connect()
    try {
      return (await client.query<Record<string, unknown>>(text)).rows
    } finally {
      await client.end()
    }
  }

  /** Starts it, and resolves when it takes connections. @param settings as `name=value`, beside those of every test. */
  async up(...settings: string[]): Promise<void> {
    let said: string[] = []
    // The remains of one that was killed keep the next one from starting for a moment.
    for (let attempt = 1; attempt <= 40; attempt++) {
      said = []
      if (await this.#start(said, settings)) return
      await pause(50)
    }
    throw new Error(`PostgreSQL does not start:\n${said.join('\n')}`)
  }

  /** From now on it takes connections by TLS, too. @returns a file with the certificate of its authority, which nobody knows. */
  async speakTls(): Promise<string> {
    const authority = createAuthority()
    const { cert, key } = createCertificate(authority, 'postgres@127.0.0.1')
    const written = async (name: string, text: string): Promise<string> => {
      const path = join(this.#folder, name)
      await writeFile(path, text, { mode: 0o600 })
      const owner = ownerOfServer()
      if (owner !== null) await chown(path, owner.uid, owner.gid)
      return path
    }
    const files = [
      `ssl_cert_file=${await written('server.crt', cert)}`,
      `ssl_key_file=${await written('server.key', key)}`,
    ]
    await this.down()
    await this.up('ssl=on', ...files)
    return written('authority.crt', authority.cert)
  }

  async #start(said: string[], more: readonly string[]): Promise<boolean> {
    const settings = [
      `port=${this.#port}`,
      'listen_addresses=127.0.0.1',
      `unix_socket_directories=${this.#folder}`,
      'max_connections=40',
      'shared_buffers=8MB',
      // A process that is killed loses nothing of what the kernel has; after a kill, syncing the files of all databases would take seconds.
      'fsync=off',
      ...more,
    ]
    const server = spawn(
      join(programs!, 'postgres'),
      ['-D', join(this.#folder, 'data'), ...settings.flatMap((setting) => ['-c', setting])],
      { ...ownerOfServer(), cwd: this.#folder, stdio: ['ignore', 'ignore', 'pipe'] },
    )
    this.#server = server
    const guard = spawn('/bin/sh', ['-c', 'cat >/dev/null; kill -QUIT "$1"', 'guard', String(server.pid)], {
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    server.once('exit', () => guard.kill('SIGKILL'))
    return Promise.race([
      once(server, 'exit').then(() => false),
      new Promise<boolean>((resolve) => {
        createInterface({ input: server.stderr }).on('line', (line) => {
          said.push(line)
          if (line.includes('database system is ready to accept connections')) resolve(true)
        })
      }),
    ])
  }

  /** Ends it at once: `SIGQUIT` as an administrator in a hurry, `SIGKILL` as the kernel; `SIGINT` ends the connections first. */
  async down(signal: 'SIGQUIT' | 'SIGKILL' | 'SIGINT' = 'SIGQUIT'): Promise<void> {
    const server = this.#server
    if (server === null || server.exitCode !== null || server.signalCode !== null) return
    const gone = once(server, 'exit')
    server.kill(signal)
    await gone
  }

  /** Stops all its processes where they are: connections stay open, and nothing is answered. */
  freeze(): void {
    for (const osPid of this.#osPids()) process.kill(osPid, 'SIGSTOP')
  }

  thaw(): void {
    for (const osPid of this.#osPids()) process.kill(osPid, 'SIGCONT')
  }

  /** The server, first of all since it makes the others, and a process for each connection. */
  #osPids(): number[] {
    const osPid = this.#server!.pid!
    const children = readFileSync(`/proc/${osPid}/task/${osPid}/children`, 'utf8').trim().split(' ')
    return [osPid, ...children.filter((child) => child !== '').map(Number)]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down()
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Debian's package makes the user `postgres`; whoever else it is owns nothing of value. Null where we are not root. */
function ownerOfServer(): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null
  for (const name of ['postgres', 'nobody']) {
    const entry = new RegExp(`^${name}:[^:]*:(\\d+):(\\d+):`, 'm').exec(readFileSync('/etc/passwd', 'utf8'))
    if (entry !== null) return { uid: Number(entry[1]), gid: Number(entry[2]) }
  }
  throw new Error('PostgreSQL does not run as root, and there is no other user here to run it as')
}
