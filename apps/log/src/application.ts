/**
 * The log as an application: the log server, and the gateway through which the front asks after the back.
 */
import { join } from 'node:path'
import { defineApplication, type AnyApplication, type Application } from '@agner/behaviours'
import type { ServiceContext } from '@agner-chat/cluster/boot'
import { named } from '@agner-chat/cluster/named'
import { defineGateway } from './gateway.ts'
import { Log } from './log.ts'

export interface LogEnv {
  readonly dataFolder: string
}

/** @param others run on this node, too, and before it */
export function logApplication(
  { groups }: Pick<ServiceContext, 'groups'>,
  others: readonly AnyApplication[] = [],
): Application<LogEnv> {
  return defineApplication({
    name: 'log',
    version: '1.0.0',
    dependencies: others,
    env: { dataFolder: '.data' } as LogEnv,
    start: ({ env }) => ({
      intensity: 10,
      periodMs: 10_000,
      children: [
        named(Log.child({ id: 'log', arg: join(env.dataFolder, 'log') }), groups, 'log'),
        named(defineGateway(groups).child({ id: 'gateway' }), groups, 'gateway'),
      ],
    }),
  })
}
