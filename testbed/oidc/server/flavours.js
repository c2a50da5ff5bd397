// How the two kinds of issuer differ: addresses, scopes, subjects and claims, as seen at the real ones.
import { createHash } from 'node:crypto';

const COMMON_SCOPES = ['openid', 'offline_access', 'profile', 'email'];
const COMMON_CLAIMS = {
  openid: ['sub'],
  profile: ['name', 'given_name', 'family_name', 'preferred_username'],
  email: ['email', 'email_verified'],
};

function commonClaims(name, person) {
  const { email, full_name, given_name, family_name } = person;
  return { name: full_name, given_name, family_name, preferred_username: name, email, email_verified: true };
}

// EGI Check-in: a Keycloak realm. Its address has a path and no slash at the end.
const egi = {
  prefix: '/auth/realms/egi',
  issuer: (origin) => `${origin}/auth/realms/egi`,
  lifetime: 3600,
  routes: {
    authorization: '/protocol/openid-connect/auth',
    token: '/protocol/openid-connect/token',
    userinfo: '/protocol/openid-connect/userinfo',
    introspection: '/protocol/openid-connect/token/introspect',
    revocation: '/protocol/openid-connect/revoke',
    device_authorization: '/protocol/openid-connect/auth/device',
    jwks: '/protocol/openid-connect/certs',
    end_session: '/protocol/openid-connect/logout',
    code_verification: '/device',
  },
  audience: (origin) => `${origin}/api`,
  scopes: [
    ...COMMON_SCOPES,
    ...['voperson_id', 'eduperson_entitlement', 'entitlements', 'eduperson_scoped_affiliation'],
    ...['eduperson_assurance', 'aarc', 'eduperson_unique_id', 'ssh_public_key'],
  ],
  usualScopes: 'openid profile email eduperson_entitlement voperson_id',
  claimsOfScopes: {
    ...COMMON_CLAIMS,
    voperson_id: ['voperson_id'],
    aarc: ['voperson_id', 'eduperson_assurance', 'entitlements', 'eduperson_scoped_affiliation'],
    eduperson_entitlement: ['eduperson_entitlement'],
    entitlements: ['entitlements'],
    eduperson_scoped_affiliation: ['eduperson_scoped_affiliation'],
    eduperson_assurance: ['eduperson_assurance'],
    ssh_public_key: ['ssh_public_key'],
  },
  subject: (name) => `${createHash('sha256').update(`egi${name}`).digest('hex')}@egi.eu`,
  claims(name, person) {
    const entitlements = person.groups.flatMap(entitlementsOfGroup).concat(person.entitlements ?? []);
    return {
      ...commonClaims(name, person),
      sub: this.subject(name),
      voperson_id: this.subject(name),
      voperson_verified_email: [person.email],
      eduperson_entitlement: entitlements,
      entitlements,
      eduperson_scoped_affiliation: ['member@example.org'],
      eduperson_assurance: ['https://refeds.org/assurance/IAP/low', 'https://aai.egi.eu/LoA#Low'],
      ssh_public_key: person.ssh_public_key,
    };
  },
  extraAccessClaims: () => ({}),
};

// AARC-G069: groups of the community vo.testbed.eu; whoever is in an `admins` group may also operate machines.
function entitlementsOfGroup(group) {
  const path = group.split('/').map(encodeURIComponent).join(':');
  const roles = group.endsWith('admins') ? ['member', 'vm_operator'] : ['member'];
  return roles.map((role) => `urn:mace:egi.eu:group:vo.testbed.eu:${path}:role=${role}#aai.egi.eu`);
}

// INDIGO IAM, as ESCAPE runs it. Its address ends with a slash.
const iam = {
  prefix: '',
  issuer: (origin) => `${origin}/`,
  lifetime: 1200,
  routes: {
    authorization: '/authorize',
    token: '/token',
    userinfo: '/userinfo',
    introspection: '/introspect',
    revocation: '/revoke',
    device_authorization: '/devicecode',
    jwks: '/jwk',
    end_session: '/endsession',
    code_verification: '/device',
    registration: '/iam/api/client-registration',
  },
  audience: () => 'https://wlcg.cern.ch/jwt/v1/any',
  scopes: [
    ...COMMON_SCOPES,
    ...['wlcg', 'wlcg.groups', 'eduperson_entitlement', 'eduperson_scoped_affiliation'],
    ...['storage.read:/', 'storage.modify:/', 'storage.create:/', 'storage.stage:/'],
    ...['compute.read', 'compute.create', 'compute.modify', 'compute.cancel'],
    ...['fts', 'fts:submit-transfer', 'scim:read'],
  ],
  usualScopes: 'openid profile email wlcg wlcg.groups storage.read:/ storage.modify:/',
  claimsOfScopes: {
    ...COMMON_CLAIMS,
    profile: [...COMMON_CLAIMS.profile, 'organisation_name', 'groups'],
    wlcg: ['wlcg.ver', 'wlcg.groups'],
    'wlcg.groups': ['wlcg.groups'],
  },
  subject(name) {
    const hex = createHash('md5').update(`iam${name}`).digest('hex');
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  },
  claims(name, person) {
    return {
      ...commonClaims(name, person),
      sub: this.subject(name),
      organisation_name: 'testbed',
      groups: person.groups,
      'wlcg.groups': person.groups.map((group) => `/${group}`),
      'wlcg.ver': '1.0',
    };
  },
  extraAccessClaims: () => ({ 'wlcg.ver': '1.0' }),
};

export const flavours = { egi, iam };
