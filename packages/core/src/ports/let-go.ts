/**
 * The end of a driver: in good order what was written is given time to be taken; then the source is closed. Neither goes on for ever.
 */
import { coreError } from '../errors.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Driver } from './driver.ts'
import type { Outlet } from './outlet.ts'

/** Less than what any closing may take, so that whoever waits for the port hears of it in time. */
const limitMs = 4500

/**
 * @param lingering waits for this outlet to be taken, as long as `lingerMs`; null cuts off at once.
 * @returns nothing if it is closed already. Rejects if it cannot be closed, or not in time.
 */
export function letGo(
  driver: Driver,
  lingering: Outlet | null,
  lingerMs: number,
  runtime: Runtime,
): Promise<unknown> | void {
  if (lingering !== null && lingerMs > 0)
    return inTime(
      finished(lingering, lingerMs, runtime).then(() => driver.close()),
      runtime,
    )
  const closing = driver.close()
  return closing === undefined ? undefined : inTime(closing, runtime)
}

function finished(outlet: Outlet, lingerMs: number, runtime: Runtime): Promise<void> {
  return new Promise((resolve) => {
    const timer = runtime.setTimer(lingerMs, resolve)
    const taken = (): void => {
      timer.clear()
      resolve()
    }
    outlet.finish().then(taken, taken)
  })
}

function inTime(closing: Promise<unknown>, runtime: Runtime): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const late = coreError('own.not_closed', { what: 'the source of a port', limitMs })
    const timer = runtime.setTimer(limitMs, () => reject(late))
    closing.finally(() => timer.clear()).then(resolve, reject)
  })
}
