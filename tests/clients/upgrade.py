#!/usr/bin/env python3
"""Another model takes over under load: nobody who searches notices, kill -9 costs nothing, it can be paused and cancelled, and the first one
can be gone back to.

Usage: upgrade.py      (starts a server of its own; ALBUMEN_BIN names the program)

The models are a service that answers as it is told. The words of each search are others, and both models put them at the
same place; but one lays the pictures out from there by their width, the other against it. So an order tells whose it is,
and one that is mixed of both is neither."""

import json
import math
import sys
import threading
import time

import harness
from harness import Checks, Server
from inference import configure, png
from predictions import Predictions, size_of

FIRST, SECOND = "ViT-B-32__openai", "ViT-L-14__openai"
DIMENSIONS = {FIRST: 512, SECOND: 768}
PICTURES = 64
# Pictures of the library, and those that come while the second model looks at it, differ in their width.
WIDTH, HEIGHT, LATE = 300, 200, 100
WIDEST = 300
# From the words to the nearest picture, and from each to the next: far enough for numbers of 16 bits.
NEAREST_RAD, STEP_RAD = 0.2, 0.004
# So many does the second model see before it is held up, and the server dies.
SEEN_BEFORE_DEATH = 20
UPLOAD_EVERY_S = 0.3
# What is answered by then is noted.
NOTED_S = 2
# The leases of work that died with the server end within a minute.
SETTLED_S = 180
STATES = ("active", "waiting", "delayed", "paused")


class Spaces(Predictions):
    """Two models; the second one's pictures can be held up."""

    def __init__(self):
        super().__init__()
        self.words, self.begun, self.answered = {}, [], []
        self.allowed = 0
        self.turn = threading.Condition()

    def allow(self, pictures):
        """Lets the second model see so many pictures, all told."""
        with self.turn:
            self.allowed = pictures
            self.turn.notify_all()

    def predict(self, fields):
        clip = json.loads(fields["entries"]).get("clip")
        if not clip:
            return 503, {"detail": "only vectors are made here"}
        model = (clip.get("visual") or clip.get("textual"))["modelName"]
        if "image" not in fields:
            with self.turn:
                self.words.setdefault(fields["text"].decode(), []).append(model)
            return 200, {"clip": json.dumps(vector(model, 0))}
        return self.see(model, size_of(fields["image"]))

    def see(self, model, size):
        with self.turn:
            self.begun.append((model, size[0]))
            self.turn.wait_for(lambda: model == FIRST or self.count(SECOND) < self.allowed)
            self.answered.append((model, size[0]))
        place = size[0] - WIDTH if model == FIRST else WIDEST - (size[0] - WIDTH)
        answer = {"clip": json.dumps(vector(model, NEAREST_RAD + place * STEP_RAD)), "imageWidth": size[0], "imageHeight": size[1]}
        return 200, answer

    def count(self, model):
        return sum(1 for seen, _ in self.answered if seen == model)

    def widths(self, what, model):
        with self.turn:
            return [width for seen, width in what if seen == model]


def vector(model, angle):
    return [math.cos(angle), math.sin(angle)] + [0.0] * (DIMENSIONS[model] - 2)


class Load:
    """Searches and uploads without a pause; what fails while the server is down is nobody's fault."""

    def __init__(self, api):
        self.api = api
        self.is_over, self.is_down = False, False
        self.searches, self.wrong, self.uploaded = [], [], set()
        self.threads = [threading.Thread(target=self.repeat, args=(step,)) for step in (self.search, self.upload)]
        for thread in self.threads:
            thread.start()

    def repeat(self, step):
        while not self.is_over:
            try:
                step()
            except Exception as error:  # noqa: BLE001: whatever it is, the load goes on and the check tells
                if not self.is_down:
                    self.wrong.append(repr(error))
                time.sleep(harness.POLL_S)

    def search(self):
        words = f"words {len(self.searches)} {time.monotonic_ns()}"
        answer = self.api.post("/search/smart", {"query": words, "size": 1000})
        if answer.status == 200:
            items = answer.json()["assets"]["items"]
            self.searches.append((words, [item["width"] for item in items]))
        elif not self.is_down:
            self.wrong.append(f"{answer.status} {answer.text()[:200]}")

    def upload(self):
        width = WIDTH + LATE + len(self.uploaded)
        if width >= WIDTH + WIDEST:
            time.sleep(UPLOAD_EVERY_S)
            return
        answer = upload(self.api, width)
        # One whose answer was lost is there already.
        if answer.status in (200, 201):
            self.uploaded.add(width)
        elif not self.is_down:
            self.wrong.append(f"upload: {answer.status} {answer.text()[:200]}")
        time.sleep(UPLOAD_EVERY_S)

    def end(self):
        self.is_over = True
        for thread in self.threads:
            thread.join()


def upload(api, width):
    return api.upload(f"{width}.png", png(width, HEIGHT, (200, 200, 200)))


def whose(widths):
    """The model in whose order they are."""
    if widths == sorted(widths):
        return FIRST
    return SECOND if widths == sorted(widths, reverse=True) else None


def found(api):
    items = api.must("POST", "/search/smart", {"query": f"words {time.monotonic_ns()}", "size": 1000}, 200)["assets"]["items"]
    return [item["width"] for item in items]


def left_to_do(admin):
    queue = admin.must("GET", "/queues/smartSearch")["statistics"]
    return sum(queue[state] for state in STATES)


def progress(admin):
    """What the queue tells of a model that has something left to look at."""
    return admin.must("GET", "/queues/smartSearch").get("progress")


def taking_over(admin):
    """The same, while the second model takes over."""
    told = progress(admin)
    return told if told and told["model"] == SECOND else {}


def serving(admin):
    """The model that the configuration names beside the chosen one."""
    return admin.must("GET", "/admin/config")["machineLearning"]["clip"].get("servingModel")


def choose(admin, model):
    configure(admin, clip={"enabled": True, "modelName": model})


def is_filled(checks, api, library):
    for width in library:
        answer = upload(api, width)
        if answer.status != 201:
            sys.exit(f"FAILED  the upload answered {answer.status}: {answer.text()[:300]}")
    harness.wait_until(lambda: len(found(api)) == len(library), SETTLED_S, "all to be found")
    checks.equal(found(api), library, f"{len(library)} pictures are found in the order of the first model")


def progress_is_told(checks, server, admin):
    told = taking_over(admin)
    checks.equal(told.get("seen"), SEEN_BEFORE_DEATH, "the queue tells how much the second model has seen")
    checks.that(told.get("left", 0) > 0 and (told.get("secondsLeft") or 0) > 0, "and how much is left, and how long that takes", told)
    status = {queue["name"]: queue["progress"] for queue in admin.must("GET", "/admin/status")["queues"]}
    elsewhere = status["embedding"] or {}
    checks.equal((elsewhere.get("model"), elsewhere.get("seen")), (SECOND, SEEN_BEFORE_DEATH), "so does the status")
    _, output = harness.albumen(server.data, "status")
    checks.that(f"{SECOND} has seen {SEEN_BEFORE_DEATH} of " in output, "and the command line", output)


def dies_in_the_middle(checks, server, admin, service, load):
    """Returns what the second model had seen, for certain, and what it was looking at."""
    choose(admin, SECOND)
    told = harness.wait_until(lambda: taking_over(admin), SETTLED_S, "the second model to have work")
    checks.equal([told.get(name) for name in ("answeringModel", "seen", "secondsLeft")], [FIRST, 0, None],
                 "the queue tells who takes over from whom, and no time before anything was seen")
    checks.equal(serving(admin), FIRST, "the configuration tells who answers until then")
    service.allow(SEEN_BEFORE_DEATH)
    harness.wait_until(lambda: service.count(SECOND) == SEEN_BEFORE_DEATH, SETTLED_S, "the second model to see some")
    # What it has answered and nobody has noted may be seen again.
    harness.wait_until(lambda: taking_over(admin).get("seen") == SEEN_BEFORE_DEATH, SETTLED_S, "what it has seen to be noted")
    checks.that(left_to_do(admin) > 0, "the queue tells what is left")
    progress_is_told(checks, server, admin)
    load.is_down = True
    left = server.kill()
    checks.equal(left, [], "kill -9 in the middle leaves no process")
    seen = set(service.widths(service.answered, SECOND))
    checks.equal(len(seen), SEEN_BEFORE_DEATH, "when some had been seen")
    server.start()
    # What was asked before it died may fail yet.
    time.sleep(1)
    load.is_down = False
    return seen


def is_rebuilt(checks, server, load):
    before = len(load.searches)
    status, output = harness.albumen(server.data, "rebuild", "vectors")
    checks.that(status == 0, "the vectors are rebuilt meanwhile", output[-500:])
    grown = harness.wait_until(lambda: len(load.searches) > before, SETTLED_S, "searches to go on")
    checks.that(grown, "and searches go on")


def pause(admin, is_paused):
    admin.must("PUT", "/queues/smartSearch", {"isPaused": is_paused})


def stands_still(service):
    before = len(service.widths(service.begun, SECOND))
    time.sleep(NOTED_S)
    return len(service.widths(service.begun, SECOND)) == before


def is_held_back(checks, admin, api, service):
    """By a pause, then for good; begins again."""
    pause(admin, True)
    service.allow(10_000)
    still = harness.wait_until(lambda: stands_still(service), SETTLED_S, "what was begun to end")
    begun = len(service.widths(service.begun, SECOND))
    checks.that(still and begun < PICTURES and left_to_do(admin) > 0, "paused, the second model sees no more", begun)
    checks.equal(whose(found(api)), FIRST, "and the first one answers")
    told = taking_over(admin)
    checks.that(told.get("left", 0) > 0 and told["secondsLeft"] is None, "what is left is told, but no time", told)
    choose(admin, FIRST)
    time.sleep(NOTED_S)
    pause(admin, False)
    harness.wait_until(lambda: left_to_do(admin) == 0, SETTLED_S, "the first model to see what came meanwhile")
    checks.equal(len(service.widths(service.begun, SECOND)), begun, "cancelled, the second model sees no more")
    checks.equal(taking_over(admin), {}, "nor is anything told of it")
    checks.equal(whose(found(api)), FIRST, "and the first one answers")
    choose(admin, SECOND)


def load_was_right(checks, service, load, library):
    checks.equal(load.wrong[:3], [], f"each of {len(load.searches)} searches and {len(load.uploaded)} uploads was answered")
    orders = [whose(widths) for _, widths in load.searches]
    mixed = [widths for (_, widths), order in zip(load.searches, orders) if order is None]
    checks.equal(mixed[:1], [], "each answer is in the order of one model")
    switches = [order for at, order in enumerate(orders) if at == 0 or order != orders[at - 1]]
    checks.equal(switches, [FIRST, SECOND], "the first model's until one moment, then the second's")
    asked = [(words, order, service.words.get(words)) for (words, _), order in zip(load.searches, orders)
             if service.words.get(words) != [order]]
    checks.equal(asked[:3], [], "and that model alone has seen the words")
    lacking = [sorted(set(library) - set(widths))[:5] for _, widths in load.searches if set(library) - set(widths)]
    checks.equal(lacking[:1], [], "all that was there before is in each answer")


def is_gone_back_from(checks, admin, api, service, everything):
    late = [WIDTH + LATE - 3 + number for number in range(3)]
    for width in late:
        upload(api, width)
    everything = sorted([*everything, *late])
    harness.wait_until(lambda: len(found(api)) == len(everything), SETTLED_S, "what came last to be found")
    harness.wait_until(lambda: left_to_do(admin) == 0, SETTLED_S, "all to be seen")
    before = {model: len(service.widths(service.begun, model)) for model in DIMENSIONS}
    # What the load had brought since the second model answered is among it, but nothing that the first had seen.
    unseen = sorted(set(everything) - set(service.widths(service.answered, FIRST)))
    checks.that(set(late) <= set(unseen), "what comes after the upgrade is seen by the second model alone", unseen)
    choose(admin, FIRST)
    harness.wait_until(lambda: whose(found(api)) == FIRST, SETTLED_S, "the first model to answer again")
    checks.equal(found(api), everything, "gone back to, the first model finds everything")
    again = {model: sorted(service.widths(service.begun, model)[count:]) for model, count in before.items()}
    checks.equal(again, {FIRST: unseen, SECOND: []}, "and had to see only what it had not")


def main():
    checks = Checks()
    service = Spaces()
    library = [WIDTH + number for number in range(PICTURES)]
    with Server() as server:
        admin = harness.sign_up_or_log_in(server.base)
        off = {"enabled": False}
        configure(admin, urls=[service.base], availabilityChecks={"interval": 500}, duplicateDetection=off, facialRecognition=off, ocr=off)
        choose(admin, FIRST)
        api, _ = harness.add_user(admin, "searcher")
        is_filled(checks, api, library)
        load = Load(api)
        try:
            seen = dies_in_the_middle(checks, server, admin, service, load)
            is_rebuilt(checks, server, load)
            is_held_back(checks, admin, api, service)
            harness.wait_until(lambda: whose(found(api)) == SECOND, SETTLED_S, "the second model to answer")
        finally:
            load.end()
        harness.wait_until(lambda: left_to_do(admin) == 0, SETTLED_S, "all to be seen")
        checks.equal((progress(admin), serving(admin)), (None, None), "then nothing more is told of it")
        load_was_right(checks, service, load, library)
        everything = sorted([*library, *load.uploaded])
        checks.equal(found(api), everything[::-1], "what came meanwhile is found, too")
        twice = {width for width in seen if service.widths(service.begun, SECOND).count(width) > 1}
        checks.equal(twice, set(), f"none of the {len(seen)} that had been seen before kill -9 was seen again")
        is_gone_back_from(checks, admin, api, service, everything)
        checks.ends(server)
    service.close()
    checks.finish()


if __name__ == "__main__":
    main()
