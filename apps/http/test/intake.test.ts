import { expect, it } from 'vitest'
import { Intake } from '../src/ws/intake.ts'

const limits = { messages: 4, bytes: 100 }

function begin(): { intake: Intake; calls: string[] } {
  const calls: string[] = []
  const socket = { pause: () => void calls.push('pause'), resume: () => void calls.push('resume') }
  return { intake: new Intake(socket, limits), calls }
}

it('leaves a browser alone that says what can be dealt with', () => {
  const { intake, calls } = begin()
  for (let n = 0; n < 100; n++) {
    for (let said = 0; said < 4; said++) intake.add(25)
    for (let said = 0; said < 4; said++) intake.took()
  }
  expect(calls).toEqual([])
})

it.each([
  ['messages', 1, 5],
  ['bytes', 40, 3],
])('does not listen beyond so many %s, until half of them are dealt with', (_, bytes, count) => {
  const { intake, calls } = begin()
  for (let n = 1; n < count; n++) intake.add(bytes)
  expect(calls).toEqual([])
  intake.add(bytes)
  intake.add(bytes)
  expect(calls).toEqual(['pause'])
  const half = Math.min(limits.messages / 2, Math.floor(limits.bytes / 2 / bytes))
  for (let waiting = count + 1; waiting > half + 1; waiting--) intake.took()
  expect(calls).toEqual(['pause'])
  intake.took()
  expect(calls).toEqual(['pause', 'resume'])
  for (let n = 0; n <= count; n++) intake.add(bytes)
  expect(calls).toEqual(['pause', 'resume', 'pause'])
})

it('lets one message through that is larger than the limit', () => {
  const { intake, calls } = begin()
  intake.add(1000)
  intake.took()
  expect(calls).toEqual(['pause', 'resume'])
})
