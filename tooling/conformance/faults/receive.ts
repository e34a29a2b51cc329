import type { Fault } from './patch.ts'

export const receiveFaults = {} satisfies { readonly [name: string]: Fault }
