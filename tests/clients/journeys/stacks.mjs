// Stacks: what lies on top, what lies under it, and what becomes of them when assets go.

import * as sdk from '@immich/sdk';
import { UNKNOWN_ID, cast, check, equal, finish, invalid, no, raw, ready, refused, until, upload } from './kit.mjs';

const [admin, ada, bob] = await cast('Ada', 'Bob');

const assets = [];
for (const number of [1, 2, 3, 4, 5, 6]) {
  assets.push((await upload(`library/jpeg/orientation-${number}.jpg`, ada.as)).id);
}
for (const id of assets) {
  await ready(id, ada.as);
}
const [a, b, c, d, e, f] = assets;
const foreign = (await upload('library/jpeg/orientation-1.jpg', bob.as)).id;
const create = (assetIds, as = ada.as) => sdk.createStack({ stackCreateDto: { assetIds } }, as);
const members = (stack) => stack.assets.map((asset) => asset.id);

await invalid(() => create([a]), ['assetIds'], 'Too small: expected array to have >=2 items', 'one asset is no stack');
await refused(() => create([a, foreign]), 400, 'Not found or no asset.update access', 'nothing of others is stacked');
await refused(() => create([a, UNKNOWN_ID]), 400, 'Not found or no asset.update access', 'nothing unknown is stacked');

// The first lies on top, the others by their dates.
const stack = await create([b, c, a]);
equal([stack.primaryAssetId, members(stack)], [b, [b, a, c]], 'a stack is made');
equal((await sdk.getStack({ id: stack.id }, ada.as)).assets.length, 3, 'and read');
equal((await sdk.searchStacks({}, ada.as)).map((one) => one.id), [stack.id], 'and listed');
equal((await sdk.searchStacks({ primaryAssetId: b }, ada.as)).length, 1, 'by what lies on top');
equal((await sdk.searchStacks({ primaryAssetId: a }, ada.as)).length, 0, 'and not by what lies under it');
equal(await sdk.searchStacks({}, bob.as), [], 'nobody sees the stacks of others');
equal((await sdk.getAssetInfo({ id: a }, ada.as)).stack, { id: stack.id, primaryAssetId: b, assetCount: 3 }, 'an asset tells its stack');
equal((await sdk.getAssetInfo({ id: d }, ada.as)).stack, null, 'and that it has none');

// In the timeline.
const timeline = async (extra) => {
  const seen = new Map();
  for (const { timeBucket, count } of await sdk.getTimeBuckets(extra, ada.as)) {
    const bucket = await sdk.getTimeBucket({ ...extra, timeBucket }, ada.as);
    equal(bucket.id.length, count, `as many as ${timeBucket} promised`);
    bucket.id.forEach((id, index) => seen.set(id, bucket.stack?.[index]));
  }
  return seen;
};
const flat = await timeline({});
equal([flat.size, flat.get(b)], [6, undefined], 'without stacks everything is there');
const tops = await timeline({ withStacked: true });
equal([...tops.keys()].sort(), [b, d, e, f].sort(), 'with stacks only what lies on top');
equal([tops.get(b), tops.get(d)], [[stack.id, '3'], null], 'which tells of its stack');

// What is asked of it.
const changed = await sdk.updateStack({ id: stack.id, stackUpdateDto: { primaryAssetId: a } }, ada.as);
equal([changed.primaryAssetId, members(changed)], [a, [a, b, c]], 'another lies on top');
await refused(() => sdk.updateStack({ id: stack.id, stackUpdateDto: { primaryAssetId: d } }, ada.as), 400,
  'Primary asset must be in the stack', 'what is not in it cannot lie on top');
equal((await sdk.updateStack({ id: stack.id, stackUpdateDto: {} }, ada.as)).primaryAssetId, a, 'a change of nothing');
equal((await raw('PATCH', `/stacks/${stack.id}`, { as: ada.as, body: {} })).status, 200, 'the old method');
await refused(() => sdk.removeAssetFromStack({ id: stack.id, assetId: a }, ada.as), 400, 'Cannot remove stack\'s primary asset', 'the top stays');
await refused(() => sdk.removeAssetFromStack({ id: stack.id, assetId: d }, ada.as), 400, 'Asset not in stack', 'what is not in it');
await sdk.removeAssetFromStack({ id: stack.id, assetId: c }, ada.as);
equal(members(await sdk.getStack({ id: stack.id }, ada.as)), [a, b], 'an asset is taken out');
for (const [call, permission] of [
  [(id) => sdk.getStack({ id }, bob.as), 'stack.read'],
  [(id) => sdk.updateStack({ id, stackUpdateDto: {} }, bob.as), 'stack.update'],
  [(id) => sdk.removeAssetFromStack({ id, assetId: b }, bob.as), 'stack.update'],
  [(id) => sdk.deleteStack({ id }, bob.as), 'stack.delete'],
  [(id) => sdk.deleteStacks({ bulkIdsDto: { ids: [id] } }, bob.as), 'stack.delete'],
]) {
  for (const id of [stack.id, UNKNOWN_ID]) {
    await refused(() => call(id), 400, no(permission), `${permission} of ${id === UNKNOWN_ID ? 'nothing' : 'another'}`);
  }
}

// Stacks become one.
const merged = await create([d, a]);
equal([merged.primaryAssetId, [...members(merged)].sort()], [d, [a, b, d].sort()], 'a stack comes along with what lies on top of it');
await refused(() => sdk.getStack({ id: stack.id }, ada.as), 400, 'Not found or no stack.read access', 'and is no more');
const taken = await create([e, b]);
equal([members(taken).length, members(await sdk.getStack({ id: merged.id }, ada.as)).length], [2, 2], 'what lay under one comes alone');

// Copies.
await sdk.copyAsset({ assetCopyDto: { sourceId: e, targetId: f, albums: false, favorite: false, sharedLinks: false, sidecar: false } }, ada.as);
equal([...members(await sdk.getStack({ id: taken.id }, ada.as))].sort(), [b, e, f].sort(), 'a copy lies in the same stack');

// Assets go.
await sdk.deleteAssets({ assetBulkDeleteDto: { ids: [e] } }, ada.as);
equal((await sdk.getStack({ id: taken.id }, ada.as)).primaryAssetId, e, 'the trash unstacks nothing');
await sdk.deleteAssets({ assetBulkDeleteDto: { ids: [e], force: true } }, ada.as);
const followed = await until(() => sdk.getStack({ id: taken.id }, ada.as), (one) => one.primaryAssetId !== e, 'the next lies on top');
check([b, f].includes(followed.primaryAssetId) && members(followed).length === 2, 'of two that are left');
await sdk.deleteAssets({ assetBulkDeleteDto: { ids: [b], force: true } }, ada.as);
await until(() => sdk.searchStacks({}, ada.as), (all) => !all.some((one) => one.id === taken.id), 'a single asset is no stack');

await sdk.deleteStacks({ bulkIdsDto: { ids: [merged.id] } }, ada.as);
equal(await sdk.searchStacks({}, ada.as), [], 'stacks are deleted');
equal((await sdk.getAssetInfo({ id: d }, ada.as)).stack, null, 'and their assets stay');

finish();
