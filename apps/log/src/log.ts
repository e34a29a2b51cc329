/**
 * The log server: takes events from every node, writes them to files, and passes them on to those who subscribed.
 *
 *     node's forwarder ── write(events) ──► log ──► files
 *                                            └───► subscribers, in the same order; one that ends is forgotten
 */
import { defineServer, logger, noreply, reply, type Server } from '@agner/behaviours'
import type { Pid, Ref } from '@agner/core'
import { log, type LogApi, type LogBatch, type LogEvent } from '@agner-chat/cluster/log'
import { EventFiles } from './event-files.ts'

export interface LogState {
  readonly files: EventFiles
  /** The newest last. */
  readonly recent: readonly LogEvent[]
  readonly subscribers: ReadonlyMap<Ref, Pid<LogBatch>>
}

const recentLimit = 500

export const Log: Server<LogApi, string, LogState> = defineServer(log, {
  version: '1.0.0',
  init: (folder: string, { self }): LogState => ({
    files: self.own(
      new EventFiles(folder, {
        say: (level, text) => logger(self).log(level, text),
        nowMs: () => self.node.monotonicTimeMs(),
      }),
    ),
    recent: [],
    subscribers: new Map(),
  }),
  calls: {
    recent: (state, { limit }) => reply(state.recent.slice(-limit), state),
    subscribe: (state, subscriber, { self }) =>
      reply('subscribed', {
        ...state,
        subscribers: new Map([...state.subscribers, [self.monitor(subscriber), subscriber]]),
      }),
  },
  casts: {
    write: (state, events, { self }) => {
      state.files.write(events)
      for (const subscriber of state.subscribers.values()) self.send(subscriber, { type: 'logEvents', events })
      return noreply({ ...state, recent: [...state.recent, ...events].slice(-recentLimit) })
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
