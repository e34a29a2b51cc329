/**
 * What the OS process of a peer begins with: it hears of its starter which program to run, and runs it.
 *
 * It has no life of its own: when the channel closes without a `stop` it exits at once, and a thread ends it that was held meanwhile.
 */
import { inspect } from 'node:util'
import { Worker } from 'node:worker_threads'
import { createNode, type Node } from '@agner/core'
import { startDistribution, type Address, type Discovery, type Distribution } from '@agner/distribution'
import { ValueCodec } from '@agner/distribution/values'
import { testingError } from '../errors.ts'
import { findCall, type Calls } from './calls.ts'
import { unwrap, wrap, type FromPeer, type StartOrder, type ToPeer } from './messages.ts'
import type { PeerProgram, PeerStart } from './program.ts'

type Program = PeerProgram<Calls>

/** The exit code of a program that failed to start, and of a peer that has lost its starter. */
const failedCode = 1
const abandonedCode = 69
/** How often the other thread looks whether the starter is still there. */
const watchMs = 250

const codec = new ValueCodec()
let calls: Calls = {}
let running: { readonly node: Node; readonly distribution: Distribution | null } | null = null
let isLeaving = false

/** Resolves when it has left this process, or nobody hears it any more. @throws `testing.peer_unsendable` */
function tell(message: FromPeer): Promise<void> {
  const wrapped = wrap(encoded(message))
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) return resolve()
    process.send(wrapped, undefined, undefined, () => resolve())
  })
}

function encoded(message: FromPeer): Uint8Array {
  try {
    return codec.encode(message)
  } catch (error) {
    throw testingError('testing.peer_unsendable', { reason: (error as Error).message })
  }
}

/** Other nodes are asked for at the starter, who knows all peers and itself. */
class StarterDiscovery implements Discovery {
  readonly #open = new Map<number, (address: Address | null) => void>()
  #ids = 0

  lookup(name: string): Promise<Address | null> {
    const id = ++this.#ids
    return new Promise((resolve) => {
      this.#open.set(id, resolve)
      void tell({ is: 'seek', id, name })
    })
  }

  found(id: number, address: Address | null): void {
    this.#open.get(id)?.(address)
    this.#open.delete(id)
  }
}

const discovery = new StarterDiscovery()

async function start(order: StartOrder): Promise<void> {
  // Before its module is imported: from then on this thread may be held at any time.
  watch(order.starterPid)
  const { name, args } = order
  const { default: program } = (await import(order.module)) as { readonly default?: Program }
  if (typeof program?.start !== 'function') throw testingError('testing.peer_no_program', { module: order.module })
  const begun: PeerStart<unknown> = { name, args, say: (message) => tell({ is: 'said', message }) }
  const node = createNode({ ...program.node?.(begun), name })
  const distribution = order.distribution === null ? null : await distribute(node, order.distribution, program, begun)
  running = { node, distribution }
  calls = await program.start({ ...begun, node, distribution })
  await tell({ is: 'up', address: distribution?.listenAddress ?? null })
}

async function distribute(
  node: Node,
  { cookie, options, connectTo }: NonNullable<StartOrder['distribution']>,
  program: Program,
  begun: PeerStart<unknown>,
): Promise<Distribution> {
  const own = program.distribution?.(begun) ?? {}
  const others = own.discovery === undefined ? [] : [own.discovery].flat()
  const distribution = await startDistribution(node, {
    portMapper: false,
    ...own,
    ...options,
    discovery: [discovery, ...others],
    cookie,
  })
  if (connectTo === null) return distribution
  const result = await distribution.tryConnect(connectTo)
  if (!result.connected) throw testingError('testing.peer_not_connected', { name: connectTo, reason: result.text })
  return distribution
}

async function call(id: number | null, name: string, args: readonly unknown[]): Promise<void> {
  try {
    const value = await findCall(calls, name).apply(calls, [...args])
    if (id !== null) await tell({ is: 'answered', id, value })
  } catch (error) {
    if (id === null) return print(error)
    await tell({ is: 'threw', id, error }).catch((unsendable: unknown) => tell({ is: 'threw', id, error: unsendable }))
  }
}

/** It is what the starter finds in `output`. */
function print(error: unknown): void {
  process.stderr.write(`${inspect(error)}\n`)
}

function send(to: string, message: unknown): void {
  const pid = running?.node.whereis(to)
  if (pid) running?.node.send(pid, message as never)
}

/** Stops what there is; after that nothing of it keeps the process alive. */
async function stop(): Promise<void> {
  if (isLeaving) return
  isLeaving = true
  await running?.distribution?.stop()
  await running?.node.stop()
  process.disconnect()
}

async function carryOut(order: ToPeer): Promise<void> {
  switch (order.is) {
    case 'start':
      return start(order).catch(async (error: unknown) => {
        print(error)
        await tell({ is: 'failed', error }).catch(() => {})
        process.exit(failedCode)
      })
    case 'call':
      return call(order.id, order.name, order.args)
    case 'send':
      return send(order.to, order.message)
    case 'found':
      return discovery.found(order.id, order.address)
    case 'stop':
      return stop()
  }
}

/** On a thread of its own, since this one may be held when the starter is killed. */
function watch(starterPid: number): void {
  // Who adopted this process, since the starter had ended before it could be watched, must not be taken for it.
  if (process.ppid !== starterPid) {
    process.stderr.write(`${testingError('testing.peer_no_parent', { starterPid }).message}\n`)
    process.exit(abandonedCode)
  }
  const code = `setInterval(() => { if (process.ppid !== ${String(starterPid)}) process.kill(process.pid, 'SIGKILL') }, ${String(watchMs)})`
  try {
    new Worker(code, { eval: true, name: 'agner peer', execArgv: [] }).unref()
  } catch {
    // Threads may be forbidden; the channel tells it as well, as long as this one is not held.
  }
}

if (process.send === undefined) throw testingError('testing.peer_alone')
process.on('disconnect', () => {
  if (!isLeaving) process.exit(abandonedCode)
})
// It may have closed while this file was read.
if (!process.connected) process.exit(abandonedCode)
process.on('message', (message) => {
  const bytes = unwrap(message)
  if (bytes !== null) void carryOut(codec.decode(bytes) as ToPeer)
})
