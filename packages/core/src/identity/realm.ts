/**
 * One object per pid and ref in a realm.
 *
 * Local pids need no table: spawn makes the only object there is. A pid enters the table, held weakly, when it is encoded for
 * another node, since only then can a second object for it come up; what is decoded is looked up here first. Several nodes may
 * live in one realm (in tests a whole cluster does), so the table belongs to the realm and not to a node.
 *
 * Simulated worlds of one seed have nodes of the same names and incarnations, so each world has tables of its own besides: whoever
 * decodes in a world never finds what is another's. Everything is in the shared tables too, for who decodes in none.
 */
import { coreError } from '../errors.ts'
import { Pid, type AnyPid, type NodeIdentity } from './pid.ts'
import { Ref } from './ref.ts'

const realmKey: unique symbol = Symbol.for('@agner/core/realm')
const copyOfCore = import.meta.url

interface Realm {
  readonly copy: string
}

const globals = globalThis as typeof globalThis & { [realmKey]?: Realm }
const present = globals[realmKey]
if (present === undefined) globals[realmKey] = { copy: copyOfCore }
else if (present.copy !== copyOfCore) throw coreError('core.second_copy', { first: present.copy, second: copyOfCore })

class WeakValues<V extends object> {
  readonly #entries = new Map<string, WeakRef<V>>()
  readonly #finalizers = new FinalizationRegistry<string>((key) => {
    // A newer object may stand under the key by now: only a dead one is removed.
    if (this.#entries.get(key)?.deref() === undefined) this.#entries.delete(key)
  })

  get(key: string): V | undefined {
    return this.#entries.get(key)?.deref()
  }

  set(key: string, value: V): void {
    this.#entries.set(key, new WeakRef(value))
    this.#finalizers.register(value, key)
  }

  get size(): number {
    return this.#entries.size
  }
}

class Tables {
  readonly identities: WeakValues<NodeIdentity> = new WeakValues()
  readonly pids: WeakValues<AnyPid> = new WeakValues()
  readonly refs: WeakValues<Ref> = new WeakValues()
}

const shared = new Tables()
const worlds = new WeakMap<object, Tables>()
/** Those that are in one. */
const worldOf = new WeakMap<NodeIdentity, object>()
const exported = new WeakSet<AnyPid | Ref>()
/** Whose code runs now, as far as a runtime has said so. */
let current: object | null = null

/** Runs `task`, which belongs to `world`: what it decodes is of that world. For runtimes that have one. */
export function inWorld(world: object, task: () => void): void {
  const before = current
  current = world
  try {
    task()
  } finally {
    current = before
  }
}

function tablesOf(world: object): Tables {
  const known = worlds.get(world)
  if (known !== undefined) return known
  const made = new Tables()
  worlds.set(world, made)
  return made
}

function keyOf(name: string, incarnation: number, id: number): string {
  return `${id}.${incarnation}.${name}`
}

/** What is of no world may be met in every one. */
function mayBeMet(identity: NodeIdentity): boolean {
  return current === null || worldOf.get(identity) === undefined
}

function makeIdentity(name: string, incarnation: number, world: object | null): NodeIdentity {
  const key = `${incarnation}.${name}`
  const made: NodeIdentity = Object.freeze({ name, incarnation })
  shared.identities.set(key, made)
  if (world !== null) {
    worldOf.set(made, world)
    tablesOf(world).identities.set(key, made)
  }
  return made
}

/** The identity object of a node's incarnation; the same one for every pid of it in its world. */
function internIdentity(name: string, incarnation: number): NodeIdentity {
  const key = `${incarnation}.${name}`
  const own = current === null ? undefined : tablesOf(current).identities.get(key)
  if (own !== undefined) return own
  const known = shared.identities.get(key)
  return known !== undefined && mayBeMet(known) ? known : makeIdentity(name, incarnation, current)
}

/** The identity object of a node that begins. */
export function identityIn(world: object | null, name: string, incarnation: number): NodeIdentity {
  const { identities } = world === null ? shared : tablesOf(world)
  return identities.get(`${incarnation}.${name}`) ?? makeIdentity(name, incarnation, world)
}

/** Must be called for each pid that is encoded, so that it is the same object when it comes back. */
export function exportPid(pid: AnyPid): void {
  if (exported.has(pid)) return
  exported.add(pid)
  const key = keyOf(pid.identity.name, pid.identity.incarnation, pid.id)
  shared.pids.set(key, pid)
  const world = worldOf.get(pid.identity)
  if (world !== undefined) tablesOf(world).pids.set(key, pid)
}

/** Must be called for each ref that is encoded. */
export function exportRef(ref: Ref): void {
  if (exported.has(ref)) return
  exported.add(ref)
  const key = keyOf(ref.identity.name, ref.identity.incarnation, ref.id)
  shared.refs.set(key, ref)
  const world = worldOf.get(ref.identity)
  if (world !== undefined) tablesOf(world).refs.set(key, ref)
}

/** The pid object for what a decoder read. */
export function internPid(name: string, incarnation: number, id: number): AnyPid {
  const key = keyOf(name, incarnation, id)
  const own = current === null ? undefined : tablesOf(current).pids.get(key)
  if (own !== undefined) return own
  const known = shared.pids.get(key)
  if (known !== undefined && mayBeMet(known.identity)) return known
  const pid: AnyPid = new Pid(internIdentity(name, incarnation), id, null)
  exportPid(pid)
  return pid
}

/** The ref object for what a decoder read. */
export function internRef(name: string, incarnation: number, id: number): Ref {
  const key = keyOf(name, incarnation, id)
  const own = current === null ? undefined : tablesOf(current).refs.get(key)
  if (own !== undefined) return own
  const known = shared.refs.get(key)
  if (known !== undefined && mayBeMet(known.identity)) return known
  const ref = new Ref(internIdentity(name, incarnation), id)
  exportRef(ref)
  return ref
}
