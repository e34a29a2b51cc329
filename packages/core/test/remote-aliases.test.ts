/** Monitors with a tag or an alias, over the wire. */
import { eachSeed } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import { timedOut, type Alias, type Down, type MonitorAlias, type Process } from '../src/index.ts'
import { createCluster } from './cluster.ts'

type Message = string | Down | Down<'gone'>

interface Ask {
  readonly to: Alias<string>
  readonly texts: readonly string[]
}

/** Sends each text through the alias. */
const echo = async (self: Process<Ask>): Promise<void> => {
  for (;;) {
    const { to, texts } = await self.receive()
    for (const text of texts) self.send(to, text)
  }
}

async function rest(self: Process<Message>): Promise<unknown[]> {
  const messages: unknown[] = []
  for (;;) {
    const message = await self.receive({ timeoutMs: 100 })
    if (message === timedOut) return messages
    messages.push(message)
  }
}

describe('a monitor on another node, with an alias', () => {
  test.each<[MonitorAlias, string[], boolean]>([
    ['replyDemonitor', ['one'], false],
    ['demonitor', ['one', 'two'], true],
    ['explicitUnalias', ['one', 'two'], true],
  ])('%s: what comes through it, and what is left of the monitor on both sides', async (mode, through, stays) => {
    await eachSeed({ seeds: 20 }, async (runtime) => {
      const { a, b } = createCluster(runtime)
      const pid = b.node.spawn(echo)
      await a.inProcess<Message>(async (self) => {
        const alias = self.monitor(pid, { alias: mode })
        self.send(pid, { to: alias, texts: ['one', 'two'] })
        expect(await rest(self)).toEqual(through)
        expect(b.node.processInfo(pid)!.monitoredBy).toEqual(stays ? [self.pid] : [])
        expect(self.demonitor(alias)).toBe(stays)
        await self.sleep(10)
        expect(b.node.processInfo(pid)!.monitoredBy).toEqual([])
        self.send(pid, { to: alias, texts: ['late'] })
        expect(await rest(self)).toEqual(mode === 'explicitUnalias' ? ['late'] : [])
        expect(self.unalias(alias)).toBe(mode === 'explicitUnalias')
        self.send(pid, { to: alias, texts: ['too late'] })
        b.node.sendExit(pid, 'kill')
        expect(await rest(self)).toEqual([])
      })
    })
  })

  test('the line is cut: the Down has the tag, comes once, and ends the alias as any Down does', async () => {
    await eachSeed({ seeds: 20 }, async (runtime) => {
      const { a, b, network } = createCluster(runtime)
      const pid = b.node.spawn(echo)
      const other = a.node.spawn(echo)
      await a.inProcess<Message>(async (self) => {
        const modes = ['replyDemonitor', 'demonitor', 'explicitUnalias'] as const
        const aliases = modes.map((alias) => self.monitor(pid, { alias, tag: 'gone' }))
        await self.sleep(10)
        network.cut(a.node, b.node)
        const downs = await rest(self)
        expect(downs).toHaveLength(3)
        for (const ref of aliases)
          expect(downs).toContainEqual({ type: 'gone', ref, process: pid, reason: 'noconnection' })
        for (const to of aliases) self.send(other, { to, texts: ['late'] })
        expect(await rest(self)).toEqual(['late'])
        expect(aliases.map((alias) => self.demonitor(alias, { flush: true }))).toEqual([false, false, false])
      })
      expect(b.node.processInfo(pid)!.monitoredBy).toEqual([])
    })
  })
})
