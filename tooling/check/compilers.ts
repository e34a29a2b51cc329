/** The compilers that a consumer may have: the last of the line before, the one that we use, and the native one. */
export const compilers = [
  { label: 'TypeScript 5.9', program: 'tooling/node_modules/typescript-5.9/bin/tsc' },
  { label: 'TypeScript 6', program: 'tooling/node_modules/typescript/bin/tsc' },
  { label: 'TypeScript 7', program: 'tooling/node_modules/typescript-7/bin/tsc' },
] as const

export type Compiler = (typeof compilers)[number]
