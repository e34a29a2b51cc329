/** The halves of the peers, and of JavaScript by itself, found when they are asked for: one that is not installed is missed only then. */
import type { Half, Peer } from '../job.ts'

export type PeerHalves = Readonly<Partial<Record<string, Half>>>

const modules: Readonly<Record<Peer, () => Promise<{ readonly halves: PeerHalves }>>> = {
  promises: () => import('./promises.ts'),
  nact: () => import('./nact.ts'),
  comedy: () => import('./comedy.ts'),
  effect: () => import('./effect.ts'),
  xstate: () => import('./xstate.ts'),
  tcp: () => import('./tcp.ts'),
  http: () => import('./http.ts'),
  grpc: () => import('./grpc.ts'),
  moleculer: () => import('./moleculer.ts'),
}

export const notInstalled = 'not installed'

/** @throws Error `not installed` if the package is not there. */
export async function halvesOf(peer: Peer): Promise<PeerHalves> {
  const load = modules[peer]
  if (load === undefined) throw new Error(`nobody is called ${peer}`)
  try {
    return (await load()).halves
  } catch (error) {
    const { code } = error as { code?: unknown }
    throw code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND' ? new Error(notInstalled) : error
  }
}
