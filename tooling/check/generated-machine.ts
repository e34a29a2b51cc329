/**
 * A protocol of so many messages whose calls and plain messages go to a state machine and whose events go to an event
 * handler, as source text: the other two behaviours that a protocol types.
 */
export function generatedMachine(messages: number): string {
  const api: Record<'calls' | 'info' | 'events', string[]> = { calls: [], info: [], events: [] }
  const machine: Record<'calls' | 'info', string[]> = { calls: [], info: [] }
  const handler: string[] = []
  const client: string[] = []
  for (let index = 0; index < messages; index++) {
    const name = `message${index}`
    if (index % 3 === 0) {
      api.calls.push(`${name}(payload: number): string`)
      machine.calls.push(`${name}: (data, n, { from }) => nextState('on', data + n, replyTo(from, 'done'))`)
      client.push(`await call(self, api, '${name}', 1)`)
    } else if (index % 3 === 1) {
      api.info.push(`| { readonly type: '${name}'; readonly n: number }`)
      machine.info.push(`${name}: (data, { n }) => nextState('on', data + n)`)
      client.push(`info(self, api, { type: '${name}', n: 1 })`)
    } else {
      api.events.push(`| { readonly type: '${name}'; readonly n: number }`)
      handler.push(`${name}: (sum, { n }) => noreply(sum + n)`)
      client.push(`notify(self, api, { type: '${name}', n: 1 })`)
    }
  }
  return `
import { begin, call, defineHandler, defineStatem, handlerProtocol, info, nextState, noreply, notify, protocol, replyTo } from '@agner/behaviours'
import type { Begin, Handler, HandlerProtocol, Protocol, Statem } from '@agner/behaviours'
import type { Process } from '@agner/core'

export interface Api {
  calls: { ${api.calls.join('\n    ')} }
  info: ${api.info.join('\n    ')}
  events: ${api.events.join('\n    ')}
}
export const api: Protocol<Api> = protocol('@acme/generated')

type Own = Record<never, never>
export const Machine: Statem<Api, undefined, 'off' | 'on', number, Own> = defineStatem(api, {
  init: (_: undefined): Begin<'off' | 'on', number, Own> => begin('off', 0),
  states: {
    off: { calls: { ${machine.calls.join(',\n    ')} }, info: { ${machine.info.join(',\n    ')} } },
    on: {},
  },
})

const sums: HandlerProtocol<Api> = handlerProtocol(api, '@acme/sums')
export const Sums: Handler<Api, object, void> = defineHandler(sums, {
  init: (_: void): number => 0,
  events: { ${handler.join(',\n    ')} },
})

export async function client(self: Process<never>): Promise<void> {
  ${client.join('\n  ')}
}
`
}
