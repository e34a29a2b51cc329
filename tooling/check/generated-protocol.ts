/**
 * A protocol of so many messages, its server, and a client that uses each of them once, as source text: calls, casts
 * and plain messages in turns, with payloads and results of several shapes.
 */
const shapes = [
  { type: 'number', value: '1' },
  { type: 'string', value: "''" },
  { type: '{ readonly id: string; readonly tags: readonly string[] }', value: "{ id: '', tags: [] }" },
  { type: "'a' | 'b'", value: "'a'" },
  { type: 'Date | null', value: 'null' },
] as const

const shape = (index: number) => shapes[index % shapes.length]!

export function generatedProtocol(messages: number): string {
  const api: Record<'calls' | 'casts' | 'info', string[]> = { calls: [], casts: [], info: [] }
  const server: Record<'calls' | 'casts' | 'info', string[]> = { calls: [], casts: [], info: [] }
  const client: string[] = []
  const state = '{ count: state.count + (payload === null ? 1 : 2) }'
  for (let index = 0; index < messages; index++) {
    const [payload, result] = [shape(index), shape(index + 2)]
    const name = `message${index}`
    if (index % 3 === 0) {
      api.calls.push(`${name}(payload: ${payload.type}): ${result.type}`)
      server.calls.push(`${name}: (state, payload) => reply(${result.value}, ${state})`)
      client.push(`const result${index}: ${result.type} = await call(self, api, '${name}', ${payload.value})`)
      client.push(`void result${index}`)
    } else if (index % 3 === 1) {
      api.casts.push(`${name}(payload: ${payload.type}): void`)
      server.casts.push(`${name}: (state, payload) => noreply(${state})`)
      client.push(`cast(self, api, '${name}', ${payload.value})`)
    } else {
      api.info.push(`| { readonly type: '${name}'; readonly payload: ${payload.type} }`)
      server.info.push(`${name}: (state, { payload }) => noreply(${state})`)
      client.push(`info(self, api, { type: '${name}', payload: ${payload.value} })`)
    }
  }
  return `
import { call, cast, defineServer, info, noreply, protocol, reply, type Protocol, type Server } from '@agner/behaviours'
import type { Process } from '@agner/core'

export interface Api {
  calls: { ${api.calls.join('\n    ')} }
  casts: { ${api.casts.join('\n    ')} }
  info: ${api.info.join('\n    ')}
}
export const api: Protocol<Api> = protocol('@acme/generated')

interface State { readonly count: number }
export const Generated: Server<Api, number, State> = defineServer(api, {
  init: (start: number): State => ({ count: start }),
  calls: { ${server.calls.join(',\n    ')} },
  casts: { ${server.casts.join(',\n    ')} },
  info: { ${server.info.join(',\n    ')} },
})

export async function client(self: Process<never>): Promise<void> {
  ${client.join('\n  ')}
}
`
}
