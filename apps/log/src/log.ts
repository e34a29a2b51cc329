/**
 * The log server: takes events from every node, writes them to files, and passes them on to those who subscribed.
 *
 *     node's forwarder ── write(events) ──► log ──► files
 *                                            └───► subscribers, in the same order; one that ends is forgotten
 */
import { defineServer, logger, noreply, reply, type Server } from '@agner/behaviours'
import type { Pid, Ref } from '@agner/core'
import type { LogBatch, LogEvent } from '@agner-chat/cluster/log'
import { feed, type FeedApi, type FeedBatch } from '@agner-chat/reporting/feed'
import { EventFiles } from './event-files.ts'

export interface LogState {
  readonly files: EventFiles
  /** The newest last. */
  readonly recent: readonly LogEvent[]
  /** How many events were taken: the place of the newest. */
  readonly taken: number
  readonly subscribers: ReadonlyMap<Ref, Pid<LogBatch>>
}

const recentLimit = 500

export const Log: Server<FeedApi, string, LogState> = defineServer(feed, {
  version: '1.0.0',
  init: (folder: string, { self }): LogState => ({
    files: self.own(
      new EventFiles(folder, {
        say: (level, text) => logger(self).log(level, text),
        nowMs: () => self.node.monotonicTimeMs(),
      }),
    ),
    recent: [],
    taken: 0,
    subscribers: new Map(),
  }),
  calls: {
    recent: (state, { limit }) => reply(state.recent.slice(-limit), state),
    subscribe: (state, subscriber, { self }) => {
      const others = [...state.subscribers].filter(([, known]) => known !== subscriber)
      for (const [ref, known] of state.subscribers) if (known === subscriber) self.demonitor(ref)
      const subscribers = new Map([...others, [self.monitor(subscriber), subscriber]])
      return reply({ log: self.pid, events: state.recent, upTo: state.taken }, { ...state, subscribers })
    },
  },
  casts: {
    write: (state, events, { self }) => {
      state.files.write(events)
      const taken = state.taken + events.length
      const batch: FeedBatch = { type: 'logEvents', log: self.pid, events, upTo: taken }
      for (const subscriber of state.subscribers.values()) self.send(subscriber, batch)
      return noreply({ ...state, taken, recent: [...state.recent, ...events].slice(-recentLimit) })
    },
  },
  info: {
    down: (state, { ref }) => {
      const subscribers = new Map(state.subscribers)
      subscribers.delete(ref)
      return noreply({ ...state, subscribers })
    },
  },
})
