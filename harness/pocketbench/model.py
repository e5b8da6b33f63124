"""The nouns of a run. The same words stand on the host, on the wire, on the phone and in the report.

    Model ─▶ Variant ─convert─▶ Artifact ─plan, admit─▶ Job ─run─▶ Measured | Failed | Skipped ─▶ report

All are frozen. Those that are written to disk are msgspec structs (typed when read back, a JSON Schema for free);
they hold no behaviour but names made of their own fields.
"""

from typing import Annotated, ClassVar

import msgspec

NANOSECOND = "ns"
BYTE = "byte"
UNKNOWN = "-"
# What a weight tensor is for: a layer's kernel, a depthwise convolution's, rows that are looked up, any other matrix.
KERNEL, DEPTHWISE, TABLE, MATRIX = "kernel", "depthwise", "table", "matrix"
# What models are trained in.
FRAMEWORKS = ("keras", "torch")
# The format of a model that nothing converted.
SOURCE = "source"


class Tensor(msgspec.Struct, frozen=True):
    """One input or output: its name, shape (-1 where free), dtype (numpy's word) and, for integers, quantisation.

    real = (stored - zero_point) * scale; scale 0 means the tensor is not quantised.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    scale: float = 0.0
    zero_point: int = 0


class Kernel(msgspec.Struct, frozen=True):
    """One weight tensor of an artifact, as it is with the zeros that a sparse encoding left out.

    ``kind`` is kernel, depthwise, table or matrix. ``zeros`` is the share of elements that are zero (of integers: that are the
    zero point). ``unique_values`` counts different values, up to 65,536, and ``channel_values`` the most in one output channel,
    up to 257; each of those stands for itself and more. ``two_of_four`` is the share of groups of four neighbours along the input axis that hold
    two zeros or more: None where the axis is shorter, where the kind has none (depthwise, table, matrix), or where nobody
    knows. ``scales``: 0 not quantised, 1 one for all, else one a channel. ``sparse``: zeros are left out of the file.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    dtype: str
    elements: int
    zeros: float
    unique_values: int
    channel_values: int
    two_of_four: float | None = None
    scales: int = 0
    sparse: bool = False


class Source(msgspec.Struct, frozen=True):
    """A model that was opened: where its materialised file lies, what goes in and out, what it is made of.

    ``key`` is a sha256 over configuration and weights (for a ready-made file: over its bytes).
    ``operations`` counts the operations of the inference graph before any conversion.
    ``parameters`` counts weight elements: kernels and tables, no biases, scales or statistics.
    """

    key: str
    framework: str
    path: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    parameters: int
    operations: dict[str, int] = {}
    stateful: bool = False
    trained_on: str = ""


class Rows(msgspec.Struct, frozen=True):
    """Data that was opened: float arrays in a folder, as ``<part>-x<input>.npy`` and ``<part>-y.npy``.

    ``part`` is scoring, calibration or training; the first axis of every array is the row. The parts never overlap.
    """

    key: str
    folder: str
    scoring: int
    calibration: int
    training: int
    labelled: bool
    random: bool = False
    classes: tuple[str, ...] = ()


class Variant(msgspec.Struct, frozen=True):
    """One model in one format, made with one technique, in one form, by one route."""

    model: str
    framework: str
    format: str
    technique: str
    form: str = ""
    route: str = ""

    @property
    def name(self) -> str:
        """``model/framework/format/technique[:form]``."""
        form = f":{self.form}" if self.form else ""
        return f"{self.model}/{self.framework}/{self.format}/{self.technique}{form}"


class Anatomy(msgspec.Struct, frozen=True):
    """What is inside an artifact.

    ``zip_bytes`` is the size after deflate level 9 over all its files: what a download costs.
    ``parameters`` counts weight elements of the file, ``parameters_by_dtype`` splits them, ``parameters_quantized`` counts
    those of 8 bits or fewer. ``zeros`` is the share of weight elements that are zero; ``unique_values`` the largest
    number of different values in one weight tensor, counted up to 65,536. ``operations`` counts "NAME vVERSION".
    ``unset_variables``: it reads variables that nothing in it fills, so that its outputs are what lay in memory.
    ``kernels`` are the largest weight tensors one by one, the largest first, at most 1,000; empty where the format's files are
    not looked into so closely. ``sparse_tensors`` counts those of all weight tensors that leave zeros out. ``about`` has facts that
    belong to the format: a bytecode version, the engine that integer kernels were made for.
    """

    size_bytes: int
    zip_bytes: int
    parameters: int
    parameters_quantized: int
    parameters_by_dtype: dict[str, int]
    zeros: float
    unique_values: int
    operations: dict[str, int]
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    stateful: bool = False
    unset_variables: bool = False
    kernels: tuple[Kernel, ...] = ()
    sparse_tensors: int = 0
    about: dict[str, str] = {}


class Agreement(msgspec.Struct, frozen=True):
    """How an artifact's outputs compare with its source's, over the scoring rows.

    ``top1`` is the share of rows with the same top-1 class (None without classes). ``max_abs_diff`` is in the
    outputs' own unit; ``relative_error`` is the L2 norm of the difference over that of the source's outputs, of several outputs
    the largest; ``others_error`` is the same of all outputs but the first, which alone top-1 speaks of (None where there are none).
    ``finite`` and ``constant`` speak of the artifact's outputs alone, ``source_constant`` of the source's.
    """

    rows: int
    top1: float | None
    max_abs_diff: float | None
    relative_error: float | None
    finite: bool
    constant: bool
    source_constant: bool = False
    others_error: float | None = None


class Artifact(msgspec.Struct, frozen=True, tag_field="kind", tag="artifact"):
    """A converted file, checked: one line of records.jsonl. ``extra_epochs`` is how long its technique trained on."""

    schema: int
    key: str
    variant: Variant
    path: str
    sha256: str
    anatomy: Anatomy
    check: Agreement | None
    source_parameters: int
    source_operations: dict[str, int]
    random_input: bool
    versions: dict[str, str]
    convert_seconds: float
    extra_epochs: int = 0
    flaws: tuple[str, ...] = ()


class Job(msgspec.Struct, frozen=True):
    """One variant on one engine, accelerator and device.

    ``options`` are all engine options; ``named_options`` those that the suite crossed, which are part of the id.
    """

    variant: Variant
    runner: str
    engine: str
    accelerator: str
    threads: int
    device: str
    options: dict[str, str] = {}
    named_options: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """``model/framework/format/technique[:form]/runner.engine[:options]/accelerator/tN@device``; unknown segments are ``-``."""
        chosen = "+".join(f"{key}={self.options[key]}" for key in self.named_options)
        engine = UNKNOWN if self.engine == UNKNOWN else f"{self.runner}.{self.engine}" + (f":{chosen}" if chosen else "")
        threads = f"t{self.threads}" if self.threads else UNKNOWN
        return f"{self.variant.name}/{engine}/{self.accelerator}/{threads}@{self.device}"


class Proof(msgspec.Struct, frozen=True):
    """What really executed: ``execution`` is full, partial, none or unknown."""

    executed_on: str
    driver: str = ""
    execution: str = "unknown"
    delegated: int | None = None
    operations: int | None = None


class Measurement(msgspec.Struct, frozen=True):
    """One metric of one process of a job: every sample in order, each the sum over ``batch`` inferences."""

    metric: str
    unit: str
    phase: str
    process: int
    samples: list[int]
    batch: int = 1


class Look(msgspec.Struct, frozen=True):
    """How the device was in the middle of a job, as its runner saw it: in which ``process`` of an order of a kind (timing, memory), and when.

    ``at`` is ``before`` the first phase, or the phase that had just ended. ``conditions`` have the names that those of a job have.
    """

    order: str
    process: int
    at: str
    conditions: dict[str, float | str]


class Measured(msgspec.Struct, frozen=True, tag_field="kind", tag="measured"):
    """A job that ran: one line of records.jsonl.

    ``clock_step_ns`` is the smallest step the runner's clock showed; ``stopped_by`` says why no more blocks were
    asked for: ``precision`` or ``budget``. ``allowed`` names those of ``flaws`` that the user expects. ``looks`` are the runner's, in
    order; none where it takes none.
    """

    schema: int
    job: Job
    artifact: str
    device_kind: str
    engine_version: str
    proof: Proof
    measurements: list[Measurement]
    agreement: Agreement | None
    score: float | None
    score_name: str
    flaws: tuple[str, ...]
    conditions: dict[str, dict[str, float | str]]
    stopped_by: str
    clock_step_ns: int
    started: str
    seconds: float
    allowed: tuple[str, ...] = ()
    looks: tuple[Look, ...] = ()


class Refusal(msgspec.Struct, frozen=True):
    """Why a job or variant is not a measurement: the stage it ended in, a reason from the closed list, what to type."""

    stage: str
    reason: str
    message: str
    hint: str = ""


class Failed(msgspec.Struct, frozen=True, tag_field="kind", tag="failed"):
    """A job that was tried and failed: one line of records.jsonl. ``log`` names a file in the run's folder."""

    schema: int
    job: Job
    device_kind: str
    refusal: Refusal
    started: str
    artifact: str = ""
    log: str = ""

    status: ClassVar[str] = "failed"


class Skipped(msgspec.Struct, frozen=True, tag_field="kind", tag="skipped"):
    """A job that was not tried: one line of records.jsonl. Segments that cannot be known are ``-``, threads 0."""

    schema: int
    job: Job
    device_kind: str
    refusal: Refusal
    started: str
    artifact: str = ""

    status: ClassVar[str] = "skipped"


# No file that a phone takes is larger; a number beyond it is nobody's size.
Bytes = Annotated[int, msgspec.Meta(ge=0, le=1 << 40)]
Word = Annotated[str, msgspec.Meta(max_length=200)]


class AppPart(msgspec.Struct, frozen=True):
    """One part of an app: an engine's, or what all of it shares.

    ``download_bytes`` is what it takes of the APK, as it is compressed there. ``installed_bytes`` is that and, of libraries that Android takes
    out of the APK because they are compressed, what they have beside it then. ``files`` counts the parts' files.
    """

    what: Word
    download_bytes: Bytes
    installed_bytes: Bytes
    files: Annotated[int, msgspec.Meta(ge=0)]
    engine: bool = False


class AppInstalled(msgspec.Struct, frozen=True, tag_field="kind", tag="app"):
    """The Android app that a device had while it was measured: one line of records.jsonl; the newest of a device counts.

    ``abi`` is the one of its libraries that the device takes, "" where it has none; ``parts`` add up to the APK, but for the names of its
    entries and its signature.
    """

    schema: int
    device: Word
    device_kind: Word
    sha256: Word
    size_bytes: Bytes
    abi: Word
    parts: Annotated[tuple[AppPart, ...], msgspec.Meta(max_length=100)]


Record = Artifact | Measured | Failed | Skipped | AppInstalled
