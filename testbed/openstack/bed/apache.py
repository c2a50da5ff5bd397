"""One Apache: before every Keystone, where mod_auth_openidc checks bearers as at the real sites, and before every service
of a site with TLS."""
import os

from .layout import IDENTITY_PROVIDER
from .processes import alive, pid_file, run

MODULES = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'auth_openidc', 'headers', 'proxy', 'proxy_http',
           'ssl', 'socache_shmcb', 'alias', 'reqtimeout', 'setenvif', 'env']

SERVER = """ServerRoot {state}
ServerName 127.0.0.1
PidFile {pid_file}
DefaultRuntimeDir {run}
Mutex file:{run} default
ErrorLog {log}
LogLevel warn
LogFormat "%h %t \\"%r\\" %>s %D" short
CustomLog {requests} short
{user}StartServers 1
ServerLimit 2
ThreadsPerChild 64
MaxRequestWorkers 128
SSLSessionCache none
KeepAlive On
KeepAliveTimeout 5
ProxyTimeout 120
TraceEnable off
ServerTokens Prod
"""

TLS = """ SSLEngine on
 SSLCertificateFile {state}/oidc/tls.pem
 SSLCertificateKeyFile {state}/oidc/tls.key
 RequestHeader set X-Forwarded-Proto https
"""

# The cache in shared memory refuses keys over 512 bytes, and the key is the token unless it is encrypted.
# Waitress drops headers with "_" in their names, so Keystone gets a copy with "-".
BEARERS = """ OIDCClaimPrefix "OIDC-"
 OIDCClaimDelimiter ";"
 OIDCPassClaimsAs headers
 OIDCSSLValidateServer On
 OIDCCABundlePath {authority}
 OIDCCacheEncrypt On
 OIDCCryptoPassphrase bed-passphrase
 OIDCOAuthRemoteUserClaim sub
 OIDCOAuthClientID {client}
 OIDCOAuthClientSecret {client}-secret
 OIDCOAuthSSLValidateServer On
 OIDCOAuthAcceptTokenAs header
{check}
 <Location {prefix}/v3/OS-FEDERATION/identity_providers/{provider}/protocols/{protocol}/auth>
  AuthType oauth20
  Require {require}
  RequestHeader set OIDC-eduperson-entitlement "expr=%{{HTTP:OIDC-eduperson_entitlement}}"
 </Location>
"""

CHECKS = {
    'introspection': """ OIDCOAuthIntrospectionEndpoint {issuer}/protocol/openid-connect/token/introspect
 OIDCOAuthTokenExpiryClaim exp absolute mandatory""",
    'jwks': ' OIDCOAuthVerifyJwksUri {issuer}/protocol/openid-connect/certs',
}


def client_of(site):
    """What the site is to the issuer."""
    return f'site-{site}'


def write(bed):
    text = SERVER.format(state=bed.state, run=bed.path('run'), pid_file=pid_file(bed, 'apache'),
                         log=bed.log('apache'), requests=bed.log('apache-requests'),
                         user='User www-data\nGroup www-data\n' if os.geteuid() == 0 else '')
    for module in MODULES:
        file = f'/usr/lib/apache2/modules/mod_{module}.so'
        if os.path.exists(file):
            text += f'LoadModule {module}_module {file}\n'
    for site in bed.sites:
        text += ''.join(virtual_host(bed, site, service) for service in bed.services(site) if bed.is_behind_apache(site, service))
    bed.write('etc/apache.conf', text)


def virtual_host(bed, site, service):
    here, prefix = f'127.0.0.1:{bed.port(site, service)}', bed.prefix(site, service)
    text = f'Listen {here}\n<VirtualHost {here}>\n'
    if bed.has_tls(site):
        text += TLS.format(state=bed.state)
    text += ' ProxyPreserveHost On\n AllowEncodedSlashes NoDecode\n'
    text += f' ProxyPass {prefix}/ {bed.own_address(site, service)}/ nocanon retry=0\n'
    if prefix:
        text += f' RedirectMatch 300 ^{prefix}$ {prefix}/\n'
    if service == 'keystone':
        login = bed.sites[site]['login']
        text += BEARERS.format(authority=bed.authority, client=client_of(site), prefix=prefix,
                               provider=IDENTITY_PROVIDER, protocol=login['protocol'],
                               check=CHECKS[login['check']].format(issuer=bed.issuer),
                               require=f'claim aud:{login["audience"]}' if 'audience' in login else 'valid-user')
    return text + '</VirtualHost>\n'


def start(bed):
    if not alive(bed, 'apache'):
        # It makes itself a daemon, and writes the file with its process id.
        run(['/usr/sbin/apache2', '-f', bed.path('etc', 'apache.conf'), '-k', 'start'], cwd=bed.state)
