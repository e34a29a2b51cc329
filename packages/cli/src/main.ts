#!/usr/bin/env node
/**
 * `agner`: a look into running nodes from the command line, and certificates for them.
 */
import { readFileSync } from 'node:fs'
import { AgnerError } from '@agner/core'
import { makeCertificates } from './certificates.ts'
import { knownNodes } from './node/session.ts'
import { lookOnce } from './once.ts'
import { clusterSettings } from './settings/cluster.ts'
import { parseCommand, usage, type Command, type TopCommand } from './settings/command.ts'
import { cliError, exitCodeOf } from './settings/errors.ts'
import { showTop } from './top.ts'

async function run(command: Command): Promise<void> {
  switch (command.command) {
    case 'help':
      return print(usage)
    case 'version':
      return print(version())
    case 'nodes': {
      const { portMapper, network } = clusterSettings(command.where, process.env, process.cwd())
      const nodes = await knownNodes(portMapper, network)
      if (command.json) return print(JSON.stringify(nodes, null, 2))
      return print(nodes.map(({ name, host, port }) => `${name}  ${host}:${port}`).join('\n'))
    }
    case 'certificates':
      return print(await makeCertificates(command))
    case 'top':
      return top(command)
  }
}

async function top(command: TopCommand): Promise<void> {
  const { cookie, portMapper, network, lookedFor } = clusterSettings(command.where, process.env, process.cwd())
  if (cookie === null) {
    const looked = lookedFor.length === 0 ? '' : `\nThere is no cluster file: ${lookedFor.join(', ')}.`
    throw cliError('cli.no_cookie', { looked })
  }
  const options = { wanted: command.node, cookie, portMapper, network }
  if (command.output !== 'screen') return print(await lookOnce(command, options))
  if (!process.stdin.isTTY || !process.stdout.isTTY) throw cliError('cli.no_terminal')
  await showTop(command, options)
}

function print(text: string): void {
  if (text !== '') process.stdout.write(`${text}\n`)
}

function version(): string {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
  return manifest.version
}

// A reader that has seen enough, as `head` does, is no error.
process.stdout.on('error', () => process.exit(0))

try {
  await run(parseCommand(process.argv.slice(2)))
} catch (error) {
  if (!(error instanceof AgnerError)) throw error
  process.stderr.write(`agner: ${error.message}\n`)
  process.exitCode = exitCodeOf(error)
}
