/**
 * A database node.
 */
import { bootService } from '@agner-chat/cluster/boot'
import { databaseNodes, witnessNode } from '@agner-chat/cluster/topology'
import { keepInLog } from './log/keeping.ts'
import { databaseService } from './service.ts'

await bootService('database', (context) =>
  databaseService(context, keepInLog(context, { voters: databaseNodes, witness: witnessNode })),
)
