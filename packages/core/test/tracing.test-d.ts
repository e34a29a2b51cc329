/**
 * What a trace tells is typed by what it was asked for.
 */
import type { AnyPid, Node, Pid, TraceEnd, TraceEvent, TraceStream, UsualTraceEventType } from '../src/index.ts'

declare const node: Node
declare const process: AnyPid
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
declare function same<A, B>(equal: Equal<A, B>): void

// Without a list: all but turns.
node.trace({
  processes: 'all',
  to: (event) => {
    same<typeof event, TraceEvent<UsualTraceEventType> | TraceEnd>(true)
    // @ts-expect-error: turns are not told unless they are asked for
    if (event.type === 'turn') return
    if (event.type === 'exit') same<typeof event.reason, TraceEvent<'exit'>['reason']>(true)
  },
})

const stream = node.trace({ processes: [process, 'name'], events: ['send', 'turn'] })
same<typeof stream, TraceStream<'send' | 'turn'>>(true)
for await (const event of stream) {
  if (event.type === 'turn') event.durationMs.toFixed()
  else if (event.type === 'send') same<typeof event.toNobody, boolean>(true)
  else same<typeof event, TraceEnd>(true)
}

node.trace({ processes: 'new', events: ['receive'], where: (event) => event.message === 1, to: () => {} })
// @ts-expect-error: a filter sees what was asked for, and a link has no message
node.trace({ processes: 'new', events: ['link'], where: (event) => event.message === 1, to: () => {} })
// @ts-expect-error: there is no such event
node.trace({ processes: 'new', events: ['sends'], to: () => {} })
// @ts-expect-error: whom to look at must be said
node.trace({ events: ['send'] })

declare const takesAll: Pid<TraceEvent | TraceEnd>
declare const takesSends: Pid<TraceEvent<'send'> | TraceEnd>
declare const takesText: Pid<string>
node.trace({ processes: 'all', to: takesAll })
node.trace({ processes: 'all', events: ['send'], to: takesSends })
// @ts-expect-error: that process takes sends, and would get more
node.trace({ processes: 'all', to: takesSends })
// @ts-expect-error: that process takes no events
node.trace({ processes: 'all', to: takesText })

// @ts-expect-error: who gets the events is not iterated over
node.trace({ processes: 'all', to: takesAll })[Symbol.asyncIterator]()

// @ts-expect-error: that process takes no events
node.monitorSystem({ longTurnMs: 1, to: takesText })
// @ts-expect-error: somebody must be told
node.monitorSystem({ longTurnMs: 1 })
