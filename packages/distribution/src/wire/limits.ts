/** Bounds of values on the wire that are the same for everybody: both sides keep them. */

/** Containers in containers. */
export const depthLimit = 512
/** Larger whole numbers cost a decoder quadratic time. */
export const bigintLimitBytes = 1024
