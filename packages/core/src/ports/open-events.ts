/**
 * Emitters of events as ports: a WebSocket, a parser, a child process that sends messages.
 */
import type { AnyProcess } from '../process/process.ts'
import { EventsDriver, type EventSource } from './drivers/events.ts'
import { SendOutput, type Send } from './drivers/send-output.ts'
import { isolate } from './isolation.ts'
import { launch } from './launch.ts'
import type { Port } from './port.ts'
import { asValues, checkSize, commonDefaults, toCommon, type CommonOptions } from './settings.ts'

/** An EventEmitter, or whatever else has `on` and `off`. */
export interface Emitter {
  on(event: string, listener: (...values: unknown[]) => void): unknown
  off(event: string, listener: (...values: unknown[]) => void): unknown
}

/** An EventTarget, such as the WebSocket of browsers and of Node.js. */
export interface Target {
  addEventListener(event: string, listener: (event: unknown) => void): void
  removeEventListener(event: string, listener: (event: unknown) => void): void
}

export interface EventPortOptions<T> extends CommonOptions {
  /** The event that brings an item. Default `message`. */
  readonly data?: string
  /** The event that says that it failed; null if there is none. Default `error`. */
  readonly error?: string | null
  /** The event that says that it has ended; null if there is none. Default `close`. */
  readonly closed?: string | null
  /** Makes an item of what an event brings. Default: the first value of an emitter; `data`, or `detail`, of a target's event. */
  readonly toItem?: (...values: never[]) => T
  /** Sends what is written; a promise makes the writer wait once 16 are on their way. Default: `send` of the source, if it has one. */
  readonly send?: Send
  /** Items that may wait without having been asked for, and values that may wait to be sent; one more fails the port. Default 1,000. */
  readonly limit?: number
}

/** What is called if the source has it, as WebSockets and streams do. */
interface Capable {
  readonly readyState?: unknown
  pause?(): void
  resume?(): void
  close?(): void
  terminate?(): void
  send?(data: unknown, sent?: (error?: unknown) => void): void
}

const closedState = 3

/**
 * A port of events. Between two items the source is paused, if it has `pause` and `resume`; otherwise what it says unasked waits, up to a limit. The
 * port closes it at the end, with `close`, or with `terminate` if it has that and there is no time.
 *
 * @throws `port.bad_option`, `port.bad_active`, `node.too_many_processes`
 */
export function openEvents<T = unknown>(
  self: AnyProcess,
  source: Emitter | Target,
  options: EventPortOptions<T> = {},
): Port<T, unknown> {
  const { data = 'message', error = 'error', closed = 'close', limit = 1000 } = options
  checkSize('limit', limit, Infinity)
  const settings = {
    ...commonDefaults,
    ...toCommon(options, 'once'),
    writeLimitBytes: limit,
    makeDecoder: asValues((item) => isolate(item, false)),
  }
  const isEmitter = 'on' in source
  const toItem = (options.toItem ?? (isEmitter ? firstValue : contentOf)) as (...values: unknown[]) => unknown
  const driver = new EventsDriver(toSource(source), { data, error, closed }, toItem, limit)
  const send = options.send ?? sendOf(source, isEmitter)
  if (send !== null) driver.output = new SendOutput(send, () => driver.finish())
  return launch(self, driver, settings) as Port<T, unknown>
}

function toSource(source: Emitter | Target): EventSource {
  const can = source as Capable
  return {
    listen: 'on' in source ? onEmitter(source) : onTarget(source),
    flow:
      typeof can.pause === 'function' && typeof can.resume === 'function'
        ? { pause: () => can.pause?.(), resume: () => can.resume?.() }
        : null,
    close: methodOf(can, 'close'),
    cut: methodOf(can, 'terminate') ?? methodOf(can, 'close'),
    isClosed: can.readyState === closedState,
  }
}

const onEmitter =
  (source: Emitter): EventSource['listen'] =>
  (event, heard) => {
    source.on(event, heard)
    return () => void source.off(event, heard)
  }

const onTarget =
  (source: Target): EventSource['listen'] =>
  (event, heard) => {
    const listener = (happened: unknown): void => heard(event === 'error' ? errorOf(happened) : happened)
    source.addEventListener(event, listener)
    return () => source.removeEventListener(event, listener)
  }

function methodOf(source: Capable, name: 'close' | 'terminate'): (() => void) | null {
  return typeof source[name] === 'function' ? () => source[name]?.() : null
}

const firstValue = (value: unknown): unknown => value

function contentOf(event: unknown): unknown {
  const { data, detail } = event as { readonly data?: unknown; readonly detail?: unknown }
  return data ?? detail
}

function errorOf(event: unknown): unknown {
  const { error, message } = event as { readonly error?: unknown; readonly message?: unknown }
  return error ?? new Error(typeof message === 'string' && message !== '' ? message : 'The source reported an error.')
}

/** `send` as `ws` has it calls back when it has sent; that of an event target just sends. */
function sendOf(source: object, callsBack: boolean): Send | null {
  const can = source as Capable
  if (typeof can.send !== 'function') return null
  if (!callsBack) return (data) => can.send?.(data)
  return (data) =>
    new Promise<void>((resolve, reject) =>
      can.send?.(data, (error) => (error == null ? resolve() : reject(error as Error))),
    )
}
