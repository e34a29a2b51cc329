/** The packages that users install, and what each brings along. One that is still private is held to the same. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly exports?: Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

export interface Published {
  /** As in `packages/NAME`. */
  readonly name: string
  readonly folder: string
  readonly manifest: Manifest
  /** Where `pack` puts it, relative to the repository. */
  readonly tarball: string
}

export const tarballFolder = '.agner/tarballs'

export function publishedPackages(root: string): Published[] {
  return readdirSync(join(root, 'packages')).map((name) => {
    const folder = join(root, 'packages', name)
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
    const tarball = `${tarballFolder}/${manifest.name.replace('@', '').replace('/', '-')}-${manifest.version}.tgz`
    return { name, folder, manifest, tarball }
  })
}

/** A package with everything of ours that it needs, itself first. */
export function closureOf(names: readonly string[], packages: readonly Published[]): Published[] {
  const found = new Set<Published>()
  const add = (packageName: string): void => {
    const one = packages.find(({ manifest }) => manifest.name === packageName)
    if (!one || found.has(one)) return
    found.add(one)
    for (const need of Object.keys({ ...one.manifest.dependencies, ...one.manifest.peerDependencies })) add(need)
  }
  names.forEach(add)
  return [...found]
}
