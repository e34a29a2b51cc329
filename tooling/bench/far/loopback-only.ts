/** For a peer that can only listen on every interface of this machine: import this first, and it listens on 127.0.0.1. */
import { Server, type ListenOptions } from 'node:net'

const { listen } = Server.prototype

Server.prototype.listen = function (this: Server, where?: unknown, ...rest: unknown[]): Server {
  const at: ListenOptions = typeof where === 'object' && where !== null ? where : { port: Number(where ?? 0) }
  const done = rest.find((one): one is () => void => typeof one === 'function')
  return listen.call(this, { ...at, host: '127.0.0.1' }, done)
} as typeof listen
