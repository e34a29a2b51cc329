/** The sources that the house rules look at, parsed once, and the imports of each. */
import ts from 'typescript'

export interface SourceText {
  /** Relative to the repository, with forward slashes. */
  readonly path: string
  readonly text: string
}

export interface Violation {
  readonly path: string
  /** From 1. */
  readonly line: number
  readonly message: string
}

export interface Import {
  readonly specifier: string
  /** Erased at run time: `import type`, `export type`, or nothing but `type` names. */
  readonly typeOnly: boolean
  /** The names taken from the module; `*` and `default` for the whole of it. */
  readonly names: readonly string[]
  readonly node: ts.Node
}

export function parse({ path, text }: SourceText): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true)
}

export function lineOf(file: ts.SourceFile, node: ts.Node): number {
  return file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1
}

/** Static imports, re-exports, `import()`, `require()` and `import('x')` in types. */
export function importsOf(file: ts.SourceFile): Import[] {
  const found: Import[] = []
  const add = (specifier: ts.Node | undefined, typeOnly: boolean, names: readonly string[], node: ts.Node): void => {
    if (specifier && ts.isStringLiteralLike(specifier)) found.push({ specifier: specifier.text, typeOnly, names, node })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      const names = importedNames(node.importClause)
      add(node.moduleSpecifier, node.importClause !== undefined && names.length === 0, names, node)
    } else if (ts.isExportDeclaration(node)) {
      const names = exportedNames(node)
      add(node.moduleSpecifier, names.length === 0, names, node)
    } else if (ts.isCallExpression(node) && isModuleCall(node)) add(node.arguments[0], false, ['*'], node)
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node.argument.literal, true, [], node)
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

function isModuleCall(node: ts.CallExpression): boolean {
  if (node.expression.kind === ts.SyntaxKind.ImportKeyword) return true
  return ts.isIdentifier(node.expression) && node.expression.text === 'require'
}

/** What the clause leaves at run time. */
function importedNames(clause: ts.ImportClause | undefined): string[] {
  if (!clause || clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return []
  const names = clause.name ? ['default'] : []
  const bindings = clause.namedBindings
  if (!bindings) return names
  if (ts.isNamespaceImport(bindings)) return [...names, '*']
  return [...names, ...runtimeNames(bindings.elements)]
}

function exportedNames(node: ts.ExportDeclaration): string[] {
  if (node.isTypeOnly) return []
  if (!node.exportClause || ts.isNamespaceExport(node.exportClause)) return ['*']
  return runtimeNames(node.exportClause.elements)
}

function runtimeNames(elements: readonly (ts.ImportSpecifier | ts.ExportSpecifier)[]): string[] {
  return elements.filter(({ isTypeOnly }) => !isTypeOnly).map(({ propertyName, name }) => (propertyName ?? name).text)
}
