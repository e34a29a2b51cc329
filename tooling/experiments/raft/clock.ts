/** The same time in all processes of this machine, in milliseconds, as fine as it gets. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now()
}
