import { describe, expect, it } from 'vitest'
import { chainsOf, parsePage } from '../docs-blocks/programs.ts'

const fence = '```'
const block = (code: string, language = 'ts'): string => `${fence}${language}\n${code}\n${fence}\n`
const chains = (markdown: string): ReturnType<typeof chainsOf> => chainsOf(parsePage(markdown, 'page.md'))

describe('the programs of a page', () => {
  it('are its blocks of code, each by itself, named by page and line', () => {
    const { programs, fragments } = chains(
      `# Title\n\n${block('one()')}\n${block('npm start', 'sh')}\n${block('two()', 'js')}`,
    )
    expect(programs.map(({ origin, files }) => [origin, files.map(({ text }) => text)])).toEqual([
      ['page.md:3', ['one()']],
      ['page.md:11', ['two()']],
    ])
    expect(fragments).toEqual([])
  })

  it('go on over several blocks that continue', () => {
    const { programs } = chains(
      `${block('let a = 1')}\n<!-- block: continues -->\n\n${block('a += 1')}\n<!-- block: continues -->\n${block('log(a)')}`,
    )
    expect(programs).toHaveLength(1)
    expect(programs[0]?.files).toEqual([{ path: 'block-1.ts', text: 'let a = 1\na += 1\nlog(a)' }])
  })

  it('do not run fragments, which may stand on the program before them', () => {
    const { programs, fragments } = chains(
      `${block('let a = 1')}\n<!-- block: continues, fragment -->\n${block('a = await never()')}\n<!-- block: fragment -->\n${block('alone()')}`,
    )
    expect(programs.map(({ files }) => files.at(-1)?.text)).toEqual(['let a = 1'])
    expect(fragments.map(({ files }) => files.at(-1)?.text)).toEqual(['let a = 1\na = await never()', 'alone()'])
    expect(new Set([...programs, ...fragments].map(({ entry }) => entry)).size).toBe(3)
  })

  it('see the files of the page above them', () => {
    const { programs } = chains(
      `<!-- block: file=counter.api.ts -->\n${block('export const api = 1')}\n<!-- block: file=counter.ts -->\n${block(`import './counter.api.ts'`)}\n${block(`import './counter.ts'`)}`,
    )
    expect(programs.map(({ entry, files }) => [entry, files.map(({ path }) => path)])).toEqual([
      ['counter.api.ts', ['counter.api.ts']],
      ['counter.ts', ['counter.api.ts', 'counter.ts']],
      ['block-11.ts', ['counter.api.ts', 'counter.ts', 'block-11.ts']],
    ])
  })

  it('know what they should print', () => {
    const { programs } = chains(`${block('log(1)')}\nprints:\n\n<!-- block: output -->\n\n${block('1', 'text')}`)
    expect(programs).toMatchObject([{ expectedOutput: '1' }])
  })

  it('are found in lists, without their indentation', () => {
    const { programs } = chains(`1. first\n\n   ${fence}ts\n   if (a) {\n     b()\n   }\n   ${fence}\n`)
    expect(programs[0]?.files[0]?.text).toBe('if (a) {\n  b()\n}')
  })

  it.each([
    [`<!-- block: continue -->\n${block('x')}`, 'page.md:1: no such mark: continue'],
    [`<!-- block: continues -->\n${block('x')}`, 'page.md:2: continues nothing'],
    [`<!-- block: output -->\n${block('x', 'text')}`, 'page.md:2: output of nothing'],
  ])('refuse a mark that means nothing there', (markdown, message) => {
    expect(() => chains(markdown)).toThrow(message)
  })
})
