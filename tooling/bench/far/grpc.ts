/** `grpc.ts`: the calls as a gRPC service, without encryption. Prints its port. */
import { promisify } from 'node:util'
import { Server, ServerCredentials, type handleUnaryCall } from '@grpc/grpc-js'
import type { Order } from '../agner/order.ts'
import { loadTaker } from './grpc-service.ts'
import { serve } from './start.ts'

const Add: handleUnaryCall<{ n: number }, { sum: number }> = ({ request }, done) => done(null, { sum: request.n + 1 })
const Echo: handleUnaryCall<Order, Order> = ({ request }, done) => done(null, request)

const server = new Server()
server.addService(loadTaker().service, { Add, Echo })
const bind = promisify(server.bindAsync.bind(server))
serve(String(await bind('127.0.0.1:0', ServerCredentials.createInsecure())))
