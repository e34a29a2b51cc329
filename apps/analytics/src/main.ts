/**
 * The analytics node.
 */
import { bootService } from '@agner-chat/cluster/boot'
import { analyticsApplication } from './application.ts'

await bootService('analytics', (context) => ({ application: analyticsApplication(context) }))
