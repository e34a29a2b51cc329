/** Work per byte: time that grows faster than the input is a way to hold a node up. */
import { Finding } from '../target.ts'

const freeMs = 60
const msPerKiB = 1
const rounds = 3

/** @throws Finding when `act` takes longer than `bytes` bytes may, each time that it is tried. */
export function timed<T>(bytes: number, act: () => T): T {
  const limitMs = freeMs + (bytes / 1024) * msPerKiB
  for (let round = 1; ; round++) {
    const startedMs = performance.now()
    const made = act()
    const tookMs = performance.now() - startedMs
    if (tookMs <= limitMs) return made
    if (round === rounds) throw new Finding(`${bytes} bytes took ${tookMs.toFixed(0)} ms`)
  }
}
