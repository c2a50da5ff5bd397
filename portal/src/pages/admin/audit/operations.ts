import type { operations } from '@/api/schema.gen';

/** Operations that people look for most, as the API's description names them; any other can be typed. */
export const OFTEN = [
  'accept_terms',
  'add_key',
  'cancel_run',
  'create_run',
  'create_session',
  'create_session_code',
  'create_token',
  'delete_run',
  'end_session',
  'get_person',
  'get_run',
  'list_audit',
  'remove_key',
  'restore_person',
  'retry_flow',
  'revoke_credential',
  'revoke_token',
  'set_mapping',
  'set_quota_of_community',
  'set_quota_of_person',
  'sign_out',
  'suspend_person',
  'withdraw_consent',
] as const satisfies (keyof operations)[];

/** These come beside the API. */
export const BESIDE = ['finish_sign_in', 'sign_out_by_issuer'];

/** `suspend_person` reads "suspend person". */
export const inWords = (operation: string): string => operation.replaceAll('_', ' ');
