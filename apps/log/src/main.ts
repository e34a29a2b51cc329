/**
 * The log node. It also is a witness for the messages, so that these have a majority without a third copy; unless they are in PostgreSQL.
 */
import { bootService } from '@agner-chat/cluster/boot'
import { areMessagesInPostgres } from '@agner-chat/cluster/database-url'
import { databaseNodes } from '@agner-chat/cluster/topology'
import { defineWitness } from '@agner-chat/database/log/witness'
import { logApplication } from './application.ts'

await bootService('log', (context) => {
  if (areMessagesInPostgres(process.env)) return { application: logApplication(context) }
  const witness = defineWitness({ ...context, voters: databaseNodes })
  return { application: logApplication(context, [witness.application]), database: witness.status }
})
