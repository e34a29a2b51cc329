/**
 * What is yes or no about a process, and how far its life has come, in one small integer.
 *
 * A record is read on the way of each message, and among a million of them each line of memory that it covers is a cache miss.
 */

import { priorities, type Priority } from './priority.ts'

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
const suspendedBit = 1 << 12
const sensitiveBit = 1 << 13
const priorityShift = 14
const onTurnBit = 1 << 16
const priorityBits = 3 << priorityShift
const tracedBit = 1 << 17
const selectiveBit = 1 << 18
const asleepBit = 1 << 19
const contextualBit = 1 << 20

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

  /** Enters the run queue. @returns whether it is of normal priority. */
  enterQueue(): boolean {
    return ((this.bits |= queuedBit) & priorityBits) === 0
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

  /** A handler begins. */
  enter(): void {
    this.bits |= busyBit | onTurnBit
  }

  /** It has returned; what it does later it does not do on the turn of the process. */
  leave(): void {
    this.bits &= ~(busyBit | onTurnBit)
  }

  /** Its code runs now, within its turn, and not in a microtask that follows it. */
  get onTurn(): boolean {
    return (this.bits & onTurnBit) !== 0
  }

  set onTurn(on: boolean) {
    this.bits = on ? this.bits | onTurnBit : this.bits & ~onTurnBit
  }

  /** Somebody suspended it: it handles signals, and runs none of its code. */
  get suspended(): boolean {
    return (this.bits & suspendedBit) !== 0
  }

  set suspended(on: boolean) {
    this.bits = on ? this.bits | suspendedBit : this.bits & ~suspendedBit
  }

  /** A message would have to wait: a handler runs, older ones are held back, only some are taken, or the process is suspended. */
  get holdsMessages(): boolean {
    return (this.bits & (busyBit | attentionBit | suspendedBit | selectiveBit)) !== 0
  }

  /** A callback body that takes only some messages now. */
  get selective(): boolean {
    return (this.bits & selectiveBit) !== 0
  }

  set selective(on: boolean) {
    this.bits = on ? this.bits | selectiveBit : this.bits & ~selectiveBit
  }

  /** A callback body that hibernates: nothing is kept for quick use. */
  get asleep(): boolean {
    return (this.bits & asleepBit) !== 0
  }

  set asleep(on: boolean) {
    this.bits = on ? this.bits | asleepBit : this.bits & ~asleepBit
  }

  /** No handler may run: one does, or the process is suspended. */
  get holdsCode(): boolean {
    return (this.bits & (busyBit | suspendedBit)) !== 0
  }

  /** There is something to begin, or to go on with. */
  get wantsTurn(): boolean {
    return (this.bits & (busyBit | attentionBit | suspendedBit)) === attentionBit
  }

  get trapsExits(): boolean {
    return (this.bits & trapsBit) !== 0
  }

  set trapsExits(on: boolean) {
    this.bits = on ? this.bits | trapsBit : this.bits & ~trapsBit
  }

  /** What it handles and keeps for itself is shown to nobody. */
  get sensitive(): boolean {
    return (this.bits & sensitiveBit) !== 0
  }

  set sensitive(on: boolean) {
    this.bits = on ? this.bits | sensitiveBit : this.bits & ~sensitiveBit
  }

  /** A trace looks at it. */
  get traced(): boolean {
    return (this.bits & tracedBit) !== 0
  }

  set traced(on: boolean) {
    this.bits = on ? this.bits | tracedBit : this.bits & ~tracedBit
  }

  /** Something comes along with what it handles, or is to go with what it sends. */
  get contextual(): boolean {
    return (this.bits & contextualBit) !== 0
  }

  set contextual(on: boolean) {
    this.bits = on ? this.bits | contextualBit : this.bits & ~contextualBit
  }

  /** It lives, nobody looks, and nothing comes along: all are asked at once, so that neither costs anything while it is not used. */
  get isUnseen(): boolean {
    return (this.bits & (phaseBits | tracedBit | contextualBit)) === 0
  }

  get isOfNormalPriority(): boolean {
    return (this.bits & priorityBits) === 0
  }

  get priority(): Priority {
    return priorities[(this.bits & priorityBits) >> priorityShift]!
  }

  set priority(priority: Priority) {
    this.bits = (this.bits & ~priorityBits) | (priorities.indexOf(priority) << priorityShift)
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
