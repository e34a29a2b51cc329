/**
 * Rubbish where a pid, a ref or an address is wanted is the caller's error, told where it is given and before anything is done with it.
 */
import { coreError } from '../errors.ts'
import type { NameAddress } from '../kernel/router.ts'
import { describeValue } from '../values/describe.ts'
import { Pid, type AnyPid } from './pid.ts'
import { Ref } from './ref.ts'

/** @throws `pid.bad` */
export function wantPid(operation: string, value: AnyPid): void {
  if (!(value instanceof Pid)) throw coreError('pid.bad', { operation, value: describeValue(value) })
}

/** @throws `ref.bad` */
export function wantRef(operation: string, value: Ref): void {
  if (!(value instanceof Ref)) throw coreError('ref.bad', { operation, value: describeValue(value) })
}

/** A name and its node, as they are now. @throws `address.bad` */
export function wantAddress(value: NameAddress): NameAddress {
  const { name, node } = (value as NameAddress | null | undefined) ?? { name: null, node: null }
  if (typeof name !== 'string' || typeof node !== 'string')
    throw coreError('address.bad', { value: describeValue(value) })
  return { name, node }
}
