/**
 * The one build recipe of the published packages: ESM for Node, types bundled for the public entry only.
 *
 * `workers` are files that run on a thread of their own and are found by URL at run time; they become
 * files of their own in `dist`, without types.
 */
import type { Options } from 'tsup'

export interface LibraryOptions {
  /** Public entry points by their name in `dist`. Default: `{ index: 'src/index.ts' }`. */
  readonly entry?: Readonly<Record<string, string>>
  /** Worker-thread files by their name in `dist`. Default: none. */
  readonly workers?: Readonly<Record<string, string>>
  /** Parts of the public entry that must come without the rest of it when a bundler needs no more. Default: none. */
  readonly apart?: Readonly<Record<string, string>>
}

export function library({ entry = { index: 'src/index.ts' }, workers = {}, apart = {} }: LibraryOptions = {}): Options {
  return {
    entry: { ...entry, ...workers, ...apart },
    format: 'esm',
    target: 'node24',
    platform: 'node',
    dts: { entry: { ...entry } },
    clean: true,
    splitting: true,
    treeshake: true,
    // tsup's default strips `node:`, and `node:sqlite` exists under no other name.
    removeNodeProtocol: false,
    silent: true,
  }
}
