"""Records of runs that never were: clearly made-up models, numbers from a seeded generator, for tests and for looking at pages."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from pocketbench import store
from pocketbench.model import (
    BYTE,
    NANOSECOND,
    Agreement,
    Anatomy,
    Artifact,
    Failed,
    Job,
    Kernel,
    Measured,
    Measurement,
    Proof,
    Refusal,
    Skipped,
    Tensor,
    Variant,
)

MODEL = "made-up-cnn"
STARTED = "2001-02-03T04:05:06.789+00:00"
VERSIONS = {"pocketbench": "0.0.0", "made-up-converter": "1.2.3", "made-up-engine": "4.5.6"}
HOST = {"hostname": "made-up-host", "processor": "Made-up Processor 9000", "architecture": "x86_64", "cores": 2, "memory_bytes": 8 << 30, "system": "Linux 0.0"}
DEVICES: dict[str, Mapping[str, str | int | float]] = {"host": HOST}


@dataclass(frozen=True)
class Form:
    """One made-up form: how big, how fast, how right."""

    technique: str
    size: int
    median_ns: float
    top1: float | None = 1.0
    score: float | None = 0.98
    flaws: tuple[str, ...] = ()
    dtype: str = "float32"
    quantized: float = 0.0


FORMS = (
    Form("float32", 412_000, 21_000, 1.0, 0.9844),
    Form("float16", 208_400, 21_400, 1.0, 0.9844, dtype="float16"),
    Form("dynamic_int8", 113_900, 16_900, 0.9978, 0.9822, dtype="int8", quantized=0.99),
    Form("int8_float_io", 121_300, 12_900, 0.9956, 0.9822, dtype="int8", quantized=0.99),
    Form("int8", 119_800, 12_100, 0.9956, 0.98, dtype="int8", quantized=0.99),
    Form("uint8", 119_900, 12_250, 0.9956, 0.98, dtype="int8", quantized=0.99),
    Form("int16x8", 131_000, 480_000, 1.0, 0.9844, dtype="int8", quantized=0.99),
)


def variant(form: Form, model: str = MODEL, framework: str = "keras", format_: str = "tflite") -> Variant:
    """The variant of a form."""
    return Variant(model, framework, format_, form.technique, route=f"{framework}>{format_}")


def artifact(form: Form, of: Variant) -> Artifact:
    """A converted file of that form."""
    parameters, quantized = 98_304, int(98_304 * form.quantized)
    by_dtype = {form.dtype: quantized or parameters} | ({"float32": parameters - quantized} if 0 < quantized < parameters else {})
    anatomy = Anatomy(
        form.size, int(form.size * 0.91), parameters, quantized, by_dtype, 0.001, 24_000,
        {"CONV_2D v3": 4, "ADD v2": 1, "MAX_POOL_2D v2": 2, "MEAN v2": 1, "FULLY_CONNECTED v4": 1} | ({"QUANTIZE v1": 2} if form.quantized else {}),
        (Tensor("image", (-1, 8, 8, 1), "float32"),), (Tensor("digit", (-1, 10), "float32"),),
    )  # fmt: skip
    check = Agreement(450, form.top1, 0.0131, 0.004, True, False)
    operations = {"Conv2D": 4, "BatchNormalization": 4, "ReLU": 4, "Add": 1, "MaxPooling2D": 2, "GlobalAveragePooling2D": 1, "Dense": 1, "Softmax": 1}
    return Artifact(
        store.SCHEMA, f"key-of-{of.name}", of, f"/nowhere/{form.technique}.tflite", "0" * 64, anatomy, check, parameters, operations, False, VERSIONS, 1.5
    )


def job(
    of: Variant, *, threads: int = 1, device: str = "host", accelerator: str = "cpu", engine: str = "made-up", named: Mapping[str, str] | None = None
) -> Job:
    """A job of a variant; ``named`` options also stand in its id."""
    return Job(of, "python", engine, accelerator, threads, device, {"xnnpack": "on"} | dict(named or {}), tuple(named or {}))


def measured(
    form: Form, made: Artifact, of: Job, rng: np.random.Generator, *, processes: int = 3, samples: int = 200, slower: float = 1.0,
    kind: str = "host", batch: int = 8, proof: Proof | None = None, flaws: tuple[str, ...] = (),
) -> Measured:  # fmt: skip
    """A job that ran: lognormal latencies, each process a little faster or slower than the others, with a few stragglers."""
    timing = [item for process in range(processes) for item in _process(form, rng, process, samples, slower, batch)]
    before, after = ({"load_1min": load, "frequency_mhz": mhz, "governor": "performance"} for load, mhz in ((0.42, 2400), (0.61, 2390)))
    return Measured(
        store.SCHEMA, of, made.key, kind, "4.5.6", proof or Proof(of.accelerator, "", "full", 9, 9),
        [*timing, Measurement("memory", BYTE, "peak", 0, [int(form.size * 3.5)])],
        Agreement(450, form.top1, 0.0131, 0.004, True, False), form.score, "accuracy", (*form.flaws, *flaws),
        {"before": before, "after": after}, "precision", 41, STARTED, 1.2,
    )  # fmt: skip


def _process(form: Form, rng: np.random.Generator, process: int, samples: int, slower: float, batch: int) -> Iterator[Measurement]:
    """What one process measures."""
    middle = form.median_ns * slower * rng.normal(1, 0.01)
    steady = middle * (0.9 + 0.1 * rng.lognormal(0, 0.5, samples)) * np.where(rng.random(samples) < 0.02, 2.5, 1)
    yield Measurement("load", NANOSECOND, "load", process, [int(form.size * rng.normal(9, 0.3))])
    yield Measurement("first", NANOSECOND, "first", process, [int(middle * rng.normal(14, 1))])
    yield Measurement("latency", NANOSECOND, "warmup", process, [int(value) for value in middle * batch * rng.lognormal(0.4, 0.2, 5)], batch)
    yield Measurement("latency", NANOSECOND, "steady", process, (steady * batch).astype(int).tolist(), batch)


def records(samples: int = 200, forms: tuple[Form, ...] = FORMS) -> Iterator[object]:
    """One model's records: every form measured, one twice more with other settings, one failure, two skips."""
    rng = np.random.default_rng(20010203)
    for form in forms:
        of = variant(form)
        made = artifact(form, of)
        yield made
        yield measured(form, made, job(of), rng, samples=samples)
        if form.technique in ("float32", "int8"):
            yield measured(form, made, job(of, threads=2), rng, samples=samples, slower=0.6)
            yield measured(form, made, job(of, named={"xnnpack": "off"}), rng, samples=samples, slower=3.3)
    of = variant(Form("prune80+int8", 0, 0))
    refusal = Refusal("convert", "converter-error", "made-up converter: <b>cannot</b> lower 'Frobnicate' & gave up", "leave this technique out of the suite")
    yield Failed(store.SCHEMA, job(of), "host", refusal, STARTED, log="logs/made-up.txt")
    refusal = Refusal(
        "plan", "needs-training-data", "qat_int8 retrains, and the model has no train table", "give model 'made-up-cnn' train = { rows = 1000, epochs = 2 }"
    )
    yield Skipped(store.SCHEMA, Job(variant(Form("qat_int8", 0, 0)), "-", "-", "-", 0, "-"), "", refusal, STARTED)
    refusal = Refusal("plan", "accelerator-absent", "no engine for tflite on host runs on gpu (tried made-up)")
    yield Skipped(store.SCHEMA, Job(variant(Form("-", 0, 0)), "-", "-", "gpu", 0, "host"), "host", refusal, STARTED)


def unsound(technique: str = "float32_from_nowhere", size: int = 9_000) -> Iterator[object]:
    """A form that is small and fast and computes something else, and its job."""
    form = Form(technique, size, 900, 0.1022, 0.1, ("CONSTANT-OUTPUT", "LOW-AGREEMENT"))
    made = artifact(form, variant(form))
    yield made
    yield measured(form, made, job(variant(form)), np.random.default_rng(1), flaws=("NOISY",))


def without_classes(model: str = "made-up-regression", processes: int = 1) -> Iterator[object]:
    """A model that tells no classes apart: agreement is a relative error, and dynamic range did nothing to it; int8 ran in ``processes``."""
    rng = np.random.default_rng(2)
    for form in (
        Form("float32", 1128, 410, None, None),
        Form("dynamic_int8", 1128, 405, None, None, ("NOOP",)),
        Form("int8", 1248, 395, None, None, dtype="int8", quantized=1),
    ):
        of = variant(form, model)
        made = artifact(form, of)
        yield made
        yield measured(form, made, job(of), rng, batch=256, processes=processes if form.technique == "int8" else 3)


def simulated(device: str = "sim:phone", kind: str = "simulated") -> Iterator[object]:
    """Two forms on a simulated phone, one of them on an accelerator that took only part of it, and a file nothing here can run."""
    rng = np.random.default_rng(3)
    for form, accelerator, proof in ((FORMS[0], "cpu", None), (FORMS[4], "gpu", Proof("gpu", "vulkan MadeUpShader", "partial", 4, 9))):
        of = variant(form)
        made = artifact(form, of)
        yield made
        flaws = ("SIMULATED",) if kind == "simulated" else ()
        yield measured(form, made, job(of, device=device, accelerator=accelerator), rng, slower=40, kind=kind, proof=proof, flaws=flaws)


# Each with what is in its file: the share of zeros, of groups with two zeros of four, the values of a channel, what is sparse.
RETRAINED = (
    (Form("float32", 412_000, 21_000, 1.0, 0.98), (0.0, 0.0, 257, False)),
    (Form("int8", 119_800, 12_100, 0.9956, 0.98, dtype="int8", quantized=0.99), (0.01, 0.0, 200, False)),
    (Form("extra_epochs", 412_000, 21_100, 0.9689, 0.9867, ("LOW-AGREEMENT",)), (0.0, 0.0, 257, False)),
    (Form("extra_epochs+int8", 119_800, 12_050, 0.9667, 0.9844, ("LOW-AGREEMENT",), "int8", 0.99), (0.01, 0.0, 200, False)),
    (Form("qat_int8", 119_700, 12_150, 0.9644, 0.9889, ("LOW-AGREEMENT",), "int8", 0.99), (0.01, 0.0, 200, False)),
    (Form("prune80", 412_000, 20_900, 0.9711, 0.98, ("LOW-AGREEMENT",)), (0.7961, 0.97, 140, False)),
    (Form("prune80+sparse", 110_000, 21_500, 0.9711, 0.98, ("LOW-AGREEMENT",)), (0.7961, 0.97, 140, True)),
    (Form("prune2x4", 412_000, 20_900, 0.9822, 0.9844), (0.4981, 1.0, 257, False)),
    (Form("cluster16", 412_000, 21_200, 0.9733, 0.9822, ("LOW-AGREEMENT",)), (0.0, 0.0, 16, False)),
    (Form("cluster16+qat_int8", 119_700, 12_100, 0.9711, 0.98, ("CLUSTERS-LOST",), "int8", 0.99), (0.01, 0.0, 170, False)),
    (Form("prune50+int8", 90_000, 12_000, 0.1022, 0.1, ("LOW-AGREEMENT",), "int8", 0.99), (0.5, 0.7, 140, False)),
)


def retrained(*, without: tuple[str, ...] = ()) -> Iterator[object]:
    """A model that was trained on in many ways, each measured, but for those ``without``; one of them is ruined by it."""
    rng = np.random.default_rng(4)
    for form, (zeros, fours, values, sparse) in RETRAINED:
        if form.technique in without:
            continue
        of = variant(form, "made-up-retrained")
        kernels = tuple(
            Kernel(f"{name}/kernel", "kernel", (64, elements // 64), form.dtype, elements, zeros, 9 * values, values, fours, int(form.quantized > 0), sparse)
            for name, elements in (("conv1", 65_536), ("conv2", 32_768))
        )
        made = artifact(form, of)
        anatomy = msgspec.structs.replace(made.anatomy, zeros=zeros, kernels=kernels, sparse_tensors=2 * sparse)
        made = msgspec.structs.replace(made, anatomy=anatomy, extra_epochs=0 if form.technique in ("float32", "int8") else 2, flaws=form.flaws)
        yield made
        yield measured(form, made, job(of), rng)


def untrained(techniques: tuple[str, ...] = ("prune50", "prune80", "prune80+int8", "qat_int8", "prune80+qat_int8")) -> Iterator[object]:
    """Skips of a model that has no rows to train on, each with a message that names its technique."""
    for technique in techniques:
        of = variant(Form(technique, 0, 0), "made-up-untrained")
        message = f"{technique} retrains, and the model has no train table"
        refusal = Refusal("plan", "needs-training-data", message, "give model 'made-up-untrained' train = { rows = 1000, epochs = 2 }")
        yield Skipped(store.SCHEMA, Job(of, "-", "-", "-", 0, "-"), "", refusal, STARTED)


def export_only() -> Iterator[object]:
    """A file that no engine here runs."""
    of = variant(Form("float32", 0, 0), format_="made-up-export")
    made = artifact(Form("float32", 500_000, 0), of)
    yield made
    refusal = Refusal("plan", "export-only", "no engine here runs made-up-export files; their sizes are reported")
    yield Skipped(store.SCHEMA, Job(of, "-", "-", "-", 0, "-"), "", refusal, STARTED, made.key)


def a_run(
    results: Path, made: object = None, *, devices: Mapping[str, Mapping[str, str | int | float]] = DEVICES, name: str = "made-up", covers: str = "models"
) -> store.Run:
    """A run's folder holding those records (by default :func:`records`)."""
    run = store.create(
        results, suite_text=f'[suite]\nname = "{name}"\ncovers = "{covers}"\n', suite_name=name, versions=VERSIONS, host=HOST, commit="0" * 40, devices=devices
    )
    for record in records() if made is None else made:  # type: ignore[attr-defined]
        store.append(run, record)
    store.release(run)
    return run
