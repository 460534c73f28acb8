#!/usr/bin/env python3
"""E-mails: who is written when, what it says, and what happens to it while the mail server or ours is away.

Usage: mails.py      (starts a server, a PostgreSQL and a mail server of its own; ALBUMEN_BIN names the program)

News of an album wait five minutes. Nobody wants to here: what is due then is made due at once, in the database."""

import os
import pathlib
import subprocess
import sys
import tempfile
import time

import harness
from harness import Checks, Server
from inference import upload
from mail_server import PASSWORD, USER, MailServer, html_of, pictures_of, text_of

DEPLOY = harness.REPOSITORY / "deploy"
SENT_S = 30
# What has not been sent by then is not sent by accident.
QUIET_S = 1.5
PREVIEWS_S = 60
SENDER = "Our Photos <photos@albumen.test>"
ALBUM = "Summer <1> & more"
ESCAPED_ALBUM = "Summer &lt;1&gt; &amp; more"


class Database:
    """A PostgreSQL of its own."""

    def __init__(self, folder):
        self.folder = folder
        started = [DEPLOY / "test-postgres", "start", folder]
        self.url = subprocess.run(started, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
        shell = f". {DEPLOY}/lib.sh; ensure_postgres"
        programs = subprocess.run(["bash", "-c", shell], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
        self.psql = f"{programs}/bin/psql"

    def sql(self, statement):
        command = [self.psql, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", self.url, "-c", statement]
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()

    def stop(self):
        subprocess.run([DEPLOY / "test-postgres", "stop", self.folder], check=False)


class Somebody:
    """A user."""

    def __init__(self, admin, name):
        self.api, self.id = harness.add_user(admin, name)
        self.email = self.api.must("GET", "/users/me")["email"]

    def prefers(self, **choices):
        self.api.must("PUT", "/users/me/preferences", {"emailNotifications": choices})

    def told(self):
        return [notification["type"] for notification in self.api.must("GET", "/notifications")]


def smtp(service, **changes):
    """The settings of the mail server; `changes` are of how it is reached."""
    transport = {"host": "127.0.0.1", "port": service.port, "secure": False, "ignoreCert": False, "username": USER, "password": PASSWORD}
    return {"enabled": True, "from": SENDER, "replyTo": "", "transport": {**transport, **changes}}


def configure(admin, settings=None, **templates):
    config = admin.must("GET", "/system-config")
    if settings:
        config["notifications"]["smtp"] = settings
    config["templates"]["email"].update(templates)
    return admin.put("/system-config", config)


def switch(admin, service, is_on):
    answer = configure(admin, {**smtp(service), "enabled": is_on})
    if answer.status != 200:
        sys.exit(f"FAILED  the mail server cannot be set: {answer.text()}")


def sent(service, number):
    """So many e-mails, and whatever comes beside them."""
    harness.wait_until(lambda: service.count() >= number, SENT_S, f"{number} e-mail(s)")
    time.sleep(QUIET_S)
    return service.take()


def recipients(mails):
    return sorted(recipient for mail in mails for recipient in mail.recipients)


def queue(admin):
    """What is in it, without what is not."""
    statistics = admin.must("GET", "/queues/notifications")["statistics"]
    return {state: number for state, number in statistics.items() if number}


def settled(admin, expected):
    """The queue as soon as it is as expected: what came of an e-mail is known a moment after the e-mail itself."""
    harness.wait_until(lambda: queue(admin) == expected, SENT_S, f"a queue with {expected}")
    return queue(admin)


def pause(admin, is_paused):
    admin.must("PUT", "/queues/notifications", {"isPaused": is_paused})


def make_due(admin, database):
    database.sql("UPDATE work.job SET not_before = now() WHERE job IN ('album-invitation', 'album-news') AND NOT gave_up")
    # Whoever waits for work looks again when something has happened to it.
    pause(admin, True)
    pause(admin, False)


def make_album(owner, *members, name=ALBUM):
    users = [{"userId": member.id, "role": "editor"} for member in members]
    return owner.api.must("POST", "/albums", {"albumName": name, "albumUsers": users}, 201)["id"]


def share(owner, album, *members):
    owner.api.must("PUT", f"/albums/{album}/users", {"albumUsers": [{"userId": member.id} for member in members]})


def nobody_is_written_while_it_is_off(checks, admin, service, ada, bob):
    checks.equal(admin.must("GET", "/server/features")["email"], False, "without a mail server e-mail is no feature")
    body = {"email": "off@albumen.test", "name": "Off", "password": "a long password", "notify": True}
    admin.must("POST", "/admin/users", body, 201)
    make_album(ada, bob)
    time.sleep(QUIET_S)
    checks.equal((service.connections, queue(admin)), (0, {}), "nobody is written, now or later")
    checks.equal(bob.told(), ["AlbumInvite"], "and told in the app all the same")


def a_mail_server_can_be_tried(checks, admin, service):
    path, message = "/admin/notifications/test-email", "Failed to verify SMTP configuration"
    checks.refused(admin.post(path, smtp(service, port=harness.free_port())), 400, message, "where nobody listens nothing is tried")
    checks.refused(admin.post(path, smtp(service, password="wrong")), 400, message, "nor where nobody is let in")
    checks.refused(admin.post(path, smtp(service, secure=True)), 400, message, "nor where the other side does not encrypt")
    checks.refused(admin.post(path, {**smtp(service), "from": "nobody"}), 400, message, "nor in the name of nobody")
    service.refusal = "550 no such mailbox"
    checks.refused(admin.post(path, smtp(service)), 400, message, "nor where the recipient is unknown")
    service.refusal = None
    checks.invalid(admin.post(path, {"enabled": True}), ["from"], None, "nor without settings")
    checks.equal(service.take(), [], "and nothing was sent")
    answer = admin.post(path, {**smtp(service), "enabled": False})
    mails = service.take()
    checks.equal((answer.status, recipients(mails)), (200, [harness.ADMIN["email"]]), "a test e-mail reaches the administrator")
    message = mails[0].message
    checks.equal(answer.json(), {"messageId": message["Message-ID"]}, "and the answer tells its id")
    checks.equal((mails[0].sender, message["From"], message["Reply-To"], message["To"], message["Subject"]),
                 ("photos@albumen.test", SENDER, SENDER, harness.ADMIN["email"], "Test email from Immich"), "it says from whom and to whom")
    checks.that(harness.ADMIN["name"] in html_of(mails[0]) and harness.ADMIN["name"] in text_of(mails[0]), "in HTML and in plain text")
    admin.must("POST", path, {**smtp(service), "replyTo": "help@albumen.test"}, 200)
    checks.equal(service.take()[0].message["Reply-To"], "help@albumen.test", "answers can go to somebody else")
    checks.equal(admin.must("GET", "/server/features")["email"], False, "which changes nothing")


def it_is_switched_on(checks, admin, service):
    wrong = smtp(service, port=harness.free_port())
    checks.refused(configure(admin, wrong), 400, "Invalid SMTP configuration", "a mail server that is not there is not taken")
    checks.refused(configure(admin, smtp(service, password="wrong")), 400, "Invalid SMTP configuration", "nor one that lets nobody in")
    checks.equal(configure(admin, {**wrong, "enabled": False}).status, 200, "unless it is off")
    switch(admin, service, True)
    checks.equal(admin.must("GET", "/server/features")["email"], True, "one that is there is")
    checks.equal(service.take(), [], "nobody is written for that")


def new_users_are_welcomed(checks, server, database, admin, service):
    name, password = "Eve <b>\r\nBcc: spy@albumen.test", "she never said nevermore"
    body = {"email": "eve@albumen.test", "name": name, "password": password}
    admin.must("POST", "/admin/users", {**body, "notify": True}, 201)
    mails = sent(service, 1)
    checks.equal((recipients(mails), mails[0].message["Subject"]), (["eve@albumen.test"], "Welcome to Immich"), "a new user is welcomed")
    checks.that("&lt;b&gt;" in html_of(mails[0]) and "<b>" not in html_of(mails[0]), "names are no HTML", html_of(mails[0]))
    checks.equal(mails[0].message["Bcc"], None, "and no headers")
    text = text_of(mails[0])
    checks.that(all(word in text for word in ("eve@albumen.test", password, "https://my.immich.app")), "it says how to log in", text)
    admin.must("POST", "/admin/users", {**body, "email": "eva@albumen.test"}, 201)
    time.sleep(QUIET_S)
    checks.equal(service.take(), [], "unless nobody asked for it")
    found = database.sql(f"SELECT count(*) FROM events AS event WHERE event::text LIKE '%{password}%'")
    checks.equal((found, password in server.log_path.read_text(errors="replace")), ("0", False), "the password is in no log")


def members_are_invited(checks, admin, service, ada, bob, cid, dan):
    cid.prefers(enabled=False)
    dan.prefers(albumInvite=False)
    album = make_album(ada, bob, cid)
    mails = sent(service, 1)
    checks.equal(recipients(mails), [bob.email], "who comes into an album is written, if they want to be")
    checks.equal(mails[0].message["Subject"], f"You have been added to a shared album - {ALBUM}", "with the album's name")
    link = f"https://my.immich.app/albums/{album}"
    checks.that(ESCAPED_ALBUM in html_of(mails[0]) and f'href="{link}"' in html_of(mails[0]), "and a link to it", html_of(mails[0]))
    checks.that(ALBUM in text_of(mails[0]) and link in text_of(mails[0]) and "ada" in text_of(mails[0]), "also in plain text", text_of(mails[0]))
    share(ada, album, bob, cid, dan)
    time.sleep(QUIET_S)
    checks.equal((service.take(), settled(admin, {})), ([], {}), "nobody is written twice, or who does not want it")
    checks.equal((cid.told(), dan.told()), (["AlbumInvite"], ["AlbumInvite"]), "and all are told in the app")
    return album


def editors_invite_in_their_own_name(checks, admin, service, ada, bob):
    album, hal = make_album(ada, bob, name="Shared on"), Somebody(admin, "hal")
    checks.equal(recipients(sent(service, 1)), [bob.email], "an owner invites an editor")
    share(bob, album, hal)
    mails = sent(service, 1)
    checks.equal(recipients(mails), [hal.email], "who invites somebody else")
    text = text_of(mails[0])
    checks.that("bob shared the album" in text, "in their own name, not in the owner's", text)


def news_come_in_one(checks, admin, database, service, album, ada, bob, dan):
    assets = [upload(bob.api, (width, 200)) for width in (300, 301, 302)]
    for asset in assets:
        harness.wait_until(lambda asset=asset: bob.api.must("GET", f"/assets/{asset}")["thumbhash"], PREVIEWS_S, "a preview")
    for asset in assets[:2]:
        bob.api.must("PUT", f"/albums/{album}/assets", {"ids": [asset]})
    bob.api.must("PUT", "/albums/assets", {"albumIds": [album], "assetIds": assets[2:]})
    time.sleep(QUIET_S)
    checks.equal((service.take(), settled(admin, {"delayed": 2})), ([], {"delayed": 2}), "news wait, one e-mail for each who wants it")
    names = {job["name"] for job in admin.must("GET", "/queues/notifications/jobs")}
    checks.equal(names, {"NotifyAlbumUpdate"}, "and are listed")
    bob.api.must("PUT", f"/albums/{album}/assets", {"ids": assets})
    checks.equal(queue(admin), {"delayed": 2}, "what is there already is no news")
    make_due(admin, database)
    mails = sent(service, 2)
    checks.equal(recipients(mails), sorted([ada.email, dan.email]), "the other members are written once")
    checks.equal({mail.message["Subject"] for mail in mails}, {f"New media has been added to an album - {ALBUM}"}, "with the album's name")
    pictures = pictures_of(mails[0])
    kind, picture = pictures.get("<album-thumbnail>", (None, b""))
    checks.that(kind == "image/webp" and picture[8:12] == b"WEBP", "and its picture", pictures.keys())
    checks.that("cid:album-thumbnail" in html_of(mails[0]), "which is shown", html_of(mails[0]))
    checks.equal(settled(admin, {}), {}, "nothing is left to do")


def texts_can_be_others(checks, admin, service, ada, bob):
    configure(admin, albumInviteTemplate="<h1>{albumName}</h1>{nonsense}{senderName}")
    make_album(ada, bob)
    mail = sent(service, 1)[0]
    checks.that(f"<h1>{ESCAPED_ALBUM}</h1>{{nonsense}}ada" in html_of(mail), "an administrator's text takes the place of ours", html_of(mail))
    preview = admin.must("POST", "/admin/notifications/templates/album-invite", {"template": "{albumName} {nonsense}"}, 200)
    checks.equal(preview["html"], "Favorite Photos {nonsense}", "and can be looked at before")
    configure(admin, albumInviteTemplate="")


def who_changes_their_mind_is_not_written(checks, admin, service, album, ada, bob):
    pause(admin, True)
    fay, gus = Somebody(admin, "fay"), Somebody(admin, "gus")
    share(ada, album, fay, gus)
    checks.equal(settled(admin, {"paused": 2}), {"paused": 2}, "a queue that is paused keeps them")
    fay.prefers(albumInvite=False)
    ada.api.must("DELETE", f"/albums/{album}/user/{gus.id}", status=204)
    make_album(ada, bob, name="Another")
    pause(admin, False)
    checks.equal(recipients(sent(service, 1)), [bob.email], "who wants none any more, or has left, is not written")
    checks.equal(settled(admin, {}), {}, "and nothing is left to do")


def a_mail_server_that_refuses_is_asked_again(checks, admin, database, service, ada, bob):
    service.refusal = "450 not now, {}"
    make_album(ada, bob, name="Busy")
    harness.wait_until(lambda: queue(admin) == {"delayed": 1}, SENT_S, "a refusal")
    service.refusal = None
    make_due(admin, database)
    checks.equal(recipients(sent(service, 1)), [bob.email], "what is refused for now is brought again")
    service.refusal = "550 no such mailbox: {}"
    make_album(ada, bob, name="Gone")
    harness.wait_until(lambda: queue(admin) == {"failed": 1}, SENT_S, "a refusal for good")
    reasons = [job["data"]["failedReason"] for job in admin.must("GET", "/queues/notifications/jobs")]
    checks.that(len(reasons) == 1 and "550" in reasons[0] and bob.email not in reasons[0], "what is refused for good is given up", reasons)
    service.refusal = None
    admin.must("DELETE", "/queues/notifications/jobs", {"failed": True}, 204)
    checks.equal((service.take(), settled(admin, {})), ([], {}), "and can be dropped")


def nothing_is_lost_or_sent_twice(checks, server, admin, service, ada, bob):
    pause(admin, True)
    make_album(ada, bob, name="Lasting")
    server.stop()
    server.start()
    checks.equal(settled(admin, {"paused": 1}), {"paused": 1}, "a server that starts again knows whom to write")
    pause(admin, False)
    checks.equal(recipients(sent(service, 1)), [bob.email], "and does")
    status, output = harness.albumen(server.data, "rebuild", "work")
    checks.equal(status, 0, f"what is to be done is made up again {output[-300:] if status else ''}".strip())
    server.stop()
    server.start()
    time.sleep(QUIET_S)
    checks.equal((service.take(), settled(admin, {})), ([], {}), "and nobody is written twice for that")


def it_is_switched_off(checks, admin, service, ada, bob):
    pause(admin, True)
    make_album(ada, bob, name="Too late")
    checks.equal(settled(admin, {"paused": 1}), {"paused": 1}, "somebody is to be written")
    switch(admin, service, False)
    connections = service.connections
    pause(admin, False)
    checks.equal(settled(admin, {}), {}, "switched off, what was to be written is not kept for later")
    make_album(ada, bob, name="Silence")
    time.sleep(QUIET_S)
    checks.equal((service.connections, queue(admin)), (connections, {}), "switched off, nobody is written any more")


def main():
    checks = Checks()
    service = MailServer()
    with tempfile.TemporaryDirectory(prefix="albumen-mails-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        database = Database(folder / "postgres")
        os.environ["DATABASE_URL"] = database.url
        try:
            status, output = harness.albumen(folder / "data", "migrate")
            if status != 0:
                sys.exit(f"FAILED  albumen migrate: {output}")
            with Server(folder / "data") as server:
                admin = harness.sign_up_or_log_in(server.base)
                ada, bob, cid, dan = (Somebody(admin, user) for user in ("ada", "bob", "cid", "dan"))
                nobody_is_written_while_it_is_off(checks, admin, service, ada, bob)
                a_mail_server_can_be_tried(checks, admin, service)
                it_is_switched_on(checks, admin, service)
                new_users_are_welcomed(checks, server, database, admin, service)
                album = members_are_invited(checks, admin, service, ada, bob, cid, dan)
                editors_invite_in_their_own_name(checks, admin, service, ada, bob)
                news_come_in_one(checks, admin, database, service, album, ada, bob, dan)
                texts_can_be_others(checks, admin, service, ada, bob)
                who_changes_their_mind_is_not_written(checks, admin, service, album, ada, bob)
                a_mail_server_that_refuses_is_asked_again(checks, admin, database, service, ada, bob)
                nothing_is_lost_or_sent_twice(checks, server, admin, service, ada, bob)
                it_is_switched_off(checks, admin, service, ada, bob)
        finally:
            database.stop()
            service.close()
    checks.finish()


if __name__ == "__main__":
    main()
