/**
 * Where the page is: in the address (`?room=lobby&user=ann`), so that a reload and a shared link lead there, and the last one in
 * `localStorage`, so that the form is filled in the next time. The browser's back button goes back to the room before.
 */
import { useCallback, useEffect, useState } from 'preact/hooks'
import { explainPlace, isGoodPlace, isPlaceAsked, placeFrom, searchFor } from '../model/names.ts'
import type { PlaceProblems } from '../model/names.ts'
import type { Place } from '../model/room-state.ts'

const storageKey = 'agner.place'

export interface PlaceControl {
  /** Joined, or `undefined` while the form is shown. */
  readonly place: Place | undefined
  /** What the form starts with. */
  readonly draft: Place
  /** What is wrong with names that the address asked for. */
  readonly problems: PlaceProblems
  join(place: Place): void
  leave(): void
}

interface Where {
  readonly place: Place | undefined
  readonly draft: Place
  readonly problems: PlaceProblems
}

export function usePlace(): PlaceControl {
  const [where, setWhere] = useState<Where>(readWhere)

  useEffect(() => {
    const back = (): void => setWhere(readWhere())
    addEventListener('popstate', back)
    return () => removeEventListener('popstate', back)
  }, [])

  const join = useCallback((place: Place) => {
    remember(place)
    if (location.search !== searchFor(place)) history.pushState(null, '', searchFor(place))
    setWhere({ place, draft: place, problems: {} })
  }, [])

  const leave = useCallback(() => {
    history.pushState(null, '', location.pathname)
    setWhere(({ draft }) => ({ place: undefined, draft, problems: {} }))
  }, [])

  return { ...where, join, leave }
}

function readWhere(): Where {
  const draft = placeFrom(location.search, remembered())
  const isAsked = isPlaceAsked(location.search)
  return {
    draft,
    place: isAsked && isGoodPlace(draft) ? draft : undefined,
    problems: isAsked ? explainPlace(draft) : {},
  }
}

function remembered(): Partial<Place> {
  try {
    const saved = JSON.parse(localStorage.getItem(storageKey) ?? '{}') as Record<string, unknown> | null
    const { room, user } = saved ?? {}
    return { ...(typeof room === 'string' ? { room } : {}), ...(typeof user === 'string' ? { user } : {}) }
  } catch {
    return {}
  }
}

function remember(place: Place): void {
  try {
    localStorage.setItem(storageKey, JSON.stringify(place))
  } catch {
    // Storage may be forbidden; then the form is empty the next time.
  }
}
