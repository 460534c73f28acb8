// Memories on the official SDK: made, kept, looked at, shown on their day, and nobody else's.
//
// Usage: node memories.mjs BASE_URL PHOTOS_DIR

import * as sdk from '@immich/sdk';
import { UNKNOWN_ID, cast, equal, finish, invalid, keys, no, raw, ready, refused, until, upload } from './kit.mjs';

const [admin, ada, eve] = await cast('memories-ada', 'memories-eve');

const older = (await upload('library/jpeg/gps-berlin.jpg', ada.as)).id;
const newer = (await upload('library/jpeg/date-offset.jpg', ada.as)).id;
const foreign = (await upload('library/jpeg/gps-denver.jpg', eve.as)).id;
await ready(older, ada.as);
await ready(newer, ada.as);
const byTime = (await sdk.searchAssets({ metadataSearchDto: { order: 'asc' } }, ada.as)).assets.items.map(({ id }) => id);

const create = (dto, as = ada.as) => sdk.createMemory({
  memoryCreateDto: { type: 'on_this_day', data: { year: 2022 }, memoryAt: '2022-03-10T00:00:00.000Z', ...dto },
}, as);
const list = async (query = {}, as = ada.as) => (await sdk.searchMemories(query, as)).map(({ id }) => id);
const count = async (query = {}, as = ada.as) => (await sdk.memoriesStatistics(query, as)).total;

equal([await list(), await count()], [[], 0], 'no memories at first');
const memory = await create({
  assetIds: [newer, older, foreign, UNKNOWN_ID], showAt: '2024-03-10T00:00:00.000Z', hideAt: '2024-03-10T23:59:59.999Z',
});
keys(memory, ['assets', 'createdAt', 'data', 'hideAt', 'id', 'isSaved', 'memoryAt', 'ownerId', 'showAt', 'type', 'updatedAt'], [], 'the shape of a memory');
equal([memory.type, memory.data, memory.isSaved, memory.memoryAt, memory.ownerId],
  ['on_this_day', { year: 2022 }, false, '2022-03-10T00:00:00.000Z', ada.id], 'a memory as made');
equal(memory.assets.map(({ id }) => id), byTime, 'its assets, the oldest first, without those of others');
await invalid(() => create({ data: { year: 22 } }), ['data', 'year'], 'Too small', 'a year has four digits');
await invalid(() => create({ memoryAt: 'then' }), ['memoryAt'], 'Invalid', 'a time is a time');
await invalid(() => create({ type: 'dream' }), ['type'], 'Invalid', 'memories are of days');
const empty = await create({});
const saved = await create({ isSaved: true, seenAt: '2024-01-01T00:00:00.000Z', memoryAt: '2020-01-01T00:00:00.000Z', assetIds: [older] });
equal([saved.isSaved, saved.seenAt], [true, '2024-01-01T00:00:00.000Z'], 'a memory that was kept and seen');

equal(await list(), [memory.id, saved.id], 'the newest first, and none without anything to show');
equal(await list({ order: 'asc' }), [saved.id, memory.id], 'the oldest first');
equal((await list({ order: 'random' })).sort(), [memory.id, saved.id].sort(), 'in any order');
equal(await list({ size: 1 }), [memory.id], 'one of them');
equal(await list({ isSaved: true }), [saved.id], 'those that were kept');
equal(await list({ isSaved: false }), [memory.id], 'those that were not');
equal(await list({ isTrashed: true }), [], 'none in the trash');
equal(await list({ type: 'on_this_day' }), [memory.id, saved.id], 'of this kind');
equal(await list({ $for: '2024-03-10' }), [memory.id, saved.id], 'those of a day');
equal(await list({ $for: '2024-03-11' }), [saved.id], 'those of the next day');
await invalid(() => raw('GET', '/memories?for=now', { as: ada.as }).then(async (answer) => {
  throw Object.assign(new Error('refused'), { status: answer.status, data: await answer.json() });
}), ['for'], 'Invalid', 'a day is a day');
await invalid(() => list({ size: 0 }), ['size'], 'Too small', 'at least one');
equal([await count(), await count({ isSaved: true }), await count({ $for: '2024-03-11' })], [2, 1, 1], 'counts');

const changed = await sdk.updateMemory({ id: memory.id, memoryUpdateDto: { isSaved: true, seenAt: '2024-03-10T08:00:00.000Z' } }, ada.as);
equal([changed.isSaved, changed.seenAt], [true, '2024-03-10T08:00:00.000Z'], 'a memory is kept and seen');
equal((await raw('PATCH', `/memories/${memory.id}`, { as: ada.as, body: { isSaved: false } })).status, 200, 'PATCH is an old name of PUT');
equal((await sdk.getMemory({ id: memory.id }, ada.as)).isSaved, false, 'a memory is let go');

equal(await sdk.removeMemoryAssets({ id: memory.id, bulkIdsDto: { ids: [newer, UNKNOWN_ID] } }, ada.as),
  [{ id: newer, success: true }, { id: UNKNOWN_ID, success: false, error: 'not_found' }], 'an asset goes out');
equal(await sdk.addMemoryAssets({ id: memory.id, bulkIdsDto: { ids: [newer, older, foreign] } }, ada.as), [
  { id: newer, success: true },
  { id: older, success: false, error: 'duplicate' },
  { id: foreign, success: false, error: 'no_permission' },
], 'an asset comes in');

// Only what is in sight is recalled, and nobody whom the user hides.
await sdk.updateAsset({ id: newer, updateAssetDto: { visibility: 'archive' } }, ada.as);
equal((await sdk.getMemory({ id: memory.id }, ada.as)).assets.map(({ id }) => id), [older], 'what is archived is not recalled');
await sdk.updateAsset({ id: newer, updateAssetDto: { visibility: 'timeline' } }, ada.as);
const bob = await sdk.createPerson({ personCreateDto: { name: 'Bob', isHidden: true } }, ada.as);
await sdk.createFace({ assetFaceCreateDto: { assetId: older, personId: bob.id, x: 1, y: 1, width: 9, height: 9, imageWidth: 99, imageHeight: 99 } }, ada.as);
equal((await sdk.getMemory({ id: memory.id }, ada.as)).assets.map(({ id }) => id), [newer], 'who is hidden is not recalled');
equal(await list(), [memory.id], 'nor is a memory of nobody else');

// Nobody else has any of it.
equal(await list({}, eve.as), [], 'memories of others');
for (const [call, permission, what] of [
  [() => sdk.getMemory({ id: memory.id }, eve.as), 'memory.read', 'a memory of others'],
  [() => sdk.updateMemory({ id: memory.id, memoryUpdateDto: {} }, eve.as), 'memory.update', 'a change of others'],
  [() => sdk.deleteMemory({ id: memory.id }, eve.as), 'memory.delete', 'a deletion of others'],
  [() => sdk.addMemoryAssets({ id: memory.id, bulkIdsDto: { ids: [foreign] } }, eve.as), 'memory.read', 'assets for others'],
  [() => sdk.removeMemoryAssets({ id: memory.id, bulkIdsDto: { ids: [newer] } }, eve.as), 'memory.update', 'assets of others'],
  [() => sdk.getMemory({ id: UNKNOWN_ID }, ada.as), 'memory.read', 'a memory that there is not'],
]) {
  await refused(call, 400, no(permission), what);
}
equal((await raw('GET', '/memories')).status, 401, 'nobody remembers unknown');

// What is out of sight when memories are cleaned up leaves them.
await sdk.updateAsset({ id: newer, updateAssetDto: { visibility: 'archive' } }, ada.as);
await sdk.createJob({ jobCreateDto: { name: 'memory-cleanup' } }, admin.as);
await until(async () => (await sdk.getQueue({ name: 'backgroundTask' }, admin.as)).statistics,
  ({ active, waiting }) => active + waiting === 0, 'memories are cleaned up');
await sdk.updateAsset({ id: newer, updateAssetDto: { visibility: 'timeline' } }, ada.as);
equal(await sdk.removeMemoryAssets({ id: memory.id, bulkIdsDto: { ids: [newer] } }, ada.as),
  [{ id: newer, success: false, error: 'not_found' }], 'what was archived is in none of them');

await sdk.deleteMemory({ id: memory.id }, ada.as);
await refused(() => sdk.getMemory({ id: memory.id }, ada.as), 400, 'Not found or no memory.read access', 'a memory is gone');
equal((await sdk.getMemory({ id: empty.id }, ada.as)).assets, [], 'an empty memory is there when asked for');

finish();
