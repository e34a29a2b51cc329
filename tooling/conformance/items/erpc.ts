/**
 * Functions called on other nodes: erpc, and the nodes of tests.
 */
import { verified, type Item } from './item.ts'

export const erpc: readonly Item[] = [
  verified('X01', 'what a call to another node gives, and how it fails', {
    left: 'notsup and system_limit: packages/distribution/test/erpc.test.ts',
  }),
  verified('X02', 'calls to many nodes, casts, requests whose answers are waited for later'),
  verified('X03', 'rpc', { notCovered: 'there is none: docs/differences.md' }),
  verified('X04', 'a fresh process in the group of the caller; a late result leaves nothing'),
]
