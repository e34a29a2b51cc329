/**
 * What signals between two OS processes cost, over loopback: Agner and Erlang with a node in each, and what a user might talk over instead.
 * All names begin with `remote_`, for `--only`.
 */
import type { RemotePeer } from './job.ts'
import type { Goal, Row, Trial } from './trial.ts'

const mib = 1024 * 1024
const everybody: readonly RemotePeer[] = ['tcp', 'http', 'grpc', 'moleculer']

function row(name: string, title: string, [figure, unit]: readonly [string, string], goal: Goal | null): Row {
  const better = unit.startsWith('µs') || unit.startsWith('bytes') || unit === 'times' ? 'lower' : 'higher'
  return { name, title, form: 'async', figure, unit, better, goal }
}

const p50 = ['p50Us', 'µs/call'] as const
const p99 = ['p99Us', 'µs/call'] as const
const calls = ['perSecond', 'calls/s'] as const
const casts = ['perSecond', 'casts/s'] as const
const megabytes = ['mbPerSecond', 'MB/s'] as const
const noBytes = { bytes: 0, text: 0, kib: 0 }

const warmCasts = { casts: 100_000, ...noBytes }

export const remoteTrials: readonly Trial[] = [
  {
    job: 'remotecalls',
    full: { clients: 1, calls: 20_000, kib: 0 },
    quick: { clients: 1, calls: 1000, kib: 0 },
    warm: { clients: 1, calls: 3000, kib: 0 },
    peers: everybody,
    rows: [
      row('remote_call_p50', 'call to another node, median', p50, { ahead: 1.2 }),
      row('remote_call_p99', 'call to another node, 99 of 100', p99, null),
    ],
  },
  {
    job: 'remotecalls',
    full: { clients: 64, calls: 2000, kib: 0 },
    quick: { clients: 64, calls: 50, kib: 0 },
    warm: { clients: 64, calls: 200, kib: 0 },
    peers: everybody,
    rows: [
      row('remote_calls_64', 'calls by 64 callers', calls, { ahead: 4 }),
      { ...row('remote_calls_64_http', 'calls by 64 callers, beside HTTP', calls, { ahead: 6 }), beside: 'http' },
    ],
  },
  {
    job: 'remotecalls',
    full: { clients: 64, calls: 1000, kib: 1 },
    quick: { clients: 64, calls: 50, kib: 1 },
    warm: { clients: 64, calls: 200, kib: 1 },
    peers: everybody,
    rows: [row('remote_calls_64_object', 'the same with an object of 1 KiB, there and back', calls, { ahead: 1.5 })],
  },
  {
    job: 'remotecasts',
    full: { casts: 1_000_000, ...noBytes, bytes: 32 },
    quick: { casts: 20_000, ...noBytes, bytes: 32 },
    warm: { ...warmCasts, bytes: 32 },
    rows: [row('remote_cast_32_bytes', 'casts of 32 bytes', casts, { ahead: 1.5 })],
  },
  {
    job: 'remotecasts',
    full: { casts: 1_000_000, ...noBytes, text: 32 },
    quick: { casts: 20_000, ...noBytes, text: 32 },
    warm: { ...warmCasts, text: 32 },
    rows: [row('remote_cast_32_characters', 'casts of a text of 32', casts, null)],
  },
  {
    job: 'remotecasts',
    full: { casts: 1_000_000, ...noBytes },
    quick: { casts: 20_000, ...noBytes },
    warm: warmCasts,
    rows: [row('remote_cast_small_object', 'casts of a small object', casts, { ahead: 2.5 })],
  },
  {
    job: 'remotecasts',
    full: { casts: 200_000, ...noBytes, kib: 1 },
    quick: { casts: 5000, ...noBytes, kib: 1 },
    warm: { casts: 20_000, ...noBytes, kib: 1 },
    rows: [row('remote_cast_object', 'casts of an object of 1 KiB', casts, { ahead: 1 })],
  },
  {
    job: 'remotecasts',
    full: { casts: 4000, ...noBytes, bytes: mib },
    quick: { casts: 100, ...noBytes, bytes: mib },
    warm: { casts: 300, ...noBytes, bytes: mib },
    peers: ['tcp'],
    rows: [row('remote_binary', 'casts of 1 MiB of bytes', megabytes, { ahead: 0.5 })],
  },
]

const meshes = [10, 25, 50, 100]
const flat: Goal = { atMost: 1.3 }

/** Agner alone: an Erlang node is an OS process. */
export const remoteLines: readonly Trial[] = [
  {
    job: 'remotemesh',
    full: { least: 10, most: 100 },
    quick: { least: 10, most: 25 },
    warm: { least: 25, most: 25 },
    mostRounds: 3,
    alone: true,
    rows: [
      ...meshes.map((count) =>
        row(`remote_mesh_connect_${count}`, `connecting, mesh of ${count}`, [`usAt${count}`, 'µs/connection'], null),
      ),
      row('remote_mesh_connect_growth', 'connecting, largest mesh ÷ smallest', ['times', 'times'], flat),
      ...meshes.map((count) =>
        row(
          `remote_mesh_bytes_${count}`,
          `connection, mesh of ${count}`,
          [`bytesAt${count}`, 'bytes/connection'],
          null,
        ),
      ),
      row('remote_mesh_bytes_growth', 'connection, largest mesh ÷ smallest', ['bytesTimes', 'times'], flat),
    ],
  },
]
