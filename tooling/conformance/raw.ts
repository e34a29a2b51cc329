/**
 * What a play leaves behind before it is made comparable: events in the order in which they were emitted, with pids and refs as text.
 *
 * Both sides speak this form. Erlang's atoms and binaries are strings, tuples are arrays, `{'EXIT', …}`, `{'DOWN', …}` and
 * `{timeout, …}` are the objects that Agner sends in their place; a reason with a stack is `{ error }`, an exception `{ raised }`.
 */
export type Raw = null | boolean | number | string | readonly Raw[] | { readonly [key: string]: Raw }

/** Who emitted it (a pid's text), what, and with what. */
export type RawEvent = readonly [who: string, what: string, data: Raw]

export interface RawTrace {
  /** Who is who: a pid's text, and the label that the scenario gave it. */
  readonly labels: Readonly<Record<string, string>>
  readonly events: readonly RawEvent[]
}
