import type { Pid, Process } from '@agner/core'
import { expect, it } from 'vitest'
import { eachSeed, simulateCluster, type SimulatedCluster } from '../../src/index.ts'

interface Question {
  readonly from: Pid<string>
  readonly text: string
}

/** Node b answers; a process of node a watches who answers, asks, and is told what became of that. */
function ask(cluster: SimulatedCluster, text: string): string[] {
  const got: string[] = []
  const server = cluster.node('b').node.spawn<Question>(async (self) => {
    const { from, text: asked } = await self.receive()
    self.send(from, `answer to ${asked}`)
  })
  cluster.node('a').node.spawn(async (self: Process<string>) => {
    const ref = self.monitor(server)
    self.send(server, { from: self.pid, text })
    got.push(await self.receive())
    const down = (await self.receive()) as unknown as { readonly ref: unknown; readonly process: unknown }
    got.push(down.ref === ref && down.process === server ? 'and is gone' : 'and another is gone')
  })
  return got
}

it('clusters of one seed do not meet, although their nodes are called the same in all', async () => {
  const clusters = [await simulateCluster({ nodes: 2 }), await simulateCluster({ nodes: 2 })]
  const [one, other] = clusters.map((cluster, at) => ask(cluster, `question ${String(at)}`))
  for (let ms = 0; ms < 50; ms++) for (const cluster of clusters) await cluster.run(1)
  expect(one).toEqual(['answer to question 0', 'and is gone'])
  expect(other).toEqual(['answer to question 1', 'and is gone'])
})

it('a seed takes the same course beside others as alone', async () => {
  const test = async (): Promise<string[]> => {
    const courses: string[] = []
    await eachSeed({ seeds: 5 }, async (runtime) => {
      const cluster = await simulateCluster({ runtime, nodes: 2 })
      const got = ask(cluster, 'question')
      await cluster.run(200)
      courses.push(`${got.join(', ')}: ${runtime.fingerprint} ${JSON.stringify(cluster.trace)}`)
    })
    return courses
  }
  const alone = await test()
  expect(alone.every((course) => course.startsWith('answer to question, and is gone'))).toBe(true)
  expect(await Promise.all([test(), test()])).toEqual([alone, alone])
})
