import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bugs, edited } from '../../src/chaos/planted/bugs.ts'

const root = join(import.meta.dirname, '..', '..', '..', '..')

describe('a planted bug', () => {
  it.each(Object.entries(bugs))('%s has its place in the code', (_, { edits }) => {
    for (const [file, some] of Map.groupBy(edits, (edit) => edit.file)) {
      const source = readFileSync(join(root, file), 'utf8')
      expect(edited(source, some)).not.toBe(source)
    }
  })

  it('whose place is gone, or there twice, is refused', () => {
    const edit = { file: 'x.ts', find: 'sync()', replace: '' }
    expect(edited('a; sync(); b', [edit])).toBe('a; ; b')
    expect(() => edited('a; b', [edit])).toThrow(/stands 0 times in x.ts/)
    expect(() => edited('sync(); sync()', [edit])).toThrow(/stands 2 times/)
  })
})
