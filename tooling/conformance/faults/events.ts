/**
 * Wrong event managers.
 */
import type { AnyProcess } from '../../../packages/core/src/index.ts'
import { Handlers } from '../../../packages/behaviours/src/events/handlers.ts'
import { EventManaging } from '../../../packages/behaviours/src/events/running.ts'
import { patch, type Fault } from './patch.ts'

/** Methods that are protected, for those who plant faults. */
interface Open {
  ordinary(message: unknown): unknown
  ending(reason: unknown): unknown
  readonly self: AnyProcess
}
const hidden = EventManaging.prototype as unknown as Open
const managing = EventManaging.prototype

export const eventFaults = {
  'events.oldest_first': patch(
    Handlers.prototype,
    'install',
    (install) =>
      async function (this: Handlers, ...args) {
        const failure = await install.apply(this, args)
        if (failure === null) this.list = [...this.list.slice(1), ...this.list.slice(0, 1)]
        return failure
      },
  ),
  'events.an_id_is_unique': patch(
    Handlers.prototype,
    'install',
    (install) =>
      function (this: Handlers, ...args) {
        const id = JSON.stringify(args[1])
        if (this.list.some((each) => JSON.stringify(each.id) === id)) return { reason: 'already_present' }
        return install.apply(this, args)
      },
  ),
  'events.refusal_is_a_crash': patch(
    Handlers.prototype,
    'install',
    (install) =>
      async function (this: Handlers, ...args) {
        const failure = await install.apply(this, args)
        if (failure !== null) throw failure.reason
        return failure
      },
  ),
  'events.notify_is_lost': patch(
    hidden,
    'ordinary',
    (ordinary) =>
      function (this: Open, message) {
        return (message as { type?: string }).type === '$agner/event' ? this : ordinary.call(this, message)
      },
  ),
  'events.sync_does_not_wait': patch(
    managing,
    'tell',
    (tell) =>
      function (this: EventManaging, table, message, handlers, from, request) {
        if (request === null) return tell.call(this, table, message, handlers, from, null)
        void tell.call(this, table, message, [], from, request)
        const { self } = this as unknown as Open
        return self.sleep(1).then(() => tell.call(this, table, message, handlers, from, null))
      },
  ),
  'events.a_stop_never_ends': patch(hidden, 'ending', () => () => new Promise(() => {})),
  'events.heirs_get_lost': patch(
    Handlers.prototype,
    'handOver',
    (handOver) =>
      async function (this: Handlers, handler, successor) {
        await handOver.call(this, handler, successor)
        this.list = this.list.slice(1)
      },
  ),
  'events.heirs_go_first': patch(
    Handlers.prototype,
    'handOver',
    (handOver) =>
      async function (this: Handlers, handler, successor) {
        const before = this.list
        await handOver.call(this, handler, successor)
        const heir = this.list.filter((each) => !before.includes(each))
        this.list = [...heir, ...this.list.filter((each) => before.includes(each))]
      },
  ),
  'events.crash_ends_the_manager': patch(Handlers.prototype, 'crashed', () => (_handler, reason) => {
    throw reason
  }),
  'events.a_crashed_handler_stays': patch(Handlers.prototype, 'crashed', () => () => undefined),
  'events.owners_are_not_told': patch(Handlers.prototype, 'tellOwner', () => () => {}),
  'events.owners_stay_linked': patch(
    hidden,
    'ending',
    (ending) =>
      async function (this: Open, reason) {
        this.self.unlink = () => {}
        await ending.call(this, reason)
        throw new Error('boom')
      },
  ),
  'events.handlers_outlive_their_owner': patch(
    managing,
    'exit',
    () =>
      function (this: EventManaging, exit) {
        return this.tell('info', exit, [], 0, null)
      },
  ),
  'events.others_do_not_hear_of_exits': patch(
    managing,
    'exit',
    (exit) =>
      function (this: EventManaging, message) {
        const { tell } = this
        this.tell = (table, told, _handlers, from, request) => tell.call(this, table, told, [], from, request)
        const then = exit.call(this, message)
        delete (this as Partial<EventManaging>).tell
        return then
      },
  ),
  'events.results_get_lost': patch(
    Handlers.prototype,
    'end',
    (end) =>
      async function (this: Handlers, ...args) {
        await end.apply(this, args)
      },
  ),
  'events.a_swap_needs_the_old': patch(
    managing,
    'swap',
    (swap) =>
      function (this: EventManaging, payload) {
        const known = this.currentState().some(
          ({ handler }) => JSON.stringify(handler) === JSON.stringify(payload.handler),
        )
        return known ? swap.call(this, payload) : { missing: payload.handler }
      },
  ),
  'events.messages_get_lost': patch(
    managing,
    'info',
    () =>
      function (this: EventManaging) {
        return this
      },
  ),
  'events.a_stop_is_silent': patch(hidden, 'ending', () => () => undefined),
  'events.nobody_hibernates': patch(
    managing,
    'goesOn',
    (goesOn) =>
      function (this: EventManaging, handler, { state }) {
        return goesOn.call(this, handler, { state, then: undefined } as never)
      },
  ),
} satisfies Record<string, Fault>
