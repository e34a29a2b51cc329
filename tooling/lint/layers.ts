/**
 * Who imports whom: a package imports only what lies below it, apps import packages, only tests import
 * `testing`, nobody reaches into another's folders, and manifests say the same as the sources.
 */
import { posix } from 'node:path'
import { mayDependOn, mayImport, programs, testOnlyPackage, testRooms } from './rules.ts'
import { importsOf, lineOf, parse, type SourceText, type Violation } from './sources.ts'

interface Owner {
  readonly kind: 'packages' | 'apps'
  readonly name: string
  readonly isTest: boolean
}

/** The importable paths of each package: `''` for its root, `/kernel` for a subpath of its `exports`. */
export type EntryPoints = Readonly<Record<string, readonly string[]>>

export function findLayerViolations(files: readonly SourceText[], entryPoints: EntryPoints): Violation[] {
  return files.flatMap((source) => {
    const owner = ownerOf(source.path)
    if (!owner) return []
    const file = parse(source)
    return importsOf(file).flatMap(({ specifier, node }) => {
      const message = forbidden(owner, source.path, specifier, entryPoints)
      return message ? [{ path: source.path, line: lineOf(file, node), message }] : []
    })
  })
}

function ownerOf(path: string): Owner | undefined {
  const match = /^(packages|apps)\/([^/]+)\/(.*)$/.exec(path)
  if (!match) return undefined
  const [, kind, name = '', rest = ''] = match
  const isTest = rest.startsWith('test/') || testRooms.some((room) => path.startsWith(room))
  return { kind: kind === 'apps' ? 'apps' : 'packages', name, isTest }
}

function forbidden(owner: Owner, path: string, specifier: string, entryPoints: EntryPoints): string | undefined {
  if (specifier.startsWith('.')) return forbiddenRelative(owner, path, specifier)
  const own = /^@agner\/([^/]+)(\/.*)?$/.exec(specifier)
  if (own) return forbiddenPackage(owner, own[1] ?? '', own[2] ?? '', entryPoints)
  if (specifier.startsWith('@agner-chat/') && owner.kind === 'packages') return 'a package does not import an app'
  return owner.kind === 'packages' && !owner.isTest ? forbiddenDependency(owner, specifier) : undefined
}

function forbiddenRelative(owner: Owner, path: string, specifier: string): string | undefined {
  const target = posix.join(posix.dirname(path), specifier)
  const home = `${owner.kind}/${owner.name}/`
  if (target.startsWith(home)) {
    const fromSource = path.startsWith(`${home}src/`)
    const toTest =
      target.startsWith(`${home}test/`) || (!owner.isTest && testRooms.some((room) => target.startsWith(room)))
    return fromSource && toTest ? 'a source does not import a test' : undefined
  }
  const sharedConfig = target.startsWith('tooling/') && (owner.isTest || /\/[^/]+\.config\.ts$/.test(path))
  // A test may stand on what the tests of a package below were built with.
  const below = /^packages\/([^/]+)\/test\//.exec(target)?.[1]
  const sharedFixture =
    owner.isTest && below !== undefined && (owner.kind === 'apps' || mayImport[owner.name]?.includes(below))
  return sharedConfig || sharedFixture ? undefined : `${specifier} leaves ${home}: import the package by its name`
}

function forbiddenPackage(owner: Owner, target: string, subpath: string, entryPoints: EntryPoints): string | undefined {
  const entries = entryPoints[target]
  if (!entries) return `there is no package @agner/${target}`
  if (!entries.includes(subpath)) return `@agner/${target}${subpath} is not exported by @agner/${target}`
  if (target === testOnlyPackage && owner.name !== testOnlyPackage) {
    return owner.isTest ? undefined : `@agner/${target} is imported by tests alone`
  }
  if (owner.kind === 'apps' || target === owner.name) return undefined
  const below = mayImport[owner.name]
  if (!below) return `@agner/${owner.name} has no place in the layers: give it one in tooling/lint/rules.ts`
  return below.includes(target) ? undefined : `@agner/${target} is not below @agner/${owner.name}`
}

function forbiddenDependency(owner: Owner, specifier: string): string | undefined {
  if (specifier.startsWith('node:')) return undefined
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  if (mayDependOn[owner.name]?.includes(name)) return undefined
  return `@agner/${owner.name} may not depend on ${name} (a module of Node is named with its node: prefix)`
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** The same for what a published package brings along: `packages/X/package.json`. */
export function findManifestViolations(manifests: readonly SourceText[]): Violation[] {
  return manifests.flatMap(({ path, text }) => {
    const name = /^packages\/([^/]+)\/package\.json$/.exec(path)?.[1]
    if (!name) return []
    const { dependencies = {}, peerDependencies = {}, optionalDependencies = {} } = JSON.parse(text) as Manifest
    const found = (dependency: string, message: string): Violation => {
      const line = text.slice(0, text.indexOf(`"${dependency}"`)).split('\n').length
      return { path, line, message }
    }
    const violations: Violation[] = []
    for (const dependency of Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies })) {
      const own = /^@agner\/(.+)$/.exec(dependency)?.[1]
      if (own === undefined && !mayDependOn[name]?.includes(dependency)) {
        violations.push(found(dependency, `@agner/${name} may not depend on ${dependency}`))
      } else if (own !== undefined && !mayImport[name]?.includes(own)) {
        violations.push(found(dependency, `${dependency} is not below @agner/${name}`))
      } else if (own === 'core' && !programs.includes(name) && !(dependency in peerDependencies)) {
        violations.push(found(dependency, 'core is a peer: two copies in one program would be strangers'))
      }
    }
    return violations
  })
}
