/**
 * `@agner/core/kernel`: the seam for packages that carry signals between nodes, and for behaviours. Not for applications.
 */
export { attachRouter, connectedNodes, stateOf } from './node.ts'
export { exportPid, exportRef, internPid, internRef } from './identity/realm.ts'
export { toExitReason } from './kernel/deaths.ts'
export { whenGone } from './kernel/ending.ts'
export { onDeath } from './kernel/on-death.ts'
export { awaitResponse, giveUp, inquire, Inquiry } from './kernel/inquiry.ts'
export { Inquiries } from './kernel/inquiries.ts'
export { watchCircles, type CircleStep } from './kernel/circles.ts'
export { copy, depthLimit } from './values/copy.ts'
export { isTraced, traceCall, type TracedCall } from './tracing/calls.ts'
export { refuse } from './kernel/refused.ts'
export { hearsInfo } from './kernel/hears-info.ts'
export { requestEnd, requestOpened, requestOwn, sendOwn } from './kernel/asking.ts'
export { replyAsIs } from './kernel/reply-as-is.ts'
export { sleep, takeOnly, wake } from './kernel/waiting.ts'
export type { NameAddress, Readiness, RemotePort, RemoteSignal, Routed, Router } from './kernel/router.ts'
