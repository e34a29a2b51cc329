/**
 * Keeps ambient time, randomness, timers and sockets out of `packages/*\/src`: a node takes them from its
 * injected runtime, or no simulation could own them. Names are resolved, so that a parameter called
 * `setTimeout` or `runtime.performance` is no violation, and `globalThis.setTimeout` is one.
 */
import ts from 'typescript'
import { ambientGlobals, ambientMembers, ambientModules, pureCrypto, realRuntimeFiles } from './rules.ts'
import { importsOf, lineOf, type SourceText, type Violation } from './sources.ts'

const wholeWorlds = new Set(['globalThis', 'global', 'window', 'self'])
const advice = 'take it from the injected runtime'

export function findAmbientViolations(sources: readonly SourceText[]): Violation[] {
  const checked = sources.filter(({ path }) => /^packages\/[^/]+\/src\//.test(path) && !realRuntimeFiles.includes(path))
  const program = bind(checked)
  const checker = program.getTypeChecker()
  return checked.flatMap(({ path }) => {
    const file = program.getSourceFile(path)
    return file ? violationsIn(file, checker) : []
  })
}

/** A program without libraries and without following imports: what does not resolve in it is global. */
function bind(sources: readonly SourceText[]): ts.Program {
  const texts = new Map(sources.map(({ path, text }) => [path, text]))
  const options: ts.CompilerOptions = { noResolve: true, noLib: true, target: ts.ScriptTarget.ESNext }
  const host: ts.CompilerHost = {
    getSourceFile: (path, version) => {
      const text = texts.get(path)
      return text === undefined ? undefined : ts.createSourceFile(path, text, version, true)
    },
    getDefaultLibFileName: () => '',
    writeFile: () => undefined,
    getCurrentDirectory: () => '',
    getCanonicalFileName: (path) => path,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
    fileExists: (path) => texts.has(path),
    readFile: (path) => texts.get(path),
  }
  return ts.createProgram([...texts.keys()], options, host)
}

function violationsIn(file: ts.SourceFile, checker: ts.TypeChecker): Violation[] {
  const found: Violation[] = []
  const report = (node: ts.Node, what: string): void => {
    found.push({ path: file.fileName, line: lineOf(file, node), message: `${what} is ambient: ${advice}` })
  }

  for (const { specifier, names, typeOnly, node } of importsOf(file)) {
    const module = specifier.replace(/^node:/, '')
    if (typeOnly) continue
    if (ambientModules.has(module)) report(node, `node:${module}`)
    const impure = module === 'crypto' ? names.filter((name) => !pureCrypto.has(name)) : []
    for (const name of impure)
      report(node, name === '*' || name === 'default' ? 'all of node:crypto' : `${name} of node:crypto`)
  }

  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node)) return
    const what = ambientUse(node)
    if (what) report(node, what)
    else ts.forEachChild(node, visit)
  }
  visit(file)
  return found

  function ambientUse(node: ts.Node): string | undefined {
    if (ts.isIdentifier(node) || ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) {
      return ambientReference(node)
    }
    if (ts.isNewExpression(node) && globalName(node.expression) === 'Date' && !node.arguments?.length)
      return 'new Date()'
    if (ts.isCallExpression(node) && globalName(node.expression) === 'Date') return 'Date()'
    if (ts.isVariableDeclaration(node) && ts.isObjectBindingPattern(node.name) && node.initializer) {
      return ambientDestructuring(node.name, node.initializer)
    }
    return undefined
  }

  function ambientReference(node: ts.Expression): string | undefined {
    const name = globalName(node)
    if (name !== undefined) return ambientGlobals.has(name) ? name : undefined
    const member = memberOf(node)
    const object = member && globalName(member.object)
    return object !== undefined && ambientMembers[object]?.includes(member?.name ?? '')
      ? `${object}.${member?.name}`
      : undefined
  }

  function ambientDestructuring(pattern: ts.ObjectBindingPattern, from: ts.Expression): string | undefined {
    const object = wholeWorlds.has(from.getText(file)) ? 'globalThis' : globalName(from)
    if (object === undefined) return undefined
    for (const { propertyName, name, dotDotDotToken } of pattern.elements) {
      const key = propertyName ?? name
      const taken = ts.isIdentifier(key) || ts.isStringLiteralLike(key) ? key.text : ''
      const banned = object === 'globalThis' ? ambientGlobals.has(taken) : ambientMembers[object]?.includes(taken)
      if (banned || (dotDotDotToken && ambientMembers[object])) return `${object}.${taken}`
    }
    return undefined
  }

  /** The name of the global that an expression denotes, also through `globalThis`; undefined for anything local. */
  function globalName(node: ts.Expression): string | undefined {
    if (ts.isIdentifier(node)) return isReference(node) && isUnresolved(node) ? node.text : undefined
    const member = memberOf(node)
    if (!member || !ts.isIdentifier(member.object) || !wholeWorlds.has(member.object.text)) return undefined
    return isUnresolved(member.object) ? member.name : undefined
  }

  function isUnresolved(node: ts.Identifier): boolean {
    const symbol = ts.isShorthandPropertyAssignment(node.parent)
      ? checker.getShorthandAssignmentValueSymbol(node.parent)
      : checker.getSymbolAtLocation(node)
    return !symbol?.declarations?.length
  }
}

function memberOf(node: ts.Expression): { object: ts.Expression; name: string } | undefined {
  if (ts.isPropertyAccessExpression(node)) return { object: node.expression, name: node.name.text }
  if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression)) {
    return { object: node.expression, name: node.argumentExpression.text }
  }
  return undefined
}

/** Whether the identifier stands for a value, rather than naming a property or a declaration. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node
  if (ts.isBindingElement(parent)) return parent.initializer === node
  if (ts.isImportSpecifier(parent) || ts.isImportClause(parent) || ts.isNamespaceImport(parent)) return false
  if (ts.isExportSpecifier(parent) || ts.isLabeledStatement(parent) || ts.isJsxAttribute(parent)) return false
  const named = parent as ts.NamedDeclaration
  return ts.isShorthandPropertyAssignment(parent) || named.name !== node
}
