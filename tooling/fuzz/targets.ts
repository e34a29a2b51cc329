/** All that takes bytes of a peer, or of somebody who is none. */
import type { Target } from './target.ts'
import { connectionTarget } from './targets/connection.ts'
import { handshakeTarget } from './targets/handshake.ts'
import { helloTarget } from './targets/hello.ts'
import { laneTarget } from './targets/lane.ts'
import { mapperTarget } from './targets/mapper.ts'
import { signalTarget } from './targets/signal.ts'
import { valueTarget } from './targets/value.ts'

export const targets: { readonly [name: string]: () => Target | Promise<Target> } = {
  value: valueTarget,
  signal: signalTarget,
  connection: connectionTarget,
  handshake: handshakeTarget,
  hello: helloTarget,
  mapper: mapperTarget,
  lane: laneTarget,
}
