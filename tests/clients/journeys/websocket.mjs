// What happens, told as it happens, on the official client of socket.io and its websocket transport.
//
// Usage: node websocket.mjs BASE_URL PHOTOS_DIR

import * as sdk from '@immich/sdk';
import { io } from 'socket.io-client';
import { base, cast, check, equal, finish, newUser, ready, show, until, upload, withKey, withToken } from './kit.mjs';

const EVENT_TIMEOUT_MS = 30_000;
/** What is told to others would have come by then. */
const SILENCE_MS = 300;
const open = [];

/** A connection that remembers all it heard. */
function connect(headers, transports = ['websocket']) {
  const socket = io(base, { path: '/api/socket.io', transports, forceNew: true, reconnection: false, extraHeaders: headers });
  const connection = { socket, heard: [], ended: null, refused: null };
  socket.onAny((name, ...args) => connection.heard.push({ name, args }));
  socket.on('disconnect', (reason) => (connection.ended = reason));
  socket.on('connect_error', (error) => (connection.refused = error.message));
  open.push(socket);
  return connection;
}

const named = (connection, name) => connection.heard.filter((one) => one.name === name).map((one) => one.args);

/** Waits for what has to come, and answers with its arguments. */
async function hear(connection, name, what, fits = () => true) {
  const deadline = Date.now() + EVENT_TIMEOUT_MS;
  for (;;) {
    const found = named(connection, name).find((args) => fits(...args));
    if (found) {
      check(true, what);
      return found;
    }
    if (Date.now() > deadline) {
      check(false, what, `no ${name}; heard ${show(connection.heard)}`);
      return [];
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const ended = (connection, what) => until(() => connection.ended, (reason) => reason !== null, what);
const silence = () => new Promise((resolve) => setTimeout(resolve, SILENCE_MS));

async function whoMayConnect(user) {
  for (const [what, headers] of [
    ['a session', user.as.headers],
    ['x-immich-user-token', { 'x-immich-user-token': user.accessToken }],
    ['a cookie', { Cookie: `immich_access_token=${user.accessToken}` }],
  ]) {
    const [version] = await hear(connect(headers), 'on_server_version', `${what} connects`);
    equal(version, await sdk.getServerVersion(), `the version is told to ${what}`);
  }
  for (const [what, headers] of [
    ['nobody', {}],
    ['a wrong token', withToken('wrong').headers],
    ['a wrong key', withKey('wrong').headers],
    ['a shared link', { 'x-immich-share-key': 'wrong', ...user.as.headers }],
  ]) {
    const connection = connect(headers);
    equal(await hear(connection, 'error', `${what} is told why`), ['unauthorized'], `${what} is unauthorised`);
    equal(await ended(connection, `${what} is turned away`), 'io server disconnect', `${what} is disconnected`);
    equal(named(connection, 'on_server_version'), [], `${what} is told nothing else`);
  }
  const query = io(`${base}?apiKey=x&sessionKey=${user.accessToken}`, { path: '/api/socket.io', transports: ['websocket'], forceNew: true });
  open.push(query);
  const reason = await new Promise((resolve) => query.on('error', resolve));
  equal(reason, 'unauthorized', 'a token in the query does not count');
  const polling = connect(user.as.headers, ['polling']);
  await until(() => polling.refused, (refused) => refused !== null, 'polling is refused');
}

async function keysConnect(user) {
  const { secret, apiKey } = await sdk.createApiKey({ apiKeyCreateDto: { name: 'socket', permissions: ['all'] } }, user.as);
  const connection = connect(withKey(secret).headers);
  await hear(connection, 'on_server_version', 'an API key connects');
  await sdk.deleteApiKey({ id: apiKey.id }, user.as);
  equal(await ended(connection, 'a deleted key is disconnected'), 'io server disconnect', 'by the server');
}

async function uploads(owner, mine, others) {
  const { id } = await upload('library/jpeg/date-offset.jpg', owner.as, { isFavorite: 'true' });
  const [told] = await hear(mine, 'on_upload_success', 'an upload is told when it is complete', (asset) => asset.id === id);
  const asset = await ready(id, owner.as);
  equal(told, { ...asset, isFavorite: false }, 'it is told as REST tells it, but for whose favourite it is');
  const [parts] = await hear(mine, 'AssetUploadReadyV2', 'and to the phone apps', (one) => one.asset.id === id);
  equal(Object.keys(parts).sort(), ['asset', 'exif'], 'in two parts');
  equal([parts.asset.checksum, parts.asset.thumbhash, parts.asset.type, parts.asset.isFavorite, parts.asset.duration, parts.asset.deletedAt],
    [asset.checksum, asset.thumbhash, 'IMAGE', true, null, null], 'the asset');
  equal([parts.exif.assetId, parts.exif.fileSizeInByte, parts.exif.make, parts.exif.dateTimeOriginal !== null],
    [id, asset.exifInfo.fileSizeInByte, asset.exifInfo.make, true], 'what is known of its making');
  const heardBefore = named(mine, 'on_upload_success').length;
  await sdk.runAssetJobs({ assetJobsDto: { assetIds: [id], name: 'regenerate-thumbnail' } }, owner.as);
  const locked = await upload('library/jpeg/gps-berlin.jpg', owner.as, { visibility: 'locked' });
  await silence();
  equal(named(mine, 'on_upload_success').length, heardBefore, 'pictures made again are no upload');
  check(named(others, 'on_upload_success').length === 0 && named(others, 'AssetUploadReadyV2').length === 0, 'others hear nothing of it');
  return { id, locked };
}

async function changes(owner, mine, others, id) {
  await sdk.updateAsset({ id, updateAssetDto: { description: 'told of' } }, owner.as);
  const [told] = await hear(mine, 'on_asset_update', 'a change is told');
  equal([told.id, told.exifInfo.description, told.isFavorite], [id, 'told of', false], 'with what has changed');
  await sdk.deleteAssets({ assetBulkDeleteDto: { ids: [id] } }, owner.as);
  equal(await hear(mine, 'on_asset_trash', 'the trash is told'), [[id]], 'with a list');
  await sdk.restoreAssets({ bulkIdsDto: { ids: [id] } }, owner.as);
  equal(await hear(mine, 'on_asset_restore', 'what comes out of it is told'), [[id]], 'with a list too');
  await silence();
  equal(others.heard.map((one) => one.name), ['on_server_version'], "nothing of another's assets is told");
}

async function halves(owner, mine) {
  const { id: photo } = await upload('library/jpeg/orientation-1.jpg', owner.as);
  const { id: film } = await upload('library/video/dated.mp4', owner.as);
  for (const id of [photo, film]) await ready(id, owner.as);
  await sdk.updateAsset({ id: photo, updateAssetDto: { visibility: 'hidden' } }, owner.as);
  const again = await upload('library/jpeg/orientation-1.jpg', owner.as, { livePhotoVideoId: film });
  equal(again, { id: photo, status: 'duplicate' }, 'a photo that is there already comes again, with its film');
  equal((await sdk.getAssetInfo({ id: film }, owner.as)).visibility, 'hidden', 'which is hidden');
  equal(await hear(mine, 'on_asset_hidden', 'and that is told'), [film], 'by its id, while nothing was told of a photo');
}

async function deletion(owner, mine, theirs, id) {
  await sdk.deleteAssets({ assetBulkDeleteDto: { ids: [id], force: true } }, owner.as);
  equal(await hear(mine, 'on_asset_delete', 'what is gone for good is told'), [id], 'by its id');
  equal(named(theirs, 'on_asset_delete'), [], 'to its owner alone');
}

async function albums(admin, owner, guest, mine, theirs, id) {
  const album = await sdk.createAlbum({ createAlbumDto: { albumName: 'told', albumUsers: [{ userId: guest.id, role: 'viewer' }] } }, owner.as);
  const newest = async () => (await sdk.getNotifications({}, guest.as))[0];
  const [invitation] = await hear(theirs, 'on_notification', 'who is invited is told', (one) => one.type === 'AlbumInvite');
  equal(invitation, await newest(), 'as REST tells it');
  await silence();
  equal(named(mine, 'on_album_update'), [], 'an empty album is no news');
  await sdk.addAssetsToAlbum({ id: album.id, bulkIdsDto: { ids: [id] } }, owner.as);
  equal(await hear(mine, 'on_album_update', 'the owner hears of an album'), [album.id], 'by its id');
  equal(await hear(theirs, 'on_album_update', 'the members hear of it too'), [album.id], 'by its id');
  const [news] = await hear(theirs, 'on_notification', 'and are told of it in the app', (one) => one.type === 'AlbumUpdate');
  equal(news, await newest(), 'as REST tells it');
  const written = await sdk.createNotification({ notificationCreateDto: { userId: guest.id, title: 'Tonight' } }, admin.as);
  equal(await hear(theirs, 'on_notification', 'so is what an administrator writes', (one) => one.title === 'Tonight'), [written], 'as it was written');
  equal([named(theirs, 'on_notification').length, named(mine, 'on_notification')], [3, []], 'each is told once, and to nobody else');
}

async function endings(admin, owner, mine) {
  const login = () => sdk.login({ loginCredentialDto: { email: owner.email, password: 'a long password' } });
  const session = await login();
  const leaving = connect(withToken(session.accessToken).headers);
  await hear(leaving, 'on_server_version', 'a second device connects');
  const sessions = await sdk.getSessions(withToken(session.accessToken));
  const { id } = sessions.find((one) => one.current);
  const started = Date.now();
  await sdk.logout(withToken(session.accessToken));
  equal(await hear(leaving, 'on_session_delete', 'a log-out is told'), [id], 'to its own session');
  check(Date.now() - started >= 450, 'half a second later', `${Date.now() - started} ms`);
  await ended(leaving, 'and its connection ends');
  equal(named(mine, 'on_session_delete'), [], 'other sessions hear nothing of it');

  const other = await login();
  const revoked = connect(withToken(other.accessToken).headers);
  await hear(revoked, 'on_server_version', 'a third device connects');
  const revokedId = (await sdk.getSessions(withToken(other.accessToken))).find((one) => one.current).id;
  await sdk.deleteSession({ id: revokedId }, owner.as);
  await ended(revoked, 'a revoked session is disconnected');
  equal(named(revoked, 'on_session_delete'), [], 'without a word');
  check(mine.ended === null, 'the session that did it stays connected');

  const gone = await newUser(admin, 'gone');
  const theirs = connect(gone.as.headers);
  await hear(theirs, 'on_server_version', 'a user connects');
  await sdk.deleteUserAdmin({ id: gone.id, userAdminDeleteDto: {} }, admin.as);
  await ended(theirs, 'a deleted user is disconnected');

  const removed = await newUser(admin, 'removed');
  await ready((await upload('library/jpeg/orientation-2.jpg', removed.as)).id, removed.as);
  await sdk.deleteUserAdmin({ id: removed.id, userAdminDeleteDto: { force: true } }, admin.as);
  // Not only with the next of the rounds, a minute apart, in which deleted users are looked for.
  equal(await hear(mine, 'on_user_delete', 'who is removed for good is told of', (user) => user === removed.id), [removed.id], 'to everybody, soon');
}

const [admin, owner, guest] = await cast('owner', 'guest');
await whoMayConnect(owner);
await keysConnect(owner);
const [mine, theirs] = [connect(owner.as.headers), connect(guest.as.headers)];
await hear(mine, 'on_server_version', 'the owner connects');
await hear(theirs, 'on_server_version', 'the guest connects');
const { id } = await uploads(owner, mine, theirs);
await changes(owner, mine, theirs, id);
await albums(admin, owner, guest, mine, theirs, id);
await halves(owner, mine);
await deletion(owner, mine, theirs, id);
await endings(admin, owner, mine);
for (const socket of open) socket.disconnect();
finish();
