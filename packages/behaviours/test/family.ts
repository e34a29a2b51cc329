/**
 * Children for tests of supervisors: servers that log their lives, start and end as they are told, and can be crashed
 * by name.
 */
import {
  call,
  cast,
  defineServer,
  ignore,
  protocol,
  reply,
  stop,
  type ChildSettings,
  type ChildSpec,
  type Protocol,
  type Server,
} from '../src/index.ts'
import type { World } from './world.ts'

export interface KidApi {
  calls: { ping(): string }
  casts: { end(reason: string): void; crash(): void }
}
export const kid: Protocol<KidApi> = protocol('@test/kid')

interface Kid {
  readonly id: string
}

export interface KidOptions extends Partial<ChildSettings> {
  /** What the nth start (from 1) does; default `start`. */
  readonly starts?: (attempt: number) => 'start' | 'fail' | 'ignore' | 'hang'
  readonly trapExits?: boolean
  /** How long `terminate` takes. */
  readonly endMs?: number
  readonly startMs?: number
}

export interface Family {
  /** A child specification; it is registered under its id, too. */
  child(id: string, options?: KidOptions): ChildSpec
  crash(id: string): void
  end(id: string, reason: string): void
  ping(id: string): Promise<string>
  /** What has happened since it was last asked. */
  happened(): string[]
}

export function createFamily({ node, log }: World): Family {
  const attempts = new Map<string, number>()
  const make = (
    id: string,
    { starts = () => 'start', trapExits = true, endMs = 0, startMs = 0 }: KidOptions,
  ): Server<KidApi, undefined, Kid> =>
    defineServer(kid, {
      trapExits,
      init: async (_: undefined, { self }) => {
        const attempt = (attempts.get(id) ?? 0) + 1
        attempts.set(id, attempt)
        const how = starts(attempt)
        if (how !== 'start') log.push(`${how} ${id}`)
        if (how === 'hang') await new Promise(() => {})
        if (startMs > 0) await self.sleep(startMs)
        if (how === 'fail') return stop(`no ${id}`)
        if (how === 'ignore') return ignore()
        log.push(`start ${id}`)
        return { id }
      },
      calls: { ping: (state) => reply(`${state.id} lives`, state) },
      casts: {
        end: (_state, reason) => stop(reason),
        crash: () => {
          throw new Error(`crash of ${id}`)
        },
      },
      terminate: async (reason, _state, { self }) => {
        if (reason !== 'shutdown') return
        if (endMs > 0) await self.sleep(endMs)
        log.push(`end ${id}`)
      },
    })
  return {
    child: (id, options = {}) => {
      const { starts: _starts, trapExits: _trapExits, endMs: _endMs, startMs: _startMs, ...settings } = options
      return make(id, options).child({ id, name: id, ...settings })
    },
    crash: (id) => cast(node, kid.at(id), 'crash'),
    end: (id, reason) => cast(node, kid.at(id), 'end', reason),
    ping: (id) => call(node, kid.at(id), 'ping'),
    happened: () => log.splice(0),
  }
}
