/**
 * `npm start`: the chat as a cluster.
 *
 * CHAT_PORT (default 3000, 0 picks a free one), CHAT_DATA (a folder, default .data). Ctrl-C and SIGTERM drain and stop everything.
 * DATABASE_URL (postgres://…) keeps the messages in PostgreSQL, and not on the nodes' own disks.
 * SIGUSR2 restarts the nodes one at a time, while the others serve.
 */
import { checkDatabaseUrl, databaseUrlOf, placeOf } from './database-url.ts'
import { Launcher } from './launcher/launcher.ts'

const port = Number(process.env['CHAT_PORT'] ?? 3000)
if (!Number.isInteger(port) || port < 0 || port > 65535) {
  console.error(`CHAT_PORT must be a port number from 0 to 65535, not ${process.env['CHAT_PORT']}`)
  process.exit(2)
}

const databaseUrl = databaseUrlOf(process.env)
if (databaseUrl !== null) {
  try {
    checkDatabaseUrl(databaseUrl)
  } catch (error) {
    console.error((error as Error).message)
    process.exit(2)
  }
  console.log(`messages are kept in PostgreSQL at ${placeOf(databaseUrl)}`)
}

let launcher: Launcher
try {
  launcher = await Launcher.start({
    port,
    dataFolder: process.env['CHAT_DATA'] ?? '.data',
    say: (line) => console.log(line),
  })
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException
  console.error(
    code === 'EADDRINUSE'
      ? `port ${port} is in use: stop what uses it, or set CHAT_PORT (0 picks a free one)`
      : message,
  )
  process.exit(1)
}

/** Signals may come twice, and before everything is up. */
let stopping = false
function stop(): void {
  if (stopping) return
  stopping = true
  console.log('stopping: the nodes drain')
  void launcher.stop().then(() => {
    console.log('stopped')
    process.exit(0)
  })
}
process.on('SIGINT', stop)
process.on('SIGTERM', stop)
process.on('SIGHUP', stop)

// Windows has no such signal.
if (process.platform !== 'win32')
  process.on('SIGUSR2', () => {
    launcher.rollingRestart().catch((error: unknown) => console.error(error instanceof Error ? error.message : error))
  })

/** Set by what starts programs; ours if it started this one itself. When it is killed, nobody else would tell. */
const parent = Number(process.env['AGNER_PARENT'] ?? 0)
if (parent === process.ppid) setInterval(() => process.ppid !== parent && stop(), 500).unref()

try {
  await launcher.ready
} catch (error) {
  if (!stopping) {
    console.error(error instanceof Error ? error.message : error)
    await launcher.stop()
    process.exit(1)
  }
}
if (!stopping) console.log(`chat is ready at ${launcher.url}`)
