// Where a browser comes to sign in: a page on which one chooses whom to be. With `login_hint` it goes on by itself;
// `login_hint=deny` refuses. There is no page for consent: it is given.
import { formOf } from './http.js';

const escapeHtml = (text) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

function page(instance, client) {
  const button = (name) =>
    `<li><button name="user" value="${escapeHtml(name)}">${escapeHtml(instance.people.claims(name).name ?? name)}</button></li>`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Sign in at the test bed</title>
<style>body { font: 1rem sans-serif; max-width: 32rem; margin: 3rem auto } li { margin: .5rem 0; list-style: none }</style>
<h1>Who are you?</h1>
<p><strong>${escapeHtml(client)}</strong> asks you to sign in at ${escapeHtml(instance.issuer)}. This issuer is for tests: anyone may be anyone.</p>
<form method="post">
<ul>
${instance.people.names().map(button).join('\n')}
</ul>
<p><button name="user" value="deny">Refuse</button></p>
</form>
</html>
`;
}

export async function interact(instance, request, response) {
  const { provider, people } = instance;
  const details = await provider.interactionDetails(request, response);
  const { params, prompt, session } = details;
  const finish = (result) => provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
  if (prompt.name === 'consent') {
    const name = people.bySubject(session.accountId);
    return finish({ consent: { grantId: await instance.grant(name, params.client_id, params.scope) } });
  }
  const chosen = request.method === 'POST' ? (await formOf(request)).user : params.login_hint;
  if (chosen === undefined) {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
    return response.end(page(instance, params.client_id));
  }
  if (!people.has(chosen)) return finish({ error: 'access_denied', error_description: 'the person refused' });
  return finish({ login: { accountId: people.subject(chosen), remember: false } });
}
