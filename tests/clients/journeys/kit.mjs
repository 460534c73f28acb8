// What every journey needs: checks, users, uploads, and what the server's refusals look like.

import { readFile } from 'node:fs/promises';
import { createHash, randomUUID } from 'node:crypto';
import { basename, join } from 'node:path';
import { isDeepStrictEqual, inspect } from 'node:util';
import * as sdk from '@immich/sdk';

export const [base, photos] = process.argv.slice(2);
if (!base || !photos) {
  console.error('usage: node JOURNEY.mjs BASE_URL PHOTOS_DIR');
  process.exit(2);
}
sdk.setBaseUrl(`${base}/api`);

export const ADMIN = { email: 'Admin@Albumen.Test', password: 'correct horse battery', name: 'Ada Admin' };
/** For errors whose place is not laid down. */
export const anywhere = Symbol('anywhere');
export const UNKNOWN_ID = '0b7a9d3e-52b4-4f7d-9c0b-3f0f6d0f1a11';
export const WORK_TIMEOUT_MS = 120_000;
export const POLL_MS = 200;

export const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
export const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let passed = 0;
const failed = [];

export function check(holds, what, detail = '') {
  if (holds) {
    passed += 1;
    console.log(`ok      ${what}`);
  } else {
    failed.push(what);
    console.log(`FAILED  ${what}${detail ? `: ${detail}` : ''}`);
  }
  return holds;
}

export const show = (value) => inspect(value, { depth: 6, breakLength: 160, compact: 6 });

export function equal(found, expected, what) {
  return check(isDeepStrictEqual(found, expected), what, `expected ${show(expected)}, found ${show(found)}`);
}

export function matches(found, pattern, what) {
  return check(typeof found === 'string' && pattern.test(found), what, `found ${show(found)}`);
}

/** The object has exactly these keys, and any of the optional ones. */
export function keys(object, required, optional, what) {
  const found = Object.keys(object ?? {});
  const missing = required.filter((key) => !found.includes(key));
  const extra = found.filter((key) => !required.includes(key) && !optional.includes(key));
  return check(missing.length === 0 && extra.length === 0, what, `missing [${missing}], unknown [${extra}]`);
}

/** The body of an error. The SDK parses it only for operations that answer with JSON themselves. */
export async function bodyOf(error) {
  const text = error.data instanceof Blob ? await error.data.text() : error.data;
  try {
    return typeof text === 'string' ? JSON.parse(text) : text;
  } catch {
    return text;
  }
}

/** The call is refused with a status and a body that holds the message and nothing else. */
export async function refused(call, status, message, what) {
  try {
    const answer = await call();
    return check(false, what, `expected ${status} ${message}, but it succeeded with ${show(answer)}`);
  } catch (error) {
    if (!sdk.isHttpError(error)) {
      return check(false, what, `no answer of the server: ${error}`);
    }
    const body = await bodyOf(error);
    const right = error.status === status && isDeepStrictEqual(body, { message });
    return check(right, what, `expected ${status} ${message}, found ${error.status} ${show(body)}`);
  }
}

/** The call is refused as invalid, with an error for the path. */
export async function invalid(call, path, message, what) {
  try {
    const answer = await call();
    return check(false, what, `expected a validation error, but it succeeded with ${show(answer)}`);
  } catch (error) {
    const body = await bodyOf(error);
    const errors = body?.errors ?? [];
    const here = (one) => path === anywhere || isDeepStrictEqual(one.path, path);
    const named = errors.some((one) => here(one) && one.message.startsWith(message) && one.code);
    const right = error.status === 400 && body?.message === 'Validation failed' && named;
    return check(right, what, `expected 400 at ${show(path)} ${message}, found ${error.status} ${show(body ?? error)}`);
  }
}

/** What is not there and what is another's are refused in the same words. */
export const no = (permission) => `Not found or no ${permission} access`;

export const withToken = (token) => ({ headers: { Authorization: `Bearer ${token}` } });
export const withKey = (secret) => ({ headers: { 'x-api-key': secret } });

export function raw(method, path, { as, body, headers, redirect = 'manual' } = {}) {
  const json = body === undefined ? {} : { 'Content-Type': 'application/json' };
  return fetch(`${base}/api${path}`, {
    method,
    redirect,
    headers: { ...json, ...as?.headers, ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
}

/** The status and the body of a raw answer. */
export const statusAndBody = async (answer) => [answer.status, answer.status === 204 ? null : await answer.json()];

export const sha1 = (bytes, encoding) => createHash('sha1').update(bytes).digest(encoding);

export async function upload(path, as, { fileName, ...extra } = {}) {
  const bytes = await readFile(join(photos, path));
  const assetMediaCreateDto = {
    assetData: new File([bytes], fileName ?? basename(path)),
    fileCreatedAt: '2024-01-01T10:00:00.000Z',
    fileModifiedAt: '2024-01-01T10:00:00.000Z',
    ...extra,
  };
  return sdk.uploadAsset({ assetMediaCreateDto }, as);
}

export async function until(call, holds, what) {
  const deadline = Date.now() + WORK_TIMEOUT_MS;
  for (;;) {
    const value = await call();
    if (holds(value)) {
      check(true, what);
      return value;
    }
    if (Date.now() > deadline) {
      check(false, what, `not within ${WORK_TIMEOUT_MS} ms; last seen ${show(value)}`);
      return value;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Logs the administrator of these tests in, whom the first journey has signed up. */
export async function adminLogin() {
  const login = await sdk.login({ loginCredentialDto: { email: ADMIN.email, password: ADMIN.password } });
  return { ...login, id: login.userId, as: withToken(login.accessToken) };
}

/** A user of this journey's own, logged in: what other journeys leave behind is nothing to them. */
export async function newUser(admin, name) {
  const email = `${name}-${randomUUID().slice(0, 8)}@albumen.test`;
  const userAdminCreateDto = { email, name, password: 'a long password' };
  const { id } = await sdk.createUserAdmin({ userAdminCreateDto }, admin.as);
  const login = await sdk.login({ loginCredentialDto: { email, password: 'a long password' } });
  return { id, email, name, accessToken: login.accessToken, as: withToken(login.accessToken) };
}

/** The administrator, and users of this journey's own. */
export async function cast(...names) {
  const admin = await adminLogin();
  const users = [];
  for (const name of names) users.push(await newUser(admin, name));
  return [admin, ...users];
}

/** An asset of which everything is known that a worker finds out. */
export const ready = (id, as) => until(() => sdk.getAssetInfo({ id }, as), (asset) => asset.thumbhash !== null, `asset ${id} is ready`);

/** Says how many checks passed, and ends. */
export function finish() {
  console.log(`${passed} checks passed, ${failed.length} failed`);
  process.exit(failed.length ? 1 : 0);
}
