// Newer versions of the API: what is told of them, and what is made of answers that say nothing of any.
//
// Usage: node releases.mjs BASE_URL PHOTOS_DIR PORT      (the server asks http://127.0.0.1:PORT/version, where nobody is yet)

import { createServer } from 'node:http';
import * as sdk from '@immich/sdk';
import { io } from 'socket.io-client';
import { ADMIN, base, cast, check, equal, finish, matches, instant, raw, show, until } from './kit.mjs';

const port = Number(process.argv[4]);
const EVENT_TIMEOUT_MS = 30_000;
/** What must not come would have come by then. */
const SILENCE_MS = 700;
const NOTHING = { checkedAt: null, releaseVersion: null };
const NONSENSE = {
  'an error': [500, '{"version":"v3.2.0"}'],
  'nothing': [200, ''],
  'a page': [200, '<html>v3.2.0</html>'],
  'another shape': [200, '[{"tag":"v3.2.0"}]'],
  'a number': [200, '{"version":3.2}'],
  'a word': [200, '{"version":"newest"}'],
  'too many numbers': [200, '{"version":"3.2.0.1"}'],
  'a huge number': [200, '{"version":"99999999999999999999.0.0"}'],
  'very much': [200, `{"version":"v3.2.0","notes":"${'x'.repeat(4 << 20)}"}`],
  'what has no end': [200, '['.repeat(8_000)],
};

const asked = [];
let answer = [500, ''];
const service = createServer((request, response) => {
  asked.push({ url: request.url, agent: request.headers['user-agent'] });
  response.writeHead(answer[0], { 'Content-Type': 'application/json' });
  response.end(answer[1]);
});
// Whoever has read enough hangs up.
service.on('connection', (socket) => socket.on('error', () => {}));

const sockets = [];
function connect(headers) {
  const socket = io(base, { path: '/api/socket.io', transports: ['websocket'], forceNew: true, reconnection: false, extraHeaders: headers });
  const connection = { heard: [] };
  socket.onAny((name, ...args) => connection.heard.push({ name, args }));
  sockets.push(socket);
  return connection;
}

const named = (connection, name) => connection.heard.filter((one) => one.name === name).map((one) => one.args[0]);
const silence = () => new Promise((resolve) => setTimeout(resolve, SILENCE_MS));

async function within(holds, what) {
  const deadline = Date.now() + EVENT_TIMEOUT_MS;
  while (!holds()) {
    if (Date.now() > deadline) return check(false, what);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return check(true, what);
}

/** Whoever chooses other versions wants to know of them at once. */
async function choose(newVersionCheck) {
  const path = '/system-config';
  const config = await (await raw('GET', path, { as: admin.as })).json();
  const { status } = await raw('PUT', path, { as: admin.as, body: { ...config, newVersionCheck } });
  equal(status, 200, `the configuration says ${show(newVersionCheck)}`);
}

async function greeted(user) {
  const connection = connect(user.as.headers);
  await within(() => named(connection, 'on_server_version').length === 1, 'somebody connects');
  return connection;
}

async function nonsense(mine) {
  let channel = 'releaseCandidate';
  for (const [what, said] of Object.entries(NONSENSE)) {
    answer = said;
    const before = asked.length;
    await choose({ enabled: true, channel });
    await within(() => asked.length > before, `${what} is answered`);
    equal(asked.at(-1).url, `/version?channel=${channel === 'stable' ? 'stable' : 'rc'}`, 'to who asks for a channel');
    channel = channel === 'stable' ? 'releaseCandidate' : 'stable';
  }
  await silence();
  equal(await sdk.getVersionCheck(admin.as), NOTHING, 'none of it is a version');
  equal(await sdk.getVersionCheckState(admin.as), NOTHING, 'for administrators either');
  equal(named(mine, 'on_new_release'), [], 'and nothing is told');
  matches(asked.at(-1).agent, /^Albumen\/\d/, 'who asks says who it is');
  return channel;
}

async function newer(mine, theirs, channel) {
  answer = [200, '{"version":"v3.2.0-rc.2","published_at":"2026-05-01T00:00:00.000Z"}'];
  await choose({ enabled: true, channel });
  for (const [connection, whose] of [[mine, 'administrators'], [theirs, 'users']]) {
    await within(() => named(connection, 'on_new_release').length === 1, `a newer version is told to ${whose}`);
  }
  const [told] = named(mine, 'on_new_release');
  const serverVersion = await sdk.getServerVersion();
  equal(told, {
    isAvailable: true, checkedAt: told?.checkedAt, serverVersion, releaseVersion: { major: 3, minor: 2, patch: 0, prerelease: 2 }, type: 'preminor',
  }, 'with the version that clients see');
  matches(told?.checkedAt, instant, 'and when it was found');
  equal(named(theirs, 'on_new_release'), [told], 'to all the same');
  const noted = { checkedAt: told?.checkedAt, releaseVersion: 'v3.2.0-rc.2' };
  equal(await until(() => sdk.getVersionCheck(user.as), (found) => found.checkedAt !== null, 'whoever asks is told'), noted, 'as it was found');
  equal(await sdk.getVersionCheckState(admin.as), noted, 'administrators, too');
  const late = await greeted(user);
  await within(() => named(late, 'on_new_release').length === 1, 'whoever connects later is told');
  equal(named(late, 'on_new_release'), [told], 'the same');
  return noted;
}

async function switchedOff(noted, channel) {
  const before = asked.length;
  await choose({ enabled: false, channel });
  const connection = await greeted(user);
  await silence();
  equal(named(connection, 'on_new_release'), [], 'while nobody wants to know, nobody is told');
  equal(await sdk.getVersionCheck(user.as), noted, 'who asks is');
  // What was found just now is not looked up again, whatever somebody wants.
  await choose({ enabled: true, channel: channel === 'stable' ? 'releaseCandidate' : 'stable' });
  await silence();
  equal(asked.length, before, 'nobody is asked');
}

const { isInitialized } = await sdk.getServerConfig();
if (!isInitialized) await sdk.signUpAdmin({ signUpDto: ADMIN });
const [admin, user] = await cast('curious');
const mine = await greeted(admin);
const theirs = await greeted(user);
await silence();
equal([...mine.heard, ...theirs.heard].map((one) => one.name), ['on_server_version', 'on_server_version'], 'where nobody answers, nothing is told');
equal(await sdk.getVersionCheck(user.as), NOTHING, 'nor noted');
await new Promise((resolve) => service.listen(port, '127.0.0.1', resolve));
const channel = await nonsense(mine);
const noted = await newer(mine, theirs, channel);
await switchedOff(noted, channel);
for (const socket of sockets) socket.disconnect();
service.closeAllConnections();
service.close();
finish();
