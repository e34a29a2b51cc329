/**
 * What is yes or no about a process, and how far its life has come, in one small integer.
 *
 * A record is read on the way of each message, and among a million of them each line of memory that it covers is a cache miss.
 */

export type Phase = 'alive' | 'exiting' | 'dead'

const phases: readonly Phase[] = ['alive', 'exiting', 'dead']
const phaseBits = 3
const deadBit = 2

const queuedBit = 1 << 2
const attentionBit = 1 << 3
const begunBit = 1 << 4
const busyBit = 1 << 5
const trapsBit = 1 << 6
const hiddenBit = 1 << 7
const allowanceShift = 8
const allowanceBits = 15 << allowanceShift
const usualAllowance = 4 << allowanceShift

export class Flags {
  private bits = attentionBit | usualAllowance

  get phase(): Phase {
    return phases[this.bits & phaseBits]!
  }

  set phase(phase: Phase) {
    this.bits = (this.bits & ~phaseBits) | phases.indexOf(phase)
  }

  get lives(): boolean {
    return (this.bits & phaseBits) === 0
  }

  get isDead(): boolean {
    return (this.bits & deadBit) !== 0
  }

  /** Stands in the run queue. */
  get queued(): boolean {
    return (this.bits & queuedBit) !== 0
  }

  set queued(on: boolean) {
    this.bits = on ? this.bits | queuedBit : this.bits & ~queuedBit
  }

  /** The body has something to do besides the inbox: it has not begun, or holds messages back. */
  get attention(): boolean {
    return (this.bits & attentionBit) !== 0
  }

  set attention(on: boolean) {
    this.bits = on ? this.bits | attentionBit : this.bits & ~attentionBit
  }

  /** Its first function has been called. */
  get begun(): boolean {
    return (this.bits & begunBit) !== 0
  }

  set begun(on: boolean) {
    this.bits = on ? this.bits | begunBit : this.bits & ~begunBit
  }

  /** A handler of a callback body runs, or the promise that it returned is pending; or the guard of a receive runs. */
  get busy(): boolean {
    return (this.bits & busyBit) !== 0
  }

  set busy(on: boolean) {
    this.bits = on ? this.bits | busyBit : this.bits & ~busyBit
  }

  /** A message would have to wait: a handler runs, or older ones are held back. */
  get holdsMessages(): boolean {
    return (this.bits & (busyBit | attentionBit)) !== 0
  }

  /** There is something to begin, or to go on with. */
  get wantsTurn(): boolean {
    return (this.bits & (busyBit | attentionBit)) === attentionBit
  }

  get trapsExits(): boolean {
    return (this.bits & trapsBit) !== 0
  }

  set trapsExits(on: boolean) {
    this.bits = on ? this.bits | trapsBit : this.bits & ~trapsBit
  }

  /** Listed, counted and reported; false for the kernel's own. */
  get visible(): boolean {
    return (this.bits & hiddenBit) === 0
  }

  set visible(on: boolean) {
    this.bits = on ? this.bits & ~hiddenBit : this.bits | hiddenBit
  }

  /** Signals that it may handle in one turn, a power of two up to 2^15: few, for one whose handlers turned out slow. */
  get allowance(): number {
    return 1 << ((this.bits & allowanceBits) >> allowanceShift)
  }

  set allowance(signals: number) {
    this.bits = (this.bits & ~allowanceBits) | ((31 - Math.clz32(signals)) << allowanceShift)
  }
}
