// Notifications: what users are told in the app, by albums and by administrators.
//
// Usage: node notifications.mjs BASE_URL PHOTOS_DIR

import * as sdk from '@immich/sdk';
import { UNKNOWN_ID, cast, check, equal, finish, instant, invalid, keys, matches, raw, refused, upload } from './kit.mjs';

const [admin, ada, bob, cid] = await cast('ada', 'bob', 'cid');
const told = (who, filter = {}) => sdk.getNotifications(filter, who.as);

async function albums() {
  const albumUsers = [{ userId: bob.id, role: 'editor' }];
  const album = await sdk.createAlbum({ createAlbumDto: { albumName: 'Holiday', albumUsers } }, ada.as);
  const [invitation] = await told(bob);
  keys(invitation, ['createdAt', 'id', 'level', 'title', 'type'], ['data', 'description', 'readAt'], 'an invitation');
  equal([invitation.type, invitation.level, invitation.data], ['AlbumInvite', 'success', { albumId: album.id }], 'what it is about');
  matches(invitation.createdAt, instant, 'when');
  check(invitation.description.includes('Holiday') && invitation.description.includes('ada'), 'who and what');
  equal([(await told(ada)).length, (await told(cid)).length], [0, 0], 'nobody else is told');
  await sdk.addUsersToAlbum({ id: album.id, addUsersDto: { albumUsers: [{ userId: cid.id }] } }, ada.as);
  equal((await told(cid)).map(({ type }) => type), ['AlbumInvite'], 'who comes later is told too');
  const { id } = await upload('library/jpeg/date-offset.jpg', bob.as);
  await sdk.addAssetsToAlbum({ id: album.id, bulkIdsDto: { ids: [id] } }, bob.as);
  equal((await told(ada)).map(({ type, level, data }) => [type, level, data]), [['AlbumUpdate', 'info', { albumId: album.id }]], 'news of an album');
  equal((await told(cid)).map(({ type }) => type), ['AlbumUpdate', 'AlbumInvite'], 'the newest comes first');
  equal((await told(bob)).length, 1, 'who brought them is not told');
  const other = await upload('library/jpeg/plain-no-date.jpg', bob.as);
  await sdk.addAssetsToAlbum({ id: album.id, bulkIdsDto: { ids: [other.id] } }, bob.as);
  equal((await told(ada)).length, 1, 'more news is told once, while it is unread');
  await sdk.updateAlbumInfo({ id: album.id, updateAlbumDto: { albumName: 'Journey' } }, ada.as);
  check((await told(bob))[0].description.includes('Journey'), 'by the name that it has now');
  const photo = await upload('library/jpeg/gps-berlin.jpg', ada.as);
  const full = await sdk.createAlbum({ createAlbumDto: { albumName: 'Full', albumUsers, assetIds: [photo.id] } }, ada.as);
  const ofFull = (await told(bob)).filter(({ data }) => data.albumId === full.id);
  equal(ofFull.map(({ type }) => type), ['AlbumInvite'], 'what is in an album from the start is no news to who is invited');
  await sdk.deleteAlbum({ id: full.id }, ada.as);
  return album;
}

async function reading() {
  const [news] = await told(ada);
  equal(await sdk.getNotification({ id: news.id }, ada.as), news, 'one of them');
  const readAt = '2026-01-02T03:04:05.000Z';
  equal((await sdk.updateNotification({ id: news.id, notificationUpdateDto: { readAt } }, ada.as)).readAt, readAt, 'it was read');
  equal([(await told(ada, { unread: true })).length, (await told(ada, { unread: false })).length], [0, 1], 'and is not told as news');
  equal((await sdk.updateNotification({ id: news.id, notificationUpdateDto: { readAt: null } }, ada.as)).readAt, undefined, 'it is to be read again');
  const ids = (await told(cid)).map(({ id }) => id);
  await sdk.updateNotifications({ notificationUpdateAllDto: { ids, readAt } }, cid.as);
  equal((await told(cid, { unread: true })).length, 0, 'several at once');
  equal((await told(cid, { $type: 'AlbumInvite' })).length, 1, 'of one type');
  equal((await told(cid, { level: 'info' })).length, 1, 'of one level');
  equal((await told(cid, { id: ids[0] })).map(({ id }) => id), [ids[0]], 'by id');
  await sdk.deleteNotification({ id: ids[0] }, cid.as);
  await sdk.deleteNotifications({ notificationDeleteAllDto: { ids: [ids[1]] } }, cid.as);
  equal(await told(cid), [], 'deleted');
}

async function access() {
  const [news] = await told(ada);
  for (const id of [news.id, UNKNOWN_ID]) {
    const what = id === UNKNOWN_ID ? 'an unknown one' : "another's";
    await refused(() => sdk.getNotification({ id }, bob.as), 400, 'Not found or no notification.read access', `${what} is not shown`);
    await refused(() => sdk.updateNotification({ id, notificationUpdateDto: {} }, bob.as), 400, 'Not found or no notification.update access', `${what} is not read`);
    await refused(() => sdk.deleteNotification({ id }, bob.as), 400, 'Not found or no notification.delete access', `${what} is not deleted`);
    await refused(() => sdk.deleteNotifications({ notificationDeleteAllDto: { ids: [id] } }, bob.as), 400, 'Not found or no notification.delete access', `${what} is not deleted with others`);
  }
  equal(await told(bob, { id: news.id }), [], "another's is not listed");
  await refused(() => sdk.getNotifications({}), 401, 'Authentication required', 'strangers are told nothing');
  await invalid(() => sdk.updateNotifications({ notificationUpdateAllDto: { ids: [] } }, bob.as), ['ids'], 'Too small: expected array to have >=1 items', 'none at all');
  await invalid(() => sdk.getNotification({ id: 'x' }, bob.as), ['id'], 'Invalid UUID', 'no id');
  await invalid(() => told(bob, { level: 'loud' }), ['level'], 'Invalid option', 'no level');
}

async function administrators() {
  const notificationCreateDto = { userId: bob.id, title: 'Maintenance', description: 'Tonight', data: { at: 22 }, $type: 'SystemMessage' };
  const answer = await raw('POST', '/admin/notifications', { as: admin.as, body: { ...notificationCreateDto, type: 'SystemMessage', level: 'warning' } });
  const made = await answer.json();
  equal([answer.status, made.type, made.level, made.title, made.data], [201, 'SystemMessage', 'warning', 'Maintenance', { at: 22 }], 'an administrator tells something');
  equal((await told(bob))[0], made, 'the user is told');
  const plain = await sdk.createNotification({ notificationCreateDto: { userId: bob.id, title: 'Hello' } }, admin.as);
  equal([plain.type, plain.level, plain.description], ['Custom', 'info', undefined], 'in short');
  await refused(() => sdk.createNotification({ notificationCreateDto }, ada.as), 403, 'Forbidden', 'users tell nobody');
  await invalid(() => sdk.createNotification({ notificationCreateDto: { userId: bob.id } }, admin.as), ['title'], 'Invalid input: expected string', 'without words');
  const template = await sdk.getNotificationTemplateAdmin({ name: 'album-invite', templateDto: { template: '{albumName} {x}' } }, admin.as);
  equal(template, { name: 'album-invite', html: 'Favorite Photos {x}' }, 'an e-mail as it would look');
}

const album = await albums();
await reading();
await access();
await administrators();
await sdk.deleteAlbum({ id: album.id }, ada.as);
equal((await told(ada)).length, 0, 'nothing is told of what is gone');
finish();
