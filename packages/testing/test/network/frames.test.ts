import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { FrameFinder } from '../../src/network/frames.ts'

test('frames have the names of PROTOCOL.md', () => {
  const protocol = readFileSync(new URL('../../../distribution/PROTOCOL.md', import.meta.url), 'utf8')
  const rows = [...protocol.matchAll(/^\| 0x([0-9a-f]{2}) +\| ([A-Za-z ]+?) +\|/gm)]
  expect(rows.length).toBeGreaterThan(23)
  const names: string[] = []
  const finder = new FrameFinder({ frame: (name) => void names.push(name), line: () => {} })
  const frame = (first: number): Uint8Array => new Uint8Array([0, 0, 0, 1, first])
  for (const first of [1, 2]) finder.push(frame(first))
  for (const [, opcode] of rows) finder.push(frame(Number.parseInt(opcode!, 16)))
  finder.push(frame(0x7f))
  expect(names).toEqual(['hello', 'proof', ...rows.map(([, , name]) => name), '0x7f'])
})
