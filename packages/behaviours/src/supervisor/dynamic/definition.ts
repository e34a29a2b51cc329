/**
 * What a dynamic supervisor is made from.
 */
import {
  checkSignificant,
  completeTemplate,
  type ChildStarted,
  type ChildTemplate,
  type FullTemplate,
} from '../child-spec.ts'
import {
  badDefinition,
  completeFlags,
  type FullFlags,
  type SupervisorFlags,
  type SupervisorModule,
} from '../definition.ts'

export interface DynamicSupervisorDefinition<in Arg = never, out Started extends ChildStarted = ChildStarted>
  extends SupervisorFlags, SupervisorModule {
  /** How each child is started, from an argument. `Session.children({ restart: 'temporary' })` makes it of a server. */
  readonly children: ChildTemplate<Arg, Started>
  /** More than this are refused with `supervisor.full`. Default Infinity. */
  readonly maxChildren?: number
}

/** A definition with every default filled in. */
export interface FullDynamic extends FullFlags {
  readonly template: FullTemplate
  readonly maxChildren: number
}

/** @throws `supervisor.bad_definition`, `supervisor.bad_child` */
export function completeDynamic(definition: DynamicSupervisorDefinition): FullDynamic {
  const { children, maxChildren = Infinity } = definition
  const flags = completeFlags(definition)
  if (maxChildren !== Infinity && !(Number.isInteger(maxChildren) && maxChildren >= 0))
    throw badDefinition(`maxChildren must be a whole number from 0 up, or Infinity; got ${String(maxChildren)}`)
  if (typeof children !== 'object' || children === null || Array.isArray(children))
    throw badDefinition('children of a dynamic supervisor must be one template, as Session.children() makes it')
  const template = completeTemplate(children)
  checkSignificant(flags.autoShutdown, template)
  return { ...flags, template, maxChildren }
}
