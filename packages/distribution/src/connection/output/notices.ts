/**
 * What one node says to another about the connection itself, past all signals that wait.
 */
import type { Address } from '../../network/network.ts'
import type { FrameWriter } from '../../wire/frame-writer.ts'
import { opcode } from '../../wire/opcodes.ts'
import type { Output } from './output.ts'

export class Notices {
  readonly #writer: FrameWriter
  readonly #output: Output

  constructor(writer: FrameWriter, output: Output) {
    this.#writer = writer
    this.#output = output
  }

  /** So much was taken in fragments. */
  credit(taken: number): void {
    this.#number(opcode.credit, taken)
  }

  /** This node ticks at another interval. */
  pace(tickMs: number): void {
    this.#number(opcode.pace, tickMs)
  }

  /** This node leaves within that time. */
  draining(withinMs: number): void {
    this.#number(opcode.draining, Math.ceil(withinMs))
  }

  /** Where this node's post listens. */
  post({ host, port }: Address): void {
    this.#writer.begin(opcode.liveness, 0)
    this.#writer.varint(port)
    this.#writer.text(host)
    this.#output.pass()
  }

  /** The last word, in peace. */
  bye(cause: number): void {
    this.#last(opcode.bye, cause, '')
  }

  /** The last word, because of what the peer sent. */
  fault(cause: number, text: string): void {
    this.#last(opcode.fault, cause, text)
  }

  #number(code: number, number: number): void {
    this.#writer.begin(code, 0)
    this.#writer.varint(number)
    this.#output.pass()
  }

  #last(code: number, cause: number, text: string): void {
    this.#writer.begin(code, 0)
    this.#writer.u8(cause)
    this.#writer.text(text)
    this.#writer.end()
    this.#output.flush()
  }
}
