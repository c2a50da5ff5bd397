// What looks like a secret. A request is kept with its run, shown on its page and exported with it: no place for one.

const NAME =
  /PASSWORD|PASSWD|PASSPHRASE|(^|_)(PASS|PWD|SECRETS?|TOKEN|(API|ACCESS|SECRET|PRIVATE|ENCRYPTION|SIGNING)_?KEY(_ID)?|KEY|CREDENTIALS?|AUTH|BEARER|COOKIE|SESSION|JWT)(_|$)/i;
/** Names that end like a secret and are none. */
const HARMLESS = /^(PWD|OLDPWD|SSH_AUTH_SOCK|XDG_SESSION_(ID|TYPE|CLASS)|DESKTOP_SESSION)$/;

export function looksSecret(name: string): boolean {
  // `apiToken` is `API_TOKEN` by another custom.
  const apart = name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replaceAll(/[-.]/g, '_');
  return NAME.test(apart) && !HARMLESS.test(name);
}

/** An address that lets in whoever has it: a name and password, or a signature. */
export function addressHasSecret(from: string): boolean {
  if (!/^https?:\/\//.test(from)) return false;
  let url: URL;
  try {
    url = new URL(from);
  } catch {
    return false;
  }
  const parameters = [...url.searchParams.keys()].map((key) => key.replace(/^x-(amz|goog|ms)-/i, ''));
  return url.password !== '' || parameters.some((key) => looksSecret(key) || /^(sig|signature|authz?)$/i.test(key));
}
