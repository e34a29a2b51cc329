/**
 * What an application is: a part of a system that starts and stops as a unit (application(3), and the resource file of
 * app(4)).
 *
 *     resource file                 here
 *     {vsn, mod, applications, …}   defineApplication({ version, start, dependencies, … })
 *     the callback module           start, startPhases, prepareStop, stop, configChange of the same definition
 *
 * An application is a value. Nothing is loaded or started by importing it.
 */
import type { AnyProcess, Module, Node } from '@agner/core'
import type { ChildSpec } from '../supervisor/child-spec.ts'
import type { SupervisorDefinition } from '../supervisor/definition.ts'
import { checkDefinition } from './check-definition.ts'
import type { ConfigChange, NodeConfig } from './config.ts'
import { includedChild, type IncludedSettings } from './included.ts'
import { settingsOf } from './settings.ts'
import type { StartType } from './start-type.ts'

/** What an application's callbacks know. */
export interface ApplicationContext<out Env> {
  /** Who runs the callback: the application's master, the parent of its top supervisor. */
  readonly self: AnyProcess
  readonly node: Node
  /** Why it was started here, from its `start` to its `stop`; that of the including application where it is included. */
  readonly startType: StartType
  /** The settings as they are now: the definition's, over them the node's, over them those of the start. Frozen. */
  readonly env: Env
}

/** What `start` gives: the top supervisor, and whatever `prepareStop` and `stop` need ({ok, Pid, State}). */
export interface ApplicationTree<out State> extends SupervisorDefinition {
  readonly state?: State
}

type Later<T> = T | Promise<T>

export interface ApplicationDefinition<Env, State = undefined> {
  /** Unique on a node. */
  readonly name: string
  readonly version: string
  /** One line for people. */
  readonly description?: string
  /** Its code: registered on the node when the application is loaded. */
  readonly modules?: readonly Module[]
  /** Names that its processes register. Two applications with the same one cannot be loaded together. */
  readonly registered?: readonly string[]
  /**
   * Must be running before this one starts: what is given as a value is started by `ensureAllStarted`, what is only
   * named if it is loaded.
   */
  readonly dependencies?: readonly (AnyApplication | string)[]
  /** Are started before it where they are available, that is given as a value or loaded; it starts without them. */
  readonly optionalDependencies?: readonly (AnyApplication | string)[]
  /**
   * Parts that are applications of their own, and run below this one's supervisor: put their `child()` into the tree.
   * They are loaded with this one.
   */
  readonly includedApplications?: readonly AnyApplication[]
  /** Settings, with their defaults: plain data. */
  readonly env?: Env
  /**
   * Run one after the other once the tree is up, here and in the included applications that have a phase of that name;
   * only then the application is running. What one throws is a failed start, and the tree is stopped.
   */
  readonly startPhases?: Readonly<Record<string, (context: ApplicationContext<Env>) => Later<void>>>
  /** Milliseconds that it may run; then it ends with `normal`. Default Infinity. */
  readonly maxTimeMs?: number
  /**
   * Milliseconds that it has to stop when its node stops; what is left of it then is killed, and the next application
   * is stopped. Default Infinity: then only the time of `node.stop` ends.
   */
  readonly shutdownMs?: number
  /**
   * Gives the top supervisor. What it throws is a failed start. Without it the application is a library: it is running
   * when it is started, and has no process.
   */
  start?(context: ApplicationContext<Env>): Later<ApplicationTree<State>>
  /**
   * Before the tree is stopped on purpose, and also when it has ended by itself. What it gives back, if it does, is the
   * state that `stop` gets. What it throws is reported, and the stop goes on. Not called where it is included.
   */
  prepareStop?(context: ApplicationContext<Env>, state: NoInfer<State>): Later<NoInfer<State> | void>
  /**
   * When the tree has ended, for whatever reason; processes that the application has left outside of it are killed
   * afterwards. What it throws is reported. Not called where it is included.
   */
  stop?(context: ApplicationContext<Env>, state: NoInfer<State>): Later<void>
  /**
   * The node's configuration has changed while it runs, and with it these settings. While it takes its time, a `configure`
   * that would change them again is refused: its own, too.
   */
  configChange?(context: ApplicationContext<Env>, change: ConfigChange<Env>): Later<void>
}

/** An application whose settings' type is forgotten. */
export interface AnyApplication {
  readonly name: string
  readonly version: string
  readonly dependencies: readonly (AnyApplication | string)[]
  /** @internal */
  readonly definition: ApplicationDefinition<object, unknown>
}

export interface Application<in out Env> extends AnyApplication {
  /** The defaults of its settings. */
  readonly env: Env
  /** Settings of this application in the form that `configure` takes; several are put together with `...`. */
  config(settings: Partial<Env>): NodeConfig
  /**
   * The child specification of an included application: its tree, under the supervisor of the one that includes it. The
   * id is the application's name.
   */
  child(settings?: IncludedSettings): ChildSpec
}

/**
 * Defines an application. The types of its settings and of its state follow from `env` and from what `start` gives.
 *
 * @throws `application.bad_definition`, `application.bad_setting`
 */
export function defineApplication<Env extends object = Record<never, never>, State = undefined>(
  definition: ApplicationDefinition<Env, State>,
): Application<Env> {
  const erased = definition as unknown as ApplicationDefinition<object, unknown>
  checkDefinition(erased)
  const { name, version, dependencies = [] } = erased
  const env = settingsOf(name, erased.env ?? {})
  const application: Application<Env> = Object.freeze({
    name,
    version,
    dependencies: Object.freeze([...dependencies]),
    definition: Object.freeze({ ...erased, env }),
    env: env as unknown as Env,
    config: (settings: Partial<Env>): NodeConfig => ({ [name]: settingsOf(name, settings) }),
    child: (settings: IncludedSettings = {}): ChildSpec => includedChild(application, settings),
  })
  return application
}
