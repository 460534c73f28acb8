// What happened, in words, and taking it back: our own operations, beside the official SDK's.

import * as sdk from '@immich/sdk';
import { UNKNOWN_ID, cast, check, equal, finish, matches, raw, ready, until, upload, withKey } from './kit.mjs';

/** Asks one of our own operations: the status, and what was answered. */
async function ask(method, path, as, headers) {
  const answer = await raw(method, path, { as, headers });
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.startsWith('application/json');
  return { status: answer.status, body: isJson ? JSON.parse(text) : text, type: answer.headers.get('content-type') };
}

const query = (parameters) => new URLSearchParams(parameters).toString();
const history = async (parameters, as) => (await ask('GET', `/history?${query(parameters)}`, as)).body;
const undo = (position, as, parameters = {}) => ask('POST', `/history/${position}/undo?${query(parameters)}`, as);
const event = (page, name) => page.entries.find((entry) => entry.event === name);

async function isRefused(answer, status, message, what) {
  const { status: found, body } = await answer;
  check(found === status && body?.message === message, what, `found ${found} ${JSON.stringify(body)}`);
}

async function isUndone(answer, what) {
  const { status, body } = await answer;
  check(status === 200 && body.position > 0, what, `found ${status} ${JSON.stringify(body)}`);
}

const [admin, ada, ben, eve] = await cast('Ada', 'Ben', 'Eve');

// A picture's story
const one = (await upload('library/jpeg/date-offset.jpg', ada.as, { fileName: 'one.jpg' })).id;
const two = (await upload('library/jpeg/gps-berlin.jpg', ada.as, { fileName: 'two.jpg' })).id;
const three = (await upload('library/jpeg/plain-no-date.jpg', ada.as, { fileName: 'three.jpg' })).id;
const before = await ready(one, ada.as);
const untouched = await ready(three, ada.as);
await sdk.updateAsset({ id: one, updateAssetDto: { isFavorite: true, description: 'at the lake', rating: 4 } }, ada.as);
let story = await history({ id: one }, ada.as);
equal(event(story, 'asset-favorite-changed')?.words, 'marked “one.jpg” as a favourite', 'a mark in words');
equal(event(story, 'asset-favorite-changed')?.was, { favorite: false }, 'what it was');
equal(event(story, 'asset-favorite-changed')?.became, { favorite: true }, 'what it became');
equal(event(story, 'asset-details-edited')?.became.description, 'at the lake', 'what was said');
equal(event(story, 'asset-uploaded')?.actor, { id: ada.id, kind: 'user', name: 'Ada' }, 'who uploaded it');
equal(event(story, 'metadata-read')?.actor.kind, 'job', 'a job read it');
matches(event(story, 'asset-uploaded')?.at, /^\d{4}-.*Z$/, 'when');
check(story.entries.every((entry, index, all) => index === 0 || all[index - 1].position > entry.position), 'newest first');

// Paging both ways, when what was said of the photo is in its sidecar and was read again: nothing comes in between then
await until(() => history({ id: one, limit: 100 }, ada.as), ({ entries }) => entries.filter((entry) => entry.event === 'metadata-read').length >= 2,
  'the file is read again after the edit');
const all = (await history({ id: one, limit: 100 }, ada.as)).entries.map((entry) => entry.position);
const page = await history({ id: one, limit: 2 }, ada.as);
equal(page.entries.map((entry) => entry.position), all.slice(0, 2), 'the newest page');
const next = await history({ id: one, limit: 2, before: page.older }, ada.as);
equal(next.entries.map((entry) => entry.position), all.slice(2, 4), 'the page after it');
const back = await history({ id: one, limit: 2, after: next.newer }, ada.as);
equal(back.entries.map((entry) => entry.position), all.slice(0, 2), 'and back');
equal((await history({ id: one, limit: 100 }, ada.as)).older, null, 'nothing older than all');

// Filters
const favorites = await history({ event: 'asset-favorite-changed' }, ada.as);
equal(favorites.entries.length, 1, 'one kind of event');
const albumsOnly = await history({ kind: 'album' }, ada.as);
equal(albumsOnly.entries, [], 'no album yet');
const early = await history({ until: '2020-01-01T00:00:00.000Z' }, ada.as);
equal(early.entries, [], 'nothing happened in 2020');
const now = await history({ from: '2020-01-01T00:00:00.000Z', limit: 1000 }, ada.as);
check(now.entries.length > 8, 'all of it since');
const session = event(now, 'session-started')?.id;
const throughIt = await history({ sessionId: session, event: 'asset-uploaded' }, ada.as);
equal(throughIt.entries.length, 3, 'what came through a session');
await isRefused(ask('GET', '/history?kind=ship', ada.as), 400, (await ask('GET', '/history?kind=ship', ada.as)).body.message,
  'an unknown kind');
equal((await ask('GET', '/history?limit=0', ada.as)).status, 400, 'a page of nothing');
equal((await ask('GET', '/history')).status, 401, 'nobody reads it unknown');

// Others
await isRefused(ask('GET', `/history?id=${one}`, eve.as), 400, 'Not found or no history.read access', 'not the story of others');
await isRefused(ask('GET', `/history?id=${UNKNOWN_ID}`, eve.as), 400, 'Not found or no history.read access', 'nor of nothing');
await isRefused(ask('GET', `/history?id=${one}`, admin.as), 400, 'Not found or no history.read access', 'nor for an administrator');
const seenByEve = await history({ limit: 1000 }, eve.as);
check(seenByEve.entries.every((entry) => entry.ownerId === eve.id), 'others see what is theirs');
const account = await history({ id: ada.id }, admin.as);
equal(event(account, 'user-registered')?.words, 'made the account of “Ada”', 'an administrator sees accounts');
check(!JSON.stringify(account).includes('$2'), 'and no password');

// An album deleted by mistake
const album = await sdk.createAlbum({ createAlbumDto: {
  albumName: 'Summer', description: 'at the lake', assetIds: [two, one, three],
  albumUsers: [{ userId: ben.id, role: sdk.AlbumUserRole.Viewer }],
} }, ada.as);
await sdk.updateAlbumInfo({ id: album.id, updateAlbumDto: {
  albumThumbnailAssetId: one, order: sdk.AssetOrder.Asc, isActivityEnabled: false,
} }, ada.as);
const whole = await sdk.getAlbumInfo({ id: album.id }, ada.as);
equal((await history({ id: album.id }, ben.as)).entries.map((entry) => entry.event).at(-1), 'album-created',
  'a member reads the story of an album');
await sdk.deleteAlbum({ id: album.id }, ada.as);
const deletion = event(await history({ id: album.id }, ada.as), 'album-deleted');
equal(deletion?.words, 'deleted the album “Summer”', 'a deletion in words');
check(deletion?.reversible, 'that can be taken back');
await isRefused(undo(deletion.position, eve.as), 400, 'Not found or no history.undo access', 'not by others');
await isRefused(undo(deletion.position, ben.as), 400, 'Not found or no history.undo access', 'nor by a member');
await isUndone(undo(deletion.position, ada.as), 'an album is back in one click');
const again = await sdk.getAlbumInfo({ id: album.id }, ada.as);
equal({ ...again, updatedAt: 0, lastModifiedAssetTimestamp: 0 }, { ...whole, updatedAt: 0, lastModifiedAssetTimestamp: 0 },
  'with its name, words, members, order, thumbnail and every picture');
const buckets = await sdk.getTimeBuckets({ albumId: album.id }, ben.as);
equal(buckets.reduce((sum, bucket) => sum + bucket.count, 0), 3, 'and its member sees all of them');
await isRefused(undo(deletion.position, ada.as), 400, 'It is as it was before already', 'only once');
equal(event(await history({ id: album.id }, ada.as), 'album-restored')?.words, 'restored the album “Summer”', 'and it says so');

// What is in albums
await sdk.removeAssetFromAlbum({ id: album.id, bulkIdsDto: { ids: [two, three] } }, ada.as);
const removal = event(await history({ id: album.id }, ada.as), 'album-assets-removed');
equal(removal?.words, 'took 2 pictures out of the album “Summer”', 'pictures that went');
await isUndone(undo(removal.position, ada.as), 'come back');
equal((await sdk.getAlbumInfo({ id: album.id }, ada.as)).assetCount, 3, 'both');
await sdk.removeUserFromAlbum({ id: album.id, userId: ben.id }, ada.as);
const gone = event(await history({ id: album.id }, ada.as), 'album-user-removed');
equal(gone?.words, 'no longer shares the album “Summer” with Ben', 'a member who went');
await isUndone(undo(gone.position, ada.as), 'comes back, too');
equal((await sdk.getAlbumInfo({ id: album.id }, ben.as)).albumName, 'Summer', 'and sees it');
await sdk.updateAlbumInfo({ id: album.id, updateAlbumDto: { albumName: 'Winter' } }, ada.as);
await sdk.updateAlbumInfo({ id: album.id, updateAlbumDto: { albumName: 'Spring' } }, ada.as);
const names = (await history({ id: album.id, event: 'album-details-changed' }, ada.as)).entries;
equal(names[0].was, { name: 'Winter' }, 'the name before');
await isRefused(undo(names[1].position, ada.as), 400,
  `It was changed again since; take back event ${names[0].position} first`, 'a later name comes first');
await isUndone(undo(names[0].position, ada.as), 'the last name goes');
equal((await sdk.getAlbumInfo({ id: album.id }, ada.as)).albumName, 'Winter', 'to the one before');

// What a person said about a picture
const edited = event(story, 'asset-details-edited');
await isUndone(undo(edited.position, ada.as), 'details are taken back');
let asset = await sdk.getAssetInfo({ id: one }, ada.as);
equal([asset.exifInfo.description, asset.exifInfo.rating], [before.exifInfo.description, before.exifInfo.rating],
  'to what the file says');
check(asset.isFavorite, 'and nothing else');
await isUndone(undo(event(story, 'asset-favorite-changed').position, ada.as), 'so is a mark');
asset = await sdk.getAssetInfo({ id: one }, ada.as);
check(!asset.isFavorite, 'which is gone');
await sdk.updateAsset({ id: three, updateAssetDto: { latitude: 52.5, longitude: 13.4 } }, ada.as);
await isUndone(undo(event(await history({ id: three }, ada.as), 'asset-details-edited').position, ada.as), 'a place where there was none');
equal((await sdk.getAssetInfo({ id: three }, ada.as)).exifInfo.latitude, untouched.exifInfo.latitude, 'is taken away');

// The trash, many at once
await sdk.deleteAssets({ assetBulkDeleteDto: { ids: [one, two] } }, ada.as);
const trashed = event(await history({ id: one }, ada.as), 'asset-trashed');
await isRefused(undo(trashed.position, ben.as), 400, 'Not found or no history.undo access', 'a member cannot restore');
const { body: both } = await undo(trashed.position, ada.as, { whole: true });
equal(both.undone, 2, 'all that one command did is taken back');
equal((await sdk.getAssetInfo({ id: two }, ada.as)).isTrashed, false, 'with the other one');
await sdk.deleteAssets({ assetBulkDeleteDto: { ids: [two] } }, ada.as);
const last = event(await history({ id: two }, ada.as), 'asset-trashed');
await sdk.deleteAssets({ assetBulkDeleteDto: { ids: [two], force: true } }, ada.as);
await isRefused(undo(last.position, ada.as), 400, 'It was deleted for good, and nothing brings it back', 'what is gone is gone');

// The locked folder
await sdk.updateAsset({ id: three, updateAssetDto: { visibility: sdk.AssetVisibility.Locked } }, ada.as);
await isRefused(ask('GET', `/history?id=${three}`, ada.as), 400, 'Not found or no history.read access', 'what is locked is not told');
check(!JSON.stringify(await history({ limit: 1000 }, ada.as)).includes('three.jpg'), 'nor mentioned');
await sdk.setupPinCode({ pinCodeSetupDto: { pinCode: '123456' } }, ada.as);
await sdk.unlockAuthSession({ sessionUnlockDto: { pinCode: '123456' } }, ada.as);
const lock = event(await history({ id: three }, ada.as), 'asset-visibility-changed');
equal(lock?.words, 'moved “three.jpg” to “locked”', 'until it is unlocked');
await isUndone(undo(lock.position, ada.as), 'and taken out again');
equal((await sdk.getAssetInfo({ id: three }, ada.as)).visibility, 'timeline', 'to where it was');

// Accounts and keys
const key = await sdk.createApiKey({ apiKeyCreateDto: { name: 'all', permissions: [sdk.Permission.All] } }, ada.as);
const narrow = await sdk.createApiKey({ apiKeyCreateDto: { name: 'some', permissions: [sdk.Permission.AssetRead] } }, ada.as);
equal((await ask('GET', '/history', withKey(key.secret))).status, 200, 'a key with all permissions reads it');
await isRefused(ask('GET', '/history', withKey(narrow.secret)), 403, 'Missing required permission: history.read', 'another does not');
await sdk.updateMyUser({ userUpdateMeDto: { name: 'Adele' } }, ada.as);
await isUndone(undo(event(await history({ id: ada.id }, ada.as), 'user-profile-changed').position, ada.as), 'a name of a person');
equal((await sdk.getMyUser(ada.as)).name, 'Ada', 'is what it was');
await sdk.updateUserAdmin({ id: ada.id, userAdminUpdateDto: { quotaSizeInBytes: 1e9 } }, admin.as);
await isRefused(undo(event(await history({ id: ada.id }, ada.as), 'user-profile-changed').position, ada.as), 400,
  'Not found or no history.undo access', 'a quota is not one\'s own to change');

// Export
const lines = (await ask('GET', `/history?${query({ id: one, format: 'jsonl' })}`, ada.as)).body.trim().split('\n');
equal(JSON.parse(lines.at(-1)).event, 'asset-uploaded', 'JSON lines');
const csv = await ask('GET', `/history?${query({ id: one })}`, ada.as, { Accept: 'text/csv' });
matches(csv.type, /^text\/csv/, 'CSV by what the client takes');
equal(csv.body.trim().split('\r\n').length, lines.length + 1, 'a line each, and one of names');

finish();
