#!/usr/bin/env node
// `npx agner …` in this repository: from the sources, on the Node that the bootstrap finds. What is published is dist/main.js.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { prepareToolchain } from '../../../tooling/bootstrap/toolchain.js'

const root = join(import.meta.dirname, '../../..')
const env = await prepareToolchain({ root, env: process.env, say: () => {} })
const main = join(import.meta.dirname, '../src/main.ts')
const child = spawn('node', ['--conditions=@agner/source', main, ...process.argv.slice(2)], { env, stdio: 'inherit' })
// Ctrl-C reaches both by itself.
process.on('SIGINT', () => {})
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code) => process.exit(code ?? 1))
