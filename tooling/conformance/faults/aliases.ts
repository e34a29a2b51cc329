import type { Fault } from './patch.ts'

export const aliasFaults = {} satisfies { readonly [name: string]: Fault }
