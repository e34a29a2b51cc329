/** Moments in the reader's own language and time zone. */
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
const clockWithSeconds = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' })
const short = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
const day = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' })
const dayWithYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long', year: 'numeric' })

export const clockTime = (atMs: number): string => clock.format(atMs)
export const clockSeconds = (atMs: number): string => clockWithSeconds.format(atMs)
export const fullTime = (atMs: number): string => full.format(atMs)
export const shortTime = (atMs: number): string => short.format(atMs)
export const dayKey = (atMs: number): string => new Date(atMs).toDateString()

export function dayName(atMs: number, nowMs: number = Date.now()): string {
  if (dayKey(atMs) === dayKey(nowMs)) return 'Today'
  if (dayKey(atMs) === dayKey(nowMs - 86_400_000)) return 'Yesterday'
  return new Date(atMs).getFullYear() === new Date(nowMs).getFullYear() ? day.format(atMs) : dayWithYear.format(atMs)
}

/** `8 s`, `3 min`, `2 h`, `5 d`. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`
}
