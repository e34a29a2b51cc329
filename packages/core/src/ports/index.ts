/**
 * `@agner/core/ports`: sockets, files, HTTP requests and streams as ports of processes, as Erlang has them: linked, closed with their owner, and
 * read one message at a time on demand.
 */
export { openDriver, openPort, type Given } from './open.ts'
export {
  openListener,
  openHttp,
  type ListenerOptions,
  type ServerOptions,
  type TextListenerOptions,
} from './open-server.ts'
export { openEvents, type Emitter, type EventPortOptions, type Target } from './open-events.ts'
export { Port, type AnyPort, type PortCall, type ReadOptions } from './port.ts'
export { HttpRequest, type Answer, type HttpHeaders } from './http-request.ts'
export { ended } from './reader.ts'
export { portsOf } from './open-ports.ts'
export type { Active } from './demand.ts'
export type { CommonOptions, PortOptions, TextPortOptions } from './settings.ts'
export type { Packet } from './packets.ts'
export type { Driver, Output, Sink } from './driver.ts'
export type { NodeStream } from './drivers/stream.ts'
export type { WebPair } from './drivers/web.ts'
export type { Send } from './drivers/send-output.ts'
export type {
  PortClosed,
  PortConnection,
  PortData,
  PortEnded,
  PortError,
  PortEvent,
  PortMessage,
  PortPassive,
  PortRequest,
  Tagged,
} from './messages.ts'
