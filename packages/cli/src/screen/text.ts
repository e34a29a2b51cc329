/**
 * Text as a terminal shows it: cleaned, and numbers for people. Pure.
 *
 * What a node says may hold anything: characters that steer a terminal are replaced before they get there.
 */

/** No control characters, no direction marks, no line ends. */
export function clean(text: string): string {
  return text.replace(/[\p{C}\u2028\u2029]/gu, '·')
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
