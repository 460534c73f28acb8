// What phone apps keep a copy of: the sync stream, its acknowledgements and its resets.
//
// Usage: node sync.mjs BASE_URL PHOTOS_DIR

import * as sdk from '@immich/sdk';
import {
  anywhere, cast, check, equal, finish, instant, invalid, keys, matches, newUser, raw, ready, refused, show, until,
  upload, withKey, withToken,
} from './kit.mjs';

const ALL = [
  'AssetEditsV1', 'AuthUsersV1', 'UsersV1', 'PartnersV1', 'AssetsV2', 'StacksV1', 'PartnerAssetsV2', 'PartnerStacksV1', 'AlbumAssetsV2',
  'AlbumsV2', 'AlbumUsersV1', 'AlbumToAssetsV1', 'AssetExifsV1', 'AlbumAssetExifsV1', 'AssetOcrV1', 'PartnerAssetExifsV1',
  'MemoriesV1', 'MemoryToAssetsV1', 'PeopleV1', 'AssetFacesV2', 'UserMetadataV1', 'AssetMetadataV1',
];
const ASSET_KEYS = [
  'id', 'ownerId', 'originalFileName', 'thumbhash', 'checksum', 'fileCreatedAt', 'fileModifiedAt', 'createdAt', 'localDateTime',
  'duration', 'type', 'deletedAt', 'isFavorite', 'visibility', 'livePhotoVideoId', 'stackId', 'libraryId', 'width', 'height', 'isEdited',
];
const EXIF_KEYS = [
  'assetId', 'description', 'exifImageWidth', 'exifImageHeight', 'fileSizeInByte', 'orientation', 'dateTimeOriginal', 'modifyDate',
  'timeZone', 'latitude', 'longitude', 'projectionType', 'city', 'state', 'country', 'make', 'model', 'lensModel', 'fNumber',
  'focalLength', 'iso', 'exposureTime', 'profileDescription', 'rating', 'fps',
];
const UPDATE_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const stream = (body, as, headers) => raw('POST', '/sync/stream', { as, body, headers });

async function lines(as, types = ALL, extra = {}) {
  const response = await stream({ types, ...extra }, as);
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  const text = await response.text();
  check(text.endsWith('\n'), 'the last line is ended');
  return text.trimEnd().split('\n').map((line) => JSON.parse(line));
}

const acknowledge = (acks, as) => sdk.sendSyncAck({ syncAckSetDto: { acks } }, as);
async function takeOnce(as, types) {
  const all = await lines(as, types);
  const newest = new Map(all.map((line) => [line.ack.split('|')[0], line.ack]));
  await acknowledge([...newest.values()], as);
  return all.filter((line) => !['SyncAckV1', 'SyncCompleteV1'].includes(line.type));
}

/** How long what works in the background takes to be told, at most. */
const SETTLES_MS = 60;
const thing = ({ type, data }) => `${type} ${data.id ?? (type.includes('Exif') ? data.assetId : JSON.stringify(data))}`;
/** What is not there yet, taken in and acknowledged: of each thing the newest. What changes again while it is sent is sent the next time. */
async function take(as, types = ALL) {
  const early = await takeOnce(as, types);
  await new Promise((resolve) => setTimeout(resolve, SETTLES_MS));
  const all = [...early, ...await takeOnce(as, types)];
  return [...new Map(all.map((line) => [thing(line), line])).values()];
}
const of = (all, type) => all.filter((line) => line.type === type).map((line) => line.data);
const names = (all) => all.map((line) => line.type);

async function refusals(user) {
  equal((await stream({ types: ['AuthUsersV1'] })).status, 401, 'nobody is sent anything');
  const { secret } = await sdk.createApiKey({ apiKeyCreateDto: { name: 'sync', permissions: ['all'] } }, user.as);
  for (const [method, path, body] of [
    ['POST', '/sync/stream', { types: [] }], ['GET', '/sync/ack'], ['POST', '/sync/ack', { acks: [] }], ['DELETE', '/sync/ack', {}],
  ]) {
    const answer = await raw(method, path, { as: withKey(secret), body });
    equal([answer.status, await answer.json()], [403, { message: 'Sync endpoints cannot be used with API keys' }], `${method} ${path} with a key`);
  }
  const weak = await sdk.createApiKey({ apiKeyCreateDto: { name: 'weak', permissions: ['asset.read'] } }, user.as);
  const denied = await stream({ types: [] }, withKey(weak.secret));
  equal([denied.status, await denied.json()], [403, { message: 'Missing required permission: sync.stream' }], 'a key without the permission');
  for (const [old, current] of [
    ['AssetsV1', 'AssetsV2'], ['PartnerAssetsV1', 'PartnerAssetsV2'], ['AlbumAssetsV1', 'AlbumAssetsV2'], ['AssetFacesV1', 'AssetFacesV2'],
  ]) {
    await refused(() => sdk.getSyncStream({ syncStreamDto: { types: [old] } }, user.as), 400,
      `SyncRequestType.${old} is deprecated, use SyncRequestType.${current} instead`, `${old} is not served any more`);
  }
  await invalid(() => sdk.getSyncStream({ syncStreamDto: { types: ['Nothing'] } }, user.as), ['types', 0], 'Invalid option', 'an unknown type');
  await invalid(() => sdk.getSyncStream({ syncStreamDto: {} }, user.as), ['types'], 'Invalid input', 'no types');
  await refused(() => acknowledge(['NothingV1|x'], user.as), 400, 'Invalid ack type: NothingV1', 'an unknown acknowledgement');
  await invalid(() => acknowledge(Array(1001).fill('UserV1|x'), user.as), anywhere, 'Too big', 'too many acknowledgements');
}

async function first(user) {
  const { id } = await upload('library/jpeg/date-offset.jpg', user.as, { isFavorite: 'true' });
  const asset = await ready(id, user.as);
  await sdk.updateAssetMetadata({ id, assetMetadataUpsertDto: { items: [{ key: 'mobile-app', value: { iCloudId: 'x' } }] } }, user.as);
  await sdk.updateMyPreferences({ userPreferencesUpdateDto: { memories: { enabled: false } } }, user.as);
  const response = await stream({ types: ['AuthUsersV1'] }, user.as);
  equal([response.status, response.headers.get('content-type')], [200, 'application/jsonlines+json'], 'lines of JSON');
  const zipped = await stream({ types: ALL }, user.as, { 'Accept-Encoding': 'gzip' });
  equal(zipped.headers.get('content-encoding'), 'gzip', 'compressed where that is accepted');
  check((await zipped.text()).includes('"SyncCompleteV1"'), 'and whole');

  const all = await lines(user.as);
  const last = all.at(-1);
  equal([last.type, last.data], ['SyncCompleteV1', {}], 'it ends with its end');
  const order = ['AuthUserV1', 'UserV1', 'AssetV2', 'AssetExifV1', 'UserMetadataV1', 'AssetMetadataV1', 'SyncCompleteV1'];
  // Users whom other journeys have deleted are told too.
  const seen = [...new Set(names(all))].filter((name) => name !== 'UserDeleteV1');
  equal(seen, order, 'in the order of the server');
  for (const line of all) {
    const [type, updateId, extra] = line.ack.split('|');
    check(type === line.type && UPDATE_ID.test(updateId) && extra === undefined, `the acknowledgement of ${line.type}`, line.ack);
  }
  const [own] = of(all, 'AuthUserV1');
  keys(own, ['id', 'name', 'email', 'avatarColor', 'deletedAt', 'hasProfileImage', 'profileChangedAt', 'isAdmin', 'pinCode', 'oauthId',
    'storageLabel', 'quotaSizeInBytes', 'quotaUsageInBytes'], [], 'the shape of oneself');
  equal([own.id, own.isAdmin, own.pinCode, own.oauthId, own.quotaUsageInBytes], [user.id, false, null, '', asset.exifInfo.fileSizeInByte], 'oneself');
  const users = of(all, 'UserV1');
  check(users.some((one) => one.id === user.id) && users.length > 1, 'everybody');
  keys(users[0], ['id', 'name', 'email', 'avatarColor', 'deletedAt', 'hasProfileImage', 'profileChangedAt'], [], 'the shape of a user');
  const [told] = of(all, 'AssetV2');
  keys(told, ASSET_KEYS, [], 'the shape of an asset');
  equal(told, {
    ...told, id, ownerId: user.id, originalFileName: asset.originalFileName, thumbhash: asset.thumbhash, checksum: asset.checksum,
    fileCreatedAt: asset.fileCreatedAt, localDateTime: asset.localDateTime, type: 'IMAGE', deletedAt: null, isFavorite: true,
    visibility: 'timeline', width: asset.width, height: asset.height, duration: null,
  }, 'the asset as REST tells it');
  matches(told.createdAt, instant, 'dates have milliseconds and Z');
  const [exif] = of(all, 'AssetExifV1');
  keys(exif, EXIF_KEYS, [], 'the shape of what is known of its making');
  equal([exif.assetId, exif.make, exif.fileSizeInByte], [id, asset.exifInfo.make, asset.exifInfo.fileSizeInByte], 'what is known of its making');
  equal(of(all, 'AssetMetadataV1'), [{ assetId: id, key: 'mobile-app', value: { iCloudId: 'x' } }], "a client's value");
  equal(of(all, 'UserMetadataV1'), [{ userId: user.id, key: 'preferences', value: { memories: { enabled: false } } }], 'settings: what differs');
  return id;
}

async function acknowledgements(user) {
  const all = await lines(user.as);
  const acks = all.map((line) => line.ack);
  const answer = await raw('POST', '/sync/ack', { as: user.as, body: { acks } });
  equal(answer.status, 204, 'acknowledged');
  const kept = await sdk.getSyncAck(user.as);
  const newest = Object.fromEntries(acks.map((ack) => [ack.split('|')[0], ack]));
  equal(Object.fromEntries(kept.map((one) => [one.type, one.ack])), newest, 'the last of each type is kept');
  equal(names(await lines(user.as)), ['SyncCompleteV1'], 'what was acknowledged is not sent again');
  equal((await raw('DELETE', '/sync/ack', { as: user.as, body: { types: ['AssetV2'] } })).status, 204, 'one is forgotten');
  equal([...new Set(names(await lines(user.as)))], ['AssetV2', 'SyncCompleteV1'], 'and sent again');
  const elsewhere = await sdk.login({ loginCredentialDto: { email: user.email, password: 'a long password' } });
  equal(await sdk.getSyncAck(withToken(elsewhere.accessToken)), [], 'another session begins from nothing');
  await raw('DELETE', '/sync/ack', { as: user.as, body: {} });
  equal(await sdk.getSyncAck(user.as), [], 'all are forgotten');
  await acknowledge(['UserV1|newer', 'AuthUserV1|x', 'UserV1|older'], user.as);
  equal(await sdk.getSyncAck(user.as), [{ type: 'AuthUserV1', ack: 'AuthUserV1|x' }, { type: 'UserV1', ack: 'UserV1|older' }],
    'the last in the list counts, whatever it is');
  check(of(await lines(user.as, ['UsersV1']), 'UserV1').length > 1, 'what was never sent says nothing');
  await refused(() => acknowledge([`UserV1|${'x'.repeat(300)}`], user.as), 400, `Invalid ack: UserV1|${'x'.repeat(300)}`, 'what is too long for one');
  await raw('DELETE', '/sync/ack', { as: user.as, body: {} });
}

async function changes(user, id) {
  await take(user.as);
  const told = async (type) => of(await take(user.as), type);
  await sdk.setUserOnboarding({ onboardingDto: { isOnboarded: true } }, user.as);
  equal(await told('UserMetadataV1'), [{ userId: user.id, key: 'onboarding', value: { isOnboarded: true } }], 'the first steps are done');
  await sdk.deleteUserOnboarding(user.as);
  equal(await told('UserMetadataDeleteV1'), [{ userId: user.id, key: 'onboarding' }], 'what is not set any more');
  await sdk.updateAsset({ id, updateAssetDto: { isFavorite: false, visibility: 'archive' } }, user.as);
  let all = await take(user.as);
  equal(of(all, 'AssetV2').map((one) => [one.id, one.isFavorite, one.visibility]), [[id, false, 'archive']], 'a change is sent once');
  equal(of(all, 'AssetExifV1'), [], 'what did not change is not');
  await sdk.updateAsset({ id, updateAssetDto: { description: 'told' } }, user.as);
  all = await take(user.as);
  equal(of(all, 'AssetExifV1').map((one) => one.description), ['told'], 'a description');
  await sdk.deleteAssets({ assetBulkDeleteDto: { ids: [id] } }, user.as);
  all = await take(user.as);
  equal(of(all, 'AssetV2').map((one) => one.deletedAt !== null), [true], 'the trash is a change');
  equal(of(all, 'AssetDeleteV1'), [], 'and no deletion');
  await sdk.restoreAssets({ bulkIdsDto: { ids: [id] } }, user.as);
  await take(user.as);
  await sdk.deleteAssetMetadata({ id, key: 'mobile-app' }, user.as);
  all = await take(user.as);
  equal(of(all, 'AssetMetadataDeleteV1'), [{ assetId: id, key: 'mobile-app' }], "a client's value that is gone");
  const passing = await upload('library/jpeg/gps-berlin.jpg', user.as);
  await ready(passing.id, user.as);
  all = await take(user.as);
  equal(['AuthUserV1', 'UserV1'].map((type) => of(all, type).map((one) => one.id)), [[user.id], [user.id]],
    'who uses more space is sent anew, to themselves and to everybody');
  const items = [{ key: 'mobile-app', value: { iCloudId: 'y' } }];
  await sdk.updateAssetMetadata({ id: passing.id, assetMetadataUpsertDto: { items } }, user.as);
  await take(user.as);
  await sdk.deleteAssetMetadata({ id: passing.id, key: 'mobile-app' }, user.as);
  await sdk.deleteAssets({ assetBulkDeleteDto: { ids: [passing.id], force: true } }, user.as);
  for (let attempt = 0; attempt < 100; attempt += 1) {
    all = await lines(user.as);
    if (of(all, 'AssetDeleteV1').length) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  equal(of(all, 'AssetDeleteV1'), [{ assetId: passing.id }], 'an asset that is gone for good');
  equal(of(all, 'AssetMetadataDeleteV1'), [], 'with all that went from it before, untold');
}

async function albums(owner, guest, id) {
  const second = await upload('library/jpeg/plain-no-date.jpg', owner.as);
  await ready(second.id, owner.as);
  const old = await sdk.createAlbum({ createAlbumDto: { albumName: 'guest’s own' } }, guest.as);
  const theirs = await upload('library/jpeg/gps-berlin.jpg', guest.as);
  await ready(theirs.id, guest.as);
  const album = await sdk.createAlbum({ createAlbumDto: { albumName: 'before', assetIds: [id] } }, owner.as);
  // The guest comes further than the assets of the album before they can see it.
  await sdk.addAssetsToAlbum({ id: old.id, bulkIdsDto: { ids: [theirs.id] } }, guest.as);
  let all = await take(guest.as);
  equal(of(all, 'AlbumV2').map((one) => one.name), ['guest’s own'], "another's album is not seen");
  equal(of(all, 'AlbumToAssetV1'), [{ albumId: old.id, assetId: theirs.id }], 'nor what is in it');
  equal(of(all, 'AssetV2').map((one) => one.id), [theirs.id], "nor another's assets");

  await sdk.addUsersToAlbum({ id: album.id, addUsersDto: { albumUsers: [{ userId: guest.id, role: 'viewer' }] } }, owner.as);
  const raws = await lines(guest.as);
  equal(of(raws, 'AlbumAssetBackfillV2').map((one) => [one.id, one.isFavorite]), [[id, false]], 'what was there before is filled in');
  equal(of(raws, 'AlbumToAssetBackfillV1'), [{ albumId: album.id, assetId: id }], 'and that it is in the album');
  equal(of(raws, 'AlbumAssetExifBackfillV1').map((one) => one.assetId), [id], 'and what is known of its making');
  const filled = raws.filter((line) => line.type === 'SyncAckV1').map((line) => line.ack.split('|'));
  check(filled.some(([type, created, extra]) => type === 'AlbumAssetBackfillV2' && UPDATE_ID.test(created) && extra === 'complete'),
    'a backfill says when it is complete', show(filled));
  all = await take(guest.as);
  equal(of(all, 'AlbumV2').map((one) => [one.id, one.name, one.order]), [[album.id, 'before', 'desc']], 'the album itself');
  equal(of(all, 'AlbumUserBackfillV1').concat(of(all, 'AlbumUserV1')).map((one) => [one.userId, one.role]).sort(),
    [[owner.id, 'owner'], [guest.id, 'viewer']].sort(), 'its members');
  equal(names(await lines(guest.as)), ['SyncCompleteV1'], 'then nothing more');

  await sdk.addAssetsToAlbum({ id: album.id, bulkIdsDto: { ids: [second.id] } }, owner.as);
  all = await take(guest.as);
  equal([of(all, 'AlbumAssetCreateV2').map((one) => one.id), of(all, 'AlbumToAssetV1')],
    [[second.id], [{ albumId: album.id, assetId: second.id }]], 'what comes into it');
  await sdk.updateAsset({ id: second.id, updateAssetDto: { isFavorite: true } }, owner.as);
  all = await take(guest.as);
  equal(of(all, 'AlbumAssetUpdateV2').map((one) => [one.id, one.isFavorite]), [[second.id, false]], 'what changes in it');
  await sdk.removeAssetFromAlbum({ id: album.id, bulkIdsDto: { ids: [second.id] } }, owner.as);
  all = await take(guest.as);
  equal(of(all, 'AlbumToAssetDeleteV1'), [{ albumId: album.id, assetId: second.id }], 'what goes out of it');
  await sdk.updateAsset({ id, updateAssetDto: { visibility: 'locked' } }, owner.as);
  all = await take(guest.as);
  equal(of(all, 'AlbumToAssetDeleteV1'), [{ albumId: album.id, assetId: id }], 'what is locked goes out of it');
  equal(of(all, 'AlbumAssetUpdateV2'), [], 'and is not sent any more');
  all = await take(owner.as);
  equal(of(all, 'AssetV2').filter((one) => one.id === id).map((one) => one.visibility), ['locked'], 'to its owner it is');

  await sdk.removeUserFromAlbum({ id: album.id, userId: guest.id }, owner.as);
  all = await take(guest.as);
  equal(of(all, 'AlbumDeleteV1'), [{ albumId: album.id }], 'for who leaves the album is gone');
  equal(of(all, 'AlbumUserDeleteV1'), [], 'and nothing else is told');
  all = await take(owner.as);
  equal(of(all, 'AlbumUserDeleteV1'), [{ albumId: album.id, userId: guest.id }], 'the others hear who left');
  await sdk.deleteAlbum({ id: album.id }, owner.as);
  all = await take(owner.as);
  equal(of(all, 'AlbumDeleteV1'), [{ albumId: album.id }], 'an album that is gone');
  equal(names(await lines(guest.as)), ['SyncCompleteV1'], 'whoever had left hears nothing');
  const [v1] = of(await lines(guest.as, ['AlbumsV1'], { reset: true }), 'AlbumV1');
  equal([v1.id, v1.ownerId], [old.id, guest.id], 'the older form of an album has its owner');
}

async function partners(owner, guest) {
  const shared = await upload('library/jpeg/date-offset.jpg', guest.as, { isFavorite: 'true' });
  await ready(shared.id, guest.as);
  await take(owner.as);
  await sdk.createPartner({ partnerCreateDto: { sharedWithId: owner.id } }, guest.as);
  let all = await take(owner.as);
  equal(of(all, 'PartnerV1'), [{ sharedById: guest.id, sharedWithId: owner.id, inTimeline: false }], 'a partner');
  const told = of(all, 'PartnerAssetBackfillV2').concat(of(all, 'PartnerAssetV2'));
  check(told.some((one) => one.id === shared.id && one.isFavorite === false), 'and what they have', show(told));
  check(of(all, 'PartnerAssetExifBackfillV1').concat(of(all, 'PartnerAssetExifV1')).some((one) => one.assetId === shared.id), 'and how it was made');
  equal(of(await take(guest.as), 'PartnerV1').length, 1, 'both are told');
  await sdk.updateAsset({ id: shared.id, updateAssetDto: { visibility: 'locked' } }, guest.as);
  equal(of(await take(owner.as), 'PartnerAssetDeleteV1'), [{ assetId: shared.id }], "a partner's locked asset is gone");
  await sdk.removePartner({ id: owner.id }, guest.as);
  all = await take(owner.as);
  equal(of(all, 'PartnerDeleteV1'), [{ sharedById: guest.id, sharedWithId: owner.id }], 'a partner who is none any more');
}

async function stacks(user) {
  const files = ['library/jpeg/plain-no-date.jpg', 'library/jpeg/gps-berlin.jpg'];
  const ids = [];
  for (const file of files) ids.push((await upload(file, user.as)).id);
  for (const id of ids) await ready(id, user.as);
  await take(user.as);
  const stack = await sdk.createStack({ stackCreateDto: { assetIds: ids } }, user.as);
  let all = await take(user.as);
  equal(of(all, 'StackV1').map((one) => [one.id, one.ownerId, one.primaryAssetId]), [[stack.id, user.id, stack.primaryAssetId]], 'a stack');
  equal(of(all, 'AssetV2').map((one) => [one.id, one.stackId]).sort(), ids.map((id) => [id, stack.id]).sort(), 'and what is in it');
  await sdk.deleteStack({ id: stack.id }, user.as);
  all = await take(user.as);
  equal(of(all, 'StackDeleteV1'), [{ stackId: stack.id }], 'a stack that is gone');
  equal(of(all, 'AssetV2').map((one) => one.stackId), [null, null], 'what was in it is in none');
}

async function memories(user) {
  const ids = [];
  for (const file of ['library/jpeg/plain-no-date.jpg', 'library/jpeg/gps-berlin.jpg']) ids.push((await upload(file, user.as)).id);
  for (const id of ids) await ready(id, user.as);
  await take(user.as);
  const memory = await sdk.createMemory({
    memoryCreateDto: { type: 'on_this_day', data: { year: 2022 }, memoryAt: '2022-03-10T00:00:00.000Z', assetIds: ids },
  }, user.as);
  let all = await take(user.as);
  const [told] = of(all, 'MemoryV1');
  equal(told, {
    id: memory.id, createdAt: memory.createdAt, updatedAt: memory.updatedAt, deletedAt: null, ownerId: user.id, type: 'on_this_day',
    data: { year: 2022 }, isSaved: false, memoryAt: '2022-03-10T00:00:00.000Z', seenAt: null, showAt: null, hideAt: null,
  }, 'a memory');
  equal(of(all, 'MemoryToAssetV1').map((one) => [one.memoryId, one.assetId]).sort(), ids.map((id) => [memory.id, id]).sort(), 'and what is in it');
  await sdk.updateMemory({ id: memory.id, memoryUpdateDto: { isSaved: true } }, user.as);
  equal(of(await take(user.as), 'MemoryV1').map((one) => one.isSaved), [true], 'a memory is kept');
  await sdk.removeMemoryAssets({ id: memory.id, bulkIdsDto: { ids: [ids[0]] } }, user.as);
  all = await take(user.as);
  equal(of(all, 'MemoryToAssetDeleteV1'), [{ memoryId: memory.id, assetId: ids[0] }], 'what goes out of it');
  await sdk.deleteMemory({ id: memory.id }, user.as);
  all = await take(user.as);
  equal(of(all, 'MemoryDeleteV1'), [{ memoryId: memory.id }], 'a memory that is gone');
  equal(of(all, 'MemoryToAssetDeleteV1'), [], 'what was in it is not told of');
  equal(names(await lines(user.as)), ['SyncCompleteV1'], 'then nothing more');
}

async function people(user, other) {
  const { id: assetId } = await upload('library/jpeg/date-offset.jpg', user.as);
  await ready(assetId, user.as);
  await take(user.as);
  await take(other.as);
  const ann = await sdk.createPerson({ personCreateDto: { name: 'Ann', birthDate: '1990-05-17', color: '#abcdef' } }, user.as);
  const bob = await sdk.createPerson({ personCreateDto: { name: 'Bob' } }, user.as);
  const box = { imageWidth: 1000, imageHeight: 800, x: 10, y: 20, width: 30, height: 40 };
  await sdk.createFace({ assetFaceCreateDto: { assetId, personId: ann.id, ...box } }, user.as);
  const [{ id }] = await sdk.getFaces({ id: assetId }, user.as);
  let all = [];
  let told;
  // Her picture is made meanwhile, which is a change of hers.
  await until(async () => all.push(...await take(user.as)), () => {
    told = of(all, 'PersonV1').findLast((one) => one.id === ann.id);
    return told?.faceAssetId === id;
  }, 'a person is told of');
  keys(told, ['id', 'createdAt', 'updatedAt', 'ownerId', 'name', 'birthDate', 'isHidden', 'isFavorite', 'color', 'faceAssetId'], [], 'the shape of a person');
  equal([told.ownerId, told.name, told.birthDate, told.isHidden, told.isFavorite, told.color],
    [user.id, 'Ann', '1990-05-17T00:00:00.000Z', false, false, '#abcdef'], 'a person');
  equal(of(all, 'AssetFaceV2'), [{
    id, assetId, personId: ann.id, imageWidth: 1000, imageHeight: 800, boundingBoxX1: 10, boundingBoxY1: 20, boundingBoxX2: 40,
    boundingBoxY2: 60, sourceType: 'manual', deletedAt: null, isVisible: true,
  }], 'and where they are seen');
  await sdk.reassignFacesById({ id: bob.id, faceDto: { id } }, user.as);
  equal(of(await take(user.as), 'AssetFaceV2').map((one) => one.personId), [bob.id], 'a face of another person');
  await sdk.deletePerson({ id: bob.id }, user.as);
  all = await take(user.as);
  equal(of(all, 'PersonDeleteV1'), [{ personId: bob.id }], 'a person who is gone');
  equal(of(all, 'AssetFaceV2').map((one) => one.personId), [null], 'and whose face is nobody’s');
  await sdk.deleteFace({ id, assetFaceDeleteDto: { force: false } }, user.as);
  equal(of(await take(user.as), 'AssetFaceV2').map((one) => one.deletedAt !== null), [true], 'a face that is none');
  await sdk.deleteFace({ id, assetFaceDeleteDto: { force: true } }, user.as);
  equal(of(await take(user.as), 'AssetFaceDeleteV1'), [{ assetFaceId: id }], 'a face that is gone');
  equal(names(await lines(other.as)), ['SyncCompleteV1'], 'another user hears of none of it');
}

async function resets(admin, user) {
  await take(user.as);
  const { id } = (await sdk.getSessions(user.as)).find((one) => one.current);
  await sdk.updateSession({ id, sessionUpdateDto: { isPendingSyncReset: true } }, user.as);
  const reset = { type: 'SyncResetV1', data: {}, ack: 'SyncResetV1|reset' };
  equal(await lines(user.as), [reset], 'a device that has to begin again is told so');
  equal(await lines(user.as), [reset], 'until it says that it does');
  await acknowledge([reset.ack], user.as);
  equal(await sdk.getSyncAck(user.as), [], 'then it has nothing');
  check(of(await lines(user.as), 'AuthUserV1').length === 1, 'and is sent everything');
  await take(user.as);
  const old = `SyncCompleteV1|00000000-0000-7000-8000-000000000000`;
  await acknowledge([old], user.as);
  equal(await lines(user.as), [reset], 'whoever was away for long begins again');
  check(of(await lines(user.as, ALL, { reset: true }), 'AuthUserV1').length === 1, 'so does who asks for it');

  const gone = await newUser(admin, 'gone');
  await take(user.as);
  await sdk.deleteUserAdmin({ id: gone.id, userAdminDeleteDto: {} }, admin.as);
  equal(of(await take(user.as), 'UserV1').map((one) => [one.id, one.deletedAt !== null]), [[gone.id, true]], 'a deleted user is told of');
}

const [admin, owner, guest] = await cast('owner', 'guest');
await refusals(owner);
const id = await first(owner);
await acknowledgements(owner);
await changes(owner, id);
await albums(owner, guest, id);
await partners(owner, guest);
await stacks(await newUser(admin, 'stacker'));
await memories(await newUser(admin, 'rememberer'));
const [portraitist, stranger] = [await newUser(admin, 'portraitist'), await newUser(admin, 'stranger')];
await people(portraitist, stranger);
await resets(admin, owner);
finish();
