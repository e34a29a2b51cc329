/** Analytics reads what is new, page by page, whatever the pages have. */
import { call, startServer } from '@agner/behaviours'
import { createNode, type Node } from '@agner/core'
import type { FoundPage } from '@agner-chat/database/client'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { analytics } from '../src/analytics.api.ts'
import { defineAnalytics } from '../src/analytics.ts'

let node: Node
beforeEach(() => {
  node = createNode()
})
afterEach(() => node.stop())

it('goes on as long as there are more, though a page has fewer messages than it asked for', async () => {
  const at = new Date().toISOString()
  const asked: number[] = []
  const since = (_: unknown, { after }: { readonly after: number }): Promise<FoundPage> => {
    asked.push(after)
    const found = after < 5 ? [{ id: after + 1, room: 'lobby', user: 'ann', text: 'long', at }] : []
    return Promise.resolve({ found, more: after < 4, copyOf: null })
  }
  const pid = await startServer(node, defineAnalytics({ since }), undefined)
  // Asked for behind the first look at the messages.
  expect(await call(node, analytics.at(pid), 'figures')).toMatchObject({ totalMessages: 5, upTo: 5, activeUsers: 1 })
  expect(asked).toEqual([0, 1, 2, 3, 4])
})
