/**
 * Wrong implementations of global names, each of which the random runs must find.
 */
import { Burials } from '../../src/names/burials.ts'
import { Membership } from '../../src/names/membership.ts'
import { NamesTable } from '../../src/names/table.ts'
import { Verdicts } from '../../src/names/verdicts.ts'

/** Puts the wrong one in place, and returns what takes it out again. */
type Plant = () => () => void

/** A method, or a getter, of a class becomes another one. */
function replace<Class extends object>(prototype: Class, name: keyof Class, wrong: PropertyDescriptor): Plant {
  return () => {
    const right = Object.getOwnPropertyDescriptor(prototype, name)!
    Object.defineProperty(prototype, name, { ...wrong, configurable: true })
    return () => void Object.defineProperty(prototype, name, right)
  }
}

const method = <Class extends object>(
  prototype: Class,
  name: keyof Class,
  wrong: (this: Class, ...args: never[]) => unknown,
): Plant => replace(prototype, name, { value: wrong, writable: true })

const { take } = NamesTable.prototype

export const plantedBugs: Readonly<Record<string, Plant>> = {
  'names of a lost node stay': method(NamesTable.prototype, 'forgetNode', () => {}),
  'names outlive their process': method(NamesTable.prototype, 'forget', () => undefined),
  'nobody decides': method(Verdicts.prototype, 'settled', () => {}),
  'the loser of a verdict keeps its name, and lives': method(
    NamesTable.prototype,
    'take',
    function (this: NamesTable, claim: never) {
      return take.call(this, { ...(claim as Parameters<typeof take>[0]), over: [] })
    },
  ),
  'the loser of a verdict lives': method(NamesTable.prototype, 'take', function (this: NamesTable, claim: never) {
    return { ...take.call(this, claim), displaced: [] }
  }),
  'what was on its way brings a name back': method(Burials.prototype, 'of', () => undefined),
  'all see the same, always': replace(Membership.prototype, 'view', { get: () => 0 }),
}
