/**
 * A database node.
 */
import { bootService } from '@agner-chat/cluster/boot'
import { databaseUrlOf } from '@agner-chat/cluster/database-url'
import { databaseNodes, witnessNode } from '@agner-chat/cluster/topology'
import { keepInLog } from './log/keeping.ts'
import { keepInPostgres } from './postgres/keeping.ts'
import { databaseService } from './service.ts'

const url = databaseUrlOf(process.env)

await bootService('database', (context) =>
  databaseService(
    context,
    url === null ? keepInLog(context, { voters: databaseNodes, witness: witnessNode }) : keepInPostgres(context, url),
    databaseNodes,
  ),
)
