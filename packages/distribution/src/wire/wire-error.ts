/** What came cannot be read, or may not be said. It costs the one connection, and nothing else. */
export class WireError extends Error {
  /** `bad_frame`, `frame_too_large`, `forged_origin`: also the reason of the nodedown that follows. */
  readonly code: 'bad_frame' | 'frame_too_large' | 'forged_origin'

  constructor(code: 'bad_frame' | 'frame_too_large' | 'forged_origin', message: string) {
    super(message)
    this.name = 'WireError'
    this.code = code
  }
}

export function badFrame(message: string): WireError {
  return new WireError('bad_frame', message)
}
