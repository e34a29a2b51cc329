/**
 * One object per pid and ref in a realm.
 *
 * Local pids need no table: spawn makes the only object there is. A pid enters the table, held weakly, when it is encoded for
 * another node, since only then can a second object for it come up; what is decoded is looked up here first. Several nodes may
 * live in one realm (in tests a whole cluster does), so the table belongs to the realm and not to a node.
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

const identities = new Map<string, WeakRef<NodeIdentity>>()
const identityFinalizers = new FinalizationRegistry<string>((key) => {
  if (identities.get(key)?.deref() === undefined) identities.delete(key)
})
const pids = new WeakValues<AnyPid>()
const refs = new WeakValues<Ref>()
const exported = new WeakSet<AnyPid | Ref>()

function keyOf(name: string, incarnation: number, id: number): string {
  return `${id}.${incarnation}.${name}`
}

/** The identity object of a node's incarnation; the same one for every pid of it. */
export function internIdentity(name: string, incarnation: number): NodeIdentity {
  const key = `${incarnation}.${name}`
  const known = identities.get(key)?.deref()
  if (known !== undefined) return known
  const made: NodeIdentity = Object.freeze({ name, incarnation })
  identities.set(key, new WeakRef(made))
  identityFinalizers.register(made, key)
  return made
}

/** Must be called for each pid that is encoded, so that it is the same object when it comes back. */
export function exportPid(pid: AnyPid): void {
  if (exported.has(pid)) return
  exported.add(pid)
  pids.set(keyOf(pid.identity.name, pid.identity.incarnation, pid.id), pid)
}

/** Must be called for each ref that is encoded. */
export function exportRef(ref: Ref): void {
  if (exported.has(ref)) return
  exported.add(ref)
  refs.set(keyOf(ref.identity.name, ref.identity.incarnation, ref.id), ref)
}

/** The pid object for what a decoder read. */
export function internPid(name: string, incarnation: number, id: number): AnyPid {
  const known = pids.get(keyOf(name, incarnation, id))
  if (known !== undefined) return known
  const pid: AnyPid = new Pid(internIdentity(name, incarnation), id, null)
  exportPid(pid)
  return pid
}

/** The ref object for what a decoder read. */
export function internRef(name: string, incarnation: number, id: number): Ref {
  const known = refs.get(keyOf(name, incarnation, id))
  if (known !== undefined) return known
  const ref = new Ref(internIdentity(name, incarnation), id)
  exportRef(ref)
  return ref
}
