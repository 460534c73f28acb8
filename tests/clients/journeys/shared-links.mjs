// Links that open an album, or a few photos, for anybody who has them.

import { randomUUID } from 'node:crypto';
import * as sdk from '@immich/sdk';
import { UNKNOWN_ID, base, cast, check, equal, finish, invalid, matches, no, raw, ready, refused, upload } from './kit.mjs';

const count = (buckets) => buckets.reduce((sum, one) => sum + one.count, 0);
const nobody = { headers: {} };
const status = async (call) => (await call).status;

const [admin, ada, ben] = await cast('ada', 'ben');
const photo = (await upload('library/jpeg/gps-berlin.jpg', ada.as)).id;
const second = (await upload('library/jpeg/date-offset.jpg', ada.as)).id;
const locked = (await upload('library/jpeg/date-sub-second.jpg', ada.as)).id;
const bens = (await upload('library/jpeg/date-only.jpg', ben.as)).id;
for (const id of [photo, second, locked]) await ready(id, ada.as);
await sdk.updateAsset({ id: locked, updateAssetDto: { visibility: 'locked' } }, ada.as);
await sdk.updateAsset({ id: photo, updateAssetDto: { isFavorite: true, description: 'at home' } }, ada.as);
const album = await sdk.createAlbum({ createAlbumDto: { albumName: 'Tea & <cake>', assetIds: [photo] } }, ada.as);

// Making them.
const create = (dto, as = ada.as) => sdk.createSharedLink({ sharedLinkCreateDto: dto }, as);
await refused(() => create({ type: 'ALBUM' }), 400, 'Invalid albumId', 'a link to no album');
await refused(() => create({ type: 'INDIVIDUAL' }), 400, 'Invalid assetIds', 'a link to no photos');
await refused(() => create({ type: 'INDIVIDUAL', assetIds: [] }), 400, 'Invalid assetIds', 'nor to an empty list');
await refused(() => create({ type: 'ALBUM', albumId: album.id }, ben.as), 400, no('album.share'), "a link to another's album");
await refused(() => create({ type: 'ALBUM', albumId: UNKNOWN_ID }), 400, no('album.share'), 'a link to an unknown album, in the same words');
await refused(() => create({ type: 'INDIVIDUAL', assetIds: [photo, bens] }), 400, no('asset.share'), "a link to another's photo");
await refused(() => create({ type: 'INDIVIDUAL', assetIds: [locked] }), 400, no('asset.share'), 'a link to what is locked');
await invalid(() => create({ type: 'FOLDER' }), ['type'], 'Invalid option', 'a link to a folder');
const link = await create({ type: 'ALBUM', albumId: album.id, allowUpload: false });
equal([link.type, link.allowDownload, link.allowUpload, link.showMetadata, link.expiresAt, link.password, link.slug, link.description, link.userId, link.assets],
  ['ALBUM', true, false, true, null, null, null, null, ada.id, []], 'a link to an album');
matches(link.key, /^[\w-]{67}$/, 'its key');
equal([link.album.id, link.album.hasSharedLink, link.album.shared], [album.id, true, true], 'and its album');
const few = await create({ type: 'INDIVIDUAL', assetIds: [photo, second, photo], description: 'two' });
equal([few.type, few.album, few.allowUpload, few.description, few.assets.map((one) => one.id).toSorted()],
  ['INDIVIDUAL', undefined, true, 'two', [photo, second].toSorted()], 'a link to photos');

// Their owner's list.
equal((await sdk.getAllSharedLinks({}, ada.as)).map((one) => one.id), [few.id, link.id], 'the newest first');
equal((await sdk.getAllSharedLinks({}, ada.as))[0].assets.length, 1, 'with one photo to stand for it');
equal((await sdk.getAllSharedLinks({ albumId: album.id }, ada.as)).map((one) => one.id), [link.id], 'those of an album');
equal((await sdk.getAllSharedLinks({ id: few.id }, ada.as)).map((one) => one.id), [few.id], 'one by its id');
equal(await sdk.getAllSharedLinks({}, ben.as), [], 'others have none of them');
equal((await sdk.getSharedLinkById({ id: link.id }, ada.as)).key, link.key, 'the key is told again');
for (const id of [link.id, UNKNOWN_ID]) {
  await refused(() => sdk.getSharedLinkById({ id }, ben.as), 400, 'Shared link not found', "another's link, or none");
  await refused(() => sdk.updateSharedLink({ id, sharedLinkEditDto: {} }, ben.as), 400, 'Shared link not found', 'is not changed');
  await refused(() => sdk.removeSharedLink({ id }, ben.as), 400, 'Shared link not found', 'nor deleted');
}
equal([(await sdk.getAlbumInfo({ id: album.id }, ada.as)).hasSharedLink, (await sdk.getAllAlbums({ isShared: true }, ada.as)).length], [true, 1], 'an album with a link is shared');
equal(await sdk.getAlbumStatistics(ada.as), { owned: 1, shared: 1, notShared: 0 }, 'and counted so');

// What a visitor sees.
const key = { key: link.key };
const mine = await sdk.getMySharedLink(key, nobody);
equal([mine.id, mine.album.id, mine.album.assetCount], [link.id, album.id, 1], 'a visitor sees the link');
const hex = Buffer.from(link.key, 'base64url').toString('hex');
equal((await sdk.getMySharedLink({ key: hex }, nobody)).id, link.id, 'by its key in hexadecimal, too');
equal((await raw('GET', '/shared-links/me', { headers: { 'x-immich-share-key': link.key } })).status, 200, 'or in a header');
equal((await sdk.getMySharedLink(key, ben.as)).id, link.id, 'a link counts before a session');
await refused(() => sdk.getMySharedLink({ key: 'nonsense' }, nobody), 401, 'Invalid share key', 'a wrong key');
await refused(() => sdk.getMySharedLink({ slug: 'nonsense' }, nobody), 401, 'Invalid share slug', 'a wrong name');
await refused(() => sdk.getMySharedLink({ key: 'nonsense' }, ada.as), 401, 'Invalid share key', 'a session does not help');
await refused(() => sdk.getMySharedLink({}, ada.as), 403, 'Forbidden', 'a user is no visitor');
equal((await sdk.getAlbumInfo({ id: album.id, ...key }, nobody)).id, album.id, 'the album');
await refused(() => sdk.getAlbumInfo({ id: UNKNOWN_ID, ...key }, nobody), 400, no('album.read'), 'and no other');
const seen = await sdk.getAssetInfo({ id: photo, ...key }, nobody);
equal([seen.id, seen.owner, seen.isFavorite, seen.exifInfo.description, seen.originalFileName], [photo, undefined, false, 'at home', 'gps-berlin.jpg'], 'a photo, without its owner');
for (const id of [second, locked, bens, UNKNOWN_ID]) {
  await refused(() => sdk.getAssetInfo({ id, ...key }, nobody), 400, no('asset.read'), 'and no other photo');
}
equal(await status(raw('GET', `/assets/${photo}/thumbnail?key=${link.key}`)), 200, 'its thumbnail');
equal(await status(raw('GET', `/assets/${photo}/original?key=${link.key}`)), 200, 'its original');
equal(count(await sdk.getTimeBuckets({ albumId: album.id, ...key }, nobody)), 1, 'the timeline of the album');
const month = (await sdk.getTimeBuckets({ albumId: album.id, ...key }, nobody))[0].timeBucket;
const bucket = await sdk.getTimeBucket({ albumId: album.id, timeBucket: month, ...key }, nobody);
equal([bucket.id, bucket.isFavorite, Array.isArray(bucket.city)], [[photo], [false], true], 'one month of it');
await refused(() => sdk.getTimeBuckets(key, nobody), 400, no('timeline.read'), "not its owner's timeline");
await refused(() => sdk.getTimeBuckets({ albumId: album.id, userId: ada.id, ...key }, nobody), 400, no('timeline.read'), 'nor by name');
equal(count(await sdk.getTimeBuckets({ albumId: album.id, isTrashed: true, ...key }, nobody)), 0, 'not the trash');
await refused(() => sdk.getTimeBuckets({ albumId: album.id, visibility: 'locked', ...key }, nobody), 401, 'Elevated permission is required', 'not the locked folder');
equal((await sdk.searchAssets({ metadataSearchDto: { albumIds: [album.id] }, ...key }, nobody)).assets.count, 1, 'a search in the album');
await refused(() => sdk.searchAssets({ metadataSearchDto: {}, ...key }, nobody), 400, 'Shared link access is only allowed in combination with an albumIds filter', 'and nowhere else');
check((await sdk.getAlbumMapMarkers({ id: album.id, ...key }, nobody)).length === 1, 'the map of the album');
for (const [method, path] of [['GET', '/albums'], ['GET', '/users/me'], ['DELETE', `/albums/${album.id}`], ['PUT', `/assets/${photo}`], ['GET', '/shared-links'], ['GET', '/partners?direction=shared-by'], ['GET', '/admin/users']]) {
  const answer = await raw(method, `${path}${path.includes('?') ? '&' : '?'}key=${link.key}`, { body: method === 'PUT' ? {} : undefined });
  equal([answer.status, await answer.json()], [403, { message: 'Forbidden' }], `nothing else: ${method} ${path}`);
}
equal(await status(raw('POST', `/assets?key=${link.key}`)), 401, 'a visitor brings nothing unless allowed');

// What it hides.
const edit = (id, sharedLinkEditDto, as = ada.as) => sdk.updateSharedLink({ id, sharedLinkEditDto }, as);
const hidden = await edit(link.id, { showMetadata: false });
equal([hidden.showMetadata, hidden.allowDownload], [false, false], 'without metadata there are no originals');
const reduced = await sdk.getAssetInfo({ id: photo, ...key }, nobody);
equal(Object.keys(reduced).toSorted(), ['duration', 'hasMetadata', 'height', 'id', 'livePhotoVideoId', 'localDateTime', 'originalMimeType', 'thumbhash', 'type', 'width'], 'a photo without metadata');
equal([reduced.hasMetadata, reduced.type], [false, 'IMAGE'], 'says so');
equal(await status(raw('GET', `/assets/${photo}/original?key=${link.key}`)), 404, 'no original');
const small = await raw('GET', `/assets/${photo}/thumbnail?key=${link.key}`);
check(small.status === 200 && small.headers.get('content-disposition').includes(photo), 'a thumbnail named by its id');
const columns = await sdk.getTimeBucket({ albumId: album.id, timeBucket: month, withCoordinates: true, ...key }, nobody);
equal([columns.city, columns.country, columns.latitude], [undefined, undefined, undefined], 'no places in the timeline');
await refused(() => sdk.getAlbumMapMarkers({ id: album.id, ...key }, nobody), 400, no('album.read'), 'no map');
equal((await sdk.searchAssets({ metadataSearchDto: { albumIds: [album.id], description: 'home' }, ...key }, nobody)).assets.count, 0, 'nothing is found by what is hidden');

// A name, a password, an end.
const slug = `tea-${randomUUID().slice(0, 8)}`;
const named = await edit(link.id, { slug, password: 'earl grey', showMetadata: true, allowDownload: true, description: 'A "party"' });
equal([named.slug, named.password, named.allowDownload], [slug, 'earl grey', true], 'a name and a password');
await refused(() => create({ type: 'INDIVIDUAL', assetIds: [photo], slug }), 400, 'Failed to save shared link', 'a name belongs to one link');
await refused(() => sdk.getMySharedLink({ slug }, nobody), 401, 'Password required', 'the password is asked for');
equal(await status(raw('GET', `/assets/${photo}/thumbnail?slug=${slug}`)), 200, 'but not for the pictures');
await refused(() => sdk.sharedLinkLogin({ slug, sharedLinkLoginDto: { password: 'mint' } }, nobody), 401, 'Invalid password', 'a wrong one');
await refused(() => sdk.sharedLinkLogin({ key: few.key, sharedLinkLoginDto: { password: 'mint' } }, nobody), 400, 'Shared link is not password protected', 'where none is asked for');
await refused(() => sdk.sharedLinkLogin({ sharedLinkLoginDto: { password: 'mint' } }, ada.as), 403, 'Forbidden', 'a user has no link');
const login = await raw('POST', `/shared-links/login?slug=${slug}`, { body: { password: 'earl grey' } });
const cookie = login.headers.get('set-cookie');
equal([login.status, (await login.json()).id], [201, link.id], 'the right one');
check(/^immich_shared_link_token=\S+; Max-Age=86400; Path=\/; Expires=.*; HttpOnly; SameSite=Lax$/.test(cookie), 'a cookie for a day', cookie);
const withCookie = { headers: { cookie: cookie.split(';')[0] } };
equal((await sdk.getMySharedLink({ slug }, withCookie)).id, link.id, 'lets in');
await edit(link.id, { slug, password: 'oolong' });
await refused(() => sdk.getMySharedLink({ slug }, withCookie), 401, 'Password required', 'until the password changes');
equal((await edit(link.id, { password: null })).slug, null, 'a name that is not given again goes');
await refused(() => sdk.getMySharedLink({ slug }, nobody), 401, 'Invalid share slug', 'and leads nowhere');
const past = new Date(Date.now() - 1000).toISOString();
equal((await edit(link.id, { expiresAt: past })).expiresAt, past, 'an end');
await refused(() => sdk.getMySharedLink(key, nobody), 401, 'Invalid share key', 'is an end');
equal(await status(raw('GET', `/assets/${photo}/thumbnail?key=${link.key}`)), 401, 'of everything');
equal((await edit(link.id, { changeExpiryTime: true })).expiresAt, null, 'and is taken away');
equal((await sdk.getMySharedLink(key, nobody)).id, link.id, 'which opens it again');

// Bringing photos.
await edit(link.id, { allowUpload: true });
const brought = await upload('library/jpeg/tiny.jpg', nobody, {}).then(() => null, (error) => error.status);
equal(brought, 401, 'nobody brings anything');
const bring = async (path, by) => {
  const form = new FormData();
  const { readFile } = await import('node:fs/promises');
  form.set('assetData', new File([await readFile(`${process.argv[3]}/${path}`)], 'visitor.jpg'));
  form.set('fileCreatedAt', '2024-01-01T10:00:00.000Z');
  form.set('fileModifiedAt', '2024-01-01T10:00:00.000Z');
  form.set('isFavorite', 'true');
  form.set('visibility', 'archive');
  const answer = await fetch(`${base}/api/assets?key=${by}`, { method: 'POST', body: form });
  return { ...(await answer.json()), status: answer.status };
};
const guest = await bring('library/jpeg/tiny.jpg', link.key);
equal([guest.status, guest.status === 201 && (await sdk.getAssetInfo({ id: guest.id }, ada.as)).ownerId], [201, ada.id], "what a visitor brings is the link's owner's");
const gift = await sdk.getAssetInfo({ id: guest.id }, ada.as);
equal([gift.isFavorite, gift.visibility], [false, 'timeline'], 'who decides what to make of it');
equal((await sdk.getAlbumInfo({ id: album.id }, ada.as)).assetCount, 2, 'and in the album');
const again = await bring('library/jpeg/tiny.jpg', few.key);
equal([again.status, again.id], [200, guest.id], 'what is there already is not brought twice');
equal((await sdk.getSharedLinkById({ id: few.id }, ada.as)).assets.length, 3, 'and is shown by the link');

// Single photos come and go.
const add = (assetIds, as = ada.as, id = few.id) => sdk.addSharedLinkAssets({ id, assetIdsDto: { assetIds } }, as);
const out = (assetIds, as = ada.as, id = few.id) => sdk.removeSharedLinkAssets({ id, assetIdsDto: { assetIds } }, as);
equal(await out([guest.id, bens]), [{ assetId: guest.id, success: true }, { assetId: bens, success: false, error: 'not_found' }], 'photos go');
equal(await add([guest.id, photo, bens, locked]), [
  { assetId: guest.id, success: true },
  { assetId: photo, success: false, error: 'duplicate' },
  { assetId: bens, success: false, error: 'no_permission' },
  { assetId: locked, success: false, error: 'no_permission' },
], 'and come');
await refused(() => add([photo], ada.as, link.id), 400, 'Invalid shared link type', 'not into a link to an album');
await refused(() => add([bens], ben.as), 400, 'Shared link not found', "nor into another's link");
await out([second]);
await refused(() => sdk.getAssetInfo({ id: second, key: few.key }, nobody), 400, no('asset.read'), 'what is gone is not shown');
await sdk.deleteAssets({ assetBulkDeleteDto: { ids: [guest.id] } }, ada.as);
equal((await sdk.getSharedLinkById({ id: few.id }, ada.as)).assets.map((one) => one.id), [photo], 'nor what is in the trash');
await refused(() => sdk.getAssetInfo({ id: guest.id, key: few.key }, nobody), 400, no('asset.read'), 'to anybody');

// The end.
equal(await status(raw('DELETE', `/shared-links/${few.id}`, { as: ada.as })), 204, 'a link is deleted');
await refused(() => sdk.getMySharedLink({ key: few.key }, nobody), 401, 'Invalid share key', 'and opens nothing');
await refused(() => sdk.removeSharedLink({ id: few.id }, ada.as), 400, 'Shared link not found', 'nor can it be deleted twice');
await edit(link.id, { slug });
await sdk.deleteUserAdmin({ id: ada.id, userAdminDeleteDto: {} }, admin.as);
await refused(() => sdk.getMySharedLink(key, nobody), 401, 'Invalid share key', 'who is deleted shows nothing');
await sdk.restoreUserAdmin({ id: ada.id }, admin.as);
equal((await sdk.getMySharedLink(key, nobody)).id, link.id, 'until restored');
const adaAgain = await sdk.login({ loginCredentialDto: { email: ada.email, password: 'a long password' } });
const as = { headers: { Authorization: `Bearer ${adaAgain.accessToken}` } };
await sdk.deleteAlbum({ id: album.id }, as);
await refused(() => sdk.getMySharedLink(key, nobody), 401, 'Invalid share key', 'a link goes with its album');
equal((await sdk.getAllSharedLinks({}, as)), [], 'from the list, too');
equal((await create({ type: 'INDIVIDUAL', assetIds: [photo], slug }, as)).slug, slug, 'and its name is free');

finish();
