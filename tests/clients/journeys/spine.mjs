// A person's way through the server on the official SDK, from sign-up to the last log-out.
//
// Usage: node spine.mjs BASE_URL PHOTOS_DIR      (PHOTOS_DIR was made by tests/photos/make)
//
// Statuses, shapes and messages are compared exactly. The server must be fresh for the checks of sign-up; on any other
// they are left out, and the administrator of these tests logs in.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as sdk from '@immich/sdk';
import {
  ADMIN, UNKNOWN_ID, anywhere, base, check, equal, finish, instant, invalid, keys, matches, no, photos, raw, refused,
  sha1, until, upload, uuid, withKey, withToken,
} from './kit.mjs';

const LOGIN_KEYS = [
  'accessToken', 'userId', 'userEmail', 'name', 'isAdmin', 'profileImagePath', 'shouldChangePassword', 'isOnboarded',
];
const USER_ADMIN_KEYS = [
  'avatarColor', 'createdAt', 'deletedAt', 'email', 'id', 'isAdmin', 'license', 'name', 'oauthId', 'profileChangedAt',
  'profileImagePath', 'quotaSizeInBytes', 'quotaUsageInBytes', 'shouldChangePassword', 'status', 'storageLabel', 'updatedAt',
];
const ASSET_KEYS = [
  'checksum', 'createdAt', 'duration', 'fileCreatedAt', 'fileModifiedAt', 'hasMetadata', 'height', 'id', 'isArchived', 'isEdited',
  'isFavorite', 'isOffline', 'isTrashed', 'localDateTime', 'originalFileName', 'originalPath', 'ownerId', 'thumbhash', 'type',
  'updatedAt', 'visibility', 'width',
];
const ASSET_OPTIONAL_KEYS = [
  'duplicateId', 'exifInfo', 'libraryId', 'livePhotoVideoId', 'originalMimeType', 'owner', 'people', 'resized', 'stack', 'tags',
  'unassignedFaces',
];
const BUCKET_COLUMNS = [
  'id', 'ownerId', 'ratio', 'isFavorite', 'visibility', 'isTrashed', 'isImage', 'thumbhash', 'fileCreatedAt', 'createdAt',
  'localOffsetHours', 'duration', 'projectionType', 'livePhotoVideoId', 'city', 'country', 'status',
];

const PREFERENCES = {
  albums: { defaultAssetOrder: 'desc' },
  folders: { enabled: false, sidebarWeb: false },
  memories: { enabled: true, duration: 5, sidebarWeb: false },
  people: { enabled: true, sidebarWeb: false, minimumFaces: 3 },
  sharedLinks: { enabled: true, sidebarWeb: false },
  ratings: { enabled: false },
  tags: { enabled: true, sidebarWeb: true },
  emailNotifications: { enabled: true, albumInvite: true, albumUpdate: true },
  download: { archiveSize: 4_294_967_296, includeEmbeddedVideos: false },
  purchase: { showSupportBadge: true, hideBuyButtonUntil: null },
  cast: { gCastEnabled: false },
  recentlyAdded: { sidebarWeb: false },
};

async function beforeSignUp() {
  equal(await sdk.pingServer(), { res: 'pong' }, 'ping');
  equal(await sdk.getServerVersion(), { major: 3, minor: 1, patch: 0, prerelease: null }, 'the version of the API');
  const wellKnown = await (await fetch(`${base}/.well-known/immich`)).json();
  equal(wellKnown, { api: { endpoint: '/api' } }, 'the endpoint that apps look for');
  const unknown = await raw('GET', '/no/such/route', { headers: { 'X-Correlation-ID': 'journey-1' } });
  equal([unknown.status, await unknown.json()], [404, { message: 'Not Found' }], 'an unknown route');
  equal(unknown.headers.get('x-correlation-id'), 'journey-1', 'a correlation id comes back');
  const ping = await raw('GET', '/server/ping');
  check(Boolean(ping.headers.get('x-correlation-id')), 'every response has a correlation id');
  const types = await sdk.getSupportedMediaTypes();
  check(types.image.includes('.heic') && types.video.includes('.mov') && types.sidecar.includes('.xmp'), 'media types');
}

async function signUp() {
  const config = await sdk.getServerConfig();
  if (config.isInitialized) {
    console.log('note    the server has an administrator already: sign-up is not checked');
    return;
  }
  await refused(() => sdk.createUserAdmin({ userAdminCreateDto: { email: 'a@b.test', password: 'x', name: 'x' } }), 401,
    'Authentication required', 'no user is made without an administrator');
  await invalid(() => sdk.signUpAdmin({ signUpDto: { ...ADMIN, email: 'no address' } }), ['email'],
    'Invalid input: expected email', 'sign-up with a bad e-mail');
  await invalid(() => sdk.signUpAdmin({ signUpDto: { email: ADMIN.email, name: 'x' } }), ['password'],
    'Invalid input: expected string, received undefined', 'sign-up without a password');
  const admin = await sdk.signUpAdmin({ signUpDto: ADMIN });
  keys(admin, USER_ADMIN_KEYS, [], 'the shape of the administrator');
  equal([admin.email, admin.isAdmin, admin.storageLabel, admin.status, admin.quotaSizeInBytes],
    ['admin@albumen.test', true, 'admin', 'active', null], 'the administrator');
  matches(admin.id, uuid, 'the id of the administrator');
  matches(admin.createdAt, instant, 'dates have milliseconds and Z');
  equal((await sdk.getServerConfig()).isInitialized, true, 'the server is initialised');
}

async function logIn() {
  await refused(() => sdk.signUpAdmin({ signUpDto: ADMIN }), 400, 'The server already has an admin', 'a second sign-up');
  const wrong = (email, password) => () => sdk.login({ loginCredentialDto: { email, password } });
  await refused(wrong(ADMIN.email, 'wrong'), 401, 'Incorrect email or password', 'a wrong password');
  await refused(wrong('nobody@albumen.test', 'wrong'), 401, 'Incorrect email or password', 'an unknown e-mail');
  const answer = await raw('POST', '/auth/login', { body: { email: 'ADMIN@albumen.test', password: ADMIN.password } });
  equal(answer.status, 201, 'log-in, with another case of the e-mail');
  const login = await answer.json();
  keys(login, LOGIN_KEYS, [], 'the shape of a log-in');
  matches(login.accessToken, /^[A-Za-z0-9_]{32,43}$/, 'the form of a token');
  const cookies = answer.headers.getSetCookie();
  equal(cookies.map((cookie) => cookie.split('=')[0]),
    ['immich_access_token', 'immich_auth_type', 'immich_is_authenticated'], 'the cookies, in order');
  for (const cookie of cookies) {
    const name = cookie.split('=')[0];
    const parts = cookie.split(/;\s*/).slice(1).map((part) => part.toLowerCase());
    const expected = ['path=/', 'samesite=lax', 'max-age=34560000'];
    check(expected.every((part) => parts.includes(part)), `the attributes of ${name}`, cookie);
    check(parts.some((part) => part.startsWith('expires=')), `${name} states when it expires`, cookie);
    equal(parts.includes('httponly'), name !== 'immich_is_authenticated', `HttpOnly of ${name}`);
    check(!parts.includes('secure'), `${name} is not Secure over http`, cookie);
  }
  return login;
}

async function credentials(token) {
  const me = (as) => () => sdk.getMyUser(as);
  await refused(me({}), 401, 'Authentication required', 'no credential');
  await refused(me(withToken('wrong')), 401, 'Invalid user token', 'a wrong token');
  await refused(me(withKey('wrong')), 401, 'Invalid API key', 'a wrong API key');
  await refused(() => sdk.getTimeBuckets({ key: 'wrong' }, withToken(token)), 401, 'Invalid share key',
    'a shared link comes before the session');
  for (const [what, headers] of [
    ['bearer', { Authorization: `bearer ${token}` }],
    ['x-immich-user-token', { 'x-immich-user-token': token }],
    ['x-immich-session-token', { 'x-immich-session-token': token }],
    ['cookie', { Cookie: `immich_access_token=${token}` }],
  ]) {
    equal((await raw('GET', '/users/me', { headers })).status, 200, `a token as ${what}`);
  }
  equal((await raw('GET', `/users/me?sessionKey=${token}`)).status, 200, 'a token as sessionKey');
  equal(await sdk.validateAccessToken(withToken(token)), { authStatus: true }, 'validateToken');
  const status = await sdk.getAuthStatus(withToken(token));
  equal([status.password, status.isElevated], [true, false], 'auth status');
}

async function apiKeys(as) {
  const create = (dto, by = as) => sdk.createApiKey({ apiKeyCreateDto: dto }, by);
  const limited = await create({ name: 'only reads', permissions: ['asset.read', 'apiKey.create', 'timeline.read'] });
  keys(limited, ['secret', 'apiKey', 'createdAt', 'id', 'name', 'permissions', 'updatedAt'], [], 'the shape of a new key, with what clients of 3.2 look for');
  keys(limited.apiKey, ['id', 'name', 'permissions', 'createdAt', 'updatedAt'], [], 'the shape of a key');
  matches(limited.secret, /^[A-Za-z0-9_]{32,43}$/, 'the form of a secret');
  const key = withKey(limited.secret);
  equal((await sdk.getMyApiKey(key)).name, 'only reads', 'a key reads itself');
  await refused(() => sdk.getMyApiKey(as), 403, 'Not authenticated with an API Key', 'a session has no key');
  await refused(() => upload('library/jpeg/plain-no-date.jpg', key), 403, 'Missing required permission: asset.upload',
    'a key without the permission to upload');
  await refused(() => sdk.getMyUser(key), 403, 'Missing required permission: user.read', 'a key without user.read');
  await refused(() => create({ permissions: ['asset.delete'] }, key), 400, 'Cannot grant permissions you do not have',
    'a key grants no more than it has');
  equal((await create({ permissions: ['asset.read'] }, key)).apiKey.name, 'API Key', 'the default name of a key');
  await invalid(() => create({ permissions: ['asset.fly'] }), ['permissions', 0], 'Invalid option', 'an unknown permission');
  await invalid(() => create({ permissions: [] }), ['permissions'], 'Too small', 'no permission at all');
  equal((await raw('DELETE', `/api-keys/${limited.apiKey.id}`, { as })).status, 204, 'a key is deleted');
  await refused(() => sdk.getMyApiKey(key), 401, 'Invalid API key', 'a deleted key is refused at once');
  await refused(() => sdk.getApiKey({ id: limited.apiKey.id }, as), 400, 'API Key not found', 'a deleted key is not found');
  return withKey((await create({ name: 'everything', permissions: ['all'] })).secret);
}

async function uploads(as) {
  const path = 'library/jpeg/date-offset.jpg';
  const bytes = await readFile(join(photos, path));
  const first = await upload(path, as);
  equal(first.status, 'created', 'an upload is created');
  keys(first, ['id', 'status'], [], 'the shape of an upload');
  matches(first.id, uuid, 'the id of an upload');
  equal(await upload(path, as), { id: first.id, status: 'duplicate' }, 'the same file again');
  for (const encoding of ['hex', 'base64']) {
    const answer = await raw('POST', '/assets', {
      as,
      headers: { 'x-immich-checksum': sha1(bytes, encoding), 'Content-Type': 'multipart/form-data; boundary=none' },
    });
    equal([answer.status, await answer.json()], [200, { id: first.id, status: 'duplicate' }], `the checksum alone, in ${encoding}`);
  }
  const asked = [
    { id: 'a', checksum: sha1(bytes, 'hex') },
    { id: 'b', checksum: '00'.repeat(20) },
    { id: 'c', checksum: sha1(bytes, 'base64') },
  ];
  const reject = { action: 'reject', reason: 'duplicate', assetId: first.id, isTrashed: false };
  equal((await sdk.checkBulkUpload({ assetBulkUploadCheckDto: { assets: asked } }, as)).results,
    [{ id: 'a', ...reject }, { id: 'b', action: 'accept' }, { id: 'c', ...reject }], 'bulk upload check');
  await refused(() => upload('library/jpeg/plain-no-date.jpg', as, { fileName: 'photo.exe' }), 400,
    'Unsupported file type photo.exe', 'an extension that is not supported');
  return { id: first.id, bytes };
}

async function details({ id, bytes }, as) {
  const asset = await until(() => sdk.getAssetInfo({ id }, as), (one) => one.thumbhash, 'previews are made');
  keys(asset, ASSET_KEYS, ASSET_OPTIONAL_KEYS, 'the shape of an asset');
  equal(
    [asset.checksum, asset.originalFileName, asset.originalMimeType, asset.type, asset.visibility, asset.width, asset.height],
    [sha1(bytes, 'base64'), 'date-offset.jpg', 'image/jpeg', 'IMAGE', 'timeline', 640, 480], 'what the asset is');
  equal([asset.fileCreatedAt, asset.localDateTime], ['2021-07-05T01:45:10.000Z', '2021-07-04T18:45:10.000Z'], 'the dates of the asset');
  equal([asset.isFavorite, asset.isTrashed, asset.isArchived, asset.isOffline, asset.duration, asset.stack],
    [false, false, false, false, null, null], 'flags of a fresh asset');
  equal([asset.people, asset.tags], [[], []], 'lists of a fresh asset');
  const exif = asset.exifInfo;
  equal([new Date(exif.dateTimeOriginal).toISOString(), exif.timeZone, exif.make, exif.model, exif.fileSizeInByte],
    ['2021-07-05T01:45:10.000Z', 'UTC-7', 'Albumen', 'Test Camera', bytes.length], 'what the camera said');
  await invalid(() => sdk.getAssetInfo({ id: 'nonsense' }, as), ['id'], 'Invalid UUID', 'an id that is none');
  await refused(() => sdk.getAssetInfo({ id: UNKNOWN_ID }, as), 400, 'Not found or no asset.read access', 'an unknown id');
  return asset;
}

const CACHED = 'private, max-age=86400, no-transform, stale-while-revalidate=2592000, stale-if-error=2592000';

async function files(asset, bytes, as) {
  const thumbnail = await raw('GET', `/assets/${asset.id}/thumbnail?c=anything`, { as });
  const small = Buffer.from(await thumbnail.arrayBuffer());
  equal([thumbnail.status, thumbnail.headers.get('content-type'), thumbnail.headers.get('cache-control')],
    [200, 'image/webp', CACHED], 'a thumbnail and its headers');
  equal([small.subarray(0, 4).toString(), small.subarray(8, 12).toString()], ['RIFF', 'WEBP'], 'the thumbnail is WebP');
  equal(thumbnail.headers.get('content-disposition'), "inline; filename*=UTF-8''date-offset_thumbnail.webp", 'the name of a thumbnail');
  const etag = thumbnail.headers.get('etag');
  const again = await raw('GET', `/assets/${asset.id}/thumbnail`, { as, headers: { 'If-None-Match': etag ?? '' } });
  equal(again.status, 304, 'a thumbnail that the browser has already');
  const preview = await raw('GET', `/assets/${asset.id}/thumbnail?size=preview`, { as });
  const large = Buffer.from(await preview.arrayBuffer());
  equal([preview.status, preview.headers.get('content-type')], [200, 'image/jpeg'], 'a preview');
  equal([...large.subarray(0, 3)], [0xff, 0xd8, 0xff], 'the preview is JPEG');
  const full = await raw('GET', `/assets/${asset.id}/thumbnail?size=fullsize`, { as });
  equal([full.status, /(^|\/)original/.test(full.headers.get('location') ?? '')], [302, true], 'full size leads to the original');
  const blob = await sdk.downloadAsset({ id: asset.id }, as);
  equal(sha1(Buffer.from(await blob.arrayBuffer()), 'hex'), sha1(bytes, 'hex'), 'the original, byte for byte');
  const part = await raw('GET', `/assets/${asset.id}/original`, { as, headers: { Range: 'bytes=10-19' } });
  equal([part.status, part.headers.get('content-range'), part.headers.get('accept-ranges')],
    [206, `bytes 10-19/${bytes.length}`, 'bytes'], 'a part of the original');
  equal(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(10, 20)), true, 'the bytes of the part');
  equal(part.headers.get('content-disposition'), "inline; filename*=UTF-8''date-offset.jpg", 'the name of the original');
  const beyond = await raw('GET', `/assets/${asset.id}/original`, { as, headers: { Range: `bytes=${bytes.length}-` } });
  equal(beyond.status, 416, 'a part beyond the end');
}

const TIMELINE = { visibility: 'timeline', withPartners: true, withStacked: true };
const MONTH = '2021-07-01';

async function timeline(asset, as) {
  const buckets = await sdk.getTimeBuckets(TIMELINE, as);
  equal(buckets.find((one) => one.timeBucket === MONTH), { timeBucket: MONTH, count: 1 }, 'the month of the photo');
  for (const timeBucket of [MONTH, `${MONTH}T00:00:00.000Z`]) {
    const bucket = await sdk.getTimeBucket({ timeBucket, ...TIMELINE }, as);
    keys(bucket, BUCKET_COLUMNS, ['stack'], `the columns of ${timeBucket}`);
    const lengths = new Set(Object.values(bucket).map((column) => column.length));
    equal([...lengths], [1], 'all columns are equally long');
    equal(
      [bucket.id, bucket.ratio, bucket.fileCreatedAt, bucket.localOffsetHours, bucket.isImage, bucket.thumbhash, bucket.stack],
      [[asset.id], [1.333], ['2021-07-05T01:45:10'], [-7], [true], [asset.thumbhash], [null]], 'the row of the photo');
  }
  const located = await sdk.getTimeBucket({ timeBucket: MONTH, withCoordinates: true }, as);
  equal([located.latitude, located.longitude, located.stack], [[null], [null], undefined], 'coordinates when asked for');
  const empty = await sdk.getTimeBucket({ timeBucket: '1971-01-01' }, as);
  equal(Object.values(empty).every((column) => column.length === 0), true, 'a month without photos');
  const nameless = await raw('GET', '/timeline/bucket', { as });
  equal(nameless.status, 400, 'a bucket without its month');
  await refused(() => sdk.getTimeBuckets({ withPartners: true }, as), 400,
    'withPartners is only supported for non-archived, non-trashed, non-favorited, non-locked assets', 'partners without a visibility');
  const bad = await raw('GET', '/timeline/buckets?isFavorite=yes', { as });
  equal([bad.status, (await bad.json()).message], [400, 'Validation failed'], 'a boolean is true or false');
}

async function edits(asset, as) {
  const update = (dto) => sdk.updateAsset({ id: asset.id, updateAssetDto: dto }, as);
  const described = await update({ description: 'Über den Wolken ☁' });
  equal(described.exifInfo.description, 'Über den Wolken ☁', 'a description, read as it was written');
  equal((await update({ isFavorite: true })).isFavorite, true, 'a favourite');
  equal((await update({ rating: 5 })).exifInfo.rating, 5, 'a rating');
  await invalid(() => update({ rating: 0 }), ['rating'], 'Rating must be -1 (rejected), 1–5 (starred), or null (unrated); 0 is not valid',
    'a rating of zero');
  equal((await update({ rating: null })).exifInfo.rating, null, 'a rating that is taken away');
  await invalid(() => update({ latitude: 10 }), anywhere, 'Latitude and longitude must be provided together', 'half a place');
  const placed = await update({ latitude: 52.52, longitude: 13.405 });
  equal([placed.exifInfo.latitude, placed.exifInfo.longitude], [52.52, 13.405], 'a place');
  const dated = await update({ dateTimeOriginal: '2020-02-03T04:05:06.000-07:00' });
  equal([new Date(dated.exifInfo.dateTimeOriginal).toISOString(), dated.exifInfo.timeZone, dated.localDateTime],
    ['2020-02-03T11:05:06.000Z', 'UTC-7', '2020-02-03T04:05:06.000Z'], 'another date, with its offset');
  equal((await sdk.getTimeBuckets(TIMELINE, as)).filter((one) => one.timeBucket === '2020-02-01'), [{ timeBucket: '2020-02-01', count: 1 }],
    'the photo moved to its new month');
  await invalid(() => update({ dateTimeOriginal: '2020-02-03T04:05:06' }), ['dateTimeOriginal'], 'Invalid', 'a date without an offset');
  equal((await update({ visibility: 'archive' })).isArchived, true, 'archived');
  equal((await sdk.getTimeBuckets(TIMELINE, as)).some((one) => one.timeBucket === '2020-02-01'), false, 'the archive is not in the timeline');
  equal((await sdk.getTimeBuckets({ visibility: 'archive' }, as)).length, 1, 'the archive has a timeline of its own');
  const bulk = await raw('PUT', '/assets', { as, body: { ids: [asset.id], visibility: 'timeline', isFavorite: false } });
  equal(bulk.status, 204, 'many at once');
  const back = await sdk.getAssetInfo({ id: asset.id }, as);
  equal([back.visibility, back.isFavorite, back.exifInfo.description], ['timeline', false, 'Über den Wolken ☁'], 'and read at once');
  await refused(() => sdk.updateAssets({ assetBulkUpdateDto: { ids: [asset.id, UNKNOWN_ID], isFavorite: true } }, as), 400,
    'Not found or no asset.update access', 'one unknown id among many');
  equal((await sdk.getAssetInfo({ id: asset.id }, as)).isFavorite, false, 'and nothing was changed');
}

async function search(asset, as) {
  const found = await sdk.searchAssets({ metadataSearchDto: { originalFileName: 'date-offset' } }, as);
  equal(found.assets.items.map((one) => one.id), [asset.id], 'search by name');
  equal([found.assets.nextPage, found.assets.count, found.albums.count], [null, 1, 0], 'the shape of a search');
  const dated = await sdk.searchAssets({ metadataSearchDto: { takenAfter: '2020-02-01T00:00:00.000Z', takenBefore: '2020-03-01T00:00:00.000Z' } }, as);
  equal(dated.assets.items.map((one) => one.id), [asset.id], 'search by date');
  await invalid(() => sdk.searchAssets({ metadataSearchDto: { size: 1001 } }, as), ['size'], 'Too big', 'too large a page');
}

async function trash(asset, as) {
  const remove = (force) => sdk.deleteAssets({ assetBulkDeleteDto: { ids: [asset.id], force } }, as);
  const before = await sdk.getAssetStatistics({}, as);
  equal((await raw('DELETE', '/assets', { as, body: { ids: [asset.id] } })).status, 204, 'into the trash');
  equal((await sdk.getAssetInfo({ id: asset.id }, as)).isTrashed, true, 'a trashed photo can be read');
  equal((await sdk.getAssetStatistics({}, as)).total, before.total - 1, 'statistics leave it out');
  equal((await sdk.getAssetStatistics({ isTrashed: true }, as)).total, 1, 'statistics of the trash');
  equal((await sdk.getTimeBuckets({ isTrashed: true }, as)).length, 1, 'the timeline of the trash');
  equal((await upload('library/jpeg/date-offset.jpg', as)).status, 'duplicate', 'a trashed photo is still a duplicate');
  equal(await sdk.restoreAssets({ bulkIdsDto: { ids: [asset.id] } }, as), { count: 1 }, 'restored');
  equal((await sdk.getAssetInfo({ id: asset.id }, as)).isTrashed, false, 'and out of the trash');
  equal(await sdk.restoreAssets({ bulkIdsDto: { ids: [] } }, as), { count: 0 }, 'nothing to restore');
  await remove(false);
  equal(await sdk.restoreTrash(as), { count: 1 }, 'the whole trash restored');
  await remove(false);
  equal(await sdk.emptyTrash(as), { count: 1 }, 'the trash emptied');
  const gone = () => refusedQuietly(() => sdk.getAssetInfo({ id: asset.id }, as));
  await until(gone, (status) => status === 400, 'it is gone for good');
  equal((await upload('library/jpeg/date-offset.jpg', as)).status, 'created', 'and may be uploaded anew');
}

async function refusedQuietly(call) {
  try {
    await call();
    return 200;
  } catch (error) {
    return error.status;
  }
}

async function otherUser(admin) {
  const dto = { email: `Bob-${Date.now()}@Albumen.test`, password: 'another long password', name: 'Bob' };
  const user = await sdk.createUserAdmin({ userAdminCreateDto: dto }, admin);
  keys(user, USER_ADMIN_KEYS, [], 'the shape of a user, for administrators');
  equal([user.email, user.isAdmin, user.quotaUsageInBytes], [dto.email.toLowerCase(), false, 0], 'a second user');
  await refused(() => sdk.createUserAdmin({ userAdminCreateDto: dto }, admin), 400, 'Email is not available', 'the same e-mail again');
  const login = await sdk.login({ loginCredentialDto: { email: dto.email, password: dto.password } });
  return { as: withToken(login.accessToken), id: user.id };
}

async function strangers(asset, owner, stranger) {
  const as = stranger.as;
  equal(await sdk.getTimeBuckets(TIMELINE, as), [], 'a second user sees an empty timeline');
  equal(await sdk.getAssetStatistics({}, as), { images: 0, videos: 0, total: 0 }, 'and has no photos');
  equal((await sdk.searchAssets({ metadataSearchDto: {} }, as)).assets.items, [], 'and finds none');
  await refused(() => sdk.getAssetInfo({ id: asset.id }, as), 400, no('asset.read'), "another's photo");
  await refused(() => sdk.viewAsset({ id: asset.id }, as), 400, no('asset.view'), "another's thumbnail");
  await refused(() => sdk.downloadAsset({ id: asset.id }, as), 404, 'Not Found', "another's original");
  await refused(() => sdk.updateAsset({ id: asset.id, updateAssetDto: { isFavorite: true } }, as), 400, no('asset.update'),
    "changing another's photo");
  await refused(() => sdk.deleteAssets({ assetBulkDeleteDto: { ids: [asset.id] } }, as), 400, no('asset.delete'), "deleting another's photo");
  await refused(() => sdk.restoreAssets({ bulkIdsDto: { ids: [asset.id] } }, as), 400, no('asset.delete'), "restoring another's photo");
  await refused(() => sdk.getTimeBuckets({ userId: owner.userId }, as), 400, no('timeline.read'), "another's timeline");
  await refused(() => sdk.searchUsersAdmin({}, as), 403, 'Forbidden', 'the list of users, for administrators');
  await refused(() => sdk.getServerStatistics(as), 403, 'Forbidden', 'the statistics of the server');
  const sessions = await sdk.getSessions(as);
  const foreign = (await sdk.getSessions(withToken(owner.accessToken)))[0];
  await refused(() => sdk.deleteSession({ id: foreign.id }, as), 400, no('authDevice.delete'), "another's session");
  equal(sessions.some((one) => one.id === foreign.id), false, 'sessions of others are not listed');
  const reupload = await upload('library/jpeg/date-offset.jpg', as);
  equal([reupload.status, reupload.id === asset.id], ['created', false], 'the same file belongs to each owner by itself');
}

const ALBUM_KEYS = [
  'albumName', 'albumThumbnailAssetId', 'albumUsers', 'assetCount', 'createdAt', 'description', 'hasSharedLink', 'id', 'isActivityEnabled',
  'shared', 'updatedAt',
];
const ALBUM_OPTIONAL_KEYS = ['contributorCounts', 'endDate', 'lastModifiedAssetTimestamp', 'order', 'startDate'];

async function albums(owner, assets, friend) {
  const { as } = owner;
  const [asset, second] = assets;
  await invalid(() => sdk.createAlbum({ createAlbumDto: {} }, as), ['albumName'], 'Invalid input: expected string', 'an album without a name');
  await refused(() => sdk.createAlbum({ createAlbumDto: { albumName: 'x', albumUsers: [{ userId: UNKNOWN_ID, role: 'editor' }] } }, as), 400,
    'Invalid user', 'an album for nobody');
  const made = await raw('POST', '/albums', { as, body: { albumName: 'Sommer ☀', assetIds: [asset, UNKNOWN_ID] } });
  equal(made.status, 201, 'an album is made');
  const album = await made.json();
  keys(album, ALBUM_KEYS, ALBUM_OPTIONAL_KEYS, 'the shape of an album');
  const id = album.id;
  equal([album.albumName, album.description, album.assetCount, album.albumThumbnailAssetId, album.order, album.shared, album.isActivityEnabled],
    ['Sommer ☀', '', 1, asset, 'desc', false, true], 'a fresh album, without what its maker does not have');
  equal(album.albumUsers.map((one) => [one.user.id, one.role]), [[owner.id, 'owner']], 'its maker owns it');
  matches(album.startDate, /T00:00:00\.000Z$/, 'the day on which it begins');
  equal((await sdk.getAllAlbums({}, as)).map((one) => one.id), [id], 'it is listed');

  await refused(() => sdk.getAlbumInfo({ id }, friend.as), 400, no('album.read'), "another's album");
  await refused(() => sdk.getAlbumInfo({ id: UNKNOWN_ID }, friend.as), 400, no('album.read'), 'an unknown album, in the same words');
  await refused(() => sdk.addAssetsToAlbum({ id, bulkIdsDto: { ids: [friend.assetId] } }, friend.as), 400, 'Album not found', "into another's album");
  await refused(() => sdk.addAssetsToAlbum({ id: UNKNOWN_ID, bulkIdsDto: { ids: [friend.assetId] } }, friend.as), 400, 'Album not found',
    'into an unknown album, in the same words');
  await refused(() => sdk.deleteAlbum({ id }, friend.as), 400, no('album.delete'), "deleting another's album");
  await refused(() => sdk.getTimeBuckets({ albumId: id }, friend.as), 400, no('album.read'), "the timeline of another's album");
  await refused(() => sdk.searchAssets({ metadataSearchDto: { albumIds: [id] } }, friend.as), 400, no('album.read'), "searching another's album");
  equal(await sdk.getAllAlbums({}, friend.as), [], 'albums of others are not listed');
  await refused(() => sdk.getAssetInfo({ id: asset }, friend.as), 400, no('asset.read'), 'nor are their photos seen');

  const add = (ids, by) => sdk.addAssetsToAlbum({ id, bulkIdsDto: { ids } }, by);
  equal(await add([asset, second, second, friend.assetId, UNKNOWN_ID], as), [
    { id: asset, success: false, error: 'duplicate' },
    { id: second, success: true },
    { id: second, success: false, error: 'duplicate' },
    { id: friend.assetId, success: false, error: 'no_permission' },
    { id: UNKNOWN_ID, success: false, error: 'no_permission' },
  ], 'what comes of each photo');
  const edited = await sdk.updateAlbumInfo({ id, updateAlbumDto: { description: 'am See', order: 'asc', albumThumbnailAssetId: second } }, as);
  equal([edited.albumName, edited.description, edited.order, edited.albumThumbnailAssetId, edited.assetCount],
    ['Sommer ☀', 'am See', 'asc', second, 2], 'an album is changed');
  await refused(() => sdk.updateAlbumInfo({ id, updateAlbumDto: { albumThumbnailAssetId: friend.assetId } }, as), 400, 'Invalid album thumbnail',
    'a thumbnail from elsewhere');

  const share = (albumUsers, by = as) => sdk.addUsersToAlbum({ id, addUsersDto: { albumUsers } }, by);
  await invalid(() => share([]), ['albumUsers'], 'Too small', 'sharing with nobody');
  await refused(() => share([{ userId: UNKNOWN_ID }]), 400, 'Invalid user', 'sharing with somebody unknown');
  await refused(() => share([{ userId: friend.id, role: 'owner' }]), 400, 'Cannot add another owner', 'a second owner');
  const before = await sdk.getAlbumInfo({ id }, as);
  const shared = await share([{ userId: friend.id, role: 'viewer' }]);
  equal([shared.shared, shared.albumUsers.map((one) => one.role)], [true, ['owner', 'viewer']], 'an album is shared');
  check(shared.updatedAt > before.updatedAt, 'and has changed by that');
  equal((await sdk.getAllAlbums({ isOwned: false }, friend.as)).map((one) => one.id), [id], 'the friend sees it');
  equal((await sdk.getAlbumInfo({ id }, friend.as)).contributorCounts, [{ userId: owner.id, assetCount: 2 }], 'and who put in how many');
  equal((await sdk.getAssetInfo({ id: asset }, friend.as)).owner.id, owner.id, 'and its photos, with their owner');
  equal((await raw('GET', `/assets/${asset}/original`, { as: friend.as })).status, 200, 'and their originals');
  equal((await sdk.getTimeBuckets({ albumId: id }, friend.as)).reduce((sum, one) => sum + one.count, 0), 2, 'and its timeline');
  equal((await sdk.searchAssets({ metadataSearchDto: { albumIds: [id] } }, friend.as)).assets.count, 2, 'and finds what is in it');
  equal((await sdk.getTimeBuckets({}, friend.as)).reduce((sum, one) => sum + one.count, 0), 1, 'which is not in the timeline of the friend');
  await refused(() => sdk.updateAsset({ id: asset, updateAssetDto: { isFavorite: true } }, friend.as), 400, no('asset.update'),
    'looking is not changing');
  await refused(() => sdk.updateAlbumInfo({ id, updateAlbumDto: { albumName: 'x' } }, friend.as), 400, no('album.update'), 'a viewer changes nothing');
  await refused(() => add([friend.assetId], friend.as), 400, no('albumAsset.create'), 'and puts nothing in');
  await refused(() => share([{ userId: friend.id }], friend.as), 400, no('album.share'), 'and shares nothing');

  const role = (userId, wanted, by = as) => raw('PUT', `/albums/${id}/user/${userId}`, { as: by, body: { role: wanted } });
  equal((await role(friend.id, 'editor')).status, 204, 'the friend becomes an editor');
  equal([(await role(owner.id, 'viewer')).status, (await (await role(owner.id, 'viewer')).json()).message], [400, 'User is owner'], 'the owner stays one');
  equal(await add([friend.assetId], friend.as), [{ id: friend.assetId, success: true }], 'an editor puts a photo in');
  const out = (ids, by) => sdk.removeAssetFromAlbum({ id, bulkIdsDto: { ids } }, by);
  equal(await out([asset, UNKNOWN_ID], friend.as), [
    { id: asset, success: false, error: 'no_permission' },
    { id: UNKNOWN_ID, success: false, error: 'not_found' },
  ], 'an editor takes out their own photos alone');
  equal(await out([friend.assetId], as), [{ id: friend.assetId, success: true }], 'the owner takes out any');
  equal(await sdk.addAssetsToAlbums({ albumsAddAssetsDto: { albumIds: [id], assetIds: [friend.assetId] } }, friend.as), { success: true },
    'a photo into many albums');
  equal(await sdk.addAssetsToAlbums({ albumsAddAssetsDto: { albumIds: [id], assetIds: [friend.assetId] } }, friend.as),
    { success: false, error: 'duplicate' }, 'and once more');
  equal(await sdk.addAssetsToAlbums({ albumsAddAssetsDto: { albumIds: [UNKNOWN_ID], assetIds: [friend.assetId] } }, friend.as),
    { success: false, error: 'no_permission' }, 'and into none');
  equal(await sdk.getAlbumStatistics(friend.as), { owned: 0, shared: 1, notShared: 0 }, 'the statistics of the friend');
  equal((await sdk.getAlbumMapMarkers({ id }, friend.as)).every((one) => typeof one.lat === 'number'), true, 'the map of an album');
  await refused(() => sdk.deleteAlbum({ id }, friend.as), 400, no('album.delete'), 'an editor does not delete');

  await refused(() => sdk.removeUserFromAlbum({ id, userId: 'me' }, as), 400, 'Cannot remove the last album owner', 'the owner does not leave');
  equal((await raw('DELETE', `/albums/${id}/user/me`, { as: friend.as })).status, 204, 'the friend leaves');
  await refused(() => sdk.getAssetInfo({ id: asset }, friend.as), 400, no('asset.read'), 'and sees nothing any more');
  await refused(() => sdk.removeUserFromAlbum({ id, userId: friend.id }, as), 400, 'Album not shared with user', 'who left cannot be put out');
  equal((await raw('DELETE', `/albums/${id}`, { as })).status, 204, 'an album is deleted');
  await refused(() => sdk.getAlbumInfo({ id }, as), 400, no('album.read'), 'and is gone');
  equal((await sdk.getAssetInfo({ id: asset }, as)).isTrashed, false, 'its photos stay');
}

async function lockedFolder(user, key) {
  const as = user.as;
  const put = (dto) => sdk.updateAsset({ id: user.assetId, updateAssetDto: dto }, as);
  const unlock = (pinCode) => sdk.unlockAuthSession({ sessionUnlockDto: { pinCode } }, as);
  equal((await raw('POST', '/auth/session/unlock', { as, body: { pinCode: '123456' } })).status, 400, 'no PIN yet');
  await invalid(() => sdk.setupPinCode({ pinCodeSetupDto: { pinCode: '12345' } }, as), ['pinCode'], 'Invalid', 'a PIN has six digits');
  equal((await raw('POST', '/auth/pin-code', { as, body: { pinCode: '123456' } })).status, 204, 'a PIN is set');
  await refused(() => sdk.setupPinCode({ pinCodeSetupDto: { pinCode: '654321' } }, as), 400, 'User already has a PIN code', 'a second PIN');
  equal((await sdk.getAuthStatus(as)).isElevated, false, 'setting a PIN unlocks nothing');
  await put({ visibility: 'locked' });
  await refused(() => sdk.getAssetInfo({ id: user.assetId }, as), 400, 'Not found or no asset.read access', 'a locked photo');
  await refused(() => sdk.viewAsset({ id: user.assetId }, as), 400, 'Not found or no asset.view access', 'its thumbnail');
  await refused(() => sdk.getTimeBuckets({ visibility: 'locked' }, as), 401, 'Elevated permission is required', 'the locked folder');
  await refused(() => sdk.getAssetStatistics({ visibility: 'locked' }, as), 401, 'Elevated permission is required', 'its statistics');
  await refused(() => unlock('000000'), 400, 'Wrong PIN code', 'a wrong PIN');
  equal((await raw('POST', '/auth/session/unlock', { as, body: { pinCode: '123456' } })).status, 204, 'unlocked');
  const status = await sdk.getAuthStatus(as);
  equal([status.pinCode, status.isElevated], [true, true], 'the session is elevated');
  const left_ms = Date.parse(status.pinExpiresAt) - Date.now();
  check(left_ms > 13 * 60_000 && left_ms <= 15 * 60_000 + 1000, 'for fifteen minutes', `${left_ms} ms`);
  equal((await sdk.getAssetInfo({ id: user.assetId }, as)).visibility, 'locked', 'the locked photo is read');
  equal((await sdk.getTimeBuckets({ visibility: 'locked' }, as)).map((one) => one.count), [1], 'the locked folder is read');
  equal((await sdk.getTimeBuckets(TIMELINE, as)).length, 0, 'and is not in the timeline');
  await refused(() => sdk.getAssetInfo({ id: user.assetId }, key), 400, 'Not found or no asset.read access', 'an API key is never elevated');
  await refused(() => sdk.unlockAuthSession({ sessionUnlockDto: { pinCode: '123456' } }, key), 400,
    'This endpoint can only be used with a session token', 'an API key cannot unlock');
  equal((await raw('POST', '/auth/session/lock', { as })).status, 204, 'locked again');
  await refused(() => sdk.getTimeBuckets({ visibility: 'locked' }, as), 401, 'Elevated permission is required', 'at once');
  await unlock('123456');
  await put({ visibility: 'timeline' });
  const change = (body) => raw('PUT', '/auth/pin-code', { as, body });
  equal((await change({ pinCode: '999999', newPinCode: '222222' })).status, 400, 'a PIN is not changed with a wrong one');
  equal((await change({ pinCode: '123456', newPinCode: '222222' })).status, 204, 'a PIN is changed');
  equal((await raw('DELETE', '/auth/pin-code', { as, body: { pinCode: '222222' } })).status, 204, 'a PIN is reset');
  const reset = await sdk.getAuthStatus(as);
  equal([reset.pinCode, reset.isElevated], [false, false], 'and with it the elevation');
}

async function sessions(user) {
  const as = user.as;
  const mine = await sdk.getSessions(as);
  equal(mine.filter((one) => one.current).length, 1, 'one session is the current one');
  keys(mine[0], ['id', 'createdAt', 'updatedAt', 'current', 'deviceType', 'deviceOS', 'appVersion', 'isPendingSyncReset'], ['expiresAt'],
    'the shape of a session');
  const child = await sdk.createSession({ sessionCreateDto: { duration: 3600, deviceType: 'test', deviceOS: 'test' } }, as);
  equal((await sdk.getMyUser(withToken(child.token))).id, user.id, 'a child session works');
  equal((await raw('DELETE', `/sessions/${child.id}`, { as })).status, 204, 'a session is deleted');
  await refused(() => sdk.getMyUser(withToken(child.token)), 401, 'Invalid user token', 'and refused at once');
  await refused(() => sdk.createSession({ sessionCreateDto: {} }, user.key), 400, 'This endpoint can only be used with a session token',
    'a key has no child sessions');
}

async function preferences(as) {
  const found = await sdk.getMyPreferences(as);
  const { purchase, ...rest } = found;
  const { purchase: expectedPurchase, ...expected } = PREFERENCES;
  equal(rest, expected, 'the default preferences');
  equal(purchase.showSupportBadge, expectedPurchase.showSupportBadge, 'the default of the badge');
  matches(purchase.hideBuyButtonUntil, /^2022-02-1[123]T/, 'the default of the buy button');
  const changed = await sdk.updateMyPreferences({ userPreferencesUpdateDto: { people: { minimumFaces: 5 }, tags: { enabled: false } } }, as);
  equal([changed.people, changed.tags], [{ ...PREFERENCES.people, minimumFaces: 5 }, { ...PREFERENCES.tags, enabled: false }],
    'preferences are merged');
  equal((await sdk.getMyPreferences(as)).people.minimumFaces, 5, 'and kept');
}

async function server(as) {
  const statistics = await sdk.getServerStatistics(as);
  keys(statistics, ['photos', 'videos', 'usage', 'usagePhotos', 'usageVideos', 'usageByUser'], [], 'the shape of the statistics');
  check(statistics.usageByUser.length >= 2, 'statistics by user');
  const about = await sdk.getAboutInfo(as);
  equal(about.version, 'v3.1.0', 'about: the version of the API');
  equal(typeof about.licensed, 'boolean', 'about: licensed');
  const storage = await sdk.getStorage(as);
  matches(storage.diskSize, /^\d+(\.\d)? [KMGTPE]?i?B$/, 'the size of the disk, for people');
  check(storage.diskSizeRaw >= storage.diskUseRaw, 'the size of the disk, in bytes');
  equal((await sdk.getAdminOnboarding(as)).isOnboarded, false, 'the server is not onboarded yet');
  equal((await raw('POST', '/system-metadata/admin-onboarding', { as, body: { isOnboarded: true } })).status, 204, 'onboarding is done');
  equal((await sdk.getServerConfig()).isOnboarded, true, 'and the web app knows');
}

async function passwordsAndLogOut(user) {
  const change = (password, newPassword) => () => sdk.changePassword({ changePasswordDto: { password, newPassword } }, user.as);
  await refused(change('wrong', 'a new long password'), 400, 'Wrong password', 'the old password is wrong');
  await invalid(change('another long password', 'short'), ['newPassword'], 'Too small', 'the new password is too short');
  const other = await sdk.login({ loginCredentialDto: { email: user.email, password: 'another long password' } });
  equal((await change('another long password', 'a new long password')()).shouldChangePassword, false, 'a new password');
  await refused(() => sdk.getMyUser(withToken(other.accessToken)), 401, 'Invalid user token', 'other sessions end with it');
  equal((await sdk.getMyUser(user.as)).id, user.id, 'the current one stays');
  const answer = await raw('POST', '/auth/logout', { as: user.as });
  equal([answer.status, await answer.json()], [200, { successful: true, redirectUri: '/auth/login?autoLaunch=0' }], 'log-out');
  equal(answer.headers.getSetCookie().length, 3, 'the cookies are cleared');
  await refused(() => sdk.getMyUser(user.as), 401, 'Invalid user token', 'the token is dead');
}

await beforeSignUp();
await signUp();
const login = await logIn();
const admin = withToken(login.accessToken);
await credentials(login.accessToken);
const key = await apiKeys(admin);
const uploaded = await uploads(key);
const asset = await details(uploaded, admin);
await files(asset, uploaded.bytes, admin);
await timeline(asset, admin);
await edits(asset, admin);
await search(asset, admin);
const kept = await upload('library/jpeg/gps-berlin.jpg', admin);
const bob = await otherUser(admin);
bob.email = (await sdk.getMyUser(bob.as)).email;
await strangers({ id: kept.id }, login, bob);
bob.assetId = (await sdk.searchAssets({ metadataSearchDto: {} }, bob.as)).assets.items[0].id;
bob.key = withKey((await sdk.createApiKey({ apiKeyCreateDto: { permissions: ['all'] } }, bob.as)).secret);
await albums({ as: admin, id: login.userId }, [kept.id, asset.id], bob);
await lockedFolder(bob, bob.key);
await sessions(bob);
await preferences(bob.as);
await trash(asset, admin);
await server(admin);
await passwordsAndLogOut(bob);

finish();
