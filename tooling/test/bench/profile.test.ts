import { describe, expect, it } from 'vitest'
import { summarise } from '../../bench/profile.ts'

const node = (id: number, functionName: string, url: string) => ({
  id,
  callFrame: { functionName, url, lineNumber: 9 },
})
const here = new URL('../../../packages/core/src/node.ts', import.meta.url).href

describe('the summary of a profile', () => {
  it('adds up own time by function, the dearest first, and leaves out starting up and idling', () => {
    const nodes = [
      node(1, '(idle)', ''),
      node(2, 'compile', 'node:internal/loader'),
      node(3, 'send', here),
      node(4, 'send', here),
      node(5, '(garbage collector)', ''),
    ]
    const profile = { nodes, samples: [1, 2, 3, 5, 4], timeDeltas: [1000, 500, 20, 25, 55] }
    expect(summarise(profile)).toBe(' 75.0 %  send  packages/core/src/node.ts:10\n 25.0 %  (garbage collector)')
  })

  it('counts what sockets take, in JavaScript and in the system', () => {
    const nodes = [
      node(1, 'onStreamRead', 'node:internal/stream_base_commons'),
      node(2, 'writev', ''),
      node(3, '(program)', ''),
      node(4, 'load', 'node:internal/modules/esm/loader'),
    ]
    const profile = { nodes, samples: [1, 2, 3, 4], timeDeltas: [1, 3, 9, 9] }
    expect(summarise(profile)).toBe(' 75.0 %  writev\n 25.0 %  onStreamRead  node:internal/stream_base_commons:10')
  })

  it('shows no more than was asked for', () => {
    const profile = { nodes: [node(1, 'a', here), node(2, 'b', here)], samples: [1, 2], timeDeltas: [3, 1] }
    expect(summarise(profile, 1)).toBe(' 75.0 %  a  packages/core/src/node.ts:10')
  })
})
