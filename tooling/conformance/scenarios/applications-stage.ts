/**
 * What scenarios of applications have in common: applications whose callbacks take notes, and results in Erlang's words.
 */
import {
  createNode,
  type AnyPid,
  type AnyProcess,
  type ExitReason,
  type Node,
  type Process,
  type Report,
} from '../../../packages/core/src/index.ts'
import {
  defineApplication,
  loadApplication,
  StartError,
  whichApplications,
  type Application,
  type ApplicationContext,
  type ApplicationDefinition,
  type ChildSpec,
} from '../../../packages/behaviours/src/index.ts'

export type How = 'tree' | 'kept' | 'fails' | 'refuses' | 'strays' | 'phase' | 'silent'
type Definition = ApplicationDefinition<object, unknown>
export type More = Omit<Partial<Definition>, 'startPhases'> & {
  readonly phases?: readonly string[]
  /** Below its supervisor, beside its own worker. */
  readonly parts?: readonly Application<object>[]
}
type ToWorker =
  | { readonly type: 'fail'; readonly reason: ExitReason }
  | { readonly type: 'spawn'; readonly name: string }
  | { readonly type: 'exit'; readonly from: AnyPid | null; readonly reason: ExitReason }

const never = () => new Promise<never>(() => {})

export class ApplicationStage {
  readonly node: Node
  readonly #self: AnyProcess
  readonly #notes: unknown[] = []
  readonly #reported: Report[]

  /** @param peer a node of its own, which may go down. */
  constructor(self: AnyProcess, peer = false) {
    const reported: Report[] = []
    this.#self = self
    this.#reported = reported
    this.node = peer
      ? createNode({ name: 'peer@127.0.0.1', runtime: self.node.runtime, report: (told) => reported.push(told) })
      : self.node
  }

  notes(): unknown[] {
    return this.#notes.splice(0)
  }

  /** What was told of the ends of applications. */
  exited(): unknown[] {
    return this.#reported.flatMap((told) => {
      if (told.type !== 'notice' || told.source !== 'application' || told.details?.['reason'] === undefined) return []
      return [[told.details['application'], told.details['reason'], told.details['applicationType']]]
    })
  }

  define(name: string, how: How = 'tree', { parts = [], phases = [], ...more }: More = {}): Application<object> {
    const note = (...what: unknown[]) => void this.#notes.push(what)
    const alive = () => ['a', 'stray'].filter((each) => this.node.whereis(each) !== undefined)
    const runPhase = (phase: string) => () => {
      note('phase', phase, name, 'normal')
      if (phase === 'bad') throw new StartError('start.failed', 'the phase failed', 'no_phase')
    }
    return defineApplication<object, unknown>({
      name,
      version: '1',
      startPhases: Object.fromEntries(phases.map((phase) => [phase, runPhase(phase)])),
      start: ({ self }: ApplicationContext<object>) => {
        if (how === 'fails') throw new StartError('start.failed', 'it had no luck', 'no_luck')
        if (how === 'phase') note('start', name, 'normal')
        if (how === 'strays') self.spawn(never, { name: 'stray' })
        const children = [this.#worker(name, how), ...parts.map((part) => part.child())]
        return { intensity: 0, children, state: how === 'kept' ? name : [] }
      },
      prepareStop: (_, state) => {
        note('prep_stop', state, alive())
        return ['prepared', state]
      },
      stop: (_, state) => note('stop', state, alive()),
      ...more,
    })
  }

  /** Defined and loaded. */
  make(name: string, how?: How, more?: More): Application<object> {
    const application = this.define(name, how, more)
    loadApplication(this.node, application)
    return application
  }

  #worker(name: string, how: How): ChildSpec {
    const body = async (me: Process<ToWorker>): Promise<void> => {
      for (let silent = how === 'silent'; ; silent = true) {
        const message = await me.receive()
        if (message.type === 'spawn') me.spawn(never, { name: message.name })
        if (message.type === 'spawn') continue
        if (message.type === 'exit' && !silent) this.#notes.push(['down', name, message.reason])
        me.exit(message.reason)
      }
    }
    return {
      id: name,
      shutdownMs: 1000,
      start: async (supervisor) => {
        if (how === 'refuses') throw new StartError('start.failed', 'it had no room', 'no_room')
        const pid = supervisor.spawnLink(body, { name, trapExits: true })
        this.#notes.push(['up', name])
        return pid
      },
    }
  }

  tell(name: string, message: ToWorker): void {
    this.node.send(this.node.whereis(name)! as never, message as never)
  }

  /** The names of those that run, sorted. */
  async running(): Promise<string[]> {
    return (await this.wait(whichApplications(this.node))).map(({ name }) => name).toSorted()
  }

  async gone(name: string): Promise<void> {
    while ((await this.running()).includes(name)) await this.#self.sleep(1)
  }

  /** Whether the node lives once the application is gone. */
  async outcome(name: string): Promise<'up' | 'down'> {
    for (;;) {
      if (this.node.isStopped) return 'down'
      const names = await this.running().catch(() => [name])
      if (!names.includes(name)) break
      await this.#self.sleep(2)
    }
    await this.#self.sleep(50)
    return this.node.isStopped ? 'down' : 'up'
  }

  wait<T>(promise: Promise<T>): Promise<T> {
    return this.#self.wait(promise)
  }

  /** `ok`, what came of it, or `['error', …]`. */
  async result(run: () => unknown): Promise<unknown> {
    try {
      return (await this.wait(Promise.resolve(run()))) ?? 'ok'
    } catch (error) {
      return ['error', inErlang(error as Failure)]
    }
  }
}

interface Failure {
  readonly code: string
  readonly reason?: ExitReason
  readonly details: { readonly name?: string; readonly dependency?: string }
}

function inErlang({ code, reason, details: { name, dependency } }: Failure): unknown {
  switch (code) {
    case 'application.not_started':
      return ['not_started', dependency]
    case 'application.not_running':
      return ['not_started', name]
    case 'application.failed':
      return [reason]
    default:
      return [code.replace('application.', ''), name]
  }
}
