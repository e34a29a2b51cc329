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
export {
  defineRegistry,
  type Registry,
  type RegistryChange,
  type RegistryKey,
  type RegistryOptions,
} from './registry/registry.ts'
export type { RegistryEntry } from './registry/entries.ts'
export {
  countEntries,
  dispatch,
  keysOf,
  lookupKey,
  matchKey,
  registerKey,
  selectEntries,
  unregisterKey,
  unregisterMatch,
  updateValue,
  valuesOf,
} from './registry/operations.ts'
export { startTask, type CheckedResult, type Task, type TaskRun } from './task/task.ts'
export {
  awaitTask,
  awaitTasks,
  shutdownTask,
  yieldTask,
  yieldTasks,
  type ShutdownOptions,
  type TaskOptions,
  type TaskOutcome,
} from './task/outcome.ts'
export {
  defineTaskSupervisor,
  startTaskChild,
  startTaskSupervisor,
  startTaskUnder,
  type TaskSpec,
  type TaskSupervisorPid,
  type TaskSupervisorSettings,
  type TaskSupervisorTarget,
} from './task/supervisor.ts'
export { taskStream, type StreamOptions, type StreamOutcome } from './task/stream.ts'
export type { DeadlockStep } from './deadlock/circle.ts'
export { abcast, multiCall, type MultiCallResult, type NamedTarget } from './protocol/many.ts'
export { sendRequest, type RequestId } from './protocol/requests/request-id.ts'
export { requestIds, type RequestIds } from './protocol/requests/collection.ts'
export {
  abandonRequest,
  checkResponse,
  receiveResponse,
  waitResponse,
  type CollectionOptions,
  type LabelledResponse,
  type CallResponse,
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
export type { PayloadIssue } from './protocol/check.ts'
export type { ProtocolSchemas, SchemaTable, SchemaTables } from './protocol/schemas.ts'
export type { SchemaIssue, SchemaResult, StandardSchema } from './protocol/standard-schema.ts'
export { defineServer } from './server/define.ts'
export type {
  CallContext,
  Context,
  From,
  May,
  Next,
  Server,
  ServerDefinition,
  ShownStatus,
} from './server/definition.ts'
export { ignore, noreply, ok, reply, stop, stopAndReply } from './server/steps.ts'
export type {
  Continue,
  Hibernate,
  Ignore,
  Noreply,
  Ok,
  Reply,
  Stop,
  StopAndReply,
  Then,
  WithinLimit,
} from './server/steps.ts'
export { startServer, startServerMonitor, stopServer, type ArgThen } from './server/start.ts'
export { enterLoop, type EnterLoopOptions } from './server/enter-loop.ts'
export {
  startProcess,
  startProcessMonitor,
  type InitAck,
  type ProcessStartOptions,
  type Started,
} from './gen/start-process.ts'
export type { DebugOption } from './gen/debug-option.ts'
export type { ServerName } from './gen/name.ts'
export type { Starter, StartOptions } from './gen/start.ts'
export type { StopOptions } from './gen/stop.ts'
export { answer } from './server/answer.ts'
export * as sys from './sys/sys.ts'
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
export {
  handlerProtocol,
  type CheckedHandlerApi,
  type HandlerApiShape,
  type HandlerId,
  type HandlerProtocol,
  type HandlerTag,
} from './events/handler-protocol.ts'
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
export { logger, type Loggable, type Logger } from './logger/logger.ts'
export { createLogging, loggingOf } from './logger/of-node.ts'
export type { HandlerOptions, HandlerSettings, Logging, LoggingOptions, Settings } from './logger/logging.ts'
export type { PrimarySettings } from './logger/settings.ts'
export type { EventMetadata, LogEvent, LogMessage, Metadata, ReportFormatter } from './logger/event.ts'
export { compareLevels, isAllowed, isLevel, levels, type Level, type LevelSetting } from './logger/levels.ts'
export type { Filter, FilterDefault, FilterResult, Filters } from './logger/filters.ts'
export { domainFilter, levelFilter, progressFilter } from './logger/ready-filters.ts'
export {
  describeMessage,
  jsonLines,
  singleLine,
  type Formatter,
  type JsonOptions,
  type LineOptions,
} from './logger/formatters.ts'
export type { LogHandler } from './logger/log-handler.ts'
export {
  protectedHandler,
  standardHandler,
  type HandlerCounts,
  type ProtectedHandler,
} from './logger/protected-handler.ts'
export type { OverloadOptions } from './logger/overload.ts'
export { stderrSink, streamSink, type LineStream, type Sink } from './logger/sinks.ts'
export { pinoHandler, type PinoLike } from './logger/adapters/pino.ts'
export { winstonHandler, type WinstonLike } from './logger/adapters/winston.ts'
export { StartError, type BehavioursErrorCode } from './errors.ts'
export { defineStatem } from './statem/define.ts'
export { startStatem, startStatemMonitor } from './statem/start.ts'
export { enterStatemLoop, type EnterStatemOptions } from './statem/enter-loop.ts'
export {
  changeCallbackModule,
  eventTimeout,
  hibernate,
  nextEvent,
  popCallbackModule,
  postpone,
  pushCallbackModule,
  replyTo,
  stateTimeout,
  timeout,
  type Action,
  type EnterAction,
  type EventTimeout,
  type Postpone,
  type ReplyTo,
  type StateTimeout,
  type Timeout,
  type TimeoutOptions,
} from './statem/actions.ts'
export {
  begin,
  keepState,
  keepStateAndData,
  nextState,
  repeatState,
  repeatStateAndData,
  stopAndReplyTo,
  type Begin,
  type KeepState,
  type KeepStateAndData,
  type NextState,
  type StopAndReplyTo,
} from './statem/steps.ts'
export type {
  CallbackModule,
  EnterStep,
  StateHandlers,
  Statem,
  StatemCallContext,
  StatemContext,
  StatemDefinition,
  StatemStatus,
  StatemStep,
} from './statem/definition.ts'
export type { EventOf, NoOwnEvents, OwnEventsShape } from './statem/events.ts'
export type {
  BadChild,
  ChildManners,
  ChildOptions,
  ChildSettings,
  ChildSpec,
  ChildStarted,
  ChildTemplate,
  Restart,
  TemplateSettings,
} from './supervisor/child-spec.ts'
export { defineSupervisor, startSupervisor, type Supervisor, type SupervisorOptions } from './supervisor/supervisor.ts'
export {
  countChildren,
  deleteChild,
  getChildSpec,
  restartChild,
  startChild,
  terminateChild,
  whichChildren,
} from './supervisor/requests.ts'
export {
  checkChildSpecs,
  type StrategyName,
  type SupervisorDefinition,
  type SupervisorFlags,
  type SupervisorModule,
} from './supervisor/definition.ts'
export type { ChildCounts, ChildDescription, ChildInfo, SupervisorApi, SupervisorPid } from './supervisor/api.ts'
export {
  defineDynamicSupervisor,
  dynamicSupervisorAt,
  startDynamicChild,
  startDynamicSupervisor,
  type DynamicSupervisor,
  type DynamicSupervisorAddress,
  type DynamicSupervisorPid,
  type DynamicTarget,
} from './supervisor/dynamic/dynamic-supervisor.ts'
export type { DynamicSupervisorDefinition } from './supervisor/dynamic/definition.ts'
export {
  countPartitions,
  partition,
  partitionFor,
  whereisPartition,
  type PartitionKey,
} from './supervisor/partition/partition.ts'
export {
  definePartitionSupervisor,
  startPartitionSupervisor,
  type PartitionSupervisorDefinition,
} from './supervisor/partition/partition-supervisor.ts'
export {
  defineSupervisorBridge,
  startSupervisorBridge,
  type Bridged,
  type SupervisorBridge,
  type SupervisorBridgeDefinition,
} from './supervisor/bridge/supervisor-bridge.ts'
export type { AutoShutdown } from './supervisor/after-exit.ts'
export {
  countApplications,
  ensureStarted,
  getMaster,
  killApplication,
  startApplication,
  stopApplication,
  whichApplications,
  type ApplicationOptions,
} from './application/application.ts'
export { configure, type ConfigChange, type NodeConfig } from './application/config.ts'
export type { ApplicationInfo, ApplicationType } from './application/controller.api.ts'
export {
  defineApplication,
  type AnyApplication,
  type Application,
  type ApplicationContext,
  type ApplicationDefinition,
  type ApplicationTree,
} from './application/definition.ts'
export { ensureAllStarted, type EnsureAllOptions } from './application/ensure-all.ts'
export { getAllEnv, getEnv, setEnv, unsetEnv, type SetEnvOptions } from './application/environment.ts'
export type { StartType } from './application/start-type.ts'
export type { IncludedSettings } from './application/included.ts'
export { loadApplication, loadedApplications, unloadApplication, type LoadedApplication } from './application/load.ts'
export { getAllKeys, getApplication, getKey, type ApplicationKeys } from './application/queries.ts'
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
