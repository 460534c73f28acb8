// What only version 3.2 of the clients asks for, on the official SDK: the filter that is put together, pages by cursor,
// files beside originals, persons merged by their ids, and the fields that are told beside the 3.1 forms.
//
// Usage: node current-clients.mjs BASE_URL PHOTOS_DIR

import * as sdk from '@immich/sdk';
import {
  UNKNOWN_ID, cast, check, equal, finish, invalid, keys, no, raw, ready, refused, until, upload, uuid, withKey,
} from './kit.mjs';

const [admin, ada, eve] = await cast('current-ada', 'current-eve');

const berlin = (await upload('library/jpeg/gps-berlin.jpg', ada.as, { fileName: 'Straße-Zürich.jpg' })).id;
const sydney = (await upload('library/jpeg/gps-sydney.jpg', ada.as)).id;
const camera = (await upload('library/jpeg/date-offset.jpg', ada.as, { fileName: 'IMG_0815.jpg' })).id;
const favorite = (await upload('library/jpeg/plain-no-date.jpg', ada.as, { isFavorite: 'true' })).id;
const foreign = (await upload('library/jpeg/gps-denver.jpg', eve.as)).id;
for (const id of [berlin, sydney, camera, favorite]) await ready(id, ada.as);
await ready(foreign, eve.as);
await sdk.updateAsset({ id: camera, updateAssetDto: { description: 'Crème brûlée am See', rating: 4 } }, ada.as);
await sdk.updateAsset({ id: sydney, updateAssetDto: { rating: 2 } }, ada.as);

const search = async (dto, as = ada.as) => (await sdk.searchAssets({ metadataSearchDto: dto }, as)).assets;
const sorted = (...list) => list.sort();
const ids = async (filter, as) => (await search({ filter }, as)).items.map(({ id }) => id).sort();
const all = sorted(berlin, sydney, camera, favorite);

const person = async (name, assetId) => {
  const { id } = await sdk.createPerson({ personCreateDto: { name } }, ada.as);
  const box = { x: 10, y: 40, width: 100, height: 120, imageWidth: 640, imageHeight: 480 };
  await sdk.createFace({ assetFaceCreateDto: { assetId, personId: id, ...box } }, ada.as);
  return id;
};

async function filters() {
  const album = (await sdk.createAlbum({ createAlbumDto: { albumName: 'Trip', assetIds: [berlin] } }, ada.as)).id;
  const [parent] = await sdk.upsertTags({ tagUpsertDto: { tags: ['Europe'] } }, ada.as);
  const [leaf] = await sdk.upsertTags({ tagUpsertDto: { tags: ['Europe/Germany'] } }, ada.as);
  await sdk.tagAssets({ id: leaf.id, bulkIdsDto: { ids: [berlin] } }, ada.as);
  const bob = await person('Bob', sydney);
  const taken = (await sdk.getAssetInfo({ id: berlin }, ada.as)).fileCreatedAt;
  for (const [filter, expected, what] of [
    [{}, all, 'an empty filter'],
    [{ city: { eq: 'Berlin' } }, [berlin], 'a city'],
    [{ city: { ne: 'Berlin' } }, sorted(sydney, camera, favorite), 'another city, or none'],
    [{ city: { eq: null } }, sorted(camera, favorite), 'no city'],
    [{ city: { ne: null } }, sorted(berlin, sydney), 'any city'],
    [{ country: { in: ['Germany', 'Australia'] } }, sorted(berlin, sydney), 'one of the countries'],
    [{ country: { notIn: ['Germany'] } }, sorted(sydney, camera, favorite), 'none of the countries'],
    [{ description: { like: 'creme BRULEE' } }, [camera], 'a part of a description'],
    [{ description: { notLike: 'creme' } }, sorted(berlin, sydney, favorite), 'what is not in a description'],
    [{ description: { eq: null } }, sorted(berlin, sydney, favorite), 'no description'],
    [{ originalFileName: { startsWith: 'strasse' } }, [berlin], 'how a name begins'],
    [{ originalFileName: { endsWith: '0815.JPG' } }, [camera], 'how a name ends'],
    [{ originalFileName: { eq: 'IMG_0815.jpg' } }, [camera], 'a name'],
    [{ rating: { gte: 2 } }, sorted(sydney, camera), 'a rating from two on'],
    [{ rating: { eq: null } }, sorted(berlin, favorite), 'no rating'],
    [{ rating: { in: [4, 5] } }, [camera], 'one of the ratings'],
    [{ rating: { gt: 2, lt: 5 } }, [camera], 'two conditions on one field'],
    [{ isFavorite: { eq: true } }, [favorite], 'favourites'],
    [{ isMotion: { eq: false } }, all, 'what does not move'],
    [{ type: { eq: 'IMAGE' } }, all, 'pictures'],
    [{ type: { notIn: ['IMAGE'] } }, [], 'anything else'],
    [{ visibility: { eq: 'timeline' } }, all, 'the timeline'],
    [{ id: { eq: camera } }, [camera], 'an id'],
    [{ id: { ne: camera } }, sorted(berlin, sydney, favorite), 'other ids'],
    [{ id: { eq: foreign } }, [], 'an id of others'],
    [{ takenAt: { eq: taken } }, [berlin], 'an instant, as it was told'],
    [{ takenAt: { gt: taken }, city: { eq: 'Berlin' } }, [], 'after it'],
    [{ takenAt: { gte: taken, lte: taken } }, [berlin], 'from it to it'],
    [{ trashedAt: { ne: null } }, [], 'the trash'],
    [{ fileSizeInBytes: { gt: 0 } }, all, 'a size'],
    [{ albumIds: { any: [album] } }, [berlin], 'an album'],
    [{ albumIds: { none: [album] } }, sorted(sydney, camera, favorite), 'out of an album'],
    [{ hasAlbums: { eq: false } }, sorted(sydney, camera, favorite), 'in no album'],
    [{ tagIds: { all: [parent.id] } }, [berlin], 'a tag, and those below it'],
    [{ tagIds: { none: [leaf.id] } }, sorted(sydney, camera, favorite), 'without a tag'],
    [{ hasTags: { eq: true } }, [berlin], 'with any tag'],
    [{ personIds: { any: [bob] } }, [sydney], 'a person'],
    [{ personIds: { any: [] } }, all, 'no persons are no condition'],
    [{ hasPeople: { eq: true } }, [sydney], 'with anybody'],
    [{ or: [{ city: { eq: 'Berlin' } }, { rating: { eq: 4 } }] }, sorted(berlin, camera), 'one of the branches'],
    [{ isFavorite: { eq: false }, or: [{ city: { eq: 'Berlin' } }, { isFavorite: { eq: true } }] }, [berlin], 'a condition and a branch'],
    [{ ocr: { matches: 'no such words' } }, [], 'a text that nothing shows'],
    [{ ocr: { matches: ' ' } }, all, 'a text without words is no condition'],
    [{ or: [{ ocr: { matches: 'no such words' } }, { rating: { eq: 4 } }] }, [camera], 'a text in a branch'],
    [{ isOffline: { eq: false }, isEncoded: { eq: false } }, all, 'what nothing is'],
  ]) {
    equal(await ids(filter), expected, `filter: ${what}`);
  }
  const count = await sdk.searchAssetStatistics({ statisticsSearchDto: { filter: { rating: { gte: 2 } } } }, ada.as);
  equal(count, { total: 2 }, 'counted by a filter');
  const some = await sdk.searchRandom({ randomSearchDto: { filter: { city: { ne: null } } } }, ada.as);
  equal(some.map(({ id }) => id).sort(), sorted(berlin, sydney), 'some by a filter');
  await refused(() => ids({ albumIds: { any: [album] } }, eve.as), 400, 'Not found or no album.read access', 'an album of others');
  await refused(() => ids({ or: [{ albumIds: { none: [UNKNOWN_ID] } }] }), 400, 'Not found or no album.read access', 'in a branch too');
  await refused(() => ids({ visibility: { eq: 'locked' } }), 401, 'Elevated permission is required', 'what is locked');
  await refused(() => ids({ visibility: { in: ['timeline', 'locked'] } }), 401, 'Elevated permission is required', 'also among others');
  equal(await ids({ personIds: { any: [bob] } }, eve.as), [], 'persons of others find nothing');
  await invalid(() => ids({ city: { eq: 7 } }), ['filter', 'city', 'eq'], 'Invalid input: expected string', 'a city is a text');
  await invalid(() => ids({ isFavorite: {} }), ['filter', 'isFavorite', 'eq'], 'Invalid input: expected boolean', 'something holds or not');
  await invalid(() => ids({ takenAt: { gt: '2024-01-01' } }), ['filter', 'takenAt', 'gt'], 'Invalid', 'a time has an offset');
  await invalid(() => ids({ or: [{ personIds: { all: ['x'] } }] }), ['filter', 'or', 0, 'personIds', 'all', 0], 'Invalid', 'persons have ids');

  const { key } = await sdk.createSharedLink({ sharedLinkCreateDto: { type: sdk.SharedLinkType.Album, albumId: album } }, ada.as);
  const byLink = async (filter) => (await sdk.searchAssets({ key, metadataSearchDto: { filter } })).assets.items.map(({ id }) => id);
  equal(await byLink({ albumIds: { any: [album] } }), [berlin], 'visitors find what is in the album');
  equal(await byLink({ albumIds: { any: [album] }, isFavorite: { eq: false } }), [], 'and nothing by what its owner likes');
  await refused(() => byLink({ city: { eq: 'Berlin' } }), 400, 'Shared link access is only allowed in combination with an albumIds filter', 'an album has to be named');
}

async function pages() {
  const seen = [];
  let cursor;
  do {
    const page = await search({ filter: {}, size: 3, cursor });
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor);
  equal([seen.length, [...seen].sort()], [4, all], 'every result comes once, page by page');
  const first = await search({ size: 3 });
  check(typeof first.nextCursor === 'string' && first.nextPage === '2', 'a page tells both, where the next one is');
  await refused(() => search({ cursor: 'nonsense!' }), 400, 'Invalid cursor', 'a cursor is one that was told');
  const order = async (orderBy) => (await search({ orderBy })).items.map(({ id }) => id);
  const rated = await order({ field: 'rating', direction: 'desc' });
  equal(rated.slice(0, 2), [camera, sydney], 'the best first, what has no rating last');
  equal((await order({ field: 'rating', direction: 'asc' })).slice(0, 2), [sydney, camera], 'or the other way round');
  const sizes = (await search({ orderBy: { field: 'fileSizeInBytes' } })).items.map(({ exifInfo }) => exifInfo.fileSizeInByte);
  equal(sizes, [...sizes].sort((a, b) => b - a), 'the largest first');
  equal(await order({}), (await search({})).items.map(({ id }) => id), 'the newest first where nothing is said');
  equal((await order('fileCreatedAt')).length, 4, 'in the words of 3.1 too');
  await invalid(() => order({ field: 'colour' }), ['orderBy', 'field'], 'Invalid option', 'some fields only');
  await invalid(() => order('colour'), ['orderBy'], 'Invalid option', 'in the words of 3.1 too');
}

async function files() {
  const beside = await sdk.searchAssetFiles({ assetId: berlin }, ada.as);
  // What was said of it is written into a sidecar in the meantime, or will be.
  const found = beside.filter(({ type }) => type !== 'sidecar');
  equal(found.map(({ type }) => type).sort(), ['preview', 'thumbnail'], 'the files beside an original');
  for (const file of found) {
    keys(file, ['createdAt', 'id', 'isEdited', 'isProgressive', 'isTransparent', 'path', 'type', 'updatedAt'], [], `the shape of a ${file.type}`);
    check(uuid.test(file.id) && file.id !== berlin, `the id of a ${file.type}`);
    equal(await sdk.getAssetFile({ id: file.id }, ada.as), file, `one ${file.type}`);
    const bytes = await sdk.downloadAssetFile({ id: file.id }, ada.as);
    const kind = new Uint8Array(await bytes.slice(0, 4).arrayBuffer());
    check(file.type === 'preview' ? kind[0] === 0xff && kind[1] === 0xd8 : String.fromCharCode(...kind) === 'RIFF', `the bytes of a ${file.type}`);
  }
  equal((await sdk.searchAssetFiles({ assetId: berlin, $type: sdk.AssetFileType.Preview }, ada.as)).length, 1, 'of one kind');
  equal(await sdk.searchAssetFiles({ assetId: berlin, isEdited: true }, ada.as), [], 'none was edited');
  await refused(() => sdk.searchAssetFiles({ assetId: berlin }, eve.as), 400, no('assetFile.read'), 'files of others');
  await refused(() => sdk.getAssetFile({ id: found[0].id }, eve.as), 400, no('assetFile.read'), 'not one of them');
  await refused(() => sdk.getAssetFile({ id: UNKNOWN_ID }, ada.as), 400, no('assetFile.read'), 'a file that is not there');
  await refused(() => sdk.downloadAssetFile({ id: found[0].id }, eve.as), 404, 'Not Found', 'nor its bytes');
  await sdk.updateAsset({ id: favorite, updateAssetDto: { description: 'beside it' } }, ada.as);
  const sidecar = await until(
    () => sdk.searchAssetFiles({ assetId: favorite, $type: sdk.AssetFileType.Sidecar }, ada.as),
    (list) => list.length === 1, 'a sidecar is one of them, once it was written',
  );
  const text = await (await sdk.downloadAssetFile({ id: sidecar[0].id }, ada.as)).text();
  check(text.includes('beside it'), 'and says what was said');
}

async function people() {
  const [first, second] = [await person('', camera), await person('Cleo', berlin)];
  const merged = await sdk.mergePeople({ mergePersonDto: { ids: [first, second, UNKNOWN_ID] } }, ada.as);
  equal(merged.map(({ id, success, error }) => [id, success, error]),
    [[first, true, undefined], [second, true, undefined], [UNKNOWN_ID, false, 'no_permission']], 'persons become one, each told');
  equal([(await sdk.getPerson({ id: first }, ada.as)).name, (await sdk.getPersonStatistics({ id: first }, ada.as)).assets], ['Cleo', 2],
    'the first stays, with the name and the faces of the others');
  await refused(() => sdk.getPerson({ id: second }, ada.as), 400, 'Not found or no person.read access', 'the others are gone');
  await refused(() => sdk.mergePeople({ mergePersonDto: { ids: [first, UNKNOWN_ID] } }, eve.as), 400, 'Not found or no person.update access', 'not by others');
}

async function fields() {
  const made = await sdk.createApiKey({ apiKeyCreateDto: { name: 'k', permissions: ['asset.read', 'apiKey.rotate', 'assetFile.read', 'userConfig.read'] } }, ada.as);
  const { apiKey, secret, ...beside } = made;
  equal(beside, apiKey, 'a key is told beside itself');
  const key = withKey(secret);
  check((await sdk.searchAssetFiles({ assetId: berlin }, key)).length >= 2, 'a key for files');
  const config = await sdk.getUserConfig(key);
  equal([config.trash.days, config.machineLearning.ocr.enabled], [30, true], 'a key for the configuration');
  await refused(() => sdk.downloadAssetFile({ id: UNKNOWN_ID }, key), 403, 'Missing required permission: assetFile.download', 'and no other');
  await refused(() => sdk.getAdminConfig(key), 403, 'Forbidden', 'nor what administers');
  const rotated = await sdk.rotateApiKey({ id: apiKey.id }, key);
  check(rotated.id === apiKey.id && rotated.secret !== secret, 'a key that was made anew is told so, too');
  await refused(() => sdk.getUserConfig(key), 401, 'Invalid API key', 'the secret before is nothing any more');

  equal((await sdk.getMyPreferences(ada.as)).memories.sidebarWeb, false, 'memories are not in the side bar');
  const preferences = await sdk.updateMyPreferences({ userPreferencesUpdateDto: { memories: { sidebarWeb: true } } }, ada.as);
  equal(preferences.memories, { duration: 5, enabled: true, sidebarWeb: true }, 'until somebody wants it');

  const memory = (showAt) => sdk.createMemory({ memoryCreateDto: {
    type: sdk.MemoryType.OnThisDay, data: { year: 2020 }, memoryAt: '2020-01-01T00:00:00.000Z', assetIds: [berlin], showAt,
  } }, ada.as);
  const [past, upcoming] = [await memory('2020-01-01T00:00:00.000Z'), await memory('2999-01-01T00:00:00.000Z')];
  const memories = async (query) => (await sdk.searchMemories(query, ada.as)).map(({ id }) => id).sort();
  equal(await memories({ isUpcoming: true }), [upcoming.id], 'memories that are still to come');
  equal(await memories({ isUpcoming: false }), [past.id], 'and the others');
  equal(await memories({ id: past.id }), [past.id], 'one memory');
  equal([...(await memories({ size: 1 })), ...(await memories({ size: 1, page: 2 }))].sort(), sorted(past.id, upcoming.id), 'memories page by page');
  equal(await sdk.memoriesStatistics({ isUpcoming: true }, ada.as), { total: 1 }, 'and how many');

  const archive = await raw('POST', '/download/archive', { as: ada.as, body: { assetIds: [berlin], archiveName: 'Zürich' } });
  equal([archive.status, archive.headers.get('content-disposition')], [200, "attachment; filename*=UTF-8''Z%C3%BCrich%2Ezip"], 'an archive has the name that it was given');
  equal((await sdk.getServerConfig()).oauthAccountManagementUrl, undefined, 'where accounts are managed, where that was set');
}

await filters();
await pages();
await files();
await people();
await fields();
finish();
