/**
 * Text on a terminal: widths, numbers, keys, and that nothing of a node's gets through that steers the terminal.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { KeyReader, keysOf } from '../src/screen/keys.ts'
import { fitLine, line, plain, span } from '../src/screen/line.ts'
import { ansi, paint } from '../src/screen/paint.ts'
import { bytes, count, duration, pidText } from '../src/screen/text.ts'
import { fit, widthOf } from '../src/screen/width.ts'

const anyCharacter = fc.oneof(
  fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code)),
  fc.integer({ min: 0, max: 0xff }).map((code) => String.fromCodePoint(code)),
  fc.constantFrom('\u200b', '\u200e', '\u202e', '\u2028', '\u2066', '\ufeff'),
)

describe('text', () => {
  test('is cut and filled to a width in columns, not characters', () => {
    expect([fit('abc', 5), fit('abc', 5, 'right'), fit('abcdef', 4), fit('abc', 0)]).toEqual([
      'abc  ',
      '  abc',
      'abc…',
      '',
    ])
    expect([fit('日本語', 4), fit('日本語', 6), widthOf('é'), widthOf('😀')]).toEqual(['日… ', '日本語', 1, 2])
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 40 }), (text, width) => {
        expect(widthOf(fit(text, width))).toBe(width)
        const whole = fitLine(line(span(text), span(text, 'bold')), width)
        expect(whole.spans.reduce((sum, each) => sum + widthOf(each.text), 0)).toBe(width)
      }),
    )
  })

  test('is as wide as its characters are shown: East Asian ones, emoji and marks', () => {
    const widths = { データベース: 12, 'ー、「」\u3000': 10, 한글: 4, ｱ: 1, Ａ: 2, '①': 1, é: 1, 'e\u0301': 1 }
    expect(Object.fromEntries(Object.keys(widths).map((text) => [text, widthOf(text)]))).toEqual(widths)
    const pictures = ['😀', '❤\ufe0f', '👍🏽', '🇩🇪', '1\ufe0f\u20e3', '☝🏽']
    expect(pictures.map((text) => widthOf(text))).toEqual(pictures.map(() => 2))
    expect([widthOf('❤'), widthOf('©'), widthOf('1'), widthOf('')]).toEqual([1, 1, 1, 0])
    expect([fit('👍🏽👍🏽', 3), fit('ab、c', 4)]).toEqual(['👍🏽…', 'ab… '])
  })

  test('numbers are for people', () => {
    expect([count(1234567), bytes(999), bytes(1500), bytes(84_200_000), bytes(2.5e12)]).toEqual([
      '1,234,567',
      '999 B',
      '1.5 KB',
      '84 MB',
      '2.5 TB',
    ])
    expect([0, 59_000, 60_000, 192_000, 90_000_000].map(duration)).toEqual([
      '0 s',
      '59 s',
      '1 min',
      '3 min 12 s',
      '1 d 1 h',
    ])
    expect([pidText('<a@h.12>', 'a@h'), pidText('<b@h.12>', 'a@h')]).toEqual(['<12>', '<b@h.12>'])
  })

  test('of a node cannot steer the terminal', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), (text) => {
        const shown = ansi(fitLine(line(text), 30), true)
        // eslint-disable-next-line no-control-regex
        expect(shown).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/u)
      }),
    )
    expect(plain(line('a\x1b[2Jb\nc'))).toBe('a·[2Jb·c')
  })
})

test('keys are told by name, several at once, and unknown ones not at all', () => {
  expect(keysOf('\x1b[Aj\x1bOB\r\t\x7f\x03')).toEqual(['up', 'j', 'down', 'enter', 'tab', 'backspace', 'interrupt'])
  expect(keysOf('\x1b[5~\x1b[6~\x1b[H\x1b[4~\x1b[Z')).toEqual(['pageUp', 'pageDown', 'home', 'end', 'backTab'])
  expect(keysOf('\x1b')).toEqual(['escape'])
  expect(keysOf('\x1b[200~\x1b[1;5C\x00é')).toEqual(['é'])
})

test('a key that comes in pieces is one key, and an Esc alone is Esc once nothing followed', () => {
  const reader = new KeyReader()
  expect([reader.push('j\x1b'), reader.isWaiting, reader.push('['), reader.push('A'), reader.isWaiting]).toEqual([
    ['j'],
    true,
    [],
    ['up'],
    false,
  ])
  expect([reader.push('\x1b'), reader.end(), reader.isWaiting, reader.push('A')]).toEqual([
    [],
    ['escape'],
    false,
    ['A'],
  ])
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('\x1b[A', '\x1b[5~', '\x1bOB', 'q', '\r')),
      fc.infiniteStream(fc.nat(4)),
      (keys, cuts) => {
        const text = keys.join('')
        const torn = new KeyReader()
        const told: string[] = []
        for (let at = 0; at < text.length;) {
          const length = cuts.next().value! + 1
          told.push(...torn.push(text.slice(at, at + length)))
          at += length
        }
        expect([...told, ...torn.end()]).toEqual(keysOf(text))
      },
    ),
  )
})

/** A terminal that does not wrap: what is written on the last column leaves the cursor there. */
function shownBy(bytes: string, columns: number, rows: number): string[] {
  const cells = Array.from({ length: rows }, () => Array.from({ length: columns }, () => '?'))
  let [row, column] = [0, 0]
  // eslint-disable-next-line no-control-regex
  for (const [part, at, code] of bytes.matchAll(/\x1b\[([\d;]*)([A-Za-z])|[\s\S]/gu)) {
    if (code === 'H') [row, column] = at!.split(';').map((each) => Number(each) - 1) as [number, number]
    else if (code === 'K') cells[row]!.fill(' ', column)
    else if (code === undefined) {
      cells[row]![column] = part
      column = Math.min(column + 1, columns - 1)
    }
  }
  return cells.map((each) => each.join(''))
}

test('a line that fills the screen is shown to its last column, and a shorter one erases what was there', () => {
  const first = paint(['MAILBOX  1,490', 'b'], [])
  expect(shownBy(first, 14, 2)).toEqual(['MAILBOX  1,490', 'b             '])
  expect(paint(['MAILBOX  1,490', 'c'], ['MAILBOX  1,490', 'b'])).toBe('\x1b[2;1H\x1b[Kc\x1b[0m')
  expect(paint(['a'], ['a'])).toBe('')
})
