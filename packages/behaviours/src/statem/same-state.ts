/**
 * Whether two states are the same one: by value, as `=:=` compares terms. What cannot be compared by value, a function
 * say, is the same if it is identical.
 */
export function isSameState(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null)
    return Number.isNaN(one) && Number.isNaN(other)
  const prototype = Object.getPrototypeOf(one) as object | null
  if (prototype !== Object.getPrototypeOf(other)) return false
  if (Array.isArray(one)) return isSameList(one, other as unknown[])
  if (one instanceof Uint8Array) return isSameList(one, other as Uint8Array)
  if (one instanceof Date) return one.getTime() === (other as Date).getTime()
  if (one instanceof Map) return isSameMap(one, other as Map<unknown, unknown>)
  if (one instanceof Set)
    return one.size === (other as Set<unknown>).size && [...one].every((part) => holds(other as Set<unknown>, part))
  return (prototype === Object.prototype || prototype === null) && isSameRecord(one, other)
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

function isSameMap(one: ReadonlyMap<unknown, unknown>, other: ReadonlyMap<unknown, unknown>): boolean {
  if (one.size !== other.size) return false
  return [...one].every(([key, value]) =>
    other.has(key)
      ? isSameState(value, other.get(key))
      : [...other].some(([otherKey, otherValue]) => isSameState(key, otherKey) && isSameState(value, otherValue)),
  )
}

function holds(set: ReadonlySet<unknown>, part: unknown): boolean {
  return set.has(part) || (typeof part === 'object' && [...set].some((other) => isSameState(part, other)))
}
