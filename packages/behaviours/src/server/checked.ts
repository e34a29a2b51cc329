/**
 * Handlers whose payload a schema looks at first.
 *
 * When it refuses, the handler does not run, and the state is as it was (`refusePayload`). The schema is asked inside the handler's turn:
 * one without a schema costs nothing, and while an async schema is asked, messages wait, as for an async handler.
 */
import { check, type Checked, type PayloadIssue } from '../protocol/check.ts'
import { refusePayload } from '../protocol/refusal.ts'
import type { SchemaTable } from '../protocol/schemas.ts'
import type { StandardSchema } from '../protocol/standard-schema.ts'
import type { AnyContext, Handler } from './callbacks.ts'
import { noreply, sameState, type Step } from './steps.ts'

/** The same handlers, those with a schema behind it. */
export function behindSchemas(
  module: string,
  handlers: ReadonlyMap<string, Handler>,
  schemas: SchemaTable,
): ReadonlyMap<string, Handler> {
  if (schemas.size === 0) return handlers
  return new Map(
    Array.from(handlers, ([key, handler]): [string, Handler] => {
      const schema = schemas.get(key)
      return [key, schema === undefined ? handler : behind(module, handler, schema)]
    }),
  )
}

/** No answer, and the state as it was. */
const nothing = noreply(sameState) as unknown as Step

function behind(module: string, handler: Handler, schema: StandardSchema): Handler {
  const { name, run } = handler
  return {
    name,
    run: (state, payload, context) => {
      const go = (checked: Checked): unknown =>
        checked.ok ? run(state, checked.value, context) : refused(module, name, checked.issues, context)
      const checked = check(schema, payload)
      if (!(checked instanceof Promise)) return go(checked)
      // The server may have been ended meanwhile: nothing may be done in its name any more.
      const { self } = context
      return checked.then((said) => (self.isAlive(self.pid) ? go(said) : nothing))
    },
  }
}

function refused(module: string, name: string, issues: readonly PayloadIssue[], { self, from }: AnyContext): Step {
  refusePayload(self, { module, name, issues }, from)
  return nothing
}
