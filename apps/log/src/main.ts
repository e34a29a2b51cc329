/**
 * The log node. It also is a witness for the messages, so that these have a majority without a third copy.
 */
import { bootService } from '@agner-chat/cluster/boot'
import { databaseNodes } from '@agner-chat/cluster/topology'
import { defineWitness } from '@agner-chat/database/log/witness'
import { logApplication } from './application.ts'

await bootService('log', (context) => {
  const witness = defineWitness({ ...context, voters: databaseNodes })
  return { application: logApplication(context, [witness.application]), database: witness.status }
})
