/**
 * Text as a terminal shows it: how wide it is, cut or filled to a width, and numbers for people. Pure.
 *
 * What a node says may hold anything: characters that steer a terminal are replaced before they get there.
 */

/** No control characters, no direction marks, no line ends. */
export function clean(text: string): string {
  return text.replace(/[\p{C}\u2028\u2029]/gu, '·')
}

const wide =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uff01-\uff60]/u

/** Columns of one character: none for a mark on the one before, two for a wide one. */
function widthOfCharacter(character: string): number {
  if (/\p{M}/u.test(character)) return 0
  return wide.test(character) ? 2 : 1
}

export function widthOf(text: string): number {
  let width = 0
  for (const character of text) width += widthOfCharacter(character)
  return width
}

/** Exactly `width` columns: filled with spaces, or cut with an ellipsis. */
export function fit(text: string, width: number, side: 'left' | 'right' = 'left'): string {
  if (width <= 0) return ''
  const own = widthOf(text)
  if (own <= width) return side === 'left' ? text + ' '.repeat(width - own) : ' '.repeat(width - own) + text
  let kept = ''
  let used = 0
  for (const character of text) {
    const next = widthOfCharacter(character)
    if (used + next > width - 1) break
    kept += character
    used += next
  }
  return `${kept}…${' '.repeat(width - 1 - used)}`
}

/** 12,345 */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

/** 84 MB */
export function bytes(value: number): string {
  if (value < 1000) return `${Math.round(value)} B`
  const units = ['KB', 'MB', 'GB', 'TB']
  let scaled = value / 1000
  let unit = 0
  while (scaled >= 999.5 && unit < units.length - 1) {
    scaled /= 1000
    unit++
  }
  return `${scaled < 9.95 ? scaled.toFixed(1) : Math.round(scaled)} ${units[unit]}`
}

/** 3 d 4 h, 12 min 5 s */
export function duration(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ]
  const first = parts.findIndex(([value]) => value > 0)
  if (first === -1) return '0 s'
  return parts
    .slice(first, first + 2)
    .filter(([value], index) => index === 0 || value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(' ')
}

/** A pid as an operator reads it: without the node, which stands above. */
export function pidText(pid: unknown, node: string): string {
  return String(pid).replace(`<${node}.`, '<')
}
