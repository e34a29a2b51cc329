/**
 * Turns a Markdown page into programs. Every block of TypeScript or JavaScript is one, unless a comment on the
 * line above its fence says otherwise:
 *
 *     <!-- block: continues -->         goes on with the program before it: one module, no import twice
 *     <!-- block: fragment -->          is only type-checked, not run (also `continues, fragment`)
 *     <!-- block: file=counter.ts -->   is also a file beside the later programs of the page, which may import it
 *     <!-- block: output -->            above a text block: what the program before it prints, exactly
 */
import { readFileSync } from 'node:fs'

export interface ProgramFile {
  readonly path: string
  readonly text: string
}

export interface Program {
  /** Page and line of its first block, for people. */
  readonly origin: string
  /** All files that it may import, and its own, which is the last. */
  readonly files: readonly ProgramFile[]
  /** The path of its own file. */
  readonly entry: string
  readonly expectedOutput?: string
}

export interface Chains {
  readonly programs: readonly Program[]
  /** Type-checked only. */
  readonly fragments: readonly Program[]
}

export interface Block {
  /** Of its fence, from 1. */
  readonly line: number
  readonly language: string
  readonly text: string
  readonly marks: readonly string[]
}

export interface Page {
  readonly path: string
  readonly blocks: readonly Block[]
}

const codeLanguages = new Set(['ts', 'typescript', 'mts', 'js', 'javascript', 'mjs'])
const knownMark = /^(continues|fragment|output|file=[\w./-]+\.[mc]?[jt]s)$/

export function readPage(file: string, path: string): Page {
  return parsePage(readFileSync(file, 'utf8'), path)
}

export function parsePage(markdown: string, path: string): Page {
  const blocks: Block[] = []
  const lines = markdown.split('\n')
  for (let index = 0; index < lines.length; index += 1) {
    const fence = /^(\s*)(```+|~~~+)\s*(\S*)/.exec(lines[index] ?? '')
    if (!fence) continue
    const [, indent = '', ticks = '', language = ''] = fence
    const opened = index
    const body: string[] = []
    for (index += 1; index < lines.length && (lines[index] ?? '').trim() !== ticks; index += 1)
      body.push(lines[index] ?? '')
    const text = body.map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line)).join('\n')
    blocks.push({ line: opened + 1, language, text, marks: marksAbove(lines, opened, path) })
  }
  return { path, blocks }
}

function marksAbove(lines: readonly string[], fence: number, path: string): string[] {
  let above = fence - 1
  while ((lines[above] ?? 'start').trim() === '') above -= 1
  const comment = /^\s*<!--\s*block:(.*)-->\s*$/.exec(lines[above] ?? '')
  const marks = comment?.[1]?.split(',').map((mark) => mark.trim()) ?? []
  const unknown = marks.find((mark) => !knownMark.test(mark))
  if (unknown !== undefined) throw new Error(`${path}:${above + 1}: no such mark: ${unknown}`)
  return marks
}

export function chainsOf({ path, blocks }: Page): Chains {
  const programs: Program[] = []
  const fragments: Program[] = []
  const shared: ProgramFile[] = []
  for (const { line, language, text, marks } of blocks) {
    const before = programs.at(-1)
    if (marks.includes('output')) {
      if (!before) throw new Error(`${path}:${line}: output of nothing`)
      programs[programs.length - 1] = { ...before, expectedOutput: text }
      continue
    }
    if (!codeLanguages.has(language)) continue

    const continued = marks.includes('continues')
    if (continued && !before) throw new Error(`${path}:${line}: continues nothing`)
    const named = marks.find((mark) => mark.startsWith('file='))?.slice('file='.length)
    const isFragment = marks.includes('fragment')
    const own = continued && !isFragment && before ? before.entry : (named ?? `block-${line}.ts`)
    const start = continued ? (before?.files.at(-1)?.text ?? '') : ''
    const file = { path: own, text: start === '' ? text : `${start}\n${text}` }
    const beside = shared.filter(({ path: taken }) => taken !== own)
    const program = {
      origin: continued && before ? before.origin : `${path}:${line}`,
      files: [...beside, file],
      entry: own,
    }

    if (isFragment) fragments.push({ ...program, origin: `${path}:${line}` })
    else if (continued) programs[programs.length - 1] = program
    else programs.push(program)
    if (named !== undefined && !isFragment) shared.push(file)
  }
  return { programs, fragments }
}
