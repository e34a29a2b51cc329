/**
 * What stands for a thing of the kernel in a message: it is no data, and goes as something that is.
 */
export const asValue: unique symbol = Symbol('as a value')

/** Goes as what this gives. */
export interface GoesAsValue {
  [asValue](): object
}

export function goesAsValue(thing: object): thing is GoesAsValue {
  return asValue in thing
}
