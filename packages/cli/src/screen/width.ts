/**
 * How wide a text is on a terminal, and text cut or filled to a width. Pure.
 *
 * By what is read as one character: a letter and its marks, an emoji and its tone. Terminals differ in the newest of them;
 * a row that is taken for too wide or too narrow is only itself askew.
 */

/** Wide and Fullwidth of East Asian Width (UAX #11), but for emoji. */
const wide =
  /^[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\u3247\u3250-\ua4c6\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18d08}\u{1aff0}-\u{1b2fb}\u{1d300}-\u{1d376}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]/u
/** Shown as a picture: by itself, or since a variation selector or a tone follows. */
const picture = /^(?:\p{Emoji_Presentation}|\p{Emoji}\p{Emoji_Modifier}|[\d#*\p{Emoji}]\ufe0f)/u
const markAlone = /^[\p{Mn}\p{Me}]/u
const narrow = /^[ -~]*$/

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })

function charactersOf(text: string): Iterable<string> {
  return narrow.test(text) ? text : segmentsOf(text)
}

function* segmentsOf(text: string): Generator<string> {
  for (const { segment } of segmenter.segment(text)) yield segment
}

function widthOfCharacter(character: string): number {
  if (markAlone.test(character)) return 0
  return wide.test(character) || picture.test(character) ? 2 : 1
}

export function widthOf(text: string): number {
  if (narrow.test(text)) return text.length
  let width = 0
  for (const character of segmentsOf(text)) width += widthOfCharacter(character)
  return width
}

/** Exactly `width` columns: filled with spaces, or cut with an ellipsis. */
export function fit(text: string, width: number, side: 'left' | 'right' = 'left'): string {
  if (width <= 0) return ''
  const own = widthOf(text)
  if (own <= width) return side === 'left' ? text + ' '.repeat(width - own) : ' '.repeat(width - own) + text
  let kept = ''
  let used = 0
  for (const character of charactersOf(text)) {
    const next = widthOfCharacter(character)
    if (used + next > width - 1) break
    kept += character
    used += next
  }
  return `${kept}…${' '.repeat(width - 1 - used)}`
}
