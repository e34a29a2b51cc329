/** Runs the house rules over the repository: `node tooling/lint/main.ts [ROOT]`. Exit code 1 on a violation. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findAmbientViolations } from './ambient.ts'
import { type EntryPoints, findLayerViolations, findManifestViolations } from './layers.ts'
import type { SourceText, Violation } from './sources.ts'

const skipped = new Set(['node_modules', 'dist', '.turbo', 'coverage'])

export function readSources(root: string, folder: string, wanted: RegExp): SourceText[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : readSources(root, path, wanted)
    return wanted.test(entry.name) ? [{ path, text: readFileSync(join(root, path), 'utf8') }] : []
  })
}

export function entryPointsOf(manifests: readonly SourceText[]): EntryPoints {
  const entries = manifests.flatMap(({ path, text }): [string, string[]][] => {
    const name = /^packages\/([^/]+)\/package\.json$/.exec(path)?.[1]
    const { exports = {} } = JSON.parse(text) as { exports?: Record<string, unknown> }
    return name ? [[name, Object.keys(exports).map((key) => key.slice(1))]] : []
  })
  return Object.fromEntries(entries)
}

export function checkHouseRules(root: string): { violations: Violation[]; fileCount: number } {
  const folders = ['packages', 'apps']
  const sources = folders.flatMap((folder) => readSources(root, folder, /\.[cm]?[jt]sx?$/))
  const manifests = readSources(root, 'packages', /^package\.json$/)
  const violations = [
    ...findLayerViolations(sources, entryPointsOf(manifests)),
    ...findManifestViolations(manifests),
    ...findAmbientViolations(sources),
  ]
  return { violations, fileCount: sources.length + manifests.length }
}

if (import.meta.main) {
  const { violations, fileCount } = checkHouseRules(process.argv[2] ?? '.')
  for (const { path, line, message } of violations) console.log(`${path}:${line}: ${message}`)
  console.log(`house rules: ${fileCount} files, ${violations.length} violations`)
  process.exitCode = violations.length > 0 ? 1 : 0
}
