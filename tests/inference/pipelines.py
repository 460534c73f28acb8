#!/usr/bin/env python3
"""Compares what albumen-infer answers with what the libraries say that models were made with.

    pipelines.py ALBUMEN_INFER SMALL_MODELS MATERIAL

SMALL_MODELS is what deploy/models made. MATERIAL is what `run` fetched: faces of known people (face_recognition's test_images), open_clip's
vocabulary, insightface. What is asked goes over HTTP, so that what is compared is what clients get.
"""

import io
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import warnings

import numpy
import onnx
import onnxruntime
import tokenizers
from onnx import TensorProto, helper
from PIL import Image, ImageDraw, ImageFont
from skimage import data

import faces
from infer import Service, check, file_of, finish
from readers import readers

VOCABULARY = "open_clip/open_clip/bpe_simple_vocab_16e6.txt.gz"

# --- models that tell what they were fed --------------------------------------------------------------------------


def folder_of(models, name):
    folder = pathlib.Path(models, "clip", name)
    for part in ("visual", "textual"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    return folder


def echo_model(inputs, nodes, width):
    output = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [1, width])
    graph = helper.make_graph(nodes, "echo", inputs, [output])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def picture_echo(file, side):
    """Answers with the numbers of the picture that it sees."""
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, side, side])
    onnx.save(echo_model([image], [helper.make_node("Flatten", ["image"], ["embedding"], axis=1)], 3 * side * side), file)


def text_echo(file, context, kind, name="text"):
    """Answers with the tokens that it reads."""
    text = helper.make_tensor_value_info(name, kind, [1, context])
    onnx.save(echo_model([text], [helper.make_node("Cast", [name], ["embedding"], to=TensorProto.FLOAT)], context), file)


# --- pictures -----------------------------------------------------------------------------------------------------


def as_seen(image, side):
    """07-ml.md, section 3.1, by Pillow itself."""
    image = image.convert("RGB")
    width, height = image.size
    size = (side, int(height / width * side)) if width < height else (int(width / height * side), side)
    image = image.resize(size, Image.Resampling.BICUBIC)
    left, top = int(image.width / 2 - side / 2), int(image.height / 2 - side / 2)
    return numpy.asarray(image.crop((left, top, left + side, top + side)), numpy.float32)


def check_preprocessing(service, models):
    side = 32
    folder = folder_of(models, "echo-picture")
    picture_echo(folder / "visual/model.onnx", side)
    text_echo(folder / "textual/model.onnx", 8, TensorProto.INT32)
    (folder / "textual/tokenizer.json").write_text("{}")
    settings = {"size": side, "mean": [0, 0, 0], "std": [1, 1, 1], "interpolation": "bilinear", "resize_mode": "squash"}
    (folder / "visual/preprocess_cfg.json").write_text(json.dumps(settings))
    astronaut = Image.fromarray(data.astronaut())
    alpha = astronaut.copy()
    alpha.putalpha(Image.fromarray(data.camera()))
    cases = {
        "large": astronaut, "wide": astronaut.resize((500, 90)), "tall": astronaut.resize((77, 401)), "small": astronaut.resize((9, 20)),
        "exact": astronaut.resize((32, 32)), "grey": astronaut.convert("L"), "alpha": alpha, "palette": astronaut.quantize(64),
        "one pixel": astronaut.resize((1, 1)), "a line": astronaut.resize((700, 1)),
    }
    for name, image in cases.items():
        seen = service.see("echo-picture", image).reshape(3, side, side).transpose(1, 2, 0) * 255
        apart = numpy.abs(seen - as_seen(image, side))
        check(f"preprocessing, {name}", apart.max() <= 1.01, f"{apart.max()} steps apart, {(apart > 0.5).mean():.3%} of all")
    # By the same decoder, so that only what comes after it is compared.
    jpeg = file_of(astronaut, "JPEG")
    status, answer = service.predict({"clip": {"visual": {"modelName": "echo-picture"}}}, image=jpeg)
    seen = numpy.array(json.loads(answer["clip"])).reshape(3, side, side).transpose(1, 2, 0) * 255
    apart = numpy.abs(seen - as_seen(Image.open(io.BytesIO(jpeg)), side))
    check("preprocessing, JPEG", apart.max() <= 1.01, f"{apart.max()} steps apart")


# --- tokens -------------------------------------------------------------------------------------------------------


def check_tokenizers(service, models, vocabulary):
    with tempfile.TemporaryDirectory() as scratch:
        for reader in readers(vocabulary, scratch):
            name = f"{reader.name}-echo"
            folder = folder_of(models, name)
            text_echo(folder / "textual/model.onnx", reader.context, TensorProto.INT64 if reader.name == "xlm-r" else TensorProto.INT32)
            shutil.copy(folder / "textual/model.onnx", folder / "visual/model.onnx")
            reader.write(folder)
            for text, language in reader.asked:
                expected, _ = reader.encode(text, language)
                found = service.read(name, text, language).astype(int).tolist()
                check(f"tokens of {name}, {text[:20]!r} {language}", found == expected, f"{found[:12]} in place of {expected[:12]}")


# --- words find pictures ------------------------------------------------------------------------------------------

SMALL_CLIP = "albumen-small__conse"
QUERIES = {"a cat": "chelsea", "a cup of coffee": "coffee", "a space rocket": "rocket", "an astronaut": "astronaut", "a brick wall": "brick",
           "a motorcycle in a garage": "motorcycle", "old coins": "coins", "a man with a camera": "camera", "a horse": "horse",
           "a page of a book": "page", "espresso": "coffee", "kitten": "chelsea"}


def pictures():
    """Those that lie in scikit-image itself."""
    for name in ("astronaut", "coffee", "chelsea", "rocket", "brick", "coins", "camera", "page", "clock", "gravel", "grass", "text", "moon",
                 "hubble_deep_field", "colorwheel", "horse", "retina", "immunohistochemistry"):
        try:
            pixels = getattr(data, name)()
        except Exception:
            continue
        yield name, Image.fromarray(pixels * numpy.uint8(255) if pixels.dtype == bool else pixels).convert("RGB")
    yield "motorcycle", Image.fromarray(data.stereo_motorcycle()[0])


def check_words(service, models):
    folder = pathlib.Path(models, "clip", SMALL_CLIP)
    visual, textual = (onnxruntime.InferenceSession(folder / part / "model.onnx") for part in ("visual", "textual"))
    tokenizer = tokenizers.Tokenizer.from_file(str(folder / "textual/tokenizer.json"))
    tokenizer.enable_truncation(64)
    tokenizer.enable_padding(length=64)
    seen = {}
    for name, image in pictures():
        seen[name] = service.see(SMALL_CLIP, image)
        numbers = ((as_seen(image, 224) - 127) / 128).transpose(2, 0, 1)[None].astype(numpy.float32)
        (expected,) = visual.run(None, {"image": numbers})[0]
        check(f"picture of {name}", seen[name] @ expected > 0.999, f"cosine {seen[name] @ expected}")
    first = third = asked = 0
    for query, wanted in QUERIES.items():
        read = service.read(SMALL_CLIP, query)
        encoded = tokenizer.encode(query)
        (expected,) = textual.run(None, {"input_ids": numpy.array([encoded.ids], numpy.int32),
                                         "attention_mask": numpy.array([encoded.attention_mask], numpy.int32)})[0]
        check(f"text {query!r}", read @ expected > 0.99999, f"cosine {read @ expected}")
        if wanted in seen:
            place = sorted(seen, key=lambda name: -float(read @ seen[name])).index(wanted)
            asked, first, third = asked + 1, first + (place == 0), third + (place < 3)
    print(f"words: of {asked} queries over {len(seen)} pictures the right one came first for {first}, in the first three for {third}")
    check("words find pictures", asked >= 10 and first >= 0.75 * asked and third >= 0.95 * asked, f"{first} and {third} of {asked}")


# --- faces --------------------------------------------------------------------------------------------------------


def embedding(face):
    vector = numpy.array(json.loads(face["embedding"]), numpy.float32)
    return vector / numpy.linalg.norm(vector)


def check_faces(service, folder):
    found = {}
    for file in sorted(pathlib.Path(folder).glob("*.jpg")):
        seen = service.faces(file.read_bytes())
        check(f"one face in {file.name}", len(seen) == 1, f"{len(seen)} faces")
        found.setdefault("obama" if "obama" in file.stem else file.stem, []).extend(embedding(face) for face in seen[:1])
    astronaut = Image.fromarray(data.astronaut())
    seen = service.faces(astronaut)
    check("one face in astronaut", len(seen) == 1, f"{len(seen)} faces")
    box = seen[0]["boundingBox"]
    middle = (box["x1"] + box["x2"]) / 2, (box["y1"] + box["y2"]) / 2
    check("her face is where it is", 195 < middle[0] < 255 and 90 < middle[1] < 150, f"{box}")
    found["astronaut"] = [embedding(seen[0])]
    people = [(person, vector) for person, vectors in found.items() for vector in vectors]
    pairs = [(one == other, float(a @ b)) for index, (one, a) in enumerate(people) for other, b in people[:index]]
    same, apart = [cosine for is_same, cosine in pairs if is_same], [cosine for is_same, cosine in pairs if not is_same]
    print(f"faces: the same person >= {min(same):.3f}, different ones <= {max(apart):.3f}")
    check("the same person is together and others are apart", min(same) > 0.5 > max(apart) + 0.05, f"{sorted(same)} {sorted(apart)}")
    check("no face in a brick wall", service.faces(Image.fromarray(data.brick())) == [])
    check("no face in a pixel", service.faces(Image.new("RGB", (1, 1), (9, 9, 9))) == [])
    tile = astronaut.crop((150, 20, 310, 220)).resize((48, 60))
    crowd = Image.new("RGB", (48 * 20, 60 * 15))
    for place in range(300):
        crowd.paste(tile, (place % 20 * 48, place // 20 * 60))
    seen = service.faces(crowd, 0.3)
    print(f"faces: {len(seen)} of 300 in a crowd of 48 x 60 pixels each")
    check("300 faces", 270 <= len(seen) <= 300, f"{len(seen)} faces")
    scores = [face["score"] for face in seen]
    check("the surest first", scores == sorted(scores, reverse=True))


# --- faces as insightface finds them ------------------------------------------------------------------------------

# What lies closer to the least score may be on either side of it, since pictures are made smaller in steps of a byte.
UNSURE = 0.03
LEAST_SCORE = 0.6


def insightface_of(detector, recogniser):
    """Detector and recogniser of those graphs, as insightface runs them."""
    from insightface.app.common import Face
    from insightface.model_zoo.arcface_onnx import ArcFaceONNX
    from insightface.model_zoo.scrfd import SCRFD

    # What it says of scikit-image is its own business.
    warnings.simplefilter("ignore", FutureWarning)
    sessions = [onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"]) for file in (detector, recogniser)]
    finds = SCRFD(str(detector), session=sessions[0])
    finds.prepare(-1, input_size=(640, 640), det_thresh=LEAST_SCORE - UNSURE, nms_thresh=0.4)
    knows = ArcFaceONNX(str(recogniser), session=sessions[1])

    def look(image):
        blue_first = numpy.asarray(image)[:, :, ::-1].copy()
        found, points = finds.detect(blue_first)
        return [(row[:4], float(row[4]), knows.get(blue_first, Face(kps=five))) for row, five in zip(found, points)]

    return look


def check_insightface(service, models):
    """Graphs in the shape of SCRFD and ArcFace, which nobody taught anything: what lies around them is compared."""
    name = "random__scrfd"
    parts = [pathlib.Path(models, "facial-recognition", name, part) for part in ("detection", "recognition")]
    for part, make in zip(parts, (faces.scrfd, faces.arcface)):
        part.mkdir(parents=True)
        make(str(part / "model.onnx"))
    look = insightface_of(*(part / "model.onnx" for part in parts))
    astronaut, rocket = (Image.fromarray(getattr(data, picture)()) for picture in ("astronaut", "rocket"))
    pictures = {"as large as the network's": astronaut.resize((640, 640)), "wide": rocket.resize((1500, 700)), "tall": astronaut.resize((333, 480)),
                "small": rocket.resize((90, 61))}
    for what, image in pictures.items():
        expected, found = look(image), service.faces(image, LEAST_SCORE, name)
        sure = [face for face in expected if face[1] >= LEAST_SCORE + UNSURE]
        check(f"insightface, {what}: faces are found", len(sure) >= 10, f"{len(sure)}")
        matched = [match(face, expected) for face in found]
        told = {place for place, _ in filter(None, matched)}
        lost = sum(place not in told for place in range(len(sure)))
        # Where nothing is made smaller, everything is the same; else a step of a byte can change which of two faces hides the other.
        is_exact = image.size == (640, 640)
        most = 0 if is_exact else len(sure) // 20
        check(f"insightface, {what}: no others", matched.count(None) <= most, f"{matched.count(None)} of {len(found)}")
        check(f"insightface, {what}: all of them", lost <= most, f"{lost} of {len(sure)} are not there")
        alike = [cosine for _, cosine in filter(None, matched)]
        least = 0.9999 if is_exact else 0.99
        check(f"insightface, {what}: vectors", min(alike, default=0) > least, f"cosine {min(alike, default=0):.5f}")
        print(f"insightface, {what}: {len(found)} faces, the least alike {min(alike, default=0):.5f}")


def match(face, expected):
    """The place of the same face among the expected ones, and how alike the vectors are."""
    box = [face["boundingBox"][side] for side in ("x1", "y1", "x2", "y2")]
    for place, (bounds, score, vector) in enumerate(expected):
        # They are told in whole pixels.
        if numpy.abs(numpy.subtract(box, bounds)).max() <= 1.5 and abs(face["score"] - score) < UNSURE:
            return place, float(embedding(face) @ vector / numpy.linalg.norm(vector))
    return None


# --- text ---------------------------------------------------------------------------------------------------------


def drawn(lines, size, paper, ink, turn=0):
    image = Image.new("RGB", (960, 120 * len(lines) + 60), paper)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size)
    for index, line in enumerate(lines):
        draw.text((50, 40 + 120 * index), line, fill=ink, font=font)
    return image.rotate(turn, Image.Resampling.BICUBIC, fillcolor=paper) if turn else image


def check_text(service):
    from rapidocr import RapidOCR

    reference = RapidOCR()
    pages = {
        "black on white": (drawn(["The quick brown fox", "Total: 12.50 EUR", "ALBUMEN 2026"], 40, "white", "black"), 3),
        "light on dark": (drawn(["Departure 18:45", "Platform 7"], 56, (20, 30, 60), (250, 240, 210)), 2),
        "small": (drawn(["receipt number 4711", "thank you for your visit"], 20, "white", (60, 60, 60)), 2),
        "slanted": (drawn(["Invoice 2024-001"], 48, "white", "black", 8), 1),
    }
    for name, (image, lines) in pages.items():
        found = service.ocr(image)
        check(f"text, {name}", len(found["text"]) == lines, f"{found['text']}")
        check(f"text, {name}: all lists fit", len(found["box"]) == 8 * lines == 8 * len(found["textScore"]) == 8 * len(found["boxScore"]))
        read = reference(numpy.asarray(image)[:, :, ::-1].copy(), use_cls=False)
        expected = list(read.txts or [])
        check(f"text, {name}: as rapidocr", squeezed(found["text"]) == squeezed(expected), f"{found['text']} in place of {expected}")
        for ours, theirs in zip(numpy.array(found["box"]).reshape(-1, 4, 2) * image.size, read.boxes):
            apart = numpy.abs(ours - theirs).max()
            # rapidocr enlarges small pictures first; around slanted text that moves corners by more.
            check(f"text, {name}: boxes", apart <= (30 if name == "slanted" else 12), f"{apart:.1f} pixels apart")
    check("no text in a brick wall", service.ocr(Image.fromarray(data.brick()).convert("RGB"))["text"] == [])
    check("no text in a pixel", service.ocr(Image.new("RGB", (1, 1)))["text"] == [])


def squeezed(lines):
    return sorted("".join(line.split()) for line in lines)


# --- what is wrong ------------------------------------------------------------------------------------------------


def check_faults(service, program, models, small):
    brick = file_of(Image.fromarray(data.brick()).convert("RGB"))
    whole = pathlib.Path(small, "clip", SMALL_CLIP, "visual/model.onnx").read_bytes()
    strange = helper.make_model(helper.make_graph(
        [helper.make_node("Frobnicate", ["image"], ["embedding"], name="odd", domain="com.example")], "odd",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 8, 8])], [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [1, 8])]),
        opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("com.example", 1)], ir_version=8).SerializeToString()
    broken = {"truncated": whole[:len(whole) // 2], "html": b"<!DOCTYPE html><title>Not Found</title>", "empty": b"", "unknown-operator": strange}
    for name, content in broken.items():
        folder = folder_of(models, name)
        (folder / "visual/model.onnx").write_bytes(content)
        (folder / "textual/model.onnx").write_bytes(content)
        (folder / "textual/tokenizer.json").write_text("{}")
    told = subprocess.run([program, "--models", models, "--device", "cpu", "models", "check", *broken], capture_output=True, text=True)
    check("models check fails", told.returncode != 0, told.stdout)
    check("models check names the operator", "Frobnicate" in told.stdout, told.stdout)
    check("models check names the file", "truncated/visual/model.onnx" in told.stdout, told.stdout)
    for name in broken:
        status, answer = service.predict({"clip": {"visual": {"modelName": name}}}, image=brick)
        check(f"a model that is {name}", status == 500 and answer["detail"].startswith(f"Failed to load model '{name}'"), f"{status} {answer}")
        is_there = pathlib.Path(models, "clip", name).is_dir()
        is_aside = any(pathlib.Path(models, "clip").glob(f"{name}.damaged-*"))
        check(f"a model that is {name} is not lost", is_there != is_aside and is_aside == (name != "unknown-operator"), f"{is_there} {is_aside}")
    see = {"clip": {"visual": {"modelName": SMALL_CLIP}}}
    header = bytearray(file_of(Image.new("RGB", (1, 1))))
    header[16:24] = (20_001).to_bytes(4) + (10_000).to_bytes(4)
    import zlib
    header[29:33] = zlib.crc32(bytes(header[12:29])).to_bytes(4)
    for what, image, word in (("200 megapixels", bytes(header), "20001 x 10000"), ("a page of HTML", b"<html>", "decoded"),
                              ("half a picture", brick[:len(brick) // 2], "decoded")):
        status, answer = service.predict(see, image=image)
        check(f"a picture that is {what}", status == 500 and word in answer["detail"], f"{status} {answer}")
    status, answer = service.predict(see, image=b"")
    check("a field that was not filled in is none", status == 400 and "must be provided" in answer["detail"], f"{status} {answer}")
    check("it still works", service.predict(see, image=brick)[0] == 200)
    check("small models are offered", json.loads(service.get("/models?clip=ViT-B-32__openai&ocr=PP-OCRv5_mobile"))["clip"] == SMALL_CLIP)


def main():
    program, small, material = sys.argv[1:]
    material = pathlib.Path(material)
    sys.path.append(str(material / "insightface"))
    with tempfile.TemporaryDirectory() as folder:
        models = pathlib.Path(folder, "models")
        shutil.copytree(small, models)
        service = Service(program, str(models))
        try:
            check_preprocessing(service, models)
            check_tokenizers(service, models, material / VOCABULARY)
            check_words(service, models)
            check_faces(service, material / "test_images")
            check_insightface(service, models)
            check_text(service)
            check_faults(service, program, str(models), small)
            print(f"memory: at most {service.peak_mib()} MiB")
        finally:
            code = service.end()
        check("it ends with its parent", code == 0, f"{code}")
    finish()


if __name__ == "__main__":
    main()
