/** comedy: an actor is an object with handlers by topic; in memory here, which is its fastest mode. A call is what it has for a round trip. */
import { createSystem, type Actor } from 'comedy'
import { nsEach, type Figures, type Half } from '../job.ts'
import type { PeerHalves } from './index.ts'

const silent = () => {}
const log = {
  debug: silent,
  info: silent,
  warn: silent,
  error: silent,
  isDebug: () => false,
  setLevel: silent,
  getLevel: () => 0,
}

async function timed(count: number, drive: (root: Actor) => Promise<void>): Promise<Figures> {
  const system = createSystem({ log, test: true })
  const root = await system.rootActor()
  const startMs = performance.now()
  await drive(root)
  const figures = nsEach(startMs, count)
  await system.destroy()
  return figures
}

const pingpong: Half<'roundtrips'> = ({ roundtrips }) =>
  timed(roundtrips, async (root) => {
    const pong = await root.createChild({ ball: ({ n }: { n: number }) => ({ n }) }, { mode: 'in-memory' })
    for (let n = 1; n <= roundtrips; n++) await pong.sendAndReceive('ball', { n })
  })

const spawning: Half<'count'> = ({ count }) =>
  timed(count, async (root) => {
    for (let i = 0; i < count; i++) {
      const child = await root.createChild({ nothing: silent }, { mode: 'in-memory' })
      await child.destroy()
    }
  })

export const halves: PeerHalves = { pingpong, spawning }
