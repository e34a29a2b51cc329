/**
 * Spawning by a process: link and monitor in the same step, on this node or another, awaited or asked for.
 *
 *     spawnAt ──────────────► the promise settles on the process's own turn
 *     spawnRequest ── ref ──► { type: 'spawnReply', ref, … } comes as a message, if it is wanted (erlang:spawn_request/5)
 *
 * The answer comes before anything that the new process sends. A request that is given up, or whose process dies, may still make one:
 * if that was to be linked, it gets an exit signal, `abandoned` or what the process died of.
 */
import { AgnerError, coreError } from '../errors.ts'
import type { AnyPid } from '../identity/pid.ts'
import type { Ref } from '../identity/ref.ts'
import { toTerms } from '../kernel/monitor.ts'
import { priorities } from '../kernel/priority.ts'
import type { ProcessRecord } from '../kernel/process-record.ts'
import type { Bonds, SpawnTarget, SpawnWaiter } from '../kernel/remote-spawn.ts'
import { Signal, WakeSignal } from '../kernel/signal.ts'
import { checkSpawnable, type Spawnable } from '../modules.ts'
import type { SpawnReply } from '../messages.ts'
import { describeValue } from '../values/describe.ts'
import type {
  MonitorOptions,
  RemoteSpawnRequestOptions,
  SpawnOptions,
  SpawnReplyOptions,
  SpawnRequestOptions,
} from './process.ts'

export const noBonds: Bonds = { link: false, monitor: null, terms: null }

/** @param ref the ref that a monitor gets, if one is wanted. @throws `monitor.bad_option` */
export function toBonds(
  options: { readonly link?: boolean; readonly monitor?: boolean | MonitorOptions },
  ref: () => Ref,
): Bonds {
  const { link = false, monitor = false } = options
  if (monitor === false) return link ? { ...noBonds, link } : noBonds
  return { link, monitor: ref(), terms: monitor === true ? null : toTerms(monitor) }
}

/** A child on this node. @throws what spawn, link and monitor throw; there is no child then. */
export function spawnBound(
  record: ProcessRecord,
  code: Spawnable,
  argument: unknown,
  options: SpawnOptions | undefined,
  { link, monitor, terms }: Bonds,
): AnyPid {
  const { kernel, pid: parent } = record
  const child = kernel.spawn(code, { ...options, parent, argument })
  const { pid } = child
  try {
    if (link) kernel.links.link(record, pid)
    if (monitor !== null) kernel.monitors.monitor(record, pid, monitor, terms)
  } catch (error) {
    // It has not run yet, and nobody would hold it.
    kernel.links.unlink(record, pid)
    kernel.deaths.die(child, 'abandoned', false)
    throw error
  }
  return pid
}

/** A function of a registered module, here. */
function spawnModule(record: ProcessRecord, { module, version, name, argument }: SpawnTarget, bonds: Bonds): AnyPid {
  return spawnBound(record, record.kernel.modules.function(module, version, name), argument, {}, bonds)
}

/** Resolves on the turn of `record`. The argument is copied already. */
export function spawnAt(record: ProcessRecord, node: string, target: SpawnTarget, bonds: Bonds): Promise<AnyPid> {
  const { kernel } = record
  const { era } = record.body
  return new Promise((resolve, reject) => {
    const wake = (settle: () => void): void => kernel.push(record, new WakeSignal(settle, era))
    if (node === kernel.identity.name) {
      const pid = spawnModule(record, target, bonds)
      // At once, but not for ever: a loop of spawns must let the others have their turns.
      return kernel.scheduler.mayGoOn(record) ? resolve(pid) : wake(() => resolve(pid))
    }
    return kernel.peers.spawns.spawn(record, node, target, bonds, {
      ref: null,
      made: (pid) => wake(() => resolve(pid)),
      failed: (error) => wake(() => reject(error)),
    })
  })
}

/** Spawns a body here, and answers by message. @throws `spawn.bad_body` */
export function requestSpawn(record: ProcessRecord, body: Spawnable, options: SpawnRequestOptions): Ref {
  checkSpawnable(body)
  const requested = new RequestedSpawn(record, options)
  requested.attempt(() => {
    checkOptions({ ...ofBody, ...ofRequest }, options)
    requested.made(spawnBound(record, body, undefined, options, requested.bonds(options)))
  })
  return requested.ref
}

/** Asks `node`, this one or another, for a function of a module. The argument is copied already. */
export function requestSpawnAt(
  record: ProcessRecord,
  node: string,
  target: SpawnTarget,
  options: RemoteSpawnRequestOptions,
): Ref {
  const { kernel } = record
  const requested = new RequestedSpawn(record, options)
  requested.attempt(() => {
    checkOptions({ ...ofModule, ...ofRequest }, options)
    const bonds = requested.bonds(options)
    if (node === kernel.identity.name) requested.made(spawnModule(record, target, bonds))
    else kernel.peers.spawns.spawn(record, node, target, bonds, requested)
  })
  return requested.ref
}

/** @returns false if there is no such request, or it is answered. */
export function abandonSpawn(record: ProcessRecord, ref: Ref): boolean {
  const { spawns } = record.kernel.peers
  const pending = spawns.find(record, ref)
  return pending !== undefined && spawns.giveUp(pending, 'abandoned')
}

/** One request by message, from being made to being answered. */
export class RequestedSpawn implements SpawnWaiter {
  readonly ref: Ref
  readonly record: ProcessRecord
  readonly #options: SpawnReplyOptions

  constructor(record: ProcessRecord, options: SpawnReplyOptions) {
    this.record = record
    this.#options = options
    this.ref = record.kernel.makeRef(record)
  }

  /** The ref of the request is that of the monitor, too. */
  bonds(options: Parameters<typeof toBonds>[0]): Bonds {
    return toBonds(options, () => this.ref)
  }

  /** What is wrong with a request is its answer. */
  attempt(run: () => void): void {
    try {
      run()
    } catch (error) {
      if (!(error instanceof AgnerError)) throw error
      this.failed(error)
    }
  }

  made(pid: AnyPid): void {
    if (this.wants('successOnly')) this.#tell({ type: this.#tag, ref: this.ref, ok: true, pid })
  }

  failed(error: AgnerError): void {
    if (this.wants('errorOnly')) this.#tell({ type: this.#tag, ref: this.ref, ok: false, error })
  }

  /** What is no way to answer counts as the usual one. */
  wants(kind: 'successOnly' | 'errorOnly'): boolean {
    const { reply } = this.#options
    return reply === kind || (reply !== 'no' && reply !== 'successOnly' && reply !== 'errorOnly')
  }

  get #tag(): string {
    const { replyTag } = this.#options
    return typeof replyTag === 'string' ? replyTag : 'spawnReply'
  }

  #tell(reply: SpawnReply<never, string>): void {
    this.record.kernel.push(this.record, new SpawnAnswer(reply))
  }
}

/** The answer to a request, on its way to the process that asked. It always fits in its mailbox. */
class SpawnAnswer extends Signal {
  readonly #reply: SpawnReply<never, string>

  constructor(reply: SpawnReply<never, string>) {
    super()
    this.#reply = reply
  }

  handle(receiver: ProcessRecord): boolean {
    return receiver.hear(this.#reply)
  }
}

type Checks<Options> = { readonly [K in keyof Required<Options>]: (value: unknown) => boolean }

const isText = (value: unknown): boolean => typeof value === 'string'
const isSwitch = (value: unknown): boolean => typeof value === 'boolean'
const replies: readonly unknown[] = ['yes', 'no', 'errorOnly', 'successOnly'] satisfies SpawnReplyOptions['reply'][]

const ofBody: Checks<SpawnOptions> = {
  name: isText,
  mailboxLimit: (value) => typeof value === 'number' && value >= 0,
  trapExits: isSwitch,
  priority: (value) => (priorities as readonly unknown[]).includes(value),
  leads: isSwitch,
}

const ofModule: Checks<Pick<RemoteSpawnRequestOptions, 'version'>> = { version: isText }

const ofRequest: Checks<Omit<SpawnRequestOptions, keyof SpawnOptions>> = {
  link: isSwitch,
  monitor: (value) => isSwitch(value) || (typeof value === 'object' && value !== null),
  reply: (value) => replies.includes(value),
  replyTag: isText,
}

/** @throws `spawn.bad_option` (Erlang's badopt) */
function checkOptions(checks: Readonly<Record<string, (value: unknown) => boolean>>, options: object): void {
  for (const [option, value] of Object.entries(options)) {
    const isRight = Object.hasOwn(checks, option) ? checks[option] : undefined
    if (value === undefined || isRight?.(value) === true) continue
    throw coreError('spawn.bad_option', { option, value: describeValue(value) })
  }
}
