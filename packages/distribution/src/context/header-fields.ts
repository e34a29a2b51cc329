/**
 * What comes along with a signal, as header fields of its frame: PROTOCOL.md, section 4.
 */
import { Pid, type AnyPid, type ClockStamp, type TraceContext } from '@agner/core'
import { ByteReader } from '../wire/byte-reader.ts'
import type { FrameWriter } from '../wire/frame-writer.ts'
import { pidBytes, readIdentity, writePid, type Parties } from '../wire/parties.ts'
import { badFrame } from '../wire/wire-error.ts'

const fieldType = { trace: 1, clock: 2, leader: 3 } as const
const headBytes = 3
const traceIdBytes = 16
const traceBytes = 25
const clockBytes = 8

/** Null: that did not come along. */
export interface Fields {
  readonly trace: TraceContext | null
  readonly clock: ClockStamp | null
  /** The group leader of who asks for a process. */
  readonly leader: AnyPid | null
}

/** One of them at least. */
export function writeFields(writer: FrameWriter, { trace, clock, leader }: Fields, parties: Parties): void {
  const leaderBytes = leader === null ? 0 : pidBytes(leader, parties)
  writer.u16(
    (trace === null ? 0 : headBytes + traceBytes) +
      (clock === null ? 0 : headBytes + clockBytes) +
      (leader === null ? 0 : headBytes + leaderBytes),
  )
  if (trace !== null) {
    writer.u8(fieldType.trace)
    writer.u16(traceBytes)
    writeHex(writer, trace.traceId)
    writeHex(writer, trace.spanId)
    writer.u8(trace.flags)
  }
  if (clock !== null) {
    writer.u8(fieldType.clock)
    writer.u16(clockBytes)
    writer.u16(Math.floor(clock.ms / 2 ** 32))
    writer.u32(clock.ms >>> 0)
    writer.u16(clock.counter)
  }
  if (leader !== null) {
    writer.u8(fieldType.leader)
    writer.u16(leaderBytes)
    writePid(writer, leader, parties)
  }
}

/** Null when nothing that is known came along. Unknown fields are passed over. @throws WireError */
export function readFields(reader: ByteReader, parties: Parties): Fields | null {
  const length = reader.u16()
  const end = reader.position + length
  let trace: TraceContext | null = null
  let clock: ClockStamp | null = null
  let leader: AnyPid | null = null
  while (reader.position < end) {
    const type = reader.u8()
    const bytes = reader.view(reader.u16())
    if (type === fieldType.trace) trace = readTrace(bytes)
    else if (type === fieldType.clock) clock = readClock(bytes)
    else if (type === fieldType.leader) leader = readLeader(bytes, parties)
  }
  if (reader.position !== end) throw badFrame('the header fields are longer than their block')
  return trace === null && clock === null && leader === null ? null : { trace, clock, leader }
}

/** One whose ids are zero is none, as W3C Trace Context has it. */
function readTrace(bytes: Uint8Array): TraceContext | null {
  if (bytes.length !== traceBytes) throw badFrame(`a trace context has ${traceBytes} bytes, not ${bytes.length}`)
  const traceId = hexOf(bytes, 0, traceIdBytes)
  const spanId = hexOf(bytes, traceIdBytes, traceBytes - 1)
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null
  return Object.freeze({ traceId, spanId, flags: bytes[traceBytes - 1]! })
}

function readClock(bytes: Uint8Array): ClockStamp {
  if (bytes.length !== clockBytes) throw badFrame(`a clock stamp has ${clockBytes} bytes, not ${bytes.length}`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, clockBytes)
  return Object.freeze({ ms: view.getUint16(0) * 2 ** 32 + view.getUint32(2), counter: view.getUint16(6) })
}

function readLeader(bytes: Uint8Array, parties: Parties): AnyPid {
  const reader = new ByteReader(bytes)
  const leader = readIdentity(reader, reader.u8(), parties)
  if (!(leader instanceof Pid)) throw badFrame('the group leader is no pid')
  if (reader.remaining !== 0) throw badFrame(`${reader.remaining} bytes follow the group leader`)
  return leader
}

function writeHex(writer: FrameWriter, text: string): void {
  for (let at = 0; at < text.length; at += 2) writer.u8(Number.parseInt(text.slice(at, at + 2), 16))
}

function hexOf(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  for (let at = start; at < end; at++) text += bytes[at]!.toString(16).padStart(2, '0')
  return text
}
