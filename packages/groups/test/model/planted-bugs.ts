/**
 * Wrong implementations for the model to find: what groups get wrong where members come and go. Methods are replaced for the time of a run, and the sources stay
 * clean.
 */
import { patch, type Fault } from '../../../../tooling/conformance/faults/patch.ts'
import { Edges } from '../../src/membership/edges.ts'
import { Membership } from '../../src/membership/membership.ts'
import { AgreeNames } from '../../src/names/agree-names.ts'

export const plantedBugs = {
  /** As SD Erlang has it: a peer is forgotten, and stays connected. */
  'a connection outlives its groups': patch(
    Edges.prototype,
    'up',
    (up) =>
      function (this: Edges, node) {
        up.call(this, node)
        this.ask(node, 'us', true)
      },
  ),
  /** Whoever has heard of a node connects to it, as Erlang's mesh does. */
  'connections are transitive': patch(
    Membership.prototype,
    'up',
    (up) =>
      function (this: Membership, node) {
        up.call(this, node)
        for (const { view } of this.knowledge.known())
          for (const other of view.nodes) if (other !== this.node.name) void this.distribution.connect(other)
      },
  ),
  /** One member does not act on every third change. */
  'a change is half made': patch(
    Membership.prototype,
    'learn',
    (learn) =>
      function (this: Membership, view, from) {
        if (view.epoch % 3 === 2 && this.node.name === [...view.nodes].toSorted().at(-1)) return
        learn.call(this, view, from)
      },
  ),
  /** The id of a node's first life is taken for that of every later one. */
  'a life is taken for another': lifeForAnother(),
  /** A registration is acknowledged before anybody has agreed. */
  'a name is given before it is agreed on': patch(
    AgreeNames.prototype,
    'register',
    (register) =>
      async function (this: AgreeNames, ...claim) {
        void register.call(this, ...claim).catch(() => {})
        return Promise.resolve(true)
      },
  ),
  /** Nobody looks whether the process of a name still lives. */
  'a name outlives its process': patch(AgreeNames.prototype, 'applied', () => () => {}),
} satisfies { readonly [name: string]: Fault }

function lifeForAnother(): Fault {
  const first = new WeakMap<Membership, Map<string, string>>()
  return patch(
    Membership.prototype,
    'memberId',
    (memberId) =>
      function (this: Membership, node, ...rest) {
        const known = first.get(this) ?? new Map<string, string>()
        first.set(this, known)
        const id = memberId.call(this, node, ...rest)
        if (id !== null && !known.has(node)) known.set(node, id)
        return id === null ? null : known.get(node)!
      },
  )
}
