/**
 * Spawning with options, and spawn requests.
 */
import type { Process, SpawnReply, SpawnRequestOptions } from '../../../packages/core/src/index.ts'
import type { Topic } from '../scenario.ts'
import { is, isDown, isType, type Stage } from '../stage.ts'

const nothing = () => null
const nowhere = 'nowhere@127.0.0.1'

/** What has come within a while, by its kind. */
async function kinds(self: Process<unknown>): Promise<unknown[]> {
  await self.sleep(30)
  const heard: unknown[] = []
  for (let next = await self.receive({ timeoutMs: 0 }); typeof next !== 'symbol';) {
    heard.push(typeof next === 'string' ? next : (next as { readonly type: string }).type)
    next = await self.receive({ timeoutMs: 0 })
  }
  return heard
}

/** The answer to a request: `['ok', pid]`, or `['error', word]`. */
async function answer(self: Process<unknown>, t: Stage, ref: unknown): Promise<unknown> {
  const reply = (await self.receive(
    (message) => (message as { ref?: unknown } | null)?.ref === ref && !isDown(message),
  )) as SpawnReply
  if (reply.ok) return ['ok', reply.pid]
  return [
    'error',
    (
      t.attempt(() => {
        throw reply.error
      }) as { readonly raised: unknown }
    ).raised,
  ]
}

export const spawning: Topic = {
  a_request_is_answered_by_message: {
    items: ['P04'],
    faults: ['request.gets_no_answer'],
    play: async (self, t) => {
      const ref = self.spawnRequest(t.echo())
      const reply = (await self.receive()) as SpawnReply<unknown> & { readonly ok: true }
      t.emit(self, 'same', reply.ref === ref)
      t.label('a', reply.pid)
      await t.ping(self, reply.pid)
      t.emit(self, 'a_lives')
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  the_answer_comes_before_the_child: {
    items: ['P04', 'P02'],
    faults: ['request.answer_is_late'],
    play: async (self, t) => {
      self.trapExits(true)
      const body = t.loop(nothing, (me) => {
        me.send(self.pid, 'hello')
        me.exit('bye')
      })
      self.spawnRequest(body, { link: true, monitor: true })
      t.emit(self, 'got', await kinds(self))
    },
  },

  the_request_is_the_monitor: {
    items: ['P04', 'P02'],
    faults: ['request.ref_is_another'],
    play: async (self, t) => {
      const ref = self.spawnRequest(
        t.loop(nothing, (me) => me.exit('bye')),
        { monitor: true },
      )
      const [, pid] = (await answer(self, t, ref)) as [string, never]
      t.label('a', pid)
      t.emit(self, 'down', await self.receive((message) => isDown(message) && message.ref === ref, { timeoutMs: 200 }))
    },
  },

  a_bad_option_is_an_answer: {
    items: ['P04'],
    faults: ['request.bad_option_raises', 'request.bad_option_is_ignored'],
    play: async (self, t) => {
      const ask = async (what: string, options: object) => {
        const asked = t.attempt(() => self.spawnRequest(t.echo(), options as SpawnRequestOptions))
        t.emit(self, what, await answer(self, t, asked))
      }
      await ask('unknown', { foo: true })
      await ask('bad_reply', { reply: 'foo' })
      self.spawnRequest(t.echo(), { foo: true, reply: 'no' } as SpawnRequestOptions)
      t.emit(self, 'unanswered', await kinds(self))
      t.emit(
        self,
        'no_body',
        t.attempt(() => self.spawnRequest('foo' as never)),
      )
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  what_is_answered: {
    items: ['P05'],
    faults: ['request.reply_option_is_ignored'],
    play: async (self, t) => {
      for (const reply of ['yes', 'no', 'errorOnly', 'successOnly'] as const) {
        const options = { reply, monitor: true }
        self.spawnRequest(
          t.loop(nothing, (me) => me.exit('bye')),
          options,
        )
        t.emit(self, 'good', await kinds(self))
        self.spawnRequest(t.echo(), { ...options, foo: true } as SpawnRequestOptions)
        t.emit(self, 'bad', await kinds(self))
      }
    },
  },

  the_tag_of_an_answer: {
    items: ['P05', 'P03'],
    faults: ['request.tag_is_dropped', 'monitor.tag_is_dropped'],
    play: async (self, t) => {
      self.spawnRequest(
        t.loop(nothing, (me) => me.exit('bye')),
        { replyTag: 'born', monitor: { tag: 'gone' } },
      )
      t.emit(self, 'got', await kinds(self))
    },
  },

  a_request_to_a_node_that_cannot_be_reached: {
    items: ['P04', 'P05'],
    faults: ['peers.unreachable_is_silent', 'request.reply_option_is_ignored'],
    play: async (self, t) => {
      self.trapExits(true)
      const ask = (reply: 'yes' | 'no' | 'errorOnly' | 'successOnly') =>
        self.spawnRequestAt(nowhere, 'm', 'f', null, { link: true, monitor: true, reply })
      for (const reply of ['yes', 'errorOnly'] as const) t.emit(self, 'error', await answer(self, t, ask(reply)))
      for (const reply of ['no', 'successOnly'] as const) {
        ask(reply)
        t.emit(self, 'then', await kinds(self))
      }
    },
  },

  a_request_that_is_given_up: {
    items: ['P05'],
    faults: ['request.cannot_be_given_up', 'request.is_answered_all_the_same'],
    play: async (self, t) => {
      const there = self.spawnRequestAt(nowhere, 'm', 'f', null, { monitor: true })
      t.emit(self, 'given_up', self.abandonSpawn(there))
      t.emit(self, 'again', self.abandonSpawn(there))
      t.emit(self, 'unknown', self.abandonSpawn(self.makeRef()))
      t.emit(self, 'then', await kinds(self))
      const here = self.spawnRequest(t.echo())
      t.emit(self, 'too_late', self.abandonSpawn(here))
      t.emit(self, 'then', await kinds(self))
    },
  },

  a_child_hears_of_its_parents_death: {
    items: ['P06'],
    faults: ['link.is_one_way', 'link.reason_is_lost', 'request.link_is_forgotten'],
    play: async (self, t) => {
      const parent = async (me: Process<unknown>) => {
        const [, pid] = (await answer(me, t, me.spawnRequest(t.echo(), { link: true }))) as [string, never]
        me.send(self.pid, pid)
        await me.receive(is('go'))
        me.exit('why')
      }
      const a = t.label('a', self.spawn(parent))
      const child = t.label('child', (await self.receive()) as typeof a)
      const ref = self.monitor(child)
      self.send(a, 'go')
      t.emit(self, 'child', await t.reason(self, { ref }))
    },
  },

  link_and_monitor_in_one_step: {
    items: ['P03', 'P02'],
    faults: ['spawn.link_is_forgotten', 'monitor.tag_is_dropped'],
    play: async (self, t) => {
      self.trapExits(true)
      const body = t.loop(nothing, (me) => me.exit('bye'))
      const { pid, ref } = self.spawnMonitor(body, { link: true, tag: 'gone' })
      t.label('a', pid)
      t.emit(self, 'exit', await self.receive(isType('exit'), { timeoutMs: 200 }))
      const gone = (await self.receive({ timeoutMs: 200 })) as unknown as Readonly<Record<string, unknown>>
      t.emit(self, 'gone', [gone['type'], gone['ref'] === ref, gone['process'], gone['reason']])
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  a_child_answers_through_the_alias_of_its_monitor: {
    items: ['P03', 'P56'],
    faults: ['spawn.alias_is_forgotten'],
    play: async (self, t) => {
      const react = (me: Process<unknown>, message: unknown) => {
        me.send(message as never, 'answer' as never)
        me.send(message as never, 'again' as never)
        me.exit('bye')
      }
      const { pid, ref } = self.spawnMonitor<unknown>(t.loop(react), { alias: 'replyDemonitor' })
      t.label('a', pid)
      self.send(pid, ref)
      t.emit(self, 'got', await self.receive({ timeoutMs: 200 }))
      t.emit(self, 'then', await t.quiet(self))
    },
  },
}
