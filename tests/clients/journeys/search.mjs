// The search group on the official SDK: every filter, what is suggested, and that nobody finds what is another's.
//
// Usage: node search.mjs BASE_URL PHOTOS_DIR

import * as sdk from '@immich/sdk';
import { UNKNOWN_ID, cast, check, equal, finish, invalid, keys, raw, ready, refused, upload } from './kit.mjs';

const [admin, ada, eve] = await cast('search-ada', 'search-eve');

const berlin = (await upload('library/jpeg/gps-berlin.jpg', ada.as, { fileName: 'Straße-Zürich.jpg' })).id;
const sydney = (await upload('library/jpeg/gps-sydney.jpg', ada.as)).id;
const camera = (await upload('library/jpeg/date-offset.jpg', ada.as, { fileName: 'IMG_0815.jpg' })).id;
const favorite = (await upload('library/jpeg/plain-no-date.jpg', ada.as, { isFavorite: 'true' })).id;
const foreign = (await upload('library/jpeg/gps-denver.jpg', eve.as)).id;
for (const id of [berlin, sydney, camera, favorite]) await ready(id, ada.as);
await ready(foreign, eve.as);
await sdk.updateAsset({ id: camera, updateAssetDto: { description: 'Crème brûlée am See', rating: 4 } }, ada.as);

const { createdAt, originalPath: whole } = await sdk.getAssetInfo({ id: berlin }, ada.as);

const search = async (metadataSearchDto, as = ada.as) => (await sdk.searchAssets({ metadataSearchDto }, as)).assets;
const ids = async (dto, as) => (await search(dto, as)).items.map(({ id }) => id).sort();
const sorted = (...list) => list.sort();
const all = sorted(berlin, sydney, camera, favorite);

// Metadata.
equal(await ids({}), all, 'without a filter everything is found');
for (const [dto, expected, what] of [
  [{ id: berlin }, [berlin], 'an id'],
  [{ id: foreign }, [], 'an id of others'],
  [{ city: 'Berlin' }, [berlin], 'a city'],
  [{ city: null }, sorted(camera, favorite), 'no city'],
  [{ country: 'Australia' }, [sydney], 'a country'],
  [{ country: 'australia' }, [], 'which is written so'],
  [{ isFavorite: true }, [favorite], 'favourites'],
  [{ isFavorite: false }, sorted(berlin, sydney, camera), 'the others'],
  [{ rating: 4 }, [camera], 'a rating'],
  [{ rating: null }, sorted(berlin, sydney, favorite), 'no rating'],
  [{ description: 'creme BRULEE' }, [camera], 'a description in any case and with any accents'],
  [{ description: '  ' }, all, 'a blank text is no filter'],
  [{ originalFileName: 'zurich' }, [berlin], 'a file name without its accents'],
  [{ originalFileName: 'strasse' }, [berlin], 'a file name with a sharp s'],
  [{ originalFileName: '0815.JPG' }, [camera], 'a file name with its extension'],
  [{ originalFileName: 'img%15' }, [camera], 'wildcards are wildcards'],
  [{ originalPath: whole }, [berlin], 'a whole path'],
  [{ originalPath: whole.slice(1).toUpperCase() }, [berlin], 'the most of it, in any case'],
  [{ originalPath: '/upload/' }, all, 'a folder'],
  [{ originalPath: `/upload/${UNKNOWN_ID}` }, [], 'a folder that is not there'],
  [{ type: 'VIDEO' }, [], 'videos'],
  [{ visibility: 'archive' }, [], 'the archive'],
  [{ isMotion: true }, [], 'live photos'],
  [{ isOffline: true }, [], 'what is offline'],
  [{ takenAfter: '2022-03-10T00:00:00.000Z', takenBefore: '2022-03-11T00:00:00.000Z', city: 'Berlin' }, [berlin], 'a time of capture'],
  [{ createdAfter: '2999-01-01T00:00:00.000Z' }, [], 'a time of upload'],
  [{ createdAfter: createdAt, createdBefore: createdAt }, [berlin], 'the very time of an upload'],
  [{ personIds: [UNKNOWN_ID] }, [], 'a person whom nobody knows'],
  [{ personIds: [] }, all, 'no persons are no filter'],
  [{ isNotInAlbum: true }, all, 'what is in no album'],
]) {
  equal(await ids(dto), expected, `search: ${what}`);
}
await invalid(() => search({ size: 0 }), ['size'], 'Too small', 'a page has at least one');
await invalid(() => search({ rating: 6 }), ['rating'], 'Too big', 'five stars at most');
await invalid(() => search({ takenAfter: '2024-01-01' }), ['takenAfter'], 'Invalid', 'a time has an offset');
await invalid(() => search({ personIds: ['x'] }), ['personIds', 0], 'Invalid', 'persons have ids');
const first = await search({ size: 3, order: 'asc' });
equal([first.count, first.total, first.nextPage], [3, 3, '2'], 'a page');
const second = await search({ size: 3, order: 'asc', page: 2 });
equal([second.count, second.nextPage], [1, null], 'the last page');
const names = (await search({ orderBy: 'originalFileName', order: 'asc' })).items.map(({ originalFileName }) => originalFileName);
equal(names, [...names].sort(), 'sorted by the name of the file');
const bySize = (await search({ orderBy: 'fileSizeInByte' })).items.map(({ exifInfo }) => exifInfo.fileSizeInByte);
equal(bySize, [...bySize].sort((a, b) => b - a), 'sorted by size, and then the size is told');
const inTurn = (await search({ sort: [{ field: 'originalFileName', order: 'asc' }, { field: 'fileSizeInByte' }], orderBy: 'fileSizeInByte' })).items;
equal(inTurn.map(({ originalFileName }) => originalFileName), names, 'sorted by several things in turn, whatever else is said');
check(inTurn.every(({ exifInfo }) => exifInfo.fileSizeInByte > 0), 'and the size is told, since it is among them');
await invalid(() => search({ sort: [] }), ['sort'], 'Too small: expected array to have >=1 items', 'by one thing at least');
await invalid(() => search({ sort: [{ field: 'city' }] }), ['sort', 0, 'field'], 'Invalid option', 'by what there is');
await refused(() => search({ visibility: 'locked' }), 401, 'Elevated permission is required', 'the locked folder is locked');

// People.
const bob = await sdk.createPerson({ personCreateDto: { name: 'Bob' } }, ada.as);
const face = (assetId) => sdk.createFace({ assetFaceCreateDto: { assetId, personId: bob.id, x: 10, y: 10, width: 50, height: 50, imageWidth: 200, imageHeight: 100 } }, ada.as);
await face(berlin);
await face(sydney);
equal(await ids({ personIds: [bob.id] }), sorted(berlin, sydney), 'a person');
equal(await ids({ personIds: [bob.id], city: 'Berlin' }), [berlin], 'a person in a city');
equal(await ids({ personIds: [bob.id, UNKNOWN_ID] }), [], 'together with somebody');
equal(await ids({ personIds: [bob.id, bob.id] }), [], 'nobody is there twice');
equal(await ids({ personIds: [bob.id] }, eve.as), [], 'persons of others find nothing of theirs');
const withPeople = await search({ id: berlin, withPeople: true });
equal(withPeople.items[0].people.map(({ name }) => name), ['Bob'], 'who is seen is told when asked');
equal((await search({ id: berlin })).items[0].people, [], 'and not otherwise');

// Albums.
const album = await sdk.createAlbum({ createAlbumDto: { albumName: 'Search', assetIds: [berlin, camera] } }, ada.as);
equal(await ids({ albumIds: [album.id] }), sorted(berlin, camera), 'an album');
equal(await ids({ isNotInAlbum: true }), sorted(sydney, favorite), 'in no album');
await refused(() => search({ albumIds: [album.id] }, eve.as), 400, 'Not found or no album.read access', 'an album of others');

// Random, large, statistics.
const random = (dto, as = ada.as) => sdk.searchRandom({ randomSearchDto: dto }, as);
equal((await random({})).map(({ id }) => id).sort(), all, 'anything');
equal((await random({ size: 2 })).length, 2, 'some of it');
equal((await random({ city: 'Berlin', withPeople: true })).map((one) => [one.id, one.people.length]), [[berlin, 1]], 'any in Berlin');
equal((await random({ albumIds: [album.id] }, eve.as)).length, 0, 'nothing of albums of others');
const large = await sdk.searchLargeAssets({}, ada.as);
const sizes = large.map(({ exifInfo }) => exifInfo.fileSizeInByte);
equal([large.length, sizes], [4, [...sizes].sort((a, b) => b - a)], 'the largest first');
equal((await sdk.searchLargeAssets({ minFileSize: sizes[1] }, ada.as)).map(({ id }) => id), [large[0].id], 'larger than that');
equal((await sdk.searchLargeAssets({ minFileSize: 1_000_000_000 }, ada.as)).length, 0, 'nothing is that large');
equal((await (await raw('POST', '/search/large-assets?isFavorite=true&size=1', { as: ada.as })).json()).map(({ id }) => id), [favorite], 'texts of a query are read');
const count = async (statisticsSearchDto, as = ada.as) => (await sdk.searchAssetStatistics({ statisticsSearchDto }, as)).total;
equal([await count({}), await count({ isFavorite: true }), await count({ city: 'Berlin' }), await count({ description: 'brulee' })], [4, 1, 1, 1], 'counts');
equal(await count({ albumIds: [album.id] }, eve.as), 0, 'nothing of others is counted');

// Suggestions.
const suggest = (query, as = ada.as) => sdk.getSearchSuggestions({ ...query, $type: query.type }, as);
equal(await suggest({ type: 'country' }), ['Australia', 'Germany'], 'countries');
equal(await suggest({ type: 'city', country: 'Germany' }), ['Berlin'], 'cities of a country');
equal(await suggest({ type: 'city', country: 'Germany', state: 'Bavaria' }), [], 'cities of a state');
equal((await suggest({ type: 'country', includeNull: true })).at(-1), null, 'unknown, when asked');
equal(await suggest({ type: 'country' }, eve.as), ['United States of America'], 'countries of others');
await invalid(() => suggest({ type: 'planet' }), ['type'], 'Invalid option', 'what there is no suggestion of');
await sdk.deleteAssets({ assetBulkDeleteDto: { ids: [sydney] } }, ada.as);
equal(await suggest({ type: 'country' }), ['Germany'], 'what is in the trash is not suggested');
equal(await ids({ country: 'Australia' }), [], 'nor found');
equal(await ids({ country: 'Australia', withDeleted: true }), [sydney], 'unless asked for');
await sdk.restoreAssets({ bulkIdsDto: { ids: [sydney] } }, ada.as);
equal(await suggest({ type: 'country' }), ['Australia', 'Germany'], 'until it is restored');

// Explore, cities, places.
const cities = await sdk.getAssetsByCity(ada.as);
equal(cities.map(({ exifInfo }) => exifInfo.city), ['Berlin', (await sdk.getAssetInfo({ id: sydney }, ada.as)).exifInfo.city], 'a photo of each city');
const [sights] = await sdk.upsertTags({ tagUpsertDto: { tags: ['Sights'] } }, ada.as);
await sdk.bulkTagAssets({ tagBulkAssetsDto: { tagIds: [sights.id], assetIds: [sydney] } }, ada.as);
const explored = await sdk.getExploreData(ada.as);
equal(explored.map(({ fieldName }) => fieldName), ['exifInfo.city', 'createdAt'], 'what can be explored');
equal([explored[0].items.length, explored[1].items.length], [0, 4], 'five photos make a city worth exploring');
equal(explored[1].items.map(({ data }) => data.id), [favorite, camera, sydney, berlin], 'the newest first');
equal(explored[1].items.map(({ data }) => data.tags.map(({ value }) => value)), [[], [], ['Sights'], []], 'with its tags');
keys(explored[1].items[0], ['data', 'value'], [], 'the shape of what is explored');
const places = await sdk.searchPlaces({ name: 'zurich' }, ada.as);
equal([places[0].name, places.length], ['Zürich', 20], 'places by name');
keys(places[0], ['latitude', 'longitude', 'name'], ['admin1name', 'admin2name'], 'the shape of a place');
check((await sdk.searchPlaces({ name: 'qxzqxz' }, ada.as)).length === 0, 'no place is so called');
await invalid(() => sdk.searchPlaces({}, ada.as), ['name'], 'Invalid input', 'a name is needed');

// Partners.
await sdk.createPartner({ partnerCreateDto: { sharedWithId: eve.id } }, ada.as);
equal(await ids({}, eve.as), [foreign], 'a partner is not searched');
await sdk.updatePartner({ id: ada.id, partnerUpdateDto: { inTimeline: true } }, eve.as);
equal(await ids({}, eve.as), sorted(foreign, ...all), 'but who is in the timeline');
const [found] = (await search({ id: sydney }, eve.as)).items;
const told = await sdk.getAssetInfo({ id: sydney }, eve.as);
equal([found.tags, told.tags].map((tags) => tags.map(({ value }) => value)), [['Sights'], ['Sights']], 'with the tags that their details tell');
equal(await ids({ isFavorite: true }, eve.as), [favorite], 'whose favourites are found as such');
equal((await search({ isFavorite: true }, eve.as)).items.map(({ isFavorite }) => isFavorite), [false], 'and are no favourites of who asks');
equal(await ids({ isFavorite: false }, eve.as), sorted(foreign, berlin, sydney, camera), 'as the others are');
equal(await count({ isFavorite: false }, eve.as), 4, 'where things are counted, too');
equal(await ids({ personIds: [bob.id] }, eve.as), sorted(berlin, sydney), 'found by who is seen, as at random');
equal((await random({ personIds: [bob.id] }, eve.as)).length, 2, 'where they are found, too');
check((await search({ personIds: [bob.id], withPeople: true }, eve.as)).items.every(({ people }) => people.length === 0), 'and nobody is named');
equal(await suggest({ type: 'country' }, eve.as), ['Australia', 'Germany', 'United States of America'], 'and suggested');
equal((await random({ albumIds: [album.id] }, eve.as)).map(({ id }) => id).sort(), sorted(berlin, camera), 'in whatever albums their photos are');
equal(await count({ albumIds: [album.id] }, eve.as), 2, 'which are counted, too');
await sdk.updateAsset({ id: berlin, updateAssetDto: { visibility: 'archive' } }, ada.as);
equal(await ids({ city: 'Berlin' }, eve.as), [], 'but not their archive');
equal(await count({}, eve.as), 4, 'nor is that counted');

// Words need a model, which this server does not have yet.
await refused(() => sdk.searchSmart({ smartSearchDto: {} }, ada.as), 400, 'Either `query` or `queryAssetId` must be set', 'a search by words without words');
equal((await raw('POST', '/search/metadata', { body: {} })).status, 401, 'nobody searches unknown');

finish();
