import type { Fault } from './patch.ts'

export const signalFaults = {} satisfies { readonly [name: string]: Fault }
