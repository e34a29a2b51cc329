/**
 * What a node says in its hellos that it understands. A test of versions side by side makes it less: a node that was made
 * earlier.
 */
import type { HelloFields } from './hello-fields.ts'

export interface Offer {
  readonly capabilities: number
  readonly fields: HelloFields
}

/** Under this key an offer stands among the options of a distribution. Not for users. */
export const offerKey: unique symbol = Symbol('what a node offers')

/** In place of the usual one; null for that. */
export function offerIn(options: object): Offer | null {
  return (options as { readonly [offerKey]?: Offer })[offerKey] ?? null
}
