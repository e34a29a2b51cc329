/**
 * Objects from their keys and values, by shape.
 *
 * Messages come in few shapes. A tree of keys, in their order, leads from what is read to a function that makes an object of just that
 * shape from its values: an object literal, which costs a fraction of one store after the other. A key is found by its bytes, mostly
 * in the one place where it was last time, so that no string is made for it. Functions are compiled when a shape has been seen often,
 * and of field names only; without leave to compile, beyond the limits and for other keys, objects are made key by key.
 */

const mostKeys = 24
const mostNodes = 4096
const seenOften = 16
const fieldName = /^[A-Za-z_$][\w$]{0,31}$/

/** Makes an object of the values from `base` on. */
export type Build = (values: readonly unknown[], base: number) => object

export class Shape {
  readonly key: string
  readonly parent: Shape | null
  /** How many keys lead here. */
  readonly depth: number
  /** The next key, where there was one: the first that came, then the others. */
  first: Shape | null = null
  others: Map<string, Shape> | null = null
  build: Build | null = null
  #seen = 0

  constructor(key: string, parent: Shape | null) {
    this.key = key
    this.parent = parent
    this.depth = parent === null ? 0 : parent.depth + 1
  }

  /** Whether the first next key is what the bytes say. */
  firstIs(bytes: Uint8Array, start: number, length: number): boolean {
    const { first } = this
    if (first === null) return false
    const { key } = first
    if (key.length !== length) return false
    // Field names are ASCII.
    for (let i = 0; i < length; i++) if (key.charCodeAt(i) !== bytes[start + i]) return false
    return true
  }

  /** Whether it is time to compile. */
  isOften(): boolean {
    return ++this.#seen === seenOften
  }
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
  readonly root: Shape = new Shape('', null)
  #nodes = 0

  /** The shape with one key more; null when it is not to be known. */
  next(shape: Shape, key: string): Shape | null {
    const known = shape.first?.key === key ? shape.first : shape.others?.get(key)
    if (known !== undefined) return known
    if (
      !canCompile ||
      this.#nodes >= mostNodes ||
      shape.depth >= mostKeys ||
      key === '__proto__' ||
      !fieldName.test(key)
    )
      return null
    // The same key twice is no literal.
    for (let above: Shape | null = shape; above !== null; above = above.parent) if (above.key === key) return null
    this.#nodes++
    const made = new Shape(key, shape)
    if (shape.first === null) shape.first = made
    else (shape.others ??= new Map()).set(key, made)
    return made
  }

  /** The object of a shape. */
  make(shape: Shape, values: readonly unknown[], base: number): object {
    if (shape.build !== null) return shape.build(values, base)
    if (shape.isOften()) shape.build = compile(keysOf(shape))
    return byKey(keysOf(shape), values, base)
  }
}

export function keysOf(shape: Shape): string[] {
  const keys: string[] = []
  for (let each = shape; each.parent !== null; each = each.parent) keys.push(each.key)
  return keys.reverse()
}

function byKey(keys: readonly string[], values: readonly unknown[], base: number): object {
  const made: Record<string, unknown> = {}
  for (let i = 0; i < keys.length; i++) made[keys[i] as string] = values[base + i]
  return made
}

/** The keys are field names, so that nothing but the literal can come of them. */
function compile(keys: readonly string[]): Build {
  const fields = keys.map((key, i) => `${key}: values[base + ${i}]`)
  // oxlint-disable-next-line no-new-func, no-implied-eval -- see above
  return new Function('values', 'base', `return { ${fields.join(', ')} }`) as Build
}
