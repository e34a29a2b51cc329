/**
 * Servers as ports: each connection, each request is a port of its own, told one at a time as it is asked for.
 */
import type { Server as HttpServer } from 'node:http'
import type { Server } from 'node:net'
import type { ProcessRecord } from '../kernel/process-record.ts'
import type { AnyProcess } from '../process/process.ts'
import type { Arrival } from './drivers/arrivals.ts'
import type { ExchangeDriver } from './drivers/exchange.ts'
import { HttpDriver, ListenerDriver } from './drivers/server.ts'
import { HttpRequest } from './http-request.ts'
import { launch, launchFor } from './launch.ts'
import type { AnyPort, Port } from './port.ts'
import {
  asValues,
  checkSize,
  commonDefaults,
  toCommon,
  toSettings,
  type CommonOptions,
  type PortOptions,
  type Settings,
  type TextPortOptions,
} from './settings.ts'

export interface ServerOptions extends CommonOptions {
  /** How many that nobody has asked for are held, unread; more are refused: connections closed, requests answered 503. Default 128. */
  readonly backlog?: number
}

export interface ListenerOptions extends ServerOptions {
  /** What the ports of its connections are opened with. They are passive unless this says otherwise. */
  readonly connection?: PortOptions
}

export interface TextListenerOptions extends ListenerOptions {
  readonly connection: TextPortOptions
}

/**
 * A listening server as a source of connections: `{ type: 'connection', port, connection }` when active, `await port.read()` when passive.
 * Give it before it accepts anything: right after `createServer`, or right after `listen`.
 *
 * A connection belongs to the listener's owner until he hands it over, and is read from when its owner asks. The server is closed with its
 * port; connections that have another owner by then go on.
 *
 * @throws `port.bad_option`, `port.bad_active`, `node.too_many_processes`
 */
export function openListener(self: AnyProcess, server: Server, options: TextListenerOptions): Port<Port<string>, never>
export function openListener(self: AnyProcess, server: Server, options?: ListenerOptions): Port<Port<Uint8Array>, never>
export function openListener(self: AnyProcess, server: Server, options: ListenerOptions = {}): AnyPort {
  const inner = toSettings(options.connection ?? {}, true, false)
  const settings = toServerSettings(options, 'connection', () => inner)
  return launch(self, new ListenerDriver(server, options.backlog ?? usualBacklog), settings)
}

/**
 * An HTTP server as a source of requests: `{ type: 'request', port, request }` when active, `await port.read()` when passive. A request is a port
 * of its own: see {@link HttpRequest}.
 *
 * @throws `port.bad_option`, `port.bad_active`, `node.too_many_processes`
 */
export function openHttp(self: AnyProcess, server: HttpServer, options: ServerOptions = {}): Port<HttpRequest, never> {
  const inner = toSettings({ halfOpen: true }, false, false)
  const settings = toServerSettings(options, 'request', (arrival) => ({
    ...inner,
    makePort: (identity, id) => new HttpRequest(identity, id, arrival as ExchangeDriver),
  }))
  return launch(self, new HttpDriver(server, options.backlog ?? usualBacklog), settings) as Port<HttpRequest, never>
}

const usualBacklog = 128

function toServerSettings(
  options: ServerOptions,
  item: 'connection' | 'request',
  settingsOf: (arrival: Arrival) => Settings,
): Settings {
  checkSize('backlog', options.backlog ?? usualBacklog, Infinity)
  return {
    ...commonDefaults,
    ...toCommon(options, 'once'),
    item,
    makeDecoder: asValues((arrival) => arrival),
    adopt: (arrival, owner) => adopt(arrival as Arrival, owner, settingsOf),
  }
}

/** A node that has no room for another process turns one away; the listener goes on. */
function adopt(arrival: Arrival, owner: ProcessRecord, settingsOf: (arrival: Arrival) => Settings): AnyPort | null {
  if (arrival.isOver) return null
  try {
    return launchFor(owner, arrival, settingsOf(arrival))
  } catch {
    return null
  }
}
