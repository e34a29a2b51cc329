/**
 * What the other properties stand on: a seed decides everything, and seeds go different ways.
 */
import { createVirtualRuntime, type VirtualRuntime } from '@agner/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Company, step, text, type Step } from './company.ts'
import { programOf } from './each-program.ts'
import { Stage, type Kind } from './stage.ts'

interface Run {
  readonly trace: readonly string[]
  readonly reports: readonly unknown[]
  readonly fingerprint: string
  readonly turns: number
}

async function runCompany(steps: readonly Step[], runtime: VirtualRuntime): Promise<Run> {
  const company = new Company(runtime)
  await company.settle()
  for (const each of steps) company.perform(each)
  await company.settle()
  const reports = company.reports.crashes.map(({ pid, reason, lastMessage }) => [
    String(pid),
    text(reason),
    lastMessage,
  ])
  return { trace: company.trace, reports, fingerprint: runtime.fingerprint, turns: runtime.turns }
}

test('the same seed gives the same run, event by event, on nodes made anew', async () => {
  const programs = fc.sample(programOf(step, 80), { numRuns: 150, seed: 1 })
  const courses = new Set<string>()
  for (const [index, program] of programs.entries()) {
    const seed = index * 7919
    const first = await runCompany(program, createVirtualRuntime({ seed }))
    const again = await runCompany(program, createVirtualRuntime({ seed }))
    expect(again).toEqual(first)
    courses.add(first.fingerprint)
  }
  expect(courses.size).toBeGreaterThan(145)
})

test('two runs side by side are what each is alone', async () => {
  const [program] = fc.sample(programOf(step, 80), { numRuns: 1, seed: 5 }) as [Step[]]
  const alone = await runCompany(program, createVirtualRuntime({ seed: 3 }))
  const together = await Promise.all([3, 4, 3].map((seed) => runCompany(program, createVirtualRuntime({ seed }))))
  expect(together[0]).toEqual(alone)
  expect(together[2]).toEqual(alone)
  expect(together[1]!.trace).not.toEqual(alone.trace)
})

/** Three senders of two messages each to one receiver: 6! / (2! 2! 2!) = 90 orders. */
async function orderOf(of: Kind, runtime: VirtualRuntime): Promise<string> {
  const stage = new Stage(runtime)
  const receiver = stage.add('callback')
  const senders = [stage.add(of), stage.add(of), stage.add(of)]
  await stage.settle()
  for (let n = 0; n < 2; n++)
    senders.forEach((sender, who) =>
      stage.tell(sender, (self) => {
        self.send(receiver.pid as never, `${who}` as never)
      }),
    )
  await stage.settle()
  return receiver.messages.join('')
}

// One that takes its time takes no less over its second message than the others over their first: 3! * 3! orders.
test.each<[Kind, number, number]>([
  ['callback', 90, 70],
  ['async', 90, 70],
  ['slow', 36, 36],
])('seeds find the orders that there can be: senders that are %s bodies have %i', async (of, orders, toFind) => {
  const found = new Set<string>()
  for (let seed = 0; seed < 1500; seed++) found.add(await orderOf(of, createVirtualRuntime({ seed })))
  expect(found.size).toBeGreaterThanOrEqual(toFind)
  expect(found.size).toBeLessThanOrEqual(orders)
})
