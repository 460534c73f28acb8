// Partners: one user shows another their timeline, and nothing more than that.

import * as sdk from '@immich/sdk';
import { UNKNOWN_ID, cast, check, equal, finish, invalid, no, raw, ready, refused, upload } from './kit.mjs';

const count = (buckets) => buckets.reduce((sum, one) => sum + one.count, 0);
const edit = (id, updateAssetDto, as) => sdk.updateAsset({ id, updateAssetDto }, as);

const [admin, ada, ben, eve] = await cast('ada', 'ben', 'eve');

const photos = {};
for (const [name, file] of [['shown', 'library/jpeg/date-only.jpg'], ['archived', 'library/jpeg/date-offset.jpg'], ['trashed', 'library/jpeg/gps-berlin.jpg'], ['locked', 'library/jpeg/date-sub-second.jpg']]) {
  photos[name] = (await upload(file, ada.as)).id;
}
for (const id of Object.values(photos)) await ready(id, ada.as);
await edit(photos.shown, { isFavorite: true }, ada.as);
await edit(photos.archived, { visibility: 'archive' }, ada.as);
await edit(photos.locked, { visibility: 'locked' }, ada.as);
await sdk.deleteAssets({ assetBulkDeleteDto: { ids: [photos.trashed] } }, ada.as);

// Nothing is shared yet.
await refused(() => sdk.getAssetInfo({ id: photos.shown }, ben.as), 400, no('asset.read'), "a stranger's photo");
await refused(() => sdk.getTimeBuckets({ userId: ada.id }, ben.as), 400, no('timeline.read'), "a stranger's timeline");
await refused(() => sdk.updatePartner({ id: ada.id, partnerUpdateDto: { inTimeline: true } }, ben.as), 400, no('partner.update'), 'no partner to show');
await refused(() => sdk.removePartner({ id: ada.id }, ben.as), 400, 'Partner not found', 'no partner to remove');
await invalid(() => sdk.createPartner({ partnerCreateDto: { sharedWithId: 'nobody' } }, ada.as), ['sharedWithId'], 'Invalid', 'no id of a user');
await refused(() => sdk.createPartner({ partnerCreateDto: { sharedWithId: UNKNOWN_ID } }, ada.as), 400, 'User not found', 'an unknown user');
await refused(() => sdk.createPartner({ partnerCreateDto: { sharedWithId: ada.id } }, ada.as), 400, 'Cannot share with yourself', 'nobody shares with themselves');
await invalid(() => sdk.getPartners({ direction: 'sideways' }, ada.as), ['direction'], 'Invalid option', 'there are two directions');

// Ada shares with Ben.
const partner = await sdk.createPartner({ partnerCreateDto: { sharedWithId: ben.id } }, ada.as);
equal([partner.id, partner.email, partner.name, partner.inTimeline], [ben.id, ben.email, ben.name, false], 'a partner is a user, out of the timeline');
await refused(() => sdk.createPartner({ partnerCreateDto: { sharedWithId: ben.id } }, ada.as), 400, 'Partner already exists', 'the same once more');
await refused(() => sdk.createPartnerDeprecated({ id: ben.id }, ada.as), 400, 'Partner already exists', 'and in the old form');
const listed = async (direction, as) => (await sdk.getPartners({ direction }, as)).map((one) => one.id);
equal(await listed('shared-by', ada.as), [ben.id], 'Ada shares with Ben');
equal(await listed('shared-with', ada.as), [], 'nobody shares with Ada');
equal(await listed('shared-with', ben.as), [ada.id], 'Ben sees who shares with him');
equal(await listed('shared-by', ben.as), [], 'Ben shares with nobody');
equal([await listed('shared-by', eve.as), await listed('shared-with', eve.as)], [[], []], 'Eve has no part in it');

// What Ben sees of it.
const seen = await sdk.getAssetInfo({ id: photos.shown }, ben.as);
equal([seen.ownerId, seen.owner.id, seen.isFavorite], [ada.id, ada.id, false], "a partner's photo, without what she likes");
equal((await raw('GET', `/assets/${photos.shown}/thumbnail`, { as: ben.as })).status, 200, 'its thumbnail');
equal((await raw('GET', `/assets/${photos.shown}/original`, { as: ben.as })).status, 200, 'its original');
for (const name of ['archived', 'trashed', 'locked']) {
  await refused(() => sdk.getAssetInfo({ id: photos[name] }, ben.as), 400, no('asset.read'), `not what is ${name}`);
  await refused(() => sdk.viewAsset({ id: photos[name] }, ben.as), 400, no('asset.view'), `nor its thumbnail (${name})`);
  equal((await raw('GET', `/assets/${photos[name]}/original`, { as: ben.as })).status, 404, `nor its original (${name})`);
}
await refused(() => edit(photos.shown, { description: 'mine' }, ben.as), 400, no('asset.update'), 'a partner changes nothing');
await refused(() => sdk.deleteAssets({ assetBulkDeleteDto: { ids: [photos.shown] } }, ben.as), 400, no('asset.delete'), 'and deletes nothing');
await refused(() => sdk.getAssetInfo({ id: photos.shown }, eve.as), 400, no('asset.read'), 'Eve sees nothing');

// The timeline.
equal(count(await sdk.getTimeBuckets({ userId: ada.id }, ben.as)), 1, "a partner's timeline has neither archive nor trash");
const month = (await sdk.getTimeBuckets({ userId: ada.id }, ben.as))[0].timeBucket;
const bucket = await sdk.getTimeBucket({ userId: ada.id, timeBucket: month }, ben.as);
equal([bucket.id, bucket.ownerId, bucket.isFavorite], [[photos.shown], [ada.id], [false]], 'one photo of hers');
equal(count(await sdk.getTimeBuckets({ userId: ada.id, isFavorite: true }, ben.as)), 0, 'which of hers she likes is not told');
equal(count(await sdk.getTimeBuckets({ userId: ada.id, isFavorite: false }, ben.as)), 1, 'nor by leaving it out');
await refused(() => sdk.getTimeBuckets({ userId: ada.id, visibility: 'archive' }, ben.as), 400, no('archive.read'), 'not the archive');
await refused(() => sdk.getTimeBuckets({ userId: ada.id, isTrashed: true }, ben.as), 400, no('timeline.read'), 'not the trash');
await refused(() => sdk.getTimeBuckets({ userId: ada.id, visibility: 'locked' }, ben.as), 401, 'Elevated permission is required', 'not the locked folder');
await refused(() => sdk.getTimeBuckets({ userId: ada.id }, eve.as), 400, no('timeline.read'), 'and Eve nothing');
const together = { visibility: 'timeline', withPartners: true };
equal(count(await sdk.getTimeBuckets(together, ben.as)), 0, 'partners stay out of the timeline at first');
const shown = await sdk.updatePartner({ id: ada.id, partnerUpdateDto: { inTimeline: true } }, ben.as);
equal([shown.id, shown.inTimeline], [ada.id, true], 'until they are wanted there');
equal((await sdk.getPartners({ direction: 'shared-by' }, ada.as))[0].inTimeline, true, 'which the other one sees');
equal(count(await sdk.getTimeBuckets(together, ben.as)), 1, 'then they are there');
equal(count(await sdk.getTimeBuckets({ visibility: 'timeline' }, ben.as)), 0, 'when asked for');
await refused(() => sdk.updatePartner({ id: ben.id, partnerUpdateDto: { inTimeline: true } }, ada.as), 400, no('partner.update'), 'whoever shares does not decide that');
const rule = 'withPartners is only supported for non-archived, non-trashed, non-favorited, non-locked assets';
for (const wrong of [{}, { visibility: 'archive' }, { visibility: 'timeline', isFavorite: false }, { visibility: 'timeline', isTrashed: true }]) {
  await refused(() => sdk.getTimeBuckets({ ...wrong, withPartners: true }, ben.as), 400, rule, `withPartners and ${JSON.stringify(wrong)}`);
}

// Albums take what partners show.
const album = await sdk.createAlbum({ createAlbumDto: { albumName: 'Ben', assetIds: [photos.shown, photos.archived] } }, ben.as);
equal(album.assetCount, 1, "a partner's photo goes into an album, what is archived does not");
equal(await sdk.addAssetsToAlbum({ id: album.id, bulkIdsDto: { ids: [photos.shown, photos.locked] } }, ben.as), [
  { id: photos.shown, success: false, error: 'duplicate' },
  { id: photos.locked, success: false, error: 'no_permission' },
], 'and what is locked does not');

// The end.
await sdk.removePartner({ id: ben.id }, ada.as);
equal(await listed('shared-with', ben.as), [], 'it is over');
await refused(() => sdk.removePartner({ id: ben.id }, ada.as), 400, 'Partner not found', 'once');
await refused(() => sdk.getTimeBuckets({ userId: ada.id }, ben.as), 400, no('timeline.read'), 'and her timeline is hers');
equal(count(await sdk.getTimeBuckets(together, ben.as)), 0, 'not among his any more');
equal((await raw('POST', `/partners/${ben.id}`, { as: ada.as })).status, 201, 'and begins anew, in the old form');
await sdk.deleteUserAdmin({ id: ada.id, userAdminDeleteDto: {} }, admin.as);
equal(await listed('shared-with', ben.as), [], 'who is deleted shares nothing');
await refused(() => sdk.getTimeBuckets({ userId: ada.id }, ben.as), 400, no('timeline.read'), 'and shows no timeline');
await sdk.restoreUserAdmin({ id: ada.id }, admin.as);
check((await listed('shared-with', ben.as)).includes(ada.id), 'who is restored shares again');

finish();
