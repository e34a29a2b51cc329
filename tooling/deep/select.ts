/**
 * Which test files a deep run plays: those whose properties take the number of their seeds from `AGNER_SEEDS`
 * (`eachSeed` of @agner/testing, and what stands on it).
 */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const seeded = /\beachSeed\(|\beachProgram\(|\bAGNER_SEEDS\b/
/** Tests of the seeds themselves: a deep run is not about them. */
const notDeep = ['packages/testing/test/each-seed.test.ts']

/** Paths from the root, in order. With words, only those that contain one of them. */
export function seededFiles(root: string, words: readonly string[]): string[] {
  return globSync('{packages,apps}/*/test/**/*.test.ts', { cwd: root, exclude: (path) => path === 'node_modules' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => !path.includes('/serial/') && !notDeep.includes(path))
    .filter((path) => words.length === 0 || words.some((word) => path.includes(word)))
    .filter((path) => seeded.test(readFileSync(join(root, path), 'utf8')))
    .toSorted()
}
