/**
 * Starting a client of an application on a node: calls by name, wherever it runs.
 *
 *     await startApplicationClient(self, { application: 'shop', nodes: ['n1@h', 'n2@h'] })
 *     await client.call(self, shop, 'buy', 'tea')            waits while it moves; done once, or not at all, or it says that it does not know
 */
import {
  call as callServer,
  cast as castToServer,
  defineServer,
  noreply,
  startServer,
  stopAndReply,
  type Address,
  type Caller,
  type Protocol,
  type Server,
  type Starter,
} from '@agner/behaviours'
import { AgnerError } from '@agner/core'
import { isDuration } from '../duration.ts'
import { badOption, releaseError } from '../errors.ts'
import { areNodeNames, wantedNames } from '../node-name.ts'
import { Asking, type AskingOptions } from './asking.ts'
import type {
  ApplicationCallOptions,
  ApplicationClient,
  ApplicationClientLimits,
  ApplicationClientOptions,
} from './client-interface.ts'
import { clientProtocol, type ClientApi, type Question } from './client.api.ts'

const defaultLimits: ApplicationClientLimits = { waiting: 16_384, underWay: 4096, attemptMs: 2000, retryMs: 20 }

/**
 * Starts a client; a process that starts it is linked to it. It may run on any node that can reach those that run the application.
 *
 * Rejects with `release.bad_option`.
 */
export async function startApplicationClient(
  parent: Starter,
  options: ApplicationClientOptions,
): Promise<ApplicationClient> {
  const { application, nodes } = options
  if (typeof application !== 'string' || application === '')
    throw badOption('application', 'the name of an application')
  if (!areNodeNames(nodes) || nodes.length === 0) throw badOption('nodes', `${wantedNames} that may run it`)
  const limits = checkLimits({ ...defaultLimits, ...options.limits })
  let found: string | null = null
  const located = (at: string | null): void => {
    found = at
  }
  const node = 'node' in parent ? parent.node : parent
  const pid = await startServer(parent, client, { application, nodes: [...new Set(nodes)], limits, located })

  const ask = async (from: Caller, question: Question): Promise<never> => {
    const answer = await callServer(from, pid, 'ask', question, { timeoutMs: Infinity }).catch((error: unknown) => {
      const { name, timeoutMs } = question
      const code = error instanceof AgnerError ? error.code : ''
      const details = { application, name, timeoutMs, nodes: nodes.join(', '), last: `the client: ${code}` }
      if (code === 'call.exited') throw releaseError('release.outcome_unknown', details)
      if (code === 'call.no_process') throw releaseError('release.not_running', details)
      throw error
    })
    if (answer.type === 'done') return answer.value as never
    const details = answer.details as Readonly<Record<string, unknown>>
    throw new AgnerError(answer.code, answer.message, details)
  }

  return {
    application,
    pid,
    call: (from, to, name, ...[arg, asked]) =>
      heardBy(from, (async () => ask(from, questionOf(to, 'call', name, arg, asked)))()),
    cast: (from, to, name, ...[arg]) => castToServer(from, pid, 'tell', questionOf(to, 'cast', name, arg, undefined)),
    where: () => found,
    stop: async () => void (await callServer(node, pid, 'close').catch(() => null)),
  }
}

/** A process may make two calls and await them one after the other: what fails meanwhile is no unhandled rejection. */
function heardBy<T>(from: Caller, promise: Promise<T>): Promise<T> {
  if ('pid' in from) promise.catch(() => null)
  return promise
}

function questionOf<Api>(
  to: Protocol<Api> | Address<Api>,
  type: Question['type'],
  name: string,
  arg: unknown,
  { timeoutMs = to.timeoutMs, repeat = 'never' }: ApplicationCallOptions = {},
): Question {
  const process = 'process' in to ? to.process : to.module
  const bad = (option: string, wanted: string) => releaseError('release.bad_option', { option, wanted })
  if (typeof process !== 'string') throw bad('to', 'a protocol, or protocol.at() of a local name')
  if (!isDuration(timeoutMs)) throw bad('timeoutMs', 'a number of milliseconds from 0 up')
  return { process, type, name, arg, timeoutMs, isSafe: repeat === 'safe' }
}

const client: Server<ClientApi, AskingOptions, Asking> = defineServer(clientProtocol, {
  unknown: 'refuse',
  init: (options: AskingOptions, { self }): Asking => new Asking(self, options),
  formatStatus: ({ state }) => ({ state: state.counts() }),
  calls: {
    ask: (asking, question, { from }) => {
      asking.ask(question, from)
      return noreply(asking)
    },
    close: (asking) => {
      asking.close()
      return stopAndReply('shutdown', null)
    },
  },
  casts: {
    tell: (asking, question) => {
      asking.ask(question, null)
      return noreply(asking)
    },
  },
  info: {
    response: (asking, response) => {
      asking.heard(response)
      return noreply(asking)
    },
    timeout: (asking, timeout) => {
      asking.due(timeout)
      return noreply(asking)
    },
    gateDown: (asking, down) => {
      asking.down(down)
      return noreply(asking)
    },
  },
})

function checkLimits(limits: ApplicationClientLimits): ApplicationClientLimits {
  for (const [option, value] of Object.entries(limits))
    if (!(Number.isInteger(value) && value > 0))
      throw releaseError('release.bad_option', { option: `limits.${option}`, wanted: 'a whole number from 1 up' })
  return limits
}
