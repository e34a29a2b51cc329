/**
 * An item of the catalogue that the run answers for: a semantic of OTP, by its number in the conformance catalogue.
 */
export interface Item {
  readonly id: string
  readonly title: string
  /** Its outcome on Erlang 25 was verified when the catalogue was written: it must be accounted for here. */
  readonly verified: boolean
  /** Why no scenario tries it. */
  readonly notCovered?: string
  /** What of it no scenario tries, although some try the rest. */
  readonly left?: string
}

/** Its outcome was verified on Erlang 25. */
export const verified = (id: string, title: string, more: { notCovered?: string; left?: string } = {}): Item => ({
  id,
  title,
  verified: true,
  ...more,
})
/** It was not. */
export const known = (id: string, title: string, more: { notCovered?: string; left?: string } = {}): Item => ({
  id,
  title,
  verified: false,
  ...more,
})
