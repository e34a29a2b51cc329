/**
 * One file's seeds in pieces: so that a long run of one file takes all lanes, and goes on after a failure, which ends its piece alone.
 */

/** Seeds from `from` on, `seeds` of them. */
export interface Piece {
  readonly path: string
  readonly from: number
  readonly seeds: number
}

/** Less than this is not worth another start of the test runner. */
const smallest = 1000
/** In one piece for each lane, one of them would end long before the other. */
const piecesPerLane = 10

/** The seeds from `from` on, in pieces of nearly the same size. */
export function inPieces(path: string, from: number, seeds: number, lanes: number): Piece[] {
  const count = Math.max(1, Math.min(lanes * piecesPerLane, Math.floor(seeds / smallest)))
  const edge = (index: number): number => from + Math.round((seeds * index) / count)
  return Array.from({ length: count }, (_, index) => ({
    path,
    from: edge(index),
    seeds: edge(index + 1) - edge(index),
  }))
}
