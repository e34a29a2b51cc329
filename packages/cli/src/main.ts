#!/usr/bin/env node
/**
 * `agner`: a look into running nodes from the command line, and certificates for them.
 */
import { readFileSync } from 'node:fs'
import { AgnerError } from '@agner/core'
import { makeCertificates } from './certificates.ts'
import { knownNodes } from './node/known-nodes.ts'
import { lookOnce, toJson } from './once.ts'
import { clean } from './screen/text.ts'
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
      if (command.json) return print(toJson(nodes))
      return print(nodes.map(({ name, host, port }) => clean(`${name}  ${host}:${port}`)).join('\n'))
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

function fail(error: AgnerError): void {
  process.exitCode = exitCodeOf(error)
  // What a node said may be part of it.
  process.stderr.write(`agner: ${error.message.split('\n').map(clean).join('\n')}\n`)
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader that has seen enough, as `head` does, is no error.
  if (error.code !== 'EPIPE') fail(cliError('cli.cannot_write', { reason: error.message }))
  process.exit()
})
// There is nobody left to be told.
process.stderr.on('error', () => {})

try {
  await run(parseCommand(process.argv.slice(2)))
} catch (error) {
  if (!(error instanceof AgnerError)) throw error
  fail(error)
}
// When all is written, whatever a connection still waits for: a node that hangs does not take its leave.
process.stdout.write('', (error) => {
  // What could not be written is told of above.
  if (error == null) process.stderr.write('', () => process.exit())
})
