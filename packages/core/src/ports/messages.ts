/**
 * The messages of ports: plain data but for the port itself, which is a value like a pid.
 *
 * Their types are `data`, `closed` and so on; a port with a tag puts it in front (`tcp_data`, `tcp_closed`), so that one process, or the
 * `info` handlers of one server, can tell several ports apart. A process names what it wants: `Process<MyMessage | PortMessage<string>>`.
 */
import type { HttpRequest } from './http-request.ts'
import type { AnyPort, Port } from './port.ts'

/** What can happen to a port. */
export type PortEvent = 'data' | 'connection' | 'request' | 'ended' | 'error' | 'closed' | 'passive'

/** The type of a message: the event, behind the tag of the port if it has one. */
export type Tagged<Tag extends string, Event extends PortEvent> = Tag extends '' ? Event : `${Tag}_${Event}`

/** One item: bytes, a packet, a line, or whatever else the source gives. */
export interface PortData<T = Uint8Array, Tag extends string = ''> {
  readonly type: Tagged<Tag, 'data'>
  readonly port: Port<T>
  readonly data: T
}

/** The source has failed; `closed` follows. A copy of the error, with its `code`. */
export interface PortError<Tag extends string = ''> {
  readonly type: Tagged<Tag, 'error'>
  readonly port: AnyPort
  readonly error: Error
}

/** The source has ended or failed, and is closed: the last message of a port. None comes to an owner who closed it himself. */
export interface PortClosed<Tag extends string = ''> {
  readonly type: Tagged<Tag, 'closed'>
  readonly port: AnyPort
}

/** The count that was given to `active` is used up, and the port passive. */
export interface PortPassive<Tag extends string = ''> {
  readonly type: Tagged<Tag, 'passive'>
  readonly port: AnyPort
}

/** Nothing more will come from a port with `halfOpen`, which can still be written to. */
export interface PortEnded<Tag extends string = ''> {
  readonly type: Tagged<Tag, 'ended'>
  readonly port: AnyPort
}

/** A listener has accepted a connection: a port that its owner owns, and can hand over. */
export interface PortConnection<T = Uint8Array, Tag extends string = ''> {
  readonly type: Tagged<Tag, 'connection'>
  readonly port: Port<Port<T>, never>
  readonly connection: Port<T>
}

/** A request has come to an HTTP server: a port, too, with the request's body to read and the answer to write. */
export interface PortRequest<Tag extends string = ''> {
  readonly type: Tagged<Tag, 'request'>
  readonly port: Port<HttpRequest, never>
  readonly request: HttpRequest
}

/** What comes from a port of data that is used in the plain way. */
export type PortMessage<T = Uint8Array, Tag extends string = ''> = PortData<T, Tag> | PortError<Tag> | PortClosed<Tag>

export type MessageTypes = Readonly<Record<PortEvent, string>>

export function typesOf(tag: string): MessageTypes {
  const typeOf = (event: PortEvent): string => (tag === '' ? event : `${tag}_${event}`)
  return {
    data: typeOf('data'),
    connection: typeOf('connection'),
    request: typeOf('request'),
    ended: typeOf('ended'),
    error: typeOf('error'),
    closed: typeOf('closed'),
    passive: typeOf('passive'),
  }
}
