// Groups of duplicates: listed, dissolved, and decided.

import * as sdk from '@immich/sdk';
import { UNKNOWN_ID, cast, equal, finish, invalid, ready, refused, upload } from './kit.mjs';
import { randomUUID } from 'node:crypto';

const [admin, ada, bob] = await cast('Ada', 'Bob');

const assets = [];
for (const number of [1, 2, 3, 4, 5, 6]) {
  assets.push((await upload(`library/jpeg/orientation-${number}.jpg`, ada.as)).id);
}
for (const id of assets) {
  await ready(id, ada.as);
}
const [a, b, c, d, e, f] = assets;
const group = async (ids) => {
  const duplicateId = randomUUID();
  await sdk.updateAssets({ assetBulkUpdateDto: { ids, duplicateId } }, ada.as);
  return duplicateId;
};
const listed = async (as = ada.as) => (await sdk.getAssetDuplicates(as)).map((one) => [one.duplicateId, one.assets.map((asset) => asset.id)]);
const info = (id) => sdk.getAssetInfo({ id }, ada.as);

const one = await group([a, b]);
const single = await group([c]);
equal(await listed(), [[one, [a, b]]], 'a group is listed, by the wall clock');
equal(await listed(bob.as), [], 'and not to others');
equal((await info(c)).duplicateId, null, `a single one (${single}) is none`);
const [{ suggestedKeepAssetIds, assets: shown }] = await sdk.getAssetDuplicates(ada.as);
const largest = shown.reduce((best, asset) => (asset.exifInfo.fileSizeInByte >= best.exifInfo.fileSizeInByte ? asset : best));
equal(suggestedKeepAssetIds, [largest.id], 'the largest is suggested');

for (const id of [one, UNKNOWN_ID]) {
  await refused(() => sdk.deleteDuplicate({ id }, bob.as), 400, 'Not found or no duplicate.delete access', 'nobody dissolves what is not theirs');
}
await sdk.deleteDuplicate({ id: one }, ada.as);
equal([await listed(), (await info(a)).duplicateId, (await info(a)).isTrashed], [[], null, false], 'a group is dissolved, and its assets stay');
const two = await group([a, b]);
const three = await group([c, d]);
await sdk.deleteDuplicates({ bulkIdsDto: { ids: [two, three] } }, ada.as);
equal(await listed(), [], 'several groups are dissolved');

const half = await group([e, f]);
await sdk.updateAsset({ id: f, updateAssetDto: { visibility: 'locked' } }, ada.as);
equal(await listed(), [], 'a group of which one is in sight is not listed');
await sdk.setupPinCode({ pinCodeSetupDto: { pinCode: '123456' } }, ada.as);
await sdk.unlockAuthSession({ sessionUnlockDto: { pinCode: '123456' } }, ada.as);
equal((await listed()).map(([id, ids]) => [id, ids.toSorted()]), [[half, [e, f].toSorted()]], 'but stays one');
await sdk.updateAsset({ id: f, updateAssetDto: { visibility: 'timeline' } }, ada.as);
await sdk.lockAuthSession(ada.as);
await sdk.deleteDuplicate({ id: half }, ada.as);

// Decisions.
const resolve = (groups, as = ada.as) => sdk.resolveDuplicates({ duplicateResolveDto: { groups } }, as);
await invalid(() => resolve([]), ['groups'], 'Too small: expected array to have >=1 items', 'a decision about nothing');
const four = await group([a, b, c]);
equal(await resolve([
  { duplicateId: UNKNOWN_ID, keepAssetIds: [], trashAssetIds: [] },
  { duplicateId: four, keepAssetIds: [a], trashAssetIds: [a, b, c] },
  { duplicateId: four, keepAssetIds: [a], trashAssetIds: [b] },
]), [
  { id: UNKNOWN_ID, success: false, error: 'not_found' },
  { id: four, success: false, error: 'validation', errorMessage: 'An asset cannot be in both keepAssetIds and trashAssetIds' },
  { id: four, success: false, error: 'validation', errorMessage: 'Every asset must be in either keepAssetIds or trashAssetIds' },
], 'each group is told why it stays');
equal((await resolve([{ duplicateId: four, keepAssetIds: [a], trashAssetIds: [b, c] }], bob.as))[0].error, 'not_found', 'nobody decides what is not theirs');

await sdk.updateAsset({ id: a, updateAssetDto: { description: 'lake\nsun', rating: 2 } }, ada.as);
await sdk.updateAsset({ id: b, updateAssetDto: { description: ' sun \nboat', rating: 4, isFavorite: true, latitude: 47.4, longitude: 8.5 } }, ada.as);
const album = await sdk.createAlbum({ createAlbumDto: { albumName: 'Of b', assetIds: [b] } }, ada.as);
const [tag] = await sdk.upsertTags({ tagUpsertDto: { tags: ['Of/c'] } }, ada.as);
await sdk.tagAssets({ id: tag.id, bulkIdsDto: { ids: [c] } }, ada.as);
equal(await resolve([{ duplicateId: four, keepAssetIds: [a], trashAssetIds: [b, c, UNKNOWN_ID] }]), [{ id: four, success: true }], 'one stays');
const kept = await info(a);
equal([kept.isFavorite, kept.exifInfo.rating, kept.exifInfo.description, kept.exifInfo.latitude, kept.duplicateId],
  [true, 4, 'lake\nsun\nboat', 47.4, null], 'and takes over what is known of the others');
equal(kept.tags.map((one) => one.value), ['Of/c'], 'and their tags');
equal((await sdk.getAllAlbums({ assetId: a }, ada.as)).map((one) => one.id), [album.id], 'and their albums');
equal([(await info(b)).isTrashed, (await info(b)).duplicateId, (await info(c)).isTrashed], [true, null, true], 'which go into the trash');
equal(await listed(), [], 'and the group is no more');

const five = await group([d, e, f]);
equal(await resolve([{ duplicateId: five, keepAssetIds: [d, e, f], trashAssetIds: [] }]), [{ id: five, success: true }], 'all stay');
equal([await listed(), (await info(d)).isTrashed], [[], false], 'and are no group');

const { secret } = await sdk.createApiKey({ apiKeyCreateDto: { name: 'x', permissions: ['duplicate.delete', 'asset.update'] } }, ada.as);
const six = await group([d, e]);
equal(await resolve([{ duplicateId: six, keepAssetIds: [d], trashAssetIds: [e] }], { headers: { 'x-api-key': secret } }),
  [{ id: six, success: false, error: 'no_permission', errorMessage: 'No permission to delete assets' }], 'a key that may delete nothing');

finish();
