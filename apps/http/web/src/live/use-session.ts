/** The session of a place as a hook: a new one for every place, the old one stopped first. */
import { useEffect, useMemo, useReducer } from 'preact/hooks'
import type { Place, RoomState } from '../model/room-state.ts'
import { browserWorld } from './browser-world.ts'
import { RoomSession } from './session.ts'

export interface LiveRoom {
  readonly state: RoomState
  readonly session: RoomSession
}

export function useSession(place: Place | undefined): LiveRoom | undefined {
  const [, redraw] = useReducer((count: number, _: void) => count + 1, 0)
  const session = useMemo(() => place && new RoomSession(place, browserWorld(place), () => redraw()), [place])

  useEffect(() => {
    if (!session) return
    session.start()
    const wake = (): void => session.wake()
    const look = (): void => {
      if (!document.hidden) session.wake()
    }
    addEventListener('online', wake)
    document.addEventListener('visibilitychange', look)
    return () => {
      removeEventListener('online', wake)
      document.removeEventListener('visibilitychange', look)
      session.stop()
    }
  }, [session])
  return session && { state: session.state, session }
}
