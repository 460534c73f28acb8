// What is told by websocket reaches whoever is connected, whichever of two api processes took the write.
//
// Usage: node two-processes.mjs BASE_URL PHOTOS_DIR OTHER_BASE_URL

import * as sdk from '@immich/sdk';
import { io } from 'socket.io-client';
import { ADMIN, base, cast, check, equal, finish, show, upload, withToken } from './kit.mjs';

const [, , , , other] = process.argv;
const EVENT_TIMEOUT_MS = 30_000;
/** What is told a second time would have come by then. */
const SILENCE_MS = 500;
const sockets = [];

/** A connection that remembers what it heard, and looks at once whether it can be read where it was told. */
function connect(where, headers) {
  const socket = io(where, { path: '/api/socket.io', transports: ['websocket'], forceNew: true, reconnection: false, extraHeaders: headers });
  const connection = { where, headers, heard: [], ended: null };
  socket.onAny((name, ...args) => connection.heard.push({ name, args }));
  socket.on('disconnect', (reason) => (connection.ended = reason));
  sockets.push(socket);
  return connection;
}

async function within(holds, what) {
  const deadline = Date.now() + EVENT_TIMEOUT_MS;
  while (!holds()) {
    if (Date.now() > deadline) return check(false, what);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return check(true, what);
}

const count = (connection, name, fits) => connection.heard.filter((one) => one.name === name && fits(...one.args)).length;
const silence = () => new Promise((resolve) => setTimeout(resolve, SILENCE_MS));

/** All of `connections` hear of something, once. */
async function all(connections, name, what, fits = () => true) {
  for (const connection of connections) {
    await within(() => count(connection, name, fits) > 0, `${what}: ${name} at ${connection.where === base ? 'the same process' : 'the other process'}`);
  }
  await silence();
  equal(connections.map((connection) => count(connection, name, fits)), connections.map(() => 1), `${what}: once`);
}

const at = (where, method, path, as, body) =>
  fetch(`${where}/api${path}`, { method, headers: { 'Content-Type': 'application/json', ...as.headers }, body: body && JSON.stringify(body) });

/** By each of the two processes in turn. */
async function must(where, method, path, as, body) {
  const answer = await at(where, method, path, as, body);
  check(answer.ok, `${method} ${path} is answered`, `${answer.status}`);
  const text = await answer.text();
  return text ? JSON.parse(text) : null;
}

async function assets(owner, mine) {
  const { id } = await upload('library/jpeg/date-offset.jpg', owner.as);
  const readable = [];
  for (const connection of mine) {
    await within(() => count(connection, 'on_upload_success', (asset) => asset.id === id) > 0, 'an upload is told');
    readable.push((await at(connection.where, 'GET', `/assets/${id}`, owner.as)).status);
  }
  equal(readable, [200, 200], 'what is told can be read where it is told');
  await all(mine, 'AssetUploadReadyV2', 'an upload', (one) => one.asset.id === id);
  await must(other, 'PUT', `/assets/${id}`, owner.as, { description: 'by the other' });
  await all(mine, 'on_asset_update', 'a change', (asset) => asset.exifInfo.description === 'by the other');
  await must(other, 'DELETE', '/assets', owner.as, { ids: [id] });
  await all(mine, 'on_asset_trash', 'the trash', (ids) => ids.includes(id));
  await must(base, 'POST', '/trash/restore/assets', owner.as, { ids: [id] });
  await all(mine, 'on_asset_restore', 'the way back', (ids) => ids.includes(id));
  return id;
}

async function albums(owner, guest, mine, theirs, id) {
  for (const where of [base, other]) {
    const album = await must(where, 'POST', '/albums', owner.as, { albumName: `by ${where}`, albumUsers: [{ userId: guest.id, role: 'viewer' }] });
    await must(where, 'PUT', `/albums/${album.id}/assets`, owner.as, { ids: [id] });
    await all([...mine, ...theirs], 'on_album_update', 'an album', (told) => told === album.id);
    for (const connection of theirs) {
      equal((await at(connection.where, 'GET', `/albums/${album.id}`, guest.as)).status, 200, 'its member can read it where they hear of it');
    }
  }
}

async function settings(admin, mine) {
  const before = mine.map((connection) => count(connection, 'on_config_update', () => true));
  for (const [index, where] of [base, other].entries()) {
    const config = await must(where, 'GET', '/system-config', admin.as);
    await must(where, 'PUT', '/system-config', admin.as, { ...config, theme: { customCss: `/* ${index} */` } });
    for (const [number, connection] of mine.entries()) {
      const wanted = before[number] + index + 1;
      await within(() => count(connection, 'on_config_update', () => true) === wanted, 'a new configuration is told by either');
    }
  }
}

async function endings(admin, owner, guest) {
  for (const [here, there] of [[base, other], [other, base]]) {
    const login = await must(here, 'POST', '/auth/login', { headers: {} }, { email: owner.email, password: 'a long password' });
    const leaving = connect(there, withToken(login.accessToken).headers);
    await within(() => count(leaving, 'on_server_version', () => true) === 1, 'a session connects to the other process');
    await must(here, 'POST', '/auth/logout', withToken(login.accessToken));
    await within(() => leaving.ended !== null, 'its log-out ends the connection');
    equal(count(leaving, 'on_session_delete', () => true), 1, 'and is told before');
  }
  const theirs = [base, other].map((where) => connect(where, guest.as.headers));
  await within(() => theirs.every((one) => count(one, 'on_server_version', () => true) === 1), 'a user connects to both');
  await must(base, 'DELETE', `/admin/users/${guest.id}`, admin.as, {});
  await within(() => theirs.every((one) => one.ended !== null), 'a deleted user is disconnected from both');
}

const { isInitialized } = await sdk.getServerConfig();
if (!isInitialized) await sdk.signUpAdmin({ signUpDto: ADMIN });
const [admin, owner, guest] = await cast('owner', 'guest');
const mine = [base, other].map((where) => connect(where, owner.as.headers));
const theirs = [base, other].map((where) => connect(where, guest.as.headers));
await within(() => [...mine, ...theirs].every((one) => count(one, 'on_server_version', () => true) === 1), 'two users connect to two processes each');
const id = await assets(owner, mine);
equal(theirs.flatMap((one) => one.heard.map((heard) => heard.name)), ['on_server_version', 'on_server_version'], `others hear of none of it: ${show(theirs[0].heard.length)}`);
await albums(owner, guest, mine, theirs, id);
await settings(admin, mine);
await endings(admin, owner, guest);
for (const socket of sockets) socket.disconnect();
finish();
