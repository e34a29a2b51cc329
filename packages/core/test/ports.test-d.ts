/**
 * What the types of ports promise: checked by the compiler, never run.
 */
import type { EventEmitter } from 'node:events'
import type { Server as HttpServer } from 'node:http'
import type { Server, Socket } from 'node:net'
import type { Duplex, Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import type { AnyPid, Pid, Process, timedOut } from '../src/index.ts'
import {
  openEvents,
  openHttp,
  openListener,
  openPort,
  type AnyPort,
  type ended,
  type HttpRequest,
  type Port,
  type PortConnection,
  type PortData,
  type PortMessage,
} from '../src/ports/index.ts'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const equal = <T extends true>(): T | void => undefined

declare const self: Process<never>
declare const socket: Socket
declare const duplex: Duplex
declare const readable: Readable
declare const web: ReadableStream<Buffer>
declare const words: AsyncIterable<{ readonly word: string }>
declare const server: Server
declare const http: HttpServer
declare const emitter: EventEmitter
declare const target: EventTarget
declare const pid: Pid<string>

// What comes out of each kind of source.
const bytes: Port<Uint8Array> = openPort(self, socket)
const text: Port<string> = openPort(self, duplex, { encoding: 'utf8', packet: 'line' })
const file: Port<Uint8Array> = openPort(self, readable, { active: false })
const chunks: Port<Uint8Array, unknown> = openPort(self, web)
const objects: Port<{ readonly word: string }, never> = openPort(self, words)
const events: Port<number, unknown> = openEvents(self, emitter, { toItem: (value: number) => value })
const happenings: Port<unknown, unknown> = openEvents(self, target)
const connections: Port<Port<Uint8Array>, never> = openListener(self, server)
const lines: Port<Port<string>, never> = openListener(self, server, { connection: { encoding: 'utf8' } })
const requests: Port<HttpRequest, never> = openHttp(self, http)

// What is read, and when it is known that it may be late.
const read = await text.read()
equal<Equal<typeof read, string | typeof ended>>()
const timed = await text.read({ timeoutMs: 1 })
equal<Equal<typeof timed, string | typeof ended | typeof timedOut>>()
for await (const request of requests) equal<Equal<typeof request, HttpRequest>>()

// Any port is a port, and a pid that nothing can be sent to.
const anyPorts: AnyPort[] = [bytes, text, file, chunks, objects, events, happenings, connections, lines, requests]
const anyPid: AnyPid = bytes
self.link(bytes)
self.monitor(text)
// @ts-expect-error a port takes no messages
self.send(bytes, 'hello')
// @ts-expect-error there is nothing to write to
await objects.write('hello')
// @ts-expect-error a socket takes bytes and strings
await bytes.write(5)
// @ts-expect-error 'twice' is no demand
bytes.active('twice')
// @ts-expect-error there is no such packet
openPort(self, socket, { packet: 3 })

// Messages, with a tag and without.
declare const message: PortMessage<string> | PortConnection<string>
if (message.type === 'data') equal<Equal<typeof message, PortData<string>>>()
if (message.type === 'connection') equal<Equal<typeof message.connection, Port<string>>>()
declare const tagged: PortMessage<string, 'tcp'>
equal<Equal<typeof tagged.type, 'tcp_data' | 'tcp_error' | 'tcp_closed'>>()

// They can be sent on, ports and all.
declare const other: Pid<PortMessage<string>>
if (message.type === 'data') self.send(other, message)
self.send(pid, 'hello')

export { anyPid, anyPorts }
