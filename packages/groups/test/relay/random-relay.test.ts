import { eachSeed } from '@agner/testing'
import { expect, it } from 'vitest'
import { RandomRelay } from './random-relay.ts'

const timeout = process.env['AGNER_SEEDS'] === undefined ? 60_000 : 0

it('the relay keeps its contract, whatever fails', { timeout }, async () => {
  let [letters, downs, doubts] = [0, 0, 0]
  await eachSeed({ seeds: 3 }, async (runtime) => {
    const program = new RandomRelay(runtime)
    await program.play()
    expect(program.wrongs).toEqual([])
    letters += program.letters
    downs += program.downs
    doubts += program.inDoubt
  })
  expect(letters).toBeGreaterThan(100)
  expect(downs).toBeGreaterThan(5)
  expect(doubts).toBeGreaterThan(0)
})
