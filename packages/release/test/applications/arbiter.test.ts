import type { AnyProcess } from '@agner/core'
import type { Arbiter, Claim } from '@agner/release'
import { eachSeed } from '@agner/testing'
import { expect, test } from 'vitest'
import { Fenced, leasedStage } from './leases.ts'
import { Stage, codeOf, full } from './stage.ts'

const began = (stage: Stage) => stage.take().filter((note) => note.includes(' start '))

test('with leases it runs where one is held, with its token; it fails over, and the better node takes over without an overlap', async () => {
  const stage = await leasedStage()
  expect(await stage.start('n1', 'n2', 'n3')).toEqual(['ok', 'ok', 'ok'])
  const [first] = began(stage)
  expect(first).toMatch(/^n1 start app normal #\d+$/)
  expect(stage.on('n1').own('app')).toMatchObject({ token: stage.on('n3').where('app')!.token })
  stage.crash('n1')
  await stage.run(5000)
  expect(began(stage)).toEqual([expect.stringMatching(/^n2 start app failover n1 #\d+$/)])
  await stage.restart('n1')
  expect(await stage.start('n1')).toEqual(['ok'])
  await stage.run(100)
  const notes = stage.take()
  expect(notes.map((note) => note.replace(/ #\d+/, ''))).toEqual([
    'n2 prepareStop app',
    'n2 stop app',
    'n1 start app takeover n2',
    'n1 phase app takeover n2',
  ])
  const tokens = [first!, ...notes].flatMap((note) => (note.includes('#') ? [Number(note.split('#')[1])] : []))
  expect(tokens[1]).toBeGreaterThan(tokens[0]!)
  expect(stage.where()).toEqual({ n1: 'n1', n2: 'n1', n3: 'n1' })
  expect(stage.faults()).toEqual([])
})

test('who is cut off stops before another begins; at the heal nothing moves but what a better node may take', async () => {
  await eachSeed({ seeds: 1 }, async (runtime) => {
    const stage = await leasedStage({ runtime })
    await stage.start('n1', 'n2', 'n3')
    stage.take()
    stage.cluster.partition(['n1'], ['n2', 'n3', 'k1', 'k2', 'k3'])
    await stage.run(8000)
    const notes = stage.take().map((note) => note.replace(/ #\d+/, ''))
    expect(notes).toEqual(['n1 prepareStop app', 'n1 stop app', 'n2 start app failover n1', 'n2 phase app failover n1'])
    expect(stage.on('n1').info()[0]).toMatchObject({ standing: expect.stringMatching(/waiting|claiming/) })
    stage.cluster.heal()
    await stage.run(6000)
    expect(stage.running()).toEqual(['n2'])
    expect(stage.where()).toEqual({ n1: 'n2', n2: 'n2', n3: 'n2' })
  })
})

test('one that does not stop in time is killed; one whose thread was held is refused by what checks its token', async () => {
  const stage = await leasedStage()
  const storage = new Fenced()
  await stage.start('n1', 'n2', 'n3')
  stage.holdsItsStop.add('n1')
  const writing = (name: string) => {
    const { node } = stage.cluster.node(name)
    const write = () => {
      const own = stage.on(name).own('app')
      // It believes what it sees, and does not look at its claim.
      if (own !== null) storage.write(name, own.token!)
      node.runtime.setTimer(100, write)
    }
    write()
  }
  for (const name of ['n1', 'n2', 'n3']) writing(name)
  await stage.run(500)
  stage.cluster.hold('n1', 7000)
  await stage.run(6000)
  expect(stage.running()).toEqual(['n1', 'n2'])
  expect(stage.on('n1').own('app')!.isHeld()).toBe(false)
  await stage.run(2500)
  expect(stage.running()).toEqual(['n2'])
  expect(storage.accepted.map((each) => each.split(' ')[0])).toEqual(['n1', 'n2'])
})

test('what holds the claim is stopped: it is given back, and nobody takes it; when it ends by itself too', async () => {
  const stage = await leasedStage()
  await stage.start('n1', 'n2', 'n3')
  const { node } = stage.cluster.node('n1')
  node.sendExit(node.whereis('app')!, 'kill')
  await stage.run(5000)
  expect(stage.running()).toEqual([])
  expect(await stage.start('n2')).toEqual(['ok'])
  expect(await stage.cluster.until(codeOf(stage.on('n2').stop('app')))).toBe('ok')
  await stage.run(5000)
  expect(stage.running()).toEqual([])
  expect(await stage.start('n2')).toEqual(['ok'])
  expect(stage.running()).toHaveLength(1)
})

/** Gives each claim to whom it is told to; what it is asked, and whether it is ready, is written down. */
class ByHand {
  mayHave: string | null = null
  /** Whether it gives a claim to whom it was released for. */
  isKind = true
  readonly notReady: Set<string> = new Set()
  readonly asked: string[] = []
  readonly releasedTo: (string | null)[] = []
  readonly #owners = new Map<string, { readonly owner: AnyProcess; readonly token: number }>()
  #token = 0
  #held: string | null = null

  on(name: string, decides: boolean): Arbiter {
    return {
      name: 'by hand',
      decides,
      isReady: () => !this.notReady.has(name),
      claim: async (owner, application) => {
        this.asked.push(name)
        for (let turn = 0; turn < 50 && (this.mayHave !== name || this.#held !== null); turn++) await owner.sleep(100)
        if (this.mayHave !== name || this.#held !== null) return { type: 'taken', by: this.#held }
        this.#held = name
        const token = ++this.#token
        this.#owners.set(name, { owner, token })
        const isMine = () => this.#held === name && this.#owners.get(name)?.token === token
        const claim: Claim = {
          application,
          token,
          isHeld: isMine,
          release: async ({ to = null } = {}) => {
            if (!isMine()) return
            this.#held = null
            this.releasedTo.push(to)
            if (to !== null && this.isKind) this.mayHave = to.split('@')[0]!
          },
        }
        return { type: 'held', claim }
      },
    }
  }

  /** It is over, and its owner is told, now or by what this gives. */
  lose(): void {
    this.loseUnheard()()
  }

  loseUnheard(): () => void {
    const { owner, token } = this.#owners.get(this.#held!)!
    this.#held = null
    const lost = { type: 'claimLost', application: 'app', token, why: 'lost' } as const
    return () => owner.node.send(owner.pid as never, lost as never)
  }
}

const byHand = async (decides: boolean): Promise<{ readonly stage: Stage; readonly arbiter: ByHand }> => {
  const arbiter = new ByHand()
  const stage = await Stage.start({ table: (on, name) => [on.talk({ arbiter: arbiter.on(name, decides) })] })
  return { stage, arbiter }
}

test('where an arbiter decides all nodes ask, and whoever is chosen runs it; a better one that is ready takes over', async () => {
  const { stage, arbiter } = await byHand(true)
  arbiter.notReady.add('n1')
  arbiter.mayHave = 'n3'
  expect(await stage.start()).toEqual(['ok', 'ok', 'ok'])
  expect(new Set(arbiter.asked)).toEqual(new Set(['n1', 'n2', 'n3']))
  expect(stage.running()).toEqual(['n3'])
  await stage.run(5000)
  expect(stage.running()).toEqual(['n3'])
  expect(stage.on('n1').info()[0]).toMatchObject({ standing: 'waiting' })
  arbiter.notReady.clear()
  await stage.run(3000)
  expect(stage.running()).toEqual(['n1'])
  expect(arbiter.releasedTo).toEqual([full('n1')])
  expect(stage.take().at(-1)).toBe('n1 phase app takeover n3 #2')
  arbiter.mayHave = 'n2'
  arbiter.lose()
  await stage.run(5000)
  expect(stage.running()).toEqual(['n2'])
  expect(stage.take().filter((note) => note.includes('start'))).toEqual(['n2 start app failover n1 #3'])
})

test('where it gives to whoever asks, nodes ask in their order, and the others after a while', async () => {
  const { stage, arbiter } = await byHand(false)
  arbiter.mayHave = 'n2'
  arbiter.notReady.add('n1')
  const started = stage.begin()
  await stage.run(1000)
  expect(arbiter.asked).toEqual(['n1'])
  expect(await stage.cluster.until(started)).toEqual(['ok', 'ok', 'ok'])
  expect(stage.running()).toEqual(['n2'])
  expect(arbiter.asked.slice(0, 2)).toEqual(['n1', 'n2'])
})

test('a takeover that the arbiter does not give fails, and it runs again where it did', async () => {
  const { stage, arbiter } = await byHand(false)
  arbiter.mayHave = 'n1'
  arbiter.isKind = false
  await stage.start()
  stage.take()
  const taken = codeOf(stage.on('n3').takeover('app'))
  expect(await stage.cluster.until(taken)).toBe('release.not_given')
  await stage.run(20_000)
  expect(stage.running()).toEqual(['n1'])
})

test('a claim that is lost while it starts kills the start; one that comes too late is given back', async () => {
  const { stage, arbiter } = await byHand(true)
  stage.hangs.add('n1')
  arbiter.mayHave = 'n1'
  const started = stage.begin()
  await stage.run(3000)
  expect(stage.on('n1').info()[0]).toMatchObject({ standing: 'starting' })
  arbiter.mayHave = 'n2'
  arbiter.lose()
  expect(await stage.cluster.until(started)).toEqual(['ok', 'ok', 'ok'])
  expect(stage.running()).toEqual(['n2'])
  expect(stage.faults()).toEqual([])
})

test('where it decides for another node that starts it, though it still seems to run elsewhere; who did not know stops then', async () => {
  const { stage, arbiter } = await byHand(true)
  arbiter.mayHave = 'n1'
  await stage.start()
  await stage.run(1000)
  stage.take()
  const tell = arbiter.loseUnheard()
  arbiter.mayHave = 'n3'
  await stage.run(1000)
  expect(stage.take()).toEqual(['n3 start app failover n1 #2', 'n3 phase app failover n1 #2'])
  expect(stage.running()).toEqual(['n1', 'n3'])
  expect(stage.on('n1').own('app')!.isHeld()).toBe(false)
  expect(stage.on('n3').own('app')!.isHeld()).toBe(true)
  expect(stage.where()).toEqual({ n1: 'n3', n2: 'n3', n3: 'n3' })
  tell()
  await stage.run(3000)
  expect(stage.running()).toEqual(['n3'])
  expect(stage.where()).toEqual({ n1: 'n3', n2: 'n3', n3: 'n3' })
})
