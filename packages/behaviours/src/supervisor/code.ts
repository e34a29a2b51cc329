/**
 * A supervisor as code that can be started.
 */
import type { GenCode } from '../gen/code.ts'
import type { FullDefinition, SupervisorModule } from './definition.ts'
import { RunningSupervisor } from './running.ts'

export function toCode(definition: FullDefinition, module: Required<SupervisorModule>): GenCode {
  return {
    ...module,
    trapExits: true,
    make: (self, beginning) => new RunningSupervisor(module, self, beginning, definition),
  }
}
