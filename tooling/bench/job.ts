/**
 * What a job is: one program written for Agner and for Erlang, run at given sizes, that measures itself.
 *
 * A half makes what it needs, times only the work that its name speaks of, tears down what it made, and gives its figures by name. The
 * Erlang half is the module of the same name beside it, `run(Sizes)`, and does the same things in the same order.
 */

/** How large a run is: `{ processes: 1000, laps: 10 }`. The same for both halves. */
export type Sizes = Readonly<Record<string, number>>

/** What a run measured. A job with a single figure calls it `value`. */
export type Figures = Readonly<Record<string, number>>

/** How the processes of the Agner half are written. */
export type Form = 'async' | 'callback'

/** In one OS process: what a user might write instead. */
export type LocalPeer = 'promises' | 'nact' | 'comedy' | 'effect' | 'xstate'

/** Between two OS processes: the floor, and what a user might talk over instead. */
export type RemotePeer = 'tcp' | 'http' | 'grpc' | 'moleculer'

export type Peer = LocalPeer | RemotePeer

/** Who plays a job. */
export type Side = Form | Peer | 'erlang'

export type Half<S extends string = string> = (sizes: Readonly<Record<S, number>>) => Promise<Figures>

/** The TypeScript halves of a job, by form; those of a peer, by job. */
export type Halves = Readonly<Partial<Record<Form, Half>>>

export function single(value: number): Figures {
  return { value }
}

/** Nanoseconds for each of `count` things since `startMs`. */
export function nsEach(startMs: number, count: number): Figures {
  return single(((performance.now() - startMs) * 1e6) / count)
}
