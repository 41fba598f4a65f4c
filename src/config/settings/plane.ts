import { z } from 'zod';
import { certificates, exemptions, listOf, proxyAddress, webAddress, wholeNumber } from '../values.ts';
import type { SettingRows } from './row.ts';

/** How Plane is reached, and what of it is published. */
export const planeRows = {
  PLANE_URL: {
    schema: webAddress,
    doc: 'Address of the Plane API: `https://api.plane.so` for Plane Cloud, or your own server such as `https://plane.example.com`. A trailing `/api/v1` is optional.',
    example: 'https://api.plane.so',
  },
  PLANE_API_KEY: {
    schema: z.string().regex(/^(?!["'])[\x21-\x7e]+$/, 'must be the key alone, without spaces or quotes'),
    doc: 'API key of a Plane user. Everything that this user can see can be published.',
    secret: true,
    reloadable: true,
  },
  PLANE_WORKSPACE: {
    schema: z
      .string()
      .regex(/^[\w-]+$/, "must be the workspace's slug alone: the part behind the host in its web address"),
    doc: 'Slug of the workspace, as in its web address.',
  },
  PLANE_PROJECTS: {
    schema: listOf('must be identifiers or ids of projects, such as WEB,APP'),
    doc: 'Projects that may be published: a comma-separated list of identifiers or ids. An identifier goes on meaning its project when the project gets another one in Plane, or is deleted; for a new project with the same identifier, write the id.',
    defaultDoc: 'every project the user is a member of',
    example: 'WEB,APP',
    reloadable: true,
  },
  PLANE_WEB_URL: {
    schema: webAddress,
    doc: 'Base URL for links back to Plane.',
    defaultDoc: 'from `PLANE_URL`; Plane Cloud: `https://app.plane.so`',
    example: 'https://app.plane.so',
  },
  PLANE_WEBHOOK_SECRET: {
    schema: listOf("must be one or more of Plane's webhook secrets, separated by commas"),
    doc: 'Secrets of Plane webhooks, separated by commas. Without one, every delivery is refused.',
    example: 'plane_wh_…',
    secret: true,
    reloadable: true,
  },
  PLANE_REQUESTS_PER_MINUTE: {
    schema: wholeNumber(1, 10_000),
    doc: 'Budget of requests to Plane. Plane itself allows 60 a minute for each key.',
    default: '50',
    reloadable: true,
  },
  CA_FILE: {
    schema: certificates,
    doc: 'PEM file with additional certificate authorities, for a Plane with a private certificate.',
    file: true,
  },
  HTTPS_PROXY: {
    schema: proxyAddress,
    doc: 'Proxy for requests to https addresses of Plane and CalDAV servers: `http://user:password@proxy:3128`. Also read in lower case.',
    eitherCase: true,
  },
  HTTP_PROXY: {
    schema: proxyAddress,
    doc: 'The same for http addresses.',
    eitherCase: true,
  },
  NO_PROXY: {
    schema: exemptions,
    doc: 'Hosts that bypass the proxy: [names, IP addresses and CIDR blocks](operations.md#proxies-for-outgoing-requests).',
    eitherCase: true,
  },
} as const satisfies SettingRows;
