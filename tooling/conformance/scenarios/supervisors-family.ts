/**
 * The supervisors of the scenarios, and their kids: servers that tell, as events of main, when they start and end, and do as they are told.
 */
import type { AnyPid, Exit, ExitReason, Pid, Process } from '../../../packages/core/src/index.ts'
import {
  defineServer,
  ignore,
  noreply,
  protocol,
  startSupervisor,
  stop,
  whichChildren,
  type ChildManners,
  type ChildSpec,
  type Protocol,
  type Server,
  type SupervisorDefinition,
} from '../../../packages/behaviours/src/index.ts'
import { isType, type Stage } from '../stage.ts'

export interface Opts extends ChildManners {
  readonly starts?: Starts
  /** Its failed starts are not told. */
  readonly quiet?: boolean
  readonly startMs?: number
  readonly endMs?: number
  readonly info?: unknown
}

/** What the nth start does, and how many there were. */
export interface Starts {
  readonly how: (attempt: number) => 'start' | 'fail' | 'ignore'
  attempts: number
}

export const starts = (how: Starts['how']): Starts => ({ how, attempts: 0 })

interface KidApi {
  info: { readonly type: 'exit_with'; readonly reason: ExitReason } | { readonly type: 'unlink' }
}
const kidProtocol: Protocol<KidApi> = protocol('kid')

export class Family {
  readonly #self: Process<unknown>
  readonly #t: Stage

  constructor(self: Process<unknown>, t: Stage) {
    this.#self = self
    this.#t = t
    self.trapExits(true)
  }

  /** A kid that is registered under its id. */
  kid(id: string, opts: Opts = {}): ChildSpec<AnyPid | null | { pid: AnyPid; info: unknown }> {
    const child = this.server(id, opts).child({ id, name: id, arg: [], ...mannersOf(opts) })
    if (!('info' in opts)) return child
    return { ...child, start: async (supervisor) => ({ pid: (await child.start(supervisor))!, info: opts.info }) }
  }

  server(
    id: string,
    { starts: tries, quiet = false, startMs = 0, endMs = 0 }: Opts = {},
  ): Server<KidApi, readonly unknown[], null> {
    const note = (what: string, data: unknown): void => this.#t.emit(this.#self, what, data)
    return defineServer(kidProtocol, {
      trapExits: true,
      init: async (args: readonly unknown[], { self }) => {
        if (startMs > 0) await self.sleep(startMs)
        const how = tries?.how(++tries.attempts) ?? 'start'
        if (how === 'fail') {
          if (!quiet) note('fail', id)
          return stop('no')
        }
        note(how, id)
        if (how === 'ignore') return ignore()
        for (const arg of args) note('arg', arg)
        return null
      },
      info: {
        exit_with: (_state, { reason }) => stop(reason),
        unlink: (state, _, { self }) => {
          self.unlink(self.processInfo(self.pid, ['parent'])!.parent!)
          return noreply(state)
        },
      },
      terminate: async (reason, _state, { self }) => {
        if (reason !== 'shutdown') return
        if (endMs > 0) await self.sleep(endMs)
        note('end', id)
      },
    })
  }

  started(definition: SupervisorDefinition): Promise<Pid<never>> {
    return startSupervisor(this.#self, definition)
  }

  whereis(id: string): AnyPid {
    return this.#self.whereis(id)!
  }

  async which(supervisor: AnyPid): Promise<unknown[]> {
    const children = await whichChildren(this.#self, supervisor)
    return children.map(({ id, pid }) => [id, pid === null ? 'none' : pid === 'restarting' ? pid : 'runs'])
  }

  kill(id: string): void {
    this.#self.sendExit(this.whereis(id), 'kill')
  }

  end(pid: AnyPid, reason: ExitReason): void {
    this.#self.send(pid as Pid<unknown>, { type: 'exit_with', reason })
  }

  /** Waits until another process has the name, and the supervisor has done what it does. */
  async again(supervisor: AnyPid, id: string, old: AnyPid): Promise<void> {
    while (this.#self.whereis(id) === undefined || this.#self.whereis(id) === old) await this.#self.sleep(1)
    await whichChildren(this.#self, supervisor)
  }

  async crash(supervisor: AnyPid, id: string): Promise<void> {
    const old = this.whereis(id)
    this.#self.sendExit(old, 'kill')
    await this.again(supervisor, id, old)
  }

  /** Kills several at the same moment, as far as the supervisor can see. */
  async strike(supervisor: AnyPid, pids: readonly AnyPid[]): Promise<void> {
    this.#self.suspend(supervisor)
    for (const pid of pids) {
      this.#self.sendExit(pid, 'kill')
      await this.#t.dead(this.#self, pid)
    }
    this.#self.resume(supervisor)
  }

  stop(supervisor: AnyPid): Promise<ExitReason> {
    this.#self.sendExit(supervisor, 'shutdown')
    return this.ended(supervisor)
  }

  async ended(supervisor: AnyPid): Promise<ExitReason> {
    const isIts = (message: unknown): message is Exit =>
      isType('exit')(message) && (message as Exit).from === supervisor
    return (await this.#self.receive(isIts)).reason
  }
}

/** The word that Erlang has for a refusal. */
export async function refusal(asked: Promise<unknown>): Promise<string> {
  try {
    await asked
    return 'ok'
  } catch (error) {
    const code = String((error as { code?: unknown }).code).replace('supervisor.', '')
    return code === 'by_pid' ? 'simple_one_for_one' : code
  }
}

function mannersOf({ restart, shutdownMs, type, significant }: Opts): ChildManners {
  return {
    ...(restart !== undefined && { restart }),
    ...(shutdownMs !== undefined && { shutdownMs }),
    ...(type !== undefined && { type }),
    ...(significant !== undefined && { significant }),
  }
}
