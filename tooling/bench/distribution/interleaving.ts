/**
 * A small message every millisecond beside 64 MiB binaries without end, over loopback between two OS processes: how late it is.
 *
 *     node --conditions=@agner/source tooling/bench/distribution/interleaving.ts [seconds]
 *
 * Prints one-way latencies with the binaries and without, and how much of them went over. The clock is the machine's monotonic one, which both processes share.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { argv, hrtime } from 'node:process'
import { fileURLToPath } from 'node:url'
import { createNode, handOver, type Node, type Pid, type Process } from '@agner/core'
import { startDistribution, type Distribution } from '@agner/distribution'

const cookie = 'a cookie for the bench of interleaving'
const binaryBytes = 64 * 1024 * 1024
const far = 'far@127.0.0.1'
const near = 'near@127.0.0.1'

type Small = { readonly sentNs: number } | { readonly report: Pid<Report> }

interface Report {
  readonly latenciesMs: readonly number[]
  readonly bytes: number
}

const nowNs = (): number => Number(hrtime.bigint())

async function start(name: string, port: number | null): Promise<{ node: Node; distribution: Distribution }> {
  const node = createNode({ name })
  const distribution = await startDistribution(node, {
    cookie,
    portMapper: false,
    hosts: port === null ? {} : { [far]: `127.0.0.1:${port}` },
  })
  return { node, distribution }
}

async function serve(): Promise<void> {
  const { node, distribution } = await start(far, null)
  let bytes = 0
  let latenciesMs: number[] = []
  node.spawn(
    async (self: Process<Uint8Array>) => {
      for (;;) bytes += (await self.receive()).length
    },
    { name: 'large' },
  )
  node.spawn(
    async (self: Process<Small>) => {
      for (;;) {
        const got = await self.receive()
        if ('sentNs' in got) latenciesMs.push((nowNs() - got.sentNs) / 1e6)
        else {
          self.send(got.report, { latenciesMs, bytes })
          latenciesMs = []
          bytes = 0
        }
      }
    },
    { name: 'small' },
  )
  process.send!(distribution.listenAddress!.port)
}

function started(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('message', (port) => resolve(port as number))
    child.once('error', reject)
  })
}

async function measure(node: Node, seconds: number, withLarge: boolean): Promise<Report> {
  let isOver = false
  const large = node.spawn(async (self) => {
    while (withLarge && !isOver) {
      self.send({ name: 'large', node: far }, handOver(new Uint8Array(binaryBytes)) as never)
      await self.yield()
    }
  })
  const reported = Promise.withResolvers<Report>()
  const small = node.spawn(async (self: Process<Report>) => {
    const to = { name: 'small', node: far }
    for (const endNs = nowNs() + seconds * 1e9; nowNs() < endNs;) {
      self.send(to, { sentNs: nowNs() } as never)
      await self.sleep(1)
    }
    isOver = true
    self.send(to, { report: self.pid } as never)
    reported.resolve(await self.receive())
  })
  await node.exited(small)
  await node.exited(large)
  return reported.promise
}

function print(label: string, { latenciesMs, bytes }: Report, seconds: number): void {
  const sorted = latenciesMs.toSorted((one, other) => one - other)
  const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN).toFixed(2)
  console.log(
    `${label}: ${sorted.length} messages, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, p99.9 ${at(0.999)} ms, max ${at(1)} ms; ${(bytes / seconds / 1e6).toFixed(0)} MB/s beside them`,
  )
}

async function main(): Promise<void> {
  const seconds = Number(argv[2] ?? 10)
  const child = fork(fileURLToPath(import.meta.url), ['serve'])
  const { node, distribution } = await start(near, await started(child))
  await distribution.connect(far)
  for (const [label, length, withLarge] of [
    ['warm-up', 1, true],
    ['alone', seconds, false],
    ['beside 64 MiB binaries', seconds, true],
  ] as const)
    print(label, await measure(node, length, withLarge), length)
  await distribution.stop()
  await node.stop()
  child.kill()
}

await (argv[2] === 'serve' ? serve() : main())
