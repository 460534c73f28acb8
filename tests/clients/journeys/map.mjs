// The map on the official SDK: markers with every filter, and what positions are called.
//
// Usage: node map.mjs BASE_URL PHOTOS_DIR

import * as sdk from '@immich/sdk';
import { cast, check, equal, finish, invalid, keys, raw, ready, upload } from './kit.mjs';

const [admin, ada, eve] = await cast('map-ada', 'map-eve');

const berlin = (await upload('library/jpeg/gps-berlin.jpg', ada.as)).id;
const sydney = (await upload('library/jpeg/gps-sydney.jpg', ada.as, { isFavorite: 'true' })).id;
const nowhere = (await upload('library/jpeg/plain-no-date.jpg', ada.as)).id;
const denver = (await upload('library/jpeg/gps-denver.jpg', eve.as)).id;
for (const id of [berlin, sydney, nowhere]) await ready(id, ada.as);
await ready(denver, eve.as);

const markers = async (query = {}, as = ada.as) => (await sdk.getMapMarkers(query, as)).map(({ id }) => id);
const taken = async (id) => Date.parse((await sdk.getAssetInfo({ id }, ada.as)).fileCreatedAt);
const newestFirst = (await taken(sydney)) > (await taken(berlin)) ? [sydney, berlin] : [berlin, sydney];

const marker = (await sdk.getMapMarkers({}, ada.as)).find(({ id }) => id === berlin);
keys(marker, ['city', 'country', 'id', 'lat', 'lon', 'state'], [], 'the shape of a marker');
equal([marker.city, marker.country, Math.round(marker.lat)], ['Berlin', 'Germany', 53], 'where Berlin is');
if ((await taken(sydney)) === (await taken(berlin))) {
  equal((await markers()).sort(), [berlin, sydney].sort(), 'what has a place is on the map');
} else {
  equal(await markers(), newestFirst, 'what has a place is on the map, the newest first');
}
equal(await markers({ isFavorite: true }), [sydney], 'favourites');
equal(await markers({ isFavorite: false }), [berlin], 'the others');
equal(await markers({ fileCreatedAfter: '2999-01-01T00:00:00.000Z' }), [], 'taken after');
equal((await markers({ fileCreatedBefore: '2999-01-01T00:00:00.000Z' })).length, 2, 'taken before');
await invalid(() => markers({ fileCreatedAfter: 'x' }), ['fileCreatedAfter'], 'Invalid', 'a time is a time');

await sdk.updateAsset({ id: berlin, updateAssetDto: { visibility: 'archive' } }, ada.as);
equal(await markers(), [sydney], 'what is archived is not on the map');
equal((await markers({ isArchived: true })).sort(), [berlin, sydney].sort(), 'unless asked for');
await sdk.updateAsset({ id: berlin, updateAssetDto: { visibility: 'timeline' } }, ada.as);
await sdk.deleteAssets({ assetBulkDeleteDto: { ids: [berlin] } }, ada.as);
equal(await markers(), [sydney], 'nor what is in the trash');
await sdk.restoreAssets({ bulkIdsDto: { ids: [berlin] } }, ada.as);

equal(await markers({}, eve.as), [denver], 'others have a map of their own');
const album = await sdk.createAlbum({ createAlbumDto: { albumName: 'Map', assetIds: [sydney], albumUsers: [{ userId: eve.id, role: 'viewer' }] } }, ada.as);
equal((await markers({ withSharedAlbums: true }, eve.as)).sort(), [denver, sydney].sort(), 'with what is in their albums');
equal(await markers({ withSharedAlbums: true, isFavorite: true }, eve.as), [], 'whose favourite is not told');
equal(await markers({}, eve.as), [denver], 'and not without asking');
await sdk.deleteAlbum({ id: album.id }, ada.as);
equal(await markers({ withSharedAlbums: true }, eve.as), [denver], 'nor after it is gone');

await sdk.createPartner({ partnerCreateDto: { sharedWithId: eve.id } }, ada.as);
equal(await markers({}, eve.as), [denver], 'partners are not on the map');
equal((await markers({ withPartners: true }, eve.as)).sort(), [berlin, denver, sydney].sort(), 'unless asked for');
await sdk.updateAsset({ id: berlin, updateAssetDto: { visibility: 'archive' } }, ada.as);
equal((await markers({ withPartners: true, isArchived: true }, eve.as)).sort(), [denver, sydney].sort(), 'and never their archive');
await sdk.updateAsset({ id: berlin, updateAssetDto: { visibility: 'timeline' } }, ada.as);
await sdk.removePartner({ id: eve.id }, ada.as);

const called = async (lat, lon) => (await sdk.reverseGeocode({ lat, lon }, ada.as))[0];
equal(await called(52.50, 13.35), { city: 'Berlin', state: 'Berlin', country: 'Germany' }, 'a quarter of Berlin is Berlin');
equal(await called(-40, -120), { city: null, state: null, country: null }, 'the open sea is nowhere');
equal(await called(25, 3), { city: null, state: null, country: 'Algeria' }, 'the desert has a country');
await invalid(() => called(91, 0), ['lat'], 'Too big', 'beyond the pole');
await invalid(() => called(0, 'x'), ['lon'], 'Invalid input', 'a number is a number');
check((await raw('GET', '/map/markers')).status === 401, 'nobody sees the map unknown');

finish();
