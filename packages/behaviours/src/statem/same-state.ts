/**
 * Whether two states are the same one: by value, as `=:=` compares terms. What cannot be compared by value, a function
 * say, is the same if it is identical.
 */
export function isSameState(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null)
    return Number.isNaN(one) && Number.isNaN(other)
  const prototype = prototypeOf(one)
  if (prototype !== prototypeOf(other)) return false
  if (Array.isArray(one)) return isSameList(one, other as unknown[])
  if (one instanceof Uint8Array) return isSameList(one, other as Uint8Array)
  if (one instanceof Date) return one.getTime() === (other as Date).getTime()
  if (one instanceof Map) return isSameMap(one, other as Map<unknown, unknown>)
  if (one instanceof Set) return isSameSet(one, other as Set<unknown>)
  return prototype === Object.prototype && isSameRecord(one, other)
}

/** An object without a prototype is a plain one: copying makes it so. */
function prototypeOf(value: object): unknown {
  return Object.getPrototypeOf(value) ?? Object.prototype
}

function isSameList(one: ArrayLike<unknown>, other: ArrayLike<unknown>): boolean {
  if (one.length !== other.length) return false
  for (let index = 0; index < one.length; index++) {
    if (!isSameState(one[index], other[index])) return false
  }
  return true
}

function isSameRecord(one: object, other: object): boolean {
  const entries = Object.entries(one)
  const others = other as Readonly<Record<string, unknown>>
  if (entries.length !== Object.keys(other).length) return false
  return entries.every(([key, value]) => Object.hasOwn(others, key) && isSameState(value, others[key]))
}

/** Both ways round: parts of one may be the same by value. */
function isSameMap(one: ReadonlyMap<unknown, unknown>, other: ReadonlyMap<unknown, unknown>): boolean {
  return one.size === other.size && hasEntries(one, other) && hasEntries(other, one)
}

function hasEntries(one: ReadonlyMap<unknown, unknown>, other: ReadonlyMap<unknown, unknown>): boolean {
  return [...one].every(([key, value]) =>
    other.has(key)
      ? isSameState(value, other.get(key))
      : isCompound(key) &&
        [...other].some(([otherKey, given]) => isSameState(key, otherKey) && isSameState(value, given)),
  )
}

function isSameSet(one: ReadonlySet<unknown>, other: ReadonlySet<unknown>): boolean {
  return one.size === other.size && hasParts(one, other) && hasParts(other, one)
}

function hasParts(one: ReadonlySet<unknown>, other: ReadonlySet<unknown>): boolean {
  return [...one].every(
    (part) => other.has(part) || (isCompound(part) && [...other].some((given) => isSameState(part, given))),
  )
}

function isCompound(part: unknown): boolean {
  return typeof part === 'object' && part !== null
}
