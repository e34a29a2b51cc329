/** A number that a question holds, whatever it is, within what the inspector allows. */
export function clip(value: unknown, otherwise: number, most: number): number {
  return typeof value === 'number' && value >= 0 ? Math.min(Math.floor(value), most) : otherwise
}

/** How long another process may take to answer an inspector; then it is shown as silent. */
export const answerTimeoutMs = 500
