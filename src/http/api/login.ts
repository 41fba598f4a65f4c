import { z } from 'zod';
import { AUTHS, type Auth, type Login, type Secrets, type Server } from '../../caldav/login.ts';

/** Servers and logins in requests about mirrors and sources. */

/** A text that a form has a field for. */
export const text = z.string('must be a text').min(1, 'must not be empty').max(4000, 'may have 4000 characters');
/** An http or https address. */
export const address = z
  .url({ protocol: /^https?$/, error: 'must be a web address such as https://dav.example.com' })
  .max(2000);

/** A server and a login there. */
export const server = z.strictObject({
  url: address,
  username: text.optional(),
  password: text.optional(),
  auth: z.enum(AUTHS, `must be one of: ${AUTHS.join(', ')}`).optional(),
  token: text.optional(),
  oauth: z
    .strictObject({ client_id: text, client_secret: text, refresh_token: text, token_url: address.optional() })
    .optional(),
  tls_verify: z.boolean('must be true or false').optional(),
  ca: z.string().max(200_000).nullable().optional().describe('PEM'),
});
type ServerRequest = z.infer<typeof server>;

/** The login in a request. What is left out is taken from the current one; its secrets only while the server is the same. */
export function toLogin(request: ServerRequest, current: Login | null = null): Login {
  const isSameServer = current !== null && new URL(current.server.url).origin === new URL(request.url).origin;
  const old: Partial<Login> = isSameServer ? current : {};
  const secrets = toSecrets(request, old.secrets ?? {});
  const server = toServer(request, old.server ?? NEW_SERVER);
  const needsNone = server.auth === 'auto' && server.username === null && secrets.password === undefined;
  return { server: needsNone ? { ...server, auth: 'none' } : server, secrets };
}

const NEW_SERVER: Omit<Server, 'url'> = { auth: 'auto', username: null, oauth: null, caPem: null, verify: true };

function toServer(request: ServerRequest, old: Omit<Server, 'url'>): Server {
  const { url, username = old.username, ca = old.caPem, tls_verify: verify = old.verify } = request;
  const oauth = request.oauth && { clientId: request.oauth.client_id, tokenUrl: request.oauth.token_url ?? null };
  return { url, auth: authOf(request, old.auth), username, oauth: oauth ?? old.oauth, caPem: ca, verify };
}

function toSecrets({ password, token, oauth }: ServerRequest, old: Secrets): Secrets {
  return {
    password: password ?? token ?? old.password,
    clientSecret: oauth?.client_secret ?? old.clientSecret,
    refreshToken: oauth?.refresh_token ?? old.refreshToken,
  };
}

function authOf({ auth, token, oauth }: ServerRequest, old: Auth): Auth {
  if (auth !== undefined) return auth;
  if (token !== undefined) return 'bearer';
  return oauth ? 'oauth2' : old;
}
