import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bugs, edited } from '../../src/chaos/planted/bugs.ts'
import { drawRound } from '../../src/chaos/plan.ts'
import { seeded } from '../../src/chaos/random.ts'
import { drawFor } from '../../src/chaos/trouble.ts'
import { databaseNodes } from '../../src/topology.ts'

const root = join(import.meta.dirname, '..', '..', '..', '..')

describe('a planted bug', () => {
  it.each(Object.entries(bugs))('%s has its place in the code', (_, { edits }) => {
    for (const [file, some] of Map.groupBy(edits, (edit) => edit.file)) {
      const source = readFileSync(join(root, file), 'utf8')
      expect(edited(source, some)).not.toBe(source)
    }
  })

  it('that shows only where who leads is alone with users has a plan that does so', () => {
    const random = seeded(bugs['forgetTheFence']!.seed)
    const { faults } = drawRound(random, drawFor(true))
    expect(faults.map(({ fault }) => fault)).toMatchObject([
      { type: 'split', node: databaseNodes[0], with: expect.stringMatching(/^http/) as string },
    ])
  })

  it('whose place is gone, or there twice, is refused', () => {
    const edit = { file: 'x.ts', find: 'sync()', replace: '' }
    expect(edited('a; sync(); b', [edit])).toBe('a; ; b')
    expect(() => edited('a; b', [edit])).toThrow(/stands 0 times in x.ts/)
    expect(() => edited('sync(); sync()', [edit])).toThrow(/stands 2 times/)
  })
})
