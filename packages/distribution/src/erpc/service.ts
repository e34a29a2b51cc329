/**
 * Who runs functions for other nodes: one process on each node, which starts a fresh one for every call.
 *
 *     caller ── request { module, name, argument, leader } ──► service ── spawns, with a monitor ──► run: the function
 *     caller ◄────────────────────────── outcome ──────────────────────────────────────────────────────┘
 *                                          └─ or from the service, when the process ended without one
 *
 * The caller's monitor, deadline and the end of its connection are those of any request: an answer that comes too late
 * goes nowhere. A function goes on when its caller has given up, or is gone (erpc:call/5).
 */
import {
  AgnerError,
  Request,
  type AnyPid,
  type CallbackBody,
  type Down,
  type ExitReason,
  type Node,
  type Process,
  type Ref,
} from '@agner/core'
import { hasLeft, messageOf, onDeath, registeredFunction, replyBy, spawnHidden, toExitReason } from '@agner/core/kernel'
import { callableOf, type AnyFunction } from './functions.ts'
import type { Outcome, OutcomeKind } from './outcome.ts'
import { readOrder, serviceName, type Order } from './order.ts'

/** A function that runs, and whom its outcome goes to. */
interface Run {
  readonly request: Request<unknown, Outcome>
  /** It has called `exit` itself. */
  hasLeft: boolean
  /** The process that runs it: the outcome comes after all that it has sent, as its DOWN would. Null until it is started. */
  pid: AnyPid | null
}

type Runs = Map<Ref, Run>
/** Or nothing at all: anybody can write to it. */
type ServiceMessage = Request<unknown, Outcome> | Down | { readonly type: string } | null | undefined

const service: CallbackBody<ServiceMessage, Runs> = {
  name: 'erpc',
  init: () => new Map(),
  message(self, message, runs) {
    if (message instanceof Request) answer(self, message, runs)
    else if (message?.type === 'down') ended(message as Down, runs)
    else castTo(self, message)
    return runs
  },
}

const served = new WeakSet<Node>()

/** Starts the service of a node, once; another takes its place if it is killed. */
export function serve(node: Node): void {
  if (served.has(node) || node.isStopped) return
  served.add(node)
  start(node)
}

function start(node: Node): void {
  const pid = spawnHidden(node, service, serviceName)
  void node.exited(pid).then(() => {
    if (!node.isStopped && node.whereis(serviceName) === undefined) start(node)
  })
}

function answer(self: Process<ServiceMessage>, request: Request<unknown, Outcome>, runs: Runs): void {
  const order = readOrder(request.payload)
  if (order === null) return tell(request, self.pid, 'undefined', 'the request was no call of a function')
  const code = find(self.node, order)
  if (typeof code !== 'function') return tell(request, self.pid, 'undefined', code.message)
  const run: Run = { request, hasLeft: false, pid: null }
  const body = async (fresh: Process<unknown>): Promise<void> => {
    onDeath(fresh.node, fresh.pid, (pid) => {
      run.hasLeft = hasLeft(pid)
    })
    // What a dead process still gives counts for nothing: the service says what it died of.
    const lives = (): boolean => fresh.node.isAlive(fresh.pid)
    try {
      const value = await code(order.argument, fresh)
      if (lives()) tell(request, fresh.pid, 'return', value)
    } catch (error) {
      if (lives()) told(request, fresh.pid, error)
    }
  }
  try {
    const { pid, ref } = self.spawnMonitor(named(order, body))
    lead(self, pid, order.leader)
    run.pid = pid
    runs.set(ref, run)
  } catch (error) {
    tell(request, self.pid, 'limit', messageOf(error))
  }
}

function castTo(self: Process<ServiceMessage>, message: unknown): void {
  const order = readOrder(message)
  const code = order === null ? null : find(self.node, order)
  if (order === null || typeof code !== 'function') return
  const body = async (fresh: Process<unknown>): Promise<void> => {
    await code(order.argument, fresh)
  }
  try {
    lead(self, self.spawn(named(order, body)), order.leader)
  } catch {
    // Too many processes, which the node counts: a cast that cannot be carried out is lost.
  }
}

/** The process of a function has ended. */
function ended({ ref, reason }: Down, runs: Runs): void {
  const run = runs.get(ref)
  runs.delete(ref)
  if (run !== undefined) tell(run.request, run.pid, run.hasLeft ? 'exit' : 'signal', reason)
}

function find(node: Node, { module, name }: Order): AnyFunction | AgnerError {
  try {
    const body = registeredFunction(node, module, name)
    return callableOf(body) ?? new AgnerError('erpc.undefined', 'what stands under this name is the body of a process')
  } catch (error) {
    return error as AgnerError
  }
}

/** What the process is called in process info and reports. */
function named<Body>({ module, name }: Order, body: Body): Body {
  Object.defineProperty(body, 'name', { value: `erpc ${module}:${name}` })
  return body
}

function lead(self: Process<ServiceMessage>, pid: AnyPid, leader: AnyPid | null): void {
  if (leader !== null) self.setGroupLeader(pid, leader)
}

/** Told what it threw: an error, or something else. */
function told(request: Request<unknown, Outcome>, by: AnyPid, thrown: unknown): void {
  const value: ExitReason = toExitReason(thrown)
  tell(request, by, value instanceof Error ? 'error' : 'throw', value)
}

/** @throws `copy.unsendable` for a value that cannot be sent, which is the function's failure. */
function tell(request: Request<unknown, Outcome>, by: AnyPid | null, is: OutcomeKind, value: unknown): void {
  replyBy(request, { is, value }, by)
}
