/** Every relative link of a page leads to a file that is there, and to a heading that is in it. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const pages = globSync(
  ['*.md', 'docs/*.md', 'docs/guide/*.md', 'docs/experiments/*.md', 'packages/*/*.md', 'apps/*/*.md'],
  {
    cwd: root,
  },
).toSorted()

/** What is no prose: code blocks and code in a line. */
const code = /^```.*?^```|`[^`\n]*`/gms

function linksOf(markdown: string): string[] {
  const links = [...markdown.replace(code, '').matchAll(/\]\(([^()\s]+(?:\([^()]*\)[^()\s]*)*)\)/g)]
  return links.map(([, target = '']) => target).filter((target) => !/^[a-z]+:/i.test(target))
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(markdown: string): string[] {
  const headings = markdown.replace(/^```.*?^```/gms, '').matchAll(/^#{1,6} (.+)$/gm)
  return [...headings].map(([, text = '']) =>
    text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-'),
  )
}

function problemWith(page: string, link: string): string | null {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? page : join(dirname(page), path)
  if (!existsSync(join(root, target))) return `${link}: there is no ${target}`
  if (anchor === undefined) return null
  const anchors = anchorsOf(readFileSync(join(root, target), 'utf8'))
  return anchors.includes(anchor) ? null : `${link}: ${target} has ${anchors.join(', ')}`
}

describe('the links of', () => {
  it.each(pages)('%s', (page) => {
    const problems = linksOf(readFileSync(join(root, page), 'utf8'))
      .map((link) => problemWith(page, link))
      .filter((problem) => problem !== null)
    expect(problems).toEqual([])
  })
})

describe.each(['docs', 'docs/guide'])('the index of %s', (folder) => {
  it('names every page', () => {
    const index = join(folder, 'index.md')
    const named = linksOf(readFileSync(join(root, index), 'utf8')).map((link) => join(folder, link))
    const beside = pages.filter((page) => dirname(page) === folder && page !== index)
    expect(beside.filter((page) => !named.includes(page))).toEqual([])
  })
})
