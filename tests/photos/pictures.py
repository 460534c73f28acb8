"""Pictures with known content: a gradient of its own colour, fine noise, and a number in seven segments.

Everything is drawn from a number alone, so the same number gives the same bytes on every machine."""

import random

# Segments lit for each digit: top, upper left, upper right, middle, lower left, lower right, bottom.
SEGMENTS = {
    "0": "1110111", "1": "0010010", "2": "1011101", "3": "1011011", "4": "0111010",
    "5": "1101011", "6": "1101111", "7": "1010010", "8": "1111111", "9": "1111011",
}


def digit_boxes(digit, left, top, size):
    """Rectangles (x0, y0, x1, y1) of one digit that is `size` wide and twice as high."""
    bar = max(1, size // 6)
    right, middle, bottom = left + size, top + size, top + 2 * size
    boxes = [
        (left, top, right, top + bar),
        (left, top, left + bar, middle),
        (right - bar, top, right, middle),
        (left, middle - bar // 2, right, middle - bar // 2 + bar),
        (left, middle, left + bar, bottom),
        (right - bar, middle, right, bottom),
        (left, bottom - bar, right, bottom),
    ]
    return [box for box, lit in zip(boxes, SEGMENTS[digit]) if lit == "1"]


def number_boxes(number, width, height):
    """Rectangles of the whole number, centred."""
    text = f"{number:03d}"
    size = min(width // (len(text) * 2), height // 4)
    left = (width - len(text) * size * 3 // 2) // 2
    top = (height - 2 * size) // 2
    boxes = []
    for at, digit in enumerate(text):
        boxes += digit_boxes(digit, left + at * size * 3 // 2, top, size)
    return boxes


def noise_table(base, amplitude):
    """Maps a random byte to `base` plus a deviation below `amplitude`."""
    return bytes(min(255, base + value * amplitude // 256) for value in range(256))


def rgb_rows(number, width, height, amplitude=24):
    """The picture's rows as RGB bytes."""
    source = random.Random(number)
    ramp = bytes(x * 255 // max(1, width - 1) for x in range(width))
    if number % 2:
        ramp = ramp[::-1]
    noise = noise_table((number * 53) % 200, amplitude)
    boxes = number_boxes(number, width, height)
    for y in range(height):
        row = bytearray(width * 3)
        row[0::3] = ramp
        row[1::3] = bytes([y * 255 // max(1, height - 1)]) * width
        row[2::3] = source.randbytes(width).translate(noise)
        for x0, y0, x1, y1 in boxes:
            if y0 <= y < y1:
                row[3 * x0:3 * x1] = b"\xff" * (3 * (x1 - x0))
        yield bytes(row)


def write_ppm(path, number, width, height, amplitude=24):
    """Writes the picture as binary PPM, from which the encoders start."""
    with open(path, "wb") as file:
        file.write(b"P6\n%d %d\n255\n" % (width, height))
        file.writelines(rgb_rows(number, width, height, amplitude))
