/**
 * `@agner/behaviours`: generic servers, supervisors and applications on `@agner/core`, as OTP has them.
 */
export {
  protocol,
  type Address,
  type Protocol,
  type ProtocolOptions,
  type ServerAddress,
  type ServerPid,
  type Target,
} from './protocol/protocol.ts'
export type { NameRegistry, ViaName } from './protocol/via.ts'
export { call, cast, info, type CallOptions, type Caller } from './protocol/client.ts'
export type { DeadlockStep } from './deadlock/circle.ts'
export { abcast, multiCall, type MultiCallResult, type NamedTarget } from './protocol/many.ts'
export { sendRequest, type RequestId } from './protocol/requests/request-id.ts'
export { requestIds, type RequestIds } from './protocol/requests/collection.ts'
export {
  checkResponse,
  receiveResponse,
  waitResponse,
  type CollectionOptions,
  type LabelledResponse,
  type Response,
  type Waited,
  type WaitOptions,
} from './protocol/requests/responses.ts'
export type {
  ApiShape,
  CheckedApi,
  CallName,
  Calls,
  CastName,
  Casts,
  Events,
  Info,
  Messages,
  Payload,
  PayloadThen,
  Result,
} from './protocol/api.ts'
export { defineServer } from './server/define.ts'
export type { CallContext, Context, From, May, Next, Server, ServerDefinition } from './server/definition.ts'
export { ignore, noreply, ok, reply, stop, stopAndReply } from './server/steps.ts'
export type { Ignore, Noreply, Ok, Reply, Stop, StopAndReply, Then } from './server/steps.ts'
export { startServer, stopServer, type ArgThen } from './server/start.ts'
export type { ServerName } from './gen/name.ts'
export type { Starter, StartOptions } from './gen/start.ts'
export type { StopOptions } from './gen/stop.ts'
export { answer } from './server/answer.ts'
export {
  addHandler,
  addSupHandler,
  callHandler,
  deleteHandler,
  notify,
  swapHandler,
  swapSupHandler,
  syncNotify,
  whichHandlers,
  type Swap,
} from './events/client.ts'
export { defineHandler } from './events/define.ts'
export type {
  Handler,
  HandlerContext,
  HandlerDefinition,
  HandlerEnd,
  HandlerNext,
  HandlerReference,
  HandlerWithArg,
  InstallContext,
  Predecessor,
} from './events/definition.ts'
export type { GenEventExit, Swapped } from './events/gen-event-exit.ts'
export { handlerProtocol, type HandlerId, type HandlerProtocol, type HandlerTag } from './events/handler-protocol.ts'
export type { HandlerState } from './events/running.ts'
export {
  defineEventManager,
  startEventManager,
  type EventManager,
  type EventManagerDefinition,
} from './events/start.ts'
export {
  handOver,
  handOverAndReply,
  removeHandler,
  removeHandlerAndReply,
  type HandOver,
  type HandOverAndReply,
  type RemoveHandler,
  type RemoveHandlerAndReply,
  type Takeover,
} from './events/steps.ts'
export { StartError, type BehavioursErrorCode } from './errors.ts'
export type { ChildOptions, ChildSettings, ChildSpec, Restart } from './supervisor/child-spec.ts'
export {
  countChildren,
  defineSupervisor,
  deleteChild,
  restartChild,
  startChild,
  startSupervisor,
  terminateChild,
  whichChildren,
  type Supervisor,
  type SupervisorOptions,
} from './supervisor/supervisor.ts'
export type { SupervisorDefinition, StrategyName } from './supervisor/definition.ts'
export type { ChildCounts, ChildInfo, SupervisorApi, SupervisorPid } from './supervisor/api.ts'
export type { AutoShutdown } from './supervisor/after-exit.ts'
export { applications, startApplication, stopApplication, type ApplicationOptions } from './application/application.ts'
export {
  defineApplication,
  type AnyApplication,
  type Application,
  type ApplicationContext,
  type ApplicationDefinition,
} from './application/definition.ts'
export type { ApplicationInfo, ApplicationType } from './application/controller.ts'
export { Inspector } from './inspector/inspector.ts'
export {
  inspector,
  type InspectorApi,
  type Neighbour as InspectedNeighbour,
  type NodeOverview,
  type ProcessView,
  type Some,
  type StateView,
  type Top,
  type TopQuestion,
  type TopRow,
  type Tree,
  type TreeRow,
  type TreeState,
} from './inspector/inspector.api.ts'
