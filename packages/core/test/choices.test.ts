import { expect, test } from 'vitest'
import { Choices } from '../src/kernel/choices.ts'

test('takes by position what an array would give, however many there are', () => {
  const choices = new Choices<number>()
  const model: number[] = []
  let seed = 1
  const below = (count: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((seed / 2 ** 32) * count)
  }
  const add = (count: number): void => {
    for (let n = 0; n < count; n++) {
      const item = below(1_000_000)
      choices.push(item)
      model.push(item)
    }
  }
  const take = (count: number): void => {
    for (let n = 0; n < count; n++) {
      const position = below(model.length)
      expect(choices.take(position)).toBe(model.splice(position, 1)[0])
    }
  }
  for (let round = 0; round < 30; round++) {
    add(below(2000))
    take(below(model.length + 1))
    expect([choices.size, choices.all()]).toEqual([model.length, model])
    expect(choices.some((item) => item === model.at(-1))).toBe(model.length > 0)
  }
  take(model.length)
  expect([choices.size, choices.all()]).toEqual([0, []])
  add(1)
  take(1)
})
