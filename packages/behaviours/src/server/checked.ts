/**
 * Handlers whose payload a schema looks at first.
 *
 *     call      refused: the caller is rejected with `call.bad_argument`
 *     cast      dropped, and reported
 *     message   dropped, and reported
 *
 * In none of these cases the handler runs, and the state is as it was. The schema is asked inside the handler's turn:
 * one without a schema costs nothing, and while an async schema is asked, messages wait, as for an async handler.
 */
import { refuse } from '@agner/core/kernel'
import { behavioursError } from '../errors.ts'
import { check, issuesInWords, type Checked, type PayloadIssue } from '../protocol/check.ts'
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

function behind(module: string, handler: Handler, schema: StandardSchema): Handler {
  const { name, run } = handler
  return {
    name,
    run: (state, payload, context) => {
      const go = (checked: Checked): unknown =>
        checked.ok ? run(state, checked.value, context) : refused(module, name, checked.issues, context)
      const checked = check(schema, payload)
      return checked instanceof Promise ? checked.then(go) : go(checked)
    },
  }
}

function refused(module: string, name: string, issues: readonly PayloadIssue[], context: AnyContext): Step {
  const { self, from } = context
  const problems = issuesInWords(issues)
  if (from !== undefined) refuse(from, behavioursError('call.bad_argument', { module, name, problems, issues }))
  else
    self.node.report({
      type: 'notice',
      level: 'warning',
      source: 'server',
      text: `${module} ${String(self.pid)} dropped ${name}, which its schema refuses: ${problems}`,
      details: { pid: self.pid, module, name, issues },
    })
  return noreply(sameState) as unknown as Step
}
