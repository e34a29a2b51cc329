/**
 * The database as a distributed application: one of the database nodes serves the messages, and when it is lost another does. The first of them takes it back
 * once it can.
 */
import { defineApplication, type Application } from '@agner/behaviours'
import type { Keeping } from './keeping.ts'

export function databaseApplication(
  keeping: Pick<Keeping, 'application' | 'server'>,
): Application<Record<never, never>> {
  return defineApplication({
    name: 'database',
    version: '1.0.0',
    dependencies: [keeping.application],
    start: (context) => ({ intensity: 10, periodMs: 10_000, children: [keeping.server(context)] }),
  })
}
