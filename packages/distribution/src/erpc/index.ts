/**
 * Functions called on other nodes, as OTP's erpc: `import { erpc } from '@agner/distribution'`.
 */
export { functions, defineFunctions, type Functions, type FunctionsOptions } from './functions.ts'
export type { Argument, ArgumentThen, CheckedFunctions, FunctionName, Implementation, Result } from './api.ts'
export { call, cast, multicall, multicast, type CallOptions, type NodeResponse } from './client.ts'
export { requestIds, sendRequest, type RequestId, type RequestIds } from './requests.ts'
export {
  checkResponse,
  receiveResponse,
  waitResponse,
  type CollectionOptions,
  type LabelledResponse,
  type WaitOptions,
} from './responses.ts'
export type { Response } from './outcome.ts'
export type { Caller } from './order.ts'
export type { ErpcErrorCode } from './errors.ts'
