/**
 * Copies of plain objects, by shape.
 *
 * Messages come in few shapes. A tree of keys, in their order, leads from an object to a function that copies just that shape: an object
 * literal, which costs a third of a spread where many shapes meet. Such functions are compiled from the key names when a shape has been
 * seen often; a program that forbids that (`--disallow-code-generation-from-strings`), keys that are data rather than field
 * names, and shapes beyond the limit are copied key by key.
 */

/** Copies what stands under a key. */
export type CopyPart = (part: unknown, depth: number) => unknown

type Copier = (value: object, depth: number) => object

const mostKeys = 16
const mostNodes = 4096
const seenOften = 16
const fieldName = /^[A-Za-z_$][\w$]{0,63}$/

class ShapeNode {
  readonly key: string
  readonly depth: number
  /** The way that was taken first, and mostly is the only one. */
  first: ShapeNode | null = null
  /** All the others; and, by a hash of the key, the one that was asked for last. */
  others: Map<string, ShapeNode> | null = null
  recent: (ShapeNode | null)[] | null = null
  seen = 0
  copier: Copier | null = null

  constructor(key: string, depth: number) {
    this.key = key
    this.depth = depth
  }
}

const recentLength = 32

/** Cheap, and good enough to tell a few field names from each other. The key is not empty where it matters. */
function hashOf(key: string): number {
  return (key.charCodeAt(0) + key.length * 7) & (recentLength - 1)
}

const canCompile = mayCompile()

function mayCompile(): boolean {
  try {
    // oxlint-disable-next-line no-new-func, no-implied-eval -- asks whether it may be done at all
    return typeof new Function('') === 'function'
  } catch {
    return false
  }
}

export class Shapes {
  readonly #root = new ShapeNode('', 0)
  readonly #copyPart: CopyPart
  readonly #copyByKey: Copier
  #nodes = 0

  /** @param copyByKey copies what no compiled function is there for. */
  constructor(copyPart: CopyPart, copyByKey: Copier) {
    this.#copyPart = copyPart
    this.#copyByKey = copyByKey
  }

  /** @param depth that of the parts. */
  copy(value: object, depth: number): object {
    let node = this.#root
    for (const key in value) {
      const { first } = node
      if (first !== null && first.key === key) node = first
      else {
        const { recent } = node
        const likely = recent === null ? null : recent[hashOf(key)]!
        if (likely !== null && likely.key === key) {
          node = likely
          continue
        }
        const next = this.#branch(node, key)
        if (next === null) return this.#copyByKey(value, depth)
        node = next
      }
    }
    const { copier } = node
    return copier === null ? this.#notYet(node, value, depth) : copier(value, depth)
  }

  #branch(node: ShapeNode, key: string): ShapeNode | null {
    const known = node.others?.get(key)
    if (known !== undefined) {
      node.recent![hashOf(key)] = known
      return known
    }
    if (this.#nodes >= mostNodes || node.depth >= mostKeys || key === '__proto__' || !fieldName.test(key)) return null
    this.#nodes++
    const made = new ShapeNode(key, node.depth + 1)
    if (node.first === null) node.first = made
    else {
      node.recent ??= Array.from({ length: recentLength }, () => null)
      ;(node.others ??= new Map<string, ShapeNode>()).set(key, made)
    }
    return made
  }

  #notYet(node: ShapeNode, value: object, depth: number): object {
    if (++node.seen >= seenOften) {
      const keys = Object.keys(value)
      // Fewer of its own than were walked: somebody has added to Object.prototype.
      node.copier = canCompile && keys.length === node.depth ? compile(keys, this.#copyPart) : this.#copyByKey
    }
    return this.#copyByKey(value, depth)
  }
}

/** The keys are field names, so that nothing but the literal can come of them. */
function compile(keys: readonly string[], copyPart: CopyPart): Copier {
  const fields = keys.map((key) => `${key}: part(value.${key}, depth)`)
  // oxlint-disable-next-line no-new-func, no-implied-eval -- see above
  return new Function('part', `return (value, depth) => ({ ${fields.join(', ')} })`)(copyPart) as Copier
}
