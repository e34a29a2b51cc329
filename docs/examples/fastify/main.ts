// main.ts
import { buildService } from './service.ts'

const stored = new Map<string, number>()
const { app, node, failed } = await buildService({
  load: async () => new Map(stored),
  save: async (page, count) => void stored.set(page, count),
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void app.close())
void failed.then(() => {
  if (node.isStopped) return // asked to, by close()
  process.exitCode = 1
  void app.close()
})

await app.listen({ port: Number(process.env['PORT'] ?? 3000) })
