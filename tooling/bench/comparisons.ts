/** What the peers can do as well, at sizes that suit the slowest of them. */
import type { Peer, Sizes } from './job.ts'

export interface Comparison {
  readonly name: string
  readonly title: string
  readonly job: string
  readonly unit: string
  readonly full: Sizes
  readonly quick: Sizes
  readonly warm: Sizes
  readonly peers: readonly Peer[]
}

export const peerRounds = 3

export const comparisons: readonly Comparison[] = [
  {
    name: 'peers_pingpong',
    title: 'ping-pong round trip',
    job: 'pingpong',
    unit: 'ns/roundtrip',
    full: { roundtrips: 100_000 },
    quick: { roundtrips: 10_000 },
    warm: { roundtrips: 10_000 },
    peers: ['promises', 'nact', 'comedy', 'effect', 'xstate'],
  },
  {
    name: 'peers_spawn_exit',
    title: 'spawn and exit',
    job: 'spawning',
    unit: 'ns/process',
    full: { count: 20_000 },
    quick: { count: 2000 },
    warm: { count: 2000 },
    peers: ['nact', 'comedy', 'effect', 'xstate'],
  },
  {
    name: 'peers_ring_1000',
    title: 'ring of 1,000',
    job: 'ring',
    unit: 'ns/hop',
    full: { processes: 1000, laps: 100 },
    quick: { processes: 1000, laps: 10 },
    warm: { processes: 1000, laps: 10 },
    peers: ['promises', 'effect'],
  },
  {
    name: 'peers_fanin',
    title: 'fan-in, 1,000 senders',
    job: 'fanin',
    unit: 'ns/message',
    full: { senders: 1000, messages: 100 },
    quick: { senders: 1000, messages: 10 },
    warm: { senders: 1000, messages: 10 },
    peers: ['nact', 'effect'],
  },
  {
    name: 'peers_idle_bytes',
    title: 'idle process',
    job: 'idle',
    unit: 'bytes',
    full: { live: 100_000 },
    quick: { live: 5000 },
    warm: { live: 1000 },
    peers: ['nact', 'effect', 'xstate'],
  },
]
