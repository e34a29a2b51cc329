import type { Fault } from './patch.ts'

export const timerFaults = {} satisfies { readonly [name: string]: Fault }
