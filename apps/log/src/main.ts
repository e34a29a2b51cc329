/**
 * The log node: its application is the log server, and the gateway through which the front asks after the back.
 */
import { join } from 'node:path'
import { defineApplication } from '@agner/behaviours'
import { serveApplication } from '@agner-chat/cluster/application-service'
import { bootService } from '@agner-chat/cluster/boot'
import { named } from '@agner-chat/cluster/named'
import { defineGateway } from './gateway.ts'
import { Log } from './log.ts'

await bootService('log', (context) => {
  const { groups, dataFolder } = context
  const application = defineApplication({
    name: 'log',
    version: '1.0.0',
    start: () => ({
      intensity: 10,
      periodMs: 10_000,
      children: [
        named(Log.child({ id: 'log', arg: join(dataFolder, 'log') }), groups, 'log'),
        named(defineGateway(groups).child({ id: 'gateway' }), groups, 'gateway'),
      ],
    }),
  })
  return serveApplication(context, application)
})
