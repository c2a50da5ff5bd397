import type { components } from '@/api/schema.gen';

export type Issuer = components['schemas']['IssuerView'];
