/**
 * The database node.
 */
import { bootService } from '@agner-chat/cluster/boot'
import { databaseApplication } from './application.ts'

await bootService('database', (context) => ({ application: databaseApplication(context) }))
