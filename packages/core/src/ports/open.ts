/**
 * Streams as ports, whichever kind they are.
 */
import type { AnyProcess } from '../process/process.ts'
import type { Duplex, Readable, Writable } from 'node:stream'
import type { ReadableStream, WritableStream } from 'node:stream/web'
import { coreError } from '../errors.ts'
import type { Driver } from './driver.ts'
import { IterableDriver } from './drivers/iterable.ts'
import { givesItsChunksAway, StreamDriver, type NodeStream } from './drivers/stream.ts'
import { WebDriver, type WebPair } from './drivers/web.ts'
import { launch } from './launch.ts'
import type { AnyPort, Port } from './port.ts'
import { toSettings, type PortOptions, type TextPortOptions } from './settings.ts'

/** Bytes arrive as a plain Uint8Array, whatever kind they were. */
export type Given<T> = T extends Uint8Array ? Uint8Array : T

/**
 * Makes a port of a stream: it belongs to `self` from now on, which is linked to it, gets its messages, and takes it along when it ends.
 *
 * Bytes by default; with `encoding` strings, with `packet` cut into lines or packets. What gives other values, an object stream, an async
 * iterable, gives copies of them. Nothing is taken from the source that was not asked for, but for what it buffers itself.
 *
 * @throws `port.bad_source`, `port.bad_option`, `port.bad_active`, `node.too_many_processes`
 */
export function openPort(
  self: AnyProcess,
  source: NodeStream | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> | WebPair<Uint8Array>,
  options: TextPortOptions,
): Port<string>
export function openPort(
  self: AnyProcess,
  source: Readable | Duplex | Writable,
  options?: PortOptions,
): Port<Uint8Array>
export function openPort<T>(
  self: AnyProcess,
  source: ReadableStream<T> | WebPair<T>,
  options?: PortOptions,
): Port<Given<T>, unknown>
export function openPort(self: AnyProcess, source: WritableStream, options?: PortOptions): Port<never, unknown>
export function openPort<T>(self: AnyProcess, source: AsyncIterable<T>, options?: PortOptions): Port<Given<T>, never>
export function openPort(self: AnyProcess, source: object, options: PortOptions = {}): AnyPort {
  if (typeof source !== 'object' || source === null) throw coreError('port.bad_source', { value: String(source) })
  const exclusive = isNodeStream(source) && givesItsChunksAway(source)
  // Before the driver, which may take hold of the source.
  const settings = toSettings(options, exclusive, 'once')
  return launch(self, driverOf(source), settings)
}

/** The same for a source that you drive yourself. @throws `port.bad_option`, `port.bad_active`, `node.too_many_processes` */
export function openDriver<T = Uint8Array, W = unknown>(
  self: AnyProcess,
  driver: Driver,
  options: PortOptions = {},
): Port<T, W> {
  return launch(self, driver, toSettings(options, false, 'once')) as Port<T, W>
}

function driverOf(source: object): Driver {
  if (isNodeStream(source)) return new StreamDriver(source)
  if ('getReader' in source) return new WebDriver({ readable: source as ReadableStream })
  if ('getWriter' in source) return new WebDriver({ writable: source as WritableStream })
  if (isWebPair(source)) return new WebDriver(source)
  if (Symbol.asyncIterator in source) return new IterableDriver(source as AsyncIterable<unknown>)
  throw coreError('port.bad_source', { value: `an instance of ${source.constructor?.name ?? 'no class'}` })
}

function isNodeStream(source: object): source is NodeStream {
  const { on, destroy, pipe } = source as Partial<Readable>
  return typeof on === 'function' && typeof destroy === 'function' && typeof pipe === 'function'
}

function isWebPair(source: object): source is WebPair {
  const { readable, writable } = source as { readonly readable?: unknown; readonly writable?: unknown }
  const reads = typeof readable === 'object' && readable !== null && 'getReader' in readable
  const writes = typeof writable === 'object' && writable !== null && 'getWriter' in writable
  return reads || writes
}
