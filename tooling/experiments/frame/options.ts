/** Options of the command line, of the kind of their defaults. What is not understood is refused with what there is. */
import { parseArgs } from 'node:util'
import type { OptionDefault, Options, Values } from './experiment.ts'

function numberOf(name: string, text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) throw new Error(`--${name} wants a number; got "${text}"`)
  return value
}

function valueOf(name: string, kind: OptionDefault, given: string | boolean | undefined): OptionDefault {
  if (given === undefined) return kind
  if (typeof given === 'boolean' || typeof kind === 'string') return given
  if (typeof kind === 'number') return numberOf(name, given)
  return given.split(',').map((part) => numberOf(name, part))
}

/** @throws for an option that there is not, or one of another kind. */
export function readOptions<Given extends Options>(defaults: Given, args: readonly string[]): Values<Given> {
  const options = Object.fromEntries(
    Object.entries(defaults).map(([name, kind]) => [
      name,
      { type: typeof kind === 'boolean' ? ('boolean' as const) : ('string' as const) },
    ]),
  )
  const { values } = parseArgs({ args: [...args], options, strict: true })
  const read = Object.entries(defaults).map(([name, kind]) => [name, valueOf(name, kind, values[name])])
  return Object.fromEntries(read) as Values<Given>
}
