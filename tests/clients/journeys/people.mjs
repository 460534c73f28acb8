// People and faces by hand, on the official SDK: what their owner says about them, and what others may not see.
//
// Usage: node people.mjs BASE_URL PHOTOS_DIR

import * as sdk from '@immich/sdk';
import { UNKNOWN_ID, cast, check, equal, finish, invalid, keys, raw, ready, refused, until, upload, uuid } from './kit.mjs';

const PERSON_KEYS = ['birthDate', 'id', 'isFavorite', 'isHidden', 'name', 'thumbnailPath', 'updatedAt'];
const box = (x, extra = {}) => ({ x, y: 40, width: 100, height: 120, imageWidth: 640, imageHeight: 480, ...extra });
const face = (personId, assetId, x, as, extra) =>
  sdk.createFace({ assetFaceCreateDto: { assetId, personId, ...box(x, extra) } }, as);
const person = (personCreateDto, as) => sdk.createPerson({ personCreateDto }, as);
const names = async (as, query = {}) => (await sdk.getAllPeople(query, as)).people.map(({ name }) => name);
const thumbnail = (id, as) => raw('GET', `/people/${id}/thumbnail`, { as });

const [admin, ada, eve] = await cast('people-ada', 'people-eve');

const photo = (await upload('library/jpeg/gps-berlin.jpg', ada.as)).id;
const second = (await upload('library/jpeg/date-offset.jpg', ada.as)).id;
await ready(photo, ada.as);
await ready(second, ada.as);

// Somebody is made, named and changed.
equal(await sdk.getAllPeople({}, ada.as), { hasNextPage: false, hidden: 0, people: [], total: 0 }, 'nobody at first');
const bob = await person({ name: 'Bob', birthDate: '1990-05-01', color: 'ff8800' }, ada.as);
keys(bob, [...PERSON_KEYS, 'color'], [], 'the shape of a person');
check(uuid.test(bob.id), 'the id of a person');
equal([bob.name, bob.birthDate, bob.color, bob.thumbnailPath, bob.isHidden, bob.isFavorite],
  ['Bob', '1990-05-01', '#ff8800', '', false, false], 'a person as made');
await invalid(() => person({ birthDate: '2999-01-01' }, ada.as), ['birthDate'], 'Birth date cannot be in the future', 'nobody is born tomorrow');
await invalid(() => sdk.updatePeople({ peopleUpdateDto: { people: [{ id: bob.id }, { id: bob.id, birthDate: '2999-01-01' }] } }, ada.as),
  ['people', 1, 'birthDate'], 'Birth date cannot be in the future', 'nor is one of many');
await invalid(() => person({ color: 'orange' }, ada.as), ['color'], 'Invalid string', 'a colour is hexadecimal');
await invalid(() => person({ name: 7 }, ada.as), ['name'], 'Invalid input', 'a name is a text');
const nobody = await person({}, ada.as);
equal([nobody.name, nobody.birthDate, Object.hasOwn(nobody, 'color')], ['', null, false], 'a person of whom nothing is known');
equal(await names(ada.as), [], 'whoever has no face in sight is not listed');
const changed = await sdk.updatePerson({ id: bob.id, personUpdateDto: { name: 'Bobby', birthDate: null, color: null, isFavorite: true } }, ada.as);
equal([changed.name, changed.birthDate, Object.hasOwn(changed, 'color'), changed.isFavorite], ['Bobby', null, false, true], 'a changed person');
const patched = await raw('PATCH', `/people/${bob.id}`, { as: ada.as, body: { name: 'Bob' } });
equal([patched.status, (await patched.json()).name], [200, 'Bob'], 'PATCH is an old name of PUT');
const bulk = await sdk.updatePeople({ peopleUpdateDto: { people: [{ id: nobody.id, name: 'Carl', color: '#fff' }, { id: UNKNOWN_ID, name: 'x' }] } }, ada.as);
equal(bulk, [{ id: nobody.id, success: true }, { id: UNKNOWN_ID, success: false, error: 'unknown' }], 'many are changed, each for itself');
const carl = await sdk.getPerson({ id: nobody.id }, ada.as);
equal([carl.name, Object.hasOwn(carl, 'color')], ['Carl', false], 'many are not painted at once');

// Faces are drawn.
await face(bob.id, photo, 300, ada.as);
await face(carl.id, photo, 50, ada.as);
const drawn = await sdk.getFaces({ id: photo }, ada.as);
equal(drawn.map((one) => one.person.name), ['Carl', 'Bob'], 'faces from left to right');
keys(drawn[0], ['boundingBoxX1', 'boundingBoxX2', 'boundingBoxY1', 'boundingBoxY2', 'id', 'imageHeight', 'imageWidth', 'person', 'sourceType'], [], 'the shape of a face');
equal([drawn[0].boundingBoxX1, drawn[0].boundingBoxX2, drawn[0].boundingBoxY1, drawn[0].boundingBoxY2, drawn[0].imageWidth, drawn[0].sourceType],
  [50, 150, 40, 160, 640, 'manual'], 'a box as drawn');
await refused(() => face(bob.id, photo, 1, ada.as, { imageWidth: 0 }), 400, 'Asset does not have valid dimensions', 'a frame has an area');
equal((await sdk.getAssetInfo({ id: photo }, ada.as)).people.map(({ name }) => name), ['Carl', 'Bob'], 'an asset tells who is seen on it');
equal(await names(ada.as), ['Bob', 'Carl'], 'the favourite is listed first');
equal(await sdk.getPersonStatistics({ id: bob.id }, ada.as), { assets: 1 }, 'on how many assets');

// A picture is made of the face that stands for somebody.
await until(() => sdk.getPerson({ id: bob.id }, ada.as), (one) => one.thumbnailPath !== '', 'Bob has a picture');
const picture = await thumbnail(bob.id, ada.as);
equal([picture.status, picture.headers.get('content-type'), picture.headers.get('cache-control')],
  [200, 'image/jpeg', 'private, no-cache, no-transform'], 'the picture of a person');
check(Buffer.from(await picture.arrayBuffer()).subarray(0, 2).toString('hex') === 'ffd8', 'it is a JPEG');
equal((await thumbnail(UNKNOWN_ID, ada.as)).status, 404, 'no picture of nobody');
const thumbnails = () => sdk.getQueue({ name: 'thumbnailGeneration' }, admin.as);
await until(thumbnails, ({ statistics: { active, waiting } }) => active + waiting === 0, 'no picture is made any more');
const cutAt = (await sdk.getPerson({ id: bob.id }, ada.as)).updatedAt;
await sdk.runQueueCommandLegacy({ name: 'thumbnailGeneration', queueCommandDto: { command: 'start', force: true } }, admin.as);
await until(() => sdk.getPerson({ id: bob.id }, ada.as), ({ updatedAt }) => updatedAt > cutAt, 'his picture is made again with all others');
await until(thumbnails, ({ statistics: { active, waiting } }) => active + waiting === 0, 'and that ends');
await refused(() => sdk.updatePerson({ id: bob.id, personUpdateDto: { featureFaceAssetId: second } }, ada.as), 400,
  'Invalid assetId for feature face or asset is offline', 'only where they are seen');
await face(bob.id, second, 200, ada.as);
const before = (await sdk.getPerson({ id: bob.id }, ada.as)).updatedAt;
await sdk.updatePerson({ id: bob.id, personUpdateDto: { featureFaceAssetId: second } }, ada.as);
await until(() => sdk.getPerson({ id: bob.id }, ada.as), (one) => one.updatedAt > before && one.thumbnailPath !== '', 'another face stands for Bob');
equal(await sdk.getPersonStatistics({ id: bob.id }, ada.as), { assets: 2 }, 'on two assets now');

// Hidden, few faces, pages.
const few = await person({}, ada.as);
await face(few.id, second, 10, ada.as);
equal((await sdk.getAllPeople({}, ada.as)).total, 3, 'the total counts the unnamed too');
equal(await names(ada.as), ['Bob', 'Carl'], 'few faces without a name are not listed');
await sdk.updatePerson({ id: carl.id, personUpdateDto: { isHidden: true } }, ada.as);
equal(await names(ada.as), ['Bob'], 'who is hidden is not listed');
equal(await names(ada.as, { withHidden: true }), ['Bob', 'Carl'], 'unless asked for, and then last');
equal((await sdk.getAllPeople({}, ada.as)).hidden, 1, 'the hidden are counted');
const page = await sdk.getAllPeople({ withHidden: true, size: 1 }, ada.as);
equal([page.people.map(({ name }) => name), page.hasNextPage], [['Bob'], true], 'the first page');
const last = await sdk.getAllPeople({ withHidden: true, size: 1, page: 2 }, ada.as);
equal([last.people.map(({ name }) => name), last.hasNextPage], [['Carl'], false], 'the last page');
await invalid(() => sdk.getAllPeople({ size: 1001 }, ada.as), ['size'], 'Too big', 'a page has at most 1000');
await refused(() => sdk.getAllPeople({ closestPersonId: bob.id }, ada.as), 404, 'Person not found', 'nobody is near whose face was not measured');
await sdk.deleteAssets({ assetBulkDeleteDto: { ids: [photo] } }, ada.as);
equal((await sdk.getAllPeople({ withHidden: true }, ada.as)).people.map(({ name }) => name), ['Bob'], 'a photo in the trash shows nobody');
await sdk.restoreAssets({ bulkIdsDto: { ids: [photo] } }, ada.as);
equal((await sdk.getAllPeople({ withHidden: true }, ada.as)).total, 3, 'until it is restored');

// Names are found.
equal((await sdk.searchPerson({ name: 'bobb' }, ada.as)).map(({ name }) => name), ['Bob'], 'a name that is alike');
equal(await sdk.searchPerson({ name: 'carl' }, ada.as), [], 'who is hidden is not found');
equal((await sdk.searchPerson({ name: 'CÁRL', withHidden: true }, ada.as)).map(({ name }) => name), ['Carl'], 'unless asked for');
await invalid(() => sdk.searchPerson({}, ada.as), ['name'], 'Invalid input', 'a name is needed');

// Faces become another person's.
const [ofCarl, ofBob] = await sdk.getFaces({ id: photo }, ada.as);
equal((await sdk.reassignFacesById({ id: few.id, faceDto: { id: ofCarl.id } }, ada.as)).id, few.id, 'a face is given to another person');
equal((await sdk.getFaces({ id: photo }, ada.as))[0].person.id, few.id, 'and is theirs');
const moved = await sdk.reassignFaces({ id: carl.id, assetFaceUpdateDto: { data: [{ personId: few.id, assetId: photo }] } }, ada.as);
equal(moved.map(({ id }) => id), [carl.id], 'the faces of a photo are given back');
equal((await sdk.getFaces({ id: photo }, ada.as))[0].person.id, carl.id, 'and are theirs again');

// Two turn out to be one.
await refused(() => sdk.mergePersonLegacy({ id: bob.id, mergePersonDto: { ids: [bob.id] } }, ada.as), 400, 'Cannot merge a person into themselves', 'nobody becomes oneself');
const merged = await sdk.mergePersonLegacy({ id: few.id, mergePersonDto: { ids: [carl.id, UNKNOWN_ID, carl.id] } }, ada.as);
equal(merged, [
  { id: carl.id, success: true },
  { id: UNKNOWN_ID, success: false, error: 'no_permission' },
  { id: carl.id, success: false, error: 'not_found' },
], 'two become one');
equal((await sdk.getPerson({ id: few.id }, ada.as)).name, 'Carl', 'who had no name takes the other one');
await refused(() => sdk.getPerson({ id: carl.id }, ada.as), 400, 'Not found or no person.read access', 'the other one is gone');
equal(await sdk.getPersonStatistics({ id: few.id }, ada.as), { assets: 2 }, 'and the faces have moved');

// Faces go.
await sdk.deleteFace({ id: ofBob.id, assetFaceDeleteDto: { force: false } }, ada.as);
equal((await sdk.getFaces({ id: photo }, ada.as)).length, 1, 'a face is no face');
await sdk.deleteFace({ id: ofCarl.id, assetFaceDeleteDto: { force: true } }, ada.as);
equal(await sdk.getFaces({ id: photo }, ada.as), [], 'a face is forgotten');
await refused(() => sdk.deleteFace({ id: ofCarl.id, assetFaceDeleteDto: { force: true } }, ada.as), 400, 'Not found or no face.delete access', 'once');
await invalid(() => sdk.deleteFace({ id: ofBob.id, assetFaceDeleteDto: {} }, ada.as), ['force'], 'Invalid input', 'how it goes has to be said');

// Nobody else sees any of it.
await refused(() => sdk.getPerson({ id: bob.id }, eve.as), 400, 'Not found or no person.read access', 'a person of others');
await refused(() => sdk.getPersonStatistics({ id: bob.id }, eve.as), 400, 'Not found or no person.read access', 'the statistics of others');
await refused(() => sdk.updatePerson({ id: bob.id, personUpdateDto: {} }, eve.as), 400, 'Not found or no person.update access', 'a change of others');
await refused(() => sdk.deletePerson({ id: bob.id }, eve.as), 400, 'Not found or no person.delete access', 'a deletion of others');
await refused(() => sdk.deletePeople({ bulkIdsDto: { ids: [bob.id] } }, eve.as), 400, 'Not found or no person.delete access', 'deletions of others');
await refused(() => sdk.mergePersonLegacy({ id: bob.id, mergePersonDto: { ids: [] } }, eve.as), 400, 'Not found or no person.update access', 'a merge of others');
await refused(() => sdk.getFaces({ id: photo }, eve.as), 400, 'Not found or no asset.read access', 'faces on photos of others');
await refused(() => face(bob.id, photo, 1, eve.as), 400, 'Not found or no person.read access', 'a person of others');
equal((await thumbnail(bob.id, eve.as)).status, 404, 'a picture of others');
const mine = await person({ name: 'Mine' }, eve.as);
await refused(() => face(mine.id, photo, 1, eve.as), 400, 'Not found or no asset.update access', 'drawing on photos of others');
await refused(() => face(mine.id, photo, 1, ada.as), 400, 'Not found or no person.read access', 'a person of others on a photo of mine');
await face(bob.id, second, 20, ada.as);
const ofBobs = (await sdk.getFaces({ id: second }, ada.as)).filter((one) => one.person?.id === bob.id);
await until(thumbnails, ({ statistics: { active, waiting } }) => active + waiting === 0, 'Bob’s picture is made');
await sdk.deleteFace({ id: ofBobs.at(-1).id, assetFaceDeleteDto: { force: true } }, ada.as);
const unshown = (await sdk.getPerson({ id: bob.id }, ada.as)).updatedAt;
const foreign = (await upload('library/jpeg/gps-denver.jpg', eve.as)).id;
await sdk.reassignFaces({ id: mine.id, assetFaceUpdateDto: { data: [{ personId: bob.id, assetId: foreign }] } }, eve.as);
equal((await sdk.getPerson({ id: bob.id }, ada.as)).updatedAt, unshown, 'whoever has no face on a photo is left alone by it');
const [stays] = await sdk.getFaces({ id: second }, ada.as);
await refused(() => sdk.reassignFacesById({ id: mine.id, faceDto: { id: stays.id } }, eve.as), 400, 'Not found or no person.create access', 'a face of others');
await refused(() => sdk.reassignFaces({ id: mine.id, assetFaceUpdateDto: { data: [{ personId: bob.id, assetId: second }] } }, eve.as), 400,
  'Not found or no person.create access', 'faces of others');
equal(await sdk.mergePersonLegacy({ id: mine.id, mergePersonDto: { ids: [bob.id] } }, eve.as),
  [{ id: bob.id, success: false, error: 'no_permission' }], 'nobody of others becomes one of mine');
equal(await sdk.searchPerson({ name: 'Bob' }, eve.as), [], 'names of others');
const stranger = await raw('GET', '/people');
equal(stranger.status, 401, 'nor does a stranger');

// A member of an album sees the photo and not who is on it.
await sdk.createAlbum({ createAlbumDto: { albumName: 'People', assetIds: [second], albumUsers: [{ userId: eve.id, role: 'viewer' }] } }, ada.as);
equal((await sdk.getAssetInfo({ id: second }, eve.as)).people, [], 'an album tells nobody who is seen');
check((await sdk.getFaces({ id: second }, eve.as)).every((one) => one.person === null), 'nor whose a face is');

// Deleted persons leave their faces.
await sdk.deletePerson({ id: bob.id }, ada.as);
equal((await sdk.getFaces({ id: second }, ada.as)).filter((one) => one.person === null).length, 1, 'their faces stay');
await sdk.deletePeople({ bulkIdsDto: { ids: [few.id] } }, ada.as);
equal((await sdk.getAllPeople({ withHidden: true }, ada.as)).total, 0, 'nobody is left');
await invalid(() => sdk.getFaces({ id: 'x' }, ada.as), ['id'], 'Invalid', 'an id is an id');

finish();
