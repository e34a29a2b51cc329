/** The line that asks a host to play, and the line that it answers with. */
import type { Figures, Side, Sizes } from './job.ts'

export interface Request {
  readonly job: string
  readonly side: Side
  readonly sizes: Sizes
}

export type Answer = { readonly figures: Figures } | { readonly problem: string }

export function formatRequest({ job, side, sizes }: Request): string {
  return [job, side, ...Object.entries(sizes).map(([name, size]) => `${name}=${size}`)].join(' ')
}

export function parseRequest(line: string): Request {
  const [job = '', side = '', ...sizes] = line.trim().split(' ')
  return { job, side: side as Side, sizes: toNumbers(sizes) }
}

export function formatAnswer(answer: Answer): string {
  if ('problem' in answer) return `error ${answer.problem.replaceAll(/\s+/g, ' ')}`
  return ['ok', ...Object.entries(answer.figures).map(([name, value]) => `${name}=${value}`)].join(' ')
}

/** Null for a line that is no answer: a warning that was printed, say. */
export function parseAnswer(line: string): Answer | null {
  const [head, ...rest] = line.trim().split(' ')
  if (head === 'ok') return { figures: toNumbers(rest) }
  return head === 'error' ? { problem: rest.join(' ') } : null
}

function toNumbers(pairs: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name = '', number = ''] = pair.split('=')
      if (number === '' || !Number.isFinite(Number(number))) throw new Error(`not NAME=NUMBER: ${pair}`)
      return [name, Number(number)]
    }),
  )
}
