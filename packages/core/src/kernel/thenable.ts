/** What can be awaited: a promise, or what some libraries give in place of one, the queries of theirs say. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { readonly then?: unknown }).then === 'function'
  )
}
