// Tags: the tree, who sees it, what is put on assets by hand and by files, and the timeline under a tag.

import * as sdk from '@immich/sdk';
import { UNKNOWN_ID, cast, check, equal, finish, invalid, matches, no, raw, ready, refused, upload, uuid } from './kit.mjs';

const [admin, ada, bob] = await cast('Ada', 'Bob');

// The tree.
const places = await sdk.createTag({ tagCreateDto: { name: 'Places', color: 'ff0000' } }, ada.as);
equal([places.name, places.value, places.color, places.parentId], ['Places', 'Places', '#ff0000', undefined], 'a tag is made');
matches(places.id, uuid, 'a tag has an id');
const lake = await sdk.createTag({ tagCreateDto: { name: 'Lake', parentId: places.id, color: null } }, ada.as);
equal([lake.name, lake.value, lake.color, lake.parentId], ['Lake', 'Places/Lake', undefined, places.id], 'a tag is made under another');
await refused(() => sdk.createTag({ tagCreateDto: { name: 'Places', color: null } }, ada.as), 400,
  'A tag with that name already exists', 'a path is there once');
await refused(() => sdk.createTag({ tagCreateDto: { name: 'x', color: null, parentId: UNKNOWN_ID } }, ada.as), 400, 'Tag not found',
  'under an unknown tag');
await refused(() => sdk.createTag({ tagCreateDto: { name: 'x', color: null, parentId: places.id } }, bob.as), 400, 'Tag not found',
  'under the tag of another');
await invalid(() => sdk.createTag({ tagCreateDto: { name: 'x', color: 'red' } }, ada.as), ['color'], 'Invalid string', 'a colour is hexadecimal');

const plain = await sdk.createTag({ tagCreateDto: { name: 'Plain' } }, ada.as);
equal([plain.value, plain.color], ['Plain', undefined], 'a tag needs no colour');
await sdk.deleteTag({ id: plain.id }, ada.as);

const [deep, again] = await sdk.upsertTags({ tagUpsertDto: { tags: ['Places/Sea/Baltic', 'Places/Lake'] } }, ada.as);
equal([deep.value, again.id], ['Places/Sea/Baltic', lake.id], 'paths are made where they are missing');
equal((await sdk.getAllTags(ada.as)).map((tag) => tag.value), ['Places', 'Places/Lake', 'Places/Sea', 'Places/Sea/Baltic'],
  'tags are listed by their paths');
equal(await sdk.getAllTags(bob.as), [], 'nobody sees the tags of others');
equal(await sdk.upsertTags({ tagUpsertDto: { tags: [] } }, ada.as), [], 'no paths, no tags');
const bobs = await sdk.createTag({ tagCreateDto: { name: 'Places', color: null } }, bob.as);
check(bobs.id !== places.id, 'another user has tags of their own');

const coloured = await sdk.updateTag({ id: places.id, tagUpdateDto: { color: '#00ff00' } }, ada.as);
equal([coloured.color, coloured.value], ['#00ff00', 'Places'], 'a tag gets another colour');
equal((await sdk.updateTag({ id: places.id, tagUpdateDto: {} }, ada.as)).color, '#00ff00', 'a change of nothing');
equal((await sdk.updateTag({ id: places.id, tagUpdateDto: { color: null } }, ada.as)).color, undefined, 'a tag loses its colour');
for (const [call, permission] of [
  [(id) => sdk.getTagById({ id }, bob.as), 'tag.read'],
  [(id) => sdk.updateTag({ id, tagUpdateDto: { color: null } }, bob.as), 'tag.update'],
  [(id) => sdk.deleteTag({ id }, bob.as), 'tag.delete'],
  [(id) => sdk.tagAssets({ id, bulkIdsDto: { ids: [] } }, bob.as), 'tag.asset'],
  [(id) => sdk.untagAssets({ id, bulkIdsDto: { ids: [] } }, bob.as), 'tag.asset'],
]) {
  for (const id of [places.id, UNKNOWN_ID]) {
    await refused(() => call(id), 400, no(permission), `${permission} of ${id === UNKNOWN_ID ? 'nothing' : 'another'}`);
  }
}
equal((await raw('PATCH', `/tags/${places.id}`, { as: ada.as, body: { color: null } })).status, 200, 'the old method');

// On assets.
const first = await upload('library/jpeg/orientation-1.jpg', ada.as);
const second = await upload('library/jpeg/orientation-2.jpg', ada.as);
const foreign = await upload('library/jpeg/orientation-1.jpg', bob.as);
await ready(first.id, ada.as);
await ready(second.id, ada.as);
await ready(foreign.id, bob.as);
const put = await sdk.tagAssets({ id: lake.id, bulkIdsDto: { ids: [first.id, first.id, foreign.id, UNKNOWN_ID] } }, ada.as);
equal(put, [
  { id: first.id, success: true },
  { id: first.id, success: false, error: 'duplicate' },
  { id: foreign.id, success: false, error: 'no_permission' },
  { id: UNKNOWN_ID, success: false, error: 'no_permission' },
], 'each asset is told what came of it');
equal((await sdk.getAssetInfo({ id: first.id }, ada.as)).tags.map((tag) => tag.value), ['Places/Lake'], 'an asset tells its tags');
const count = await sdk.bulkTagAssets({ tagBulkAssetsDto: { tagIds: [deep.id, lake.id, bobs.id], assetIds: [first.id, second.id, foreign.id] } }, ada.as);
equal(count, { count: 3 }, 'only what is new and one\'s own counts');
equal((await sdk.getAssetInfo({ id: first.id }, ada.as)).tags.map((tag) => tag.value), ['Places/Lake', 'Places/Sea/Baltic'], 'by their paths');
equal((await sdk.getAssetInfo({ id: foreign.id }, bob.as)).tags, [], 'and nothing came on what is another\'s');

// The timeline under a tag, and above it.
const under = async (tagId, as) => {
  const buckets = await sdk.getTimeBuckets({ tagId }, as);
  const ids = [];
  for (const { timeBucket, count: expected } of buckets) {
    const bucket = await sdk.getTimeBucket({ tagId, timeBucket }, as);
    equal(bucket.id.length, expected, `as many as ${timeBucket} promised`);
    ids.push(...bucket.id);
  }
  return ids.sort();
};
const both = [first.id, second.id].sort();
equal(await under(deep.id, ada.as), both, 'what has a tag');
equal(await under(places.id, ada.as), both, 'what has a tag below it');
await refused(() => sdk.getTimeBuckets({ tagId: places.id }, bob.as), 400, 'Not found or no tag.read access', 'the timeline of another\'s tag');

const off = await sdk.untagAssets({ id: lake.id, bulkIdsDto: { ids: [second.id, second.id, UNKNOWN_ID] } }, ada.as);
equal(off.map((one) => one.error), [undefined, 'not_found', 'not_found'], 'a tag is taken off');
equal(await under(lake.id, ada.as), [first.id], 'and the other stays');

await sdk.deleteTag({ id: places.id }, ada.as);
equal(await sdk.getAllTags(ada.as), [], 'a tag goes with all below it');
equal((await sdk.getAssetInfo({ id: first.id }, ada.as)).tags, [], 'and off its assets');
const anew = await sdk.createTag({ tagCreateDto: { name: 'Places', color: null } }, ada.as);
check(anew.id !== places.id, 'its path is free again');

// From files.
const ofFiles = {
  'library/jpeg/described.jpg': ['holiday', 'sea'],
  'library/jpeg/hierarchical-tags.jpg': ['People/Ada', 'Places/Germany/Berlin'],
  'library/jpeg/lightroom-tags.jpg': ['Trips/Alps'],
};
let berlin;
for (const [path, values] of Object.entries(ofFiles)) {
  const { id } = await upload(path, bob.as);
  const asset = await ready(id, bob.as);
  equal(asset.tags.map((tag) => tag.value), values, `the tags of ${path}`);
  berlin = values.length === 2 && path.includes('hierarchical') ? asset : berlin;
}
const all = (await sdk.getAllTags(bob.as)).map((tag) => tag.value);
equal(all, ['People', 'People/Ada', 'Places', 'Places/Germany', 'Places/Germany/Berlin', 'Trips', 'Trips/Alps', 'holiday', 'sea'].sort(),
  'tags of files are tags of the user');
equal(berlin.tags.find((tag) => tag.name === 'Berlin').parentId !== bobs.id, true, 'each below its own parent');
equal(await under(bobs.id, bob.as), [berlin.id], 'a tag that was there before gets those of files below it');

// What a person says outlasts what the file says.
await sdk.untagAssets({ id: berlin.tags[0].id, bulkIdsDto: { ids: [berlin.id] } }, bob.as);
await sdk.runAssetJobs({ assetJobsDto: { assetIds: [berlin.id], name: 'refresh-metadata' } }, bob.as);
await new Promise((resolve) => setTimeout(resolve, 1_500));
equal((await sdk.getAssetInfo({ id: berlin.id }, bob.as)).tags.map((tag) => tag.value), ['Places/Germany/Berlin'],
  'a tag that was taken off stays off when the file is read again');

finish();
