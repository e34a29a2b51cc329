/**
 * A door with handlers that log what happens to them.
 */
import {
  defineHandler,
  handlerProtocol,
  noreply,
  protocol,
  removeHandler,
  removeHandlerAndReply,
  reply,
  stop,
  type Handler,
  type HandlerProtocol,
  type Protocol,
} from '../src/index.ts'
import type { World } from './world.ts'

export interface DoorApi {
  events: { type: 'opened'; door: string } | { type: 'closed'; door: string }
  info: { type: 'knock' } | { type: 'rattle' }
}
export const door: Protocol<DoorApi> = protocol('@test/door')

export interface KeeperApi {
  calls: { seen(): readonly string[]; leave(word: string): string; crash(): void; wrong(): void }
}
export const keeper: HandlerProtocol<DoorApi, KeeperApi> = handlerProtocol(door, '@test/keeper')

export interface KeeperArg {
  readonly name: string
  /** Doors that it crashes at, leaves at, waits at. */
  readonly crashAt?: string
  readonly leaveAt?: string
  readonly waitAt?: string
  readonly refuses?: boolean
}

interface State {
  readonly arg: KeeperArg
  readonly seen: readonly string[]
}

/** Logs `NAME init`, `NAME opened DOOR`, `NAME knock`, `NAME ends TYPE`. */
export function defineKeeper({ log }: World): Handler<DoorApi, KeeperApi, KeeperArg> {
  return defineHandler(keeper, {
    init: (arg: KeeperArg, { predecessor }): State => {
      if (arg.refuses === true) throw stop('refused')
      const left =
        predecessor === null ? '' : predecessor.found ? ` after ${String(predecessor.left)}` : ' after nobody'
      log.push(`${arg.name} init${left}`)
      return { arg, seen: [] }
    },
    events: {
      opened: async (state, event, { self }) => {
        const { arg } = state
        if (event.door === arg.waitAt) await self.sleep(100)
        log.push(`${arg.name} opened ${event.door}`)
        if (event.door === arg.crashAt) throw new Error(`${arg.name} is afraid of ${event.door}`)
        if (event.door === arg.leaveAt) return removeHandler()
        return noreply({ ...state, seen: [...state.seen, event.door] })
      },
    },
    info: {
      knock: (state) => {
        log.push(`${state.arg.name} knock`)
        return noreply(state)
      },
    },
    calls: {
      seen: (state) => reply(state.seen, state),
      leave: (_state, word) => removeHandlerAndReply(word),
      crash: () => {
        throw new Error('on demand')
      },
      wrong: (state) => noreply(state) as never,
    },
    terminate: (why, { arg }) => {
      const how = 'arg' in why ? ` ${String(why.arg)}` : ''
      log.push(`${arg.name} ends ${why.type}${how}`)
      return `${arg.name}'s keys`
    },
  })
}
