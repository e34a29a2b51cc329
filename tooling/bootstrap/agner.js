// `npx agner …` in this repository, from the sources, on the Node that the bootstrap finds. Unlike a task it stays in the
// terminal's foreground group and prints nothing of its own: it is a program with a screen, and its output is read by others.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { prepareToolchain } from './toolchain.js'

const root = join(import.meta.dirname, '../..')
const env = await prepareToolchain({ root, env: process.env, say: () => {} })
const main = join(root, 'packages/cli/src/main.ts')
const child = spawn('node', ['--conditions=@agner/source', main, ...process.argv.slice(2)], { env, stdio: 'inherit' })
// Ctrl-C reaches both by itself.
process.on('SIGINT', () => {})
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code) => process.exit(code ?? 1))
