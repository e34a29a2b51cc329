/**
 * `@agner/core/kernel`: the seam for packages that carry signals between nodes, and for behaviours. Not for applications.
 */
export { attachRouter, connectedNodes } from './node.ts'
export { exportPid, exportRef, internPid, internRef } from './identity/realm.ts'
export { copy, depthLimit } from './values/copy.ts'
export { isTraced, traceCall, type TracedCall } from './tracing/calls.ts'
export type { NameAddress, RemotePort, RemoteSignal, Router } from './kernel/router.ts'
