/**
 * A service whose application ends by itself soon after its start: an OS process of its own, for application.test.ts.
 */
import { defineApplication } from '@agner/behaviours'
import { bootService } from '../../src/boot/service.ts'

await bootService('analytics', () => ({
  application: defineApplication({
    name: 'short-lived',
    version: '1.0.0',
    start: () => ({
      intensity: 0,
      children: [
        {
          id: 'bomb',
          start: async (supervisor) =>
            supervisor.spawnLink(async (self) => {
              await self.receive({ timeoutMs: process.env['SHORT_LIVED'] === undefined ? 3_600_000 : 100 })
              throw new Error('boom')
            }),
        },
      ],
    }),
    stop: () => console.log('stopped in order'),
  }),
}))
console.log('running')
