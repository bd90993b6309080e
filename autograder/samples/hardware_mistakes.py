"""What goes wrong where costs are measured on a machine: fitted lines, what is moved, and what takes room."""

from __future__ import annotations

from autograder.samples.mistake import Mistake

HARDWARE = [
    # --- A line through measurements
    Mistake(
        "a straight line through sizes and times as they are",
        "fit_exponent",
        ("test_fit_exponent",),
        hint="On which kind of paper is a power of s a straight line",
        edits={"np.log(sizes), np.log(times)": "np.array(sizes, dtype=float), np.array(times, dtype=float)"},
    ),
    Mistake(
        "the square of the standard error",
        "fit_exponent",
        ("test_fit_exponent",),
        hint="In which unit is your error, and in which one is the exponent",
        edits={"np.sqrt(scatter / spread)": "scatter / spread"},
    ),
    Mistake(
        "the scatter of the measurements instead of the error of the slope",
        "fit_exponent",
        ("test_fit_exponent",),
        hint="Is a line of which you know a longer piece better known",
        edits={"np.sqrt(scatter / spread)": "np.sqrt(scatter)"},
    ),
    Mistake(
        "the mean of the squared distances, as if no line had been fitted",
        "fit_exponent",
        ("test_fit_exponent",),
        hint="How many points does a line go through whatever they are",
        edits={"(len(u) - 2)": "len(u)"},
    ),
    # --- Operations for each byte
    Mistake(
        "multiplications counted, and additions forgotten",
        "intensity",
        ("test_intensity",),
        hint="An entry of the product is a sum",
        edits={"2 * m * k * n": "m * k * n"},
    ),
    Mistake(
        "the result is thought to cost no traffic",
        "intensity",
        ("test_intensity",),
        hint="Three matrices take part",
        edits={"m * k + k * n + m * n": "m * k + k * n"},
    ),
    Mistake(
        "operations for each number, not for each byte",
        "intensity",
        ("test_intensity",),
        hint="Intensity is per byte",
        edits={"operations / (moved * bytes_per_number)": "operations / moved / 4"},
    ),
    Mistake(
        "entries that are written not counted as moved",
        "intensity",
        ("test_intensity",),
        hint="Does a number that is written have to be moved, too",
        edits={"(reads + writes)": "reads"},
    ),
    # --- The roof
    Mistake(
        "the higher of the two limits",
        "roofline",
        ("test_roofline",),
        hint="Which of them is felt first",
        edits={"np.minimum(": "np.maximum("},
    ),
    Mistake(
        "Python's min, which compares numbers only",
        "roofline",
        ("test_roofline",),
        hint="An array is not smaller or larger than a number",
        edits={"np.minimum(": "min("},
    ),
    Mistake(
        "the ridge upside down",
        "roofline",
        ("test_roofline",),
        hint="In which unit is an intensity",
        edits={"peak / bandwidth": "bandwidth / peak"},
    ),
    # --- A batch that is worth its way
    Mistake(
        "only the weights are thought to be moved",
        "smallest_batch",
        ("test_smallest_batch",),
        hint="Which two of them grow with the batch",
        edits={"least * d / (2 * (d - least))": "least / 2"},
    ),
    Mistake(
        "the batch rounded down",
        "smallest_batch",
        ("test_smallest_batch",),
        hint="Is one less bound by memory",
        edits={"int(np.ceil(least * d / (2 * (d - least))))": "int(least * d / (2 * (d - least)))"},
    ),
    Mistake(
        "a batch for every layer, however narrow",
        "smallest_batch",
        ("test_smallest_batch",),
        hint="To which intensity does a layer come as b grows without bounds",
        edits={"if d <= least:": "if d == least:"},
    ),
    # --- Does it fit?
    Mistake(
        "the gradients forgotten",
        "training_memory",
        ("test_training_memory",),
        hint="What has to be known before even the plainest step can be taken",
        edits={"(1 + remembered)": "remembered"},
    ),
    Mistake(
        "Adam thought to remember one number for each weight",
        "training_memory",
        ("test_training_memory",),
        hint="Read once more what each of the two remembers",
        edits={'"adam": 2': '"adam": 1'},
    ),
    Mistake(
        "the weights thought to take no room",
        "training_memory",
        ("test_training_memory",),
        hint="What lies in memory before the first batch comes",
        edits={"memory - weights * bytes_per_number - extra": "memory - extra"},
    ),
    Mistake(
        "a batch of less than nothing",
        "training_memory",
        ("test_training_memory",),
        hint="What if that is too much",
        edits={"max(0, int(left // (n * d * bytes_per_number)))": "int(left // (n * d * bytes_per_number))"},
    ),
    # --- One bit
    Mistake(
        "a byte for each truth value",
        "relu_bits",
        ("test_relu_bits",),
        hint="How many truth values fit into a byte",
        edits={
            "np.packbits(z > 0)": "(z > 0).astype(np.uint8)",
            "np.unpackbits(kept, count=delta.size)": "kept",
        },
    ),
    Mistake(
        "the mask instead of the gradient",
        "relu_bits",
        ("test_relu_bits",),
        hint="What has arrived from upstream",
        edits={"bits.reshape(delta.shape) * delta": "bits.reshape(delta.shape)"},
    ),
    Mistake(
        "the bits that fill up the last byte kept, and no shape given back",
        "relu_bits",
        ("test_relu_bits",),
        hint="How long is the row of bits",
        edits={
            "np.unpackbits(kept, count=delta.size)": "np.unpackbits(kept)",
            "bits.reshape(delta.shape) * delta": "bits * delta.ravel()",
        },
    ),
]
