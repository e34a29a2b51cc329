/** The calls as a gRPC service, for its two ends. */
import { join } from 'node:path'
import { loadPackageDefinition, type ServiceClientConstructor } from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'

export function loadTaker(): ServiceClientConstructor {
  const definition = loadSync(join(import.meta.dirname, 'taker.proto'), { keepCase: true })
  const { bench } = loadPackageDefinition(definition) as unknown as {
    readonly bench: { readonly Taker: ServiceClientConstructor }
  }
  return bench.Taker
}
