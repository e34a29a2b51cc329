/** Prints what a minute of a cluster takes: `node --conditions=@agner/source packages/testing/test/network/measure.ts [nodes]` */
import { clusterMinute } from './cluster-minute.ts'

const nodes = Number(process.argv[2] ?? 200)
const startMs = performance.now()
const { connections, frames, calls, downs, turns } = await clusterMinute({ seed: 1, nodes })
const tookMs = performance.now() - startMs
console.log(
  `${nodes} nodes: ${(tookMs / 1000).toFixed(1)} s for 60 s of virtual time, ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB;`,
  `${connections / 2} connections, ${frames} frames, ${calls} calls, ${downs} downs, ${turns} turns`,
)
