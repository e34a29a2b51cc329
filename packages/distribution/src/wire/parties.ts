/**
 * The two nodes of a connection, and how a pid or ref is said between them: processes of either side by a short form,
 * all others in full.
 *
 * What is decoded is looked up, so that `===` holds across the wire; what is encoded is made known for its way back.
 */
import { Ref, type AnyPid } from '@agner/core'
import { exportPid, exportRef, internPid, internRef } from '@agner/core/kernel'
import type { ByteReader } from './byte-reader.ts'
import type { FrameWriter } from './frame-writer.ts'
import { addressForm } from './opcodes.ts'
import { textBytes, varintBytes } from './sizes.ts'
import { badFrame } from './wire-error.ts'

/** One life of a node. */
export interface Party {
  readonly name: string
  readonly incarnation: number
}

export interface Parties {
  readonly self: Party
  readonly peer: Party
}

export const nameLimitBytes = 255
/** Registered names, modules, versions and function names. */
export const textLimitBytes = 4096

export function writePid(writer: FrameWriter, pid: AnyPid, { self, peer }: Parties): void {
  exportPid(pid)
  writeIdentity(writer, pid, addressForm.senderPid, self, peer)
}

export function writeRef(writer: FrameWriter, ref: Ref, { self, peer }: Parties): void {
  exportRef(ref)
  writeIdentity(writer, ref, addressForm.senderRef, self, peer)
}

/** The forms of pids and of refs follow each other: the sender's, the receiver's, any other. */
function writeIdentity(writer: FrameWriter, value: AnyPid | Ref, senderForm: number, self: Party, peer: Party): void {
  const { node: name, incarnation } = value
  if (name === self.name && incarnation === self.incarnation) writer.u8(senderForm)
  else if (name === peer.name && incarnation === peer.incarnation) writer.u8(senderForm + 1)
  else {
    writer.u8(senderForm + 2)
    writer.text(name)
    writer.u32(incarnation)
  }
  writer.varint(value.id)
}

/** How long {@link writePid} makes it. */
export function pidBytes({ node: name, incarnation, id }: AnyPid, { self, peer }: Parties): number {
  const isNear = [self, peer].some((party) => name === party.name && incarnation === party.incarnation)
  return 1 + (isNear ? 0 : textBytes(name) + 4) + varintBytes(id)
}

/** The node that the form `form` (0 the sender's, 1 the receiver's, 2 any other) speaks of, read by the receiver. */
function readParty(reader: ByteReader, form: number, { self, peer }: Parties): Party {
  if (form === 0) return peer
  if (form === 1) return self
  return { name: reader.text(nameLimitBytes), incarnation: reader.u32() }
}

/** The address whose form byte was `form`: a pid, a ref, or null. */
export function readIdentity(reader: ByteReader, form: number, parties: Parties): AnyPid | Ref | null {
  if (form === addressForm.none) return null
  if (form <= addressForm.otherPid) {
    const { name, incarnation } = readParty(reader, form - addressForm.senderPid, parties)
    return internPid(name, incarnation, reader.varint())
  }
  if (form <= addressForm.otherRef) {
    const { name, incarnation } = readParty(reader, form - addressForm.senderRef, parties)
    return internRef(name, incarnation, reader.varint())
  }
  throw badFrame(`an address of form ${form} does not belong here`)
}

export function readRef(reader: ByteReader, parties: Parties): Ref {
  const value = readIdentity(reader, reader.u8(), parties)
  if (!(value instanceof Ref)) throw badFrame('a ref was expected')
  return value
}
