/**
 * Random programs of ports: owners that ask, read, write, hand over, close and die, drivers that give, end, fail and close late. Whatever
 * happens, what must hold holds.
 */
import { createVirtualRuntime } from '@agner/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { timedOut, type AnyPid, type Down, type Exit, type Pid, type Process } from '../src/index.ts'
import { ended, openDriver, portsOf, type Port, type PortMessage, type PortPassive } from '../src/ports/index.ts'
import { FakeDriver } from './fake-driver.ts'
import { createWorld } from './world.ts'

type Step =
  | { readonly op: 'give' | 'end' | 'fail' | 'drain' | 'pause' | 'once' | 'read' | 'write' | 'close' | 'exitPort' }
  | { readonly op: 'count'; readonly n: number }
  | { readonly op: 'handOver'; readonly to: number }
  | { readonly op: 'exit'; readonly reason: string }

const often = (op: 'give' | 'once' | 'read' | 'write' | 'pause'): fc.WeightedArbitrary<Step> => ({
  weight: 6,
  arbitrary: fc.record({ op: fc.constant(op) }),
})
const seldom = (op: 'end' | 'fail' | 'drain' | 'close' | 'exitPort'): fc.WeightedArbitrary<Step> => ({
  weight: 1,
  arbitrary: fc.record({ op: fc.constant(op) }),
})
const owners = 3
const step: fc.Arbitrary<Step> = fc.oneof(
  ...(['give', 'once', 'read', 'write', 'pause'] as const).map(often),
  ...(['end', 'fail', 'drain', 'close', 'exitPort'] as const).map(seldom),
  { weight: 2, arbitrary: fc.record({ op: fc.constant('count' as const), n: fc.integer({ min: -3, max: 5 }) }) },
  { weight: 4, arbitrary: fc.record({ op: fc.constant('handOver' as const), to: fc.nat({ max: owners - 1 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('exit' as const), reason: fc.constantFrom('normal', 'crash', 'kill') }),
  },
)

interface Do {
  readonly type: 'do'
  readonly step: Step
}
type Message = PortMessage<number> | PortPassive | Exit | Do

/** What was seen of one run, in order. */
class Run {
  readonly items: number[] = []
  asked = 0
  isClosedTold = false
  readonly wrong: string[] = []

  got(item: unknown): void {
    if (this.isClosedTold) this.wrong.push('an item after closed')
    if (typeof item === 'number') this.items.push(item)
  }

  told(message: Message): void {
    if (message.type === 'data') this.got(message.data)
    if (message.type !== 'closed') return
    if (this.isClosedTold) this.wrong.push('closed twice')
    this.isClosedTold = true
  }
}

/** What an owner does with a step; it may have been dead, or no owner any more, for long. */
async function act(
  self: Process<Message>,
  run: Run,
  port: Port<number, unknown>,
  pids: readonly AnyPid[],
  step: Step,
): Promise<void> {
  const isOwner = port.owner === self.pid
  if (step.op === 'exit') {
    if (step.reason === 'kill') self.node.sendExit(self.pid, 'kill')
    else self.exit(step.reason)
  } else if (step.op === 'exitPort') self.sendExit(port, 'foo')
  else if (!isOwner) return
  else if (step.op === 'once' || step.op === 'count') {
    const active = step.op === 'count' ? step.n : 'once'
    run.asked += active === 'once' ? 1 : Math.max(0, active)
    port.active(active)
  } else if (step.op === 'pause') port.active(false)
  else if (step.op === 'read') {
    run.asked++
    // What was told before comes before.
    for (;;) {
      const message = await self.receive((each) => each.type !== 'do', { timeoutMs: 0 })
      if (message === timedOut) break
      run.told(message)
    }
    const item = await port.read({ timeoutMs: 5 }).catch(() => null)
    if (item !== timedOut && item !== ended) run.got(item)
  } else if (step.op === 'write') void port.write('x').catch(() => {})
  else if (step.op === 'close') await port.close()
  else if (step.op === 'handOver') {
    try {
      port.handOver(pids[step.to]!)
    } catch (error) {
      run.wrong.push(
        ...(['port.closed', 'port.bad_owner'].includes((error as { code: string }).code) ? [] : [String(error)]),
      )
    }
  }
}

async function play(steps: readonly Step[], seed: number): Promise<void> {
  const runtime = createVirtualRuntime({ seed })
  const { node } = createWorld({ runtime })
  const run = new Run()
  const driver = new FakeDriver()
  let isSourceClosed = false
  driver.onPull = () => {
    if (driver.pulls > given + 1) run.wrong.push('asked again before it was given')
    if (driver.closes > 0) run.wrong.push('asked after it was closed')
  }
  driver.onClose = () => {
    driver.closing = new Promise<void>((resolve) =>
      runtime.setTimer(seed % 3, () => {
        isSourceClosed = true
        resolve()
      }),
    )
  }
  driver.output!.room = 3
  let given = 0
  /** The driver has said so; what it gives afterwards is not heard. */
  let isOver = false
  let port!: Port<number, unknown>
  const pids: Pid<Message>[] = []
  for (let n = 0; n < owners; n++) {
    const pid = node.spawn(
      async (self: Process<Message>) => {
        if (n === 0) port = openDriver<number>(self, driver, { active: false })
        for (;;) {
          const message = await self.receive()
          if (message.type === 'do') await act(self, run, port, pids, message.step)
          else run.told(message)
        }
      },
      { trapExits: n === 1 },
    )
    pids.push(pid as Pid<Message>)
  }
  await runtime.settle()
  const watcher = node.spawn(async (self: Process<Down>) => {
    self.monitor(port)
    await self.receive()
    if (!isSourceClosed) run.wrong.push('told before the source was closed')
  })
  for (const step of steps) {
    if (step.op === 'give') {
      if (driver.pulls > given && !isOver) driver.give(given++)
    } else if (step.op === 'end' || step.op === 'fail') {
      isOver = true
      if (step.op === 'end') driver.sink.end()
      else driver.sink.fail(new Error('reset'))
    } else if (step.op === 'drain') driver.sink.drained()
    else node.send(pids.find((pid) => port.owner === pid) ?? pids[0]!, { type: 'do', step })
    // Some steps meet others that are under way.
    if ((seed + given) % 2 === 0) await runtime.settle()
  }
  await runtime.advance(10)
  // While it lives nothing is lost, whoever had it meanwhile.
  const owner = pids.find((pid) => port.isOpen && port.owner === pid)
  if (owner !== undefined) {
    node.send(owner, { type: 'do', step: { op: 'count', n: 100 } })
    await runtime.advance(10)
    expect(run.items).toEqual(Array.from({ length: given }, (_, n) => n))
  }
  for (const pid of pids) node.sendExit(pid, 'kill')
  await runtime.advance(10)

  expect(run.wrong).toEqual([])
  expect(run.items).toEqual(run.items.toSorted((a, b) => a - b))
  expect(new Set(run.items).size).toBe(run.items.length)
  expect(run.items.length).toBeLessThanOrEqual(run.asked)
  expect([driver.closes, portsOf(node), port.isOpen, node.isAlive(watcher)]).toEqual([1, [], false, false])
}

test('items come once, in order, and no more than were asked for; the source is closed once, before anyone is told', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.nat({ max: 2 ** 31 }), play), {
    numRuns: 1500,
    endOnFailure: false,
  })
})
