/** What a terminal sends for a key, as the name of the key. Pure. */

const sequences: Readonly<Record<string, string>> = {
  '\x1b[A': 'up',
  '\x1bOA': 'up',
  '\x1b[B': 'down',
  '\x1bOB': 'down',
  '\x1b[C': 'right',
  '\x1bOC': 'right',
  '\x1b[D': 'left',
  '\x1bOD': 'left',
  '\x1b[5~': 'pageUp',
  '\x1b[6~': 'pageDown',
  '\x1b[H': 'home',
  '\x1bOH': 'home',
  '\x1b[1~': 'home',
  '\x1b[F': 'end',
  '\x1bOF': 'end',
  '\x1b[4~': 'end',
  '\x1b[Z': 'backTab',
  '\x1b': 'escape',
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\x7f': 'backspace',
  '\b': 'backspace',
  '\x03': 'interrupt',
  '\x1a': 'suspend',
}

/** Of several keys that came at once each is told; of an unknown sequence nothing. */
export function keysOf(input: string): string[] {
  const keys: string[] = []
  // eslint-disable-next-line no-control-regex
  for (const [part] of input.matchAll(/\x1b(?:\[[\d;?]*[A-Za-z~]|\[\[[A-Za-z]|O[A-Za-z])?|[\s\S]/gu)) {
    const key = sequences[part] ?? (/^[^\p{C}]$/u.test(part) ? part : null)
    if (key !== null) keys.push(key)
  }
  return keys
}

/** Keys from pieces: a slow line may tear a sequence in two, and its first half alone is another key. */
export class KeyReader {
  #rest = ''

  /** The keys that are whole. */
  push(input: string): string[] {
    const all = this.#rest + input
    // eslint-disable-next-line no-control-regex
    this.#rest = /\x1b(?:\[\[?[\d;?]*|O)?$/u.exec(all)?.[0] ?? ''
    return keysOf(all.slice(0, all.length - this.#rest.length))
  }

  /** Whether something came that may be the beginning of a sequence. */
  get isWaiting(): boolean {
    return this.#rest !== ''
  }

  /** Nothing more comes: it was what it was. */
  end(): string[] {
    const rest = this.#rest
    this.#rest = ''
    return keysOf(rest)
  }
}
