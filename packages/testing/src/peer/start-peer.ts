/** Starts a node in an OS process of its own, for tests (peer:start/1). */
import { pathToFileURL } from 'node:url'
import { isAbsolute } from 'node:path'
import type { Distribution } from '@agner/distribution'
import { testingError } from '../errors.ts'
import { listNode, peerCookie, randomPeerName } from './directory.ts'
import type { StartOrder } from './messages.ts'
import type { AnyPeerProgram, ArgsOf, CallsOf, PeerOptions, PeerSettings, UntypedCalls } from './options.ts'
import { starterPid } from './os-process.ts'
import type { Peer } from './peer.ts'
import type { PeerProgram } from './program.ts'
import { RunningPeer } from './running-peer.ts'
import { isSomeTime, someTime } from './waiting.ts'

/**
 * Starts a node in an OS process of its own and runs the program of a module there. Resolves when the program has started, and, with
 * `connection`, the two nodes are connected.
 *
 * The process ends with this one, whatever ends this one, kill -9 included, and with the scope of an `await using`. When it does not come up
 * it is killed, and the error holds what it printed.
 *
 * @throws `testing.peer_bad_option`, `testing.peer_start_failed`, `testing.peer_start_timeout`, `testing.peer_unsendable`
 */
export async function startPeer<Program extends AnyPeerProgram = PeerProgram<UntypedCalls>>(
  options: PeerOptions<ArgsOf<Program>>,
): Promise<Peer<CallsOf<Program>>> {
  const { callTimeoutMs = 5000, startTimeoutMs = 15_000, connection }: PeerSettings = options
  const { prefix = [], env = {}, nodeFlags = [] }: PeerSettings = options
  const module = moduleUrl(options.module)
  const name = nodeName(options.name ?? randomPeerName())
  timeout('callTimeoutMs', callTimeoutMs)
  timeout('startTimeoutMs', startTimeoutMs)
  const distribution = connection === 'none' ? null : distributionOf(options, connection)
  const order: StartOrder = { is: 'start', starterPid, module, name, args: options.args, distribution }
  const peer = new RunningPeer(name, { prefix, nodeFlags, env, callTimeoutMs })
  await peer.start(order, startTimeoutMs)
  return peer as unknown as Peer<CallsOf<Program>>
}

function distributionOf(
  { cookie, distribution = {} }: PeerSettings,
  connection: Distribution | undefined,
): StartOrder['distribution'] {
  if (connection === undefined) return { cookie: cookie ?? peerCookie(), options: distribution, connectTo: null }
  if (connection.listenAddress === null)
    throw badOption(
      'connection',
      'a distribution that listens, so that the peer can connect to it',
      connection.node.name,
    )
  listNode(connection)
  const { name } = connection.node
  return { cookie: cookie ?? connection.getCookie(), options: distribution, connectTo: name }
}

function moduleUrl(module: unknown): string {
  if (module instanceof URL) return module.href
  if (typeof module === 'string' && module.startsWith('file:')) return module
  if (typeof module === 'string' && isAbsolute(module)) return pathToFileURL(module).href
  throw badOption('module', "a URL, as new URL('./program.ts', import.meta.url), or an absolute path", module)
}

function nodeName(name: unknown): string {
  if (typeof name === 'string' && /^[^\s@]+(@[^\s@]+)?$/.test(name))
    return name.includes('@') ? name : `${name}@127.0.0.1`
  throw badOption('name', 'name@host, or a name alone', name)
}

function timeout(option: string, value: unknown): void {
  if (!isSomeTime(value)) throw badOption(option, someTime, value)
}

function badOption(option: string, wanted: string, value: unknown): Error {
  return testingError('testing.peer_bad_option', { option, wanted, value: String(value) })
}
