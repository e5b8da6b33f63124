"""Wishes to jobs and skips."""

import json
from pathlib import Path

import pytest

from pocketbench import suite
from pocketbench.errors import SuiteError
from pocketbench.formats import FORMATS
from pocketbench.only import selected
from pocketbench.plan import Place, Plan, plan

HOST = Place("host", "host", ("python",))


def planned(
    *places: Place,
    source: str = "zoo:digits-cnn",
    extra: str = "",
    data: str = "",
    lacking: dict[tuple[str, str], str] | None = None,
    only: tuple[str, ...] = (),
) -> Plan:
    """Plan a suite of one model."""
    text = f'[suite]\nname = "s"\n[[model]]\nname = "m"\nsource = {json.dumps(source)}\n{data}\n{extra}'
    return plan(suite.parse(text, file="s.toml", base=Path()), places or (HOST,), lacking=lacking, only=only)


def test_all_techniques_are_what_the_format_lists() -> None:
    """One job a technique on the one engine and accelerator of the host."""
    ids = [job.id for job in planned(data="train = { rows = 1000, epochs = 2 }").jobs]

    assert ids == [f"m/keras/tflite/{technique}/python.litert/cpu/t1@host" for technique in FORMATS.get("tflite").techniques("keras")]


def test_techniques_that_retrain_are_skips_without_training_rows() -> None:
    """A model without a train table still gets every form that needs none; the others say what to type."""
    made = planned()

    assert [job.variant.technique for job in made.jobs] == ["float32", "float16", "dynamic_int8", "int8_float_io", "int8", "uint8", "int16x8"]
    assert {skip.refusal.reason for skip in made.skips} == {"needs-training-data"}
    assert made.skips[0].refusal.hint == "give model 'm' train = { rows = 1000, epochs = 2 }"


def test_any_technique_made_of_a_formats_steps_can_be_asked_for() -> None:
    """What ``"all"`` lists is a choice; others that are well formed are jobs too."""
    made = planned(data="train = { rows = 1000 }", extra='[matrix]\ntechniques = ["prune50+cluster32+dynamic_int8", "extra_epochs:4"]')

    assert [job.variant.technique for job in made.jobs] == ["prune50+cluster32+dynamic_int8", "extra_epochs:4"]


def test_a_form_that_no_format_has_is_told_with_the_nearest() -> None:
    """In the matrix and in a rule."""
    with pytest.raises(SuiteError, match=r"matrix\.forms: no format has a form 'fusd'") as caught:
        planned(extra='[matrix]\nforms = ["", "fusd"]')
    assert "fused" in caught.value.hint
    with pytest.raises(SuiteError, match=r"except 1\.form: no format has a form 'old'"):
        planned(extra='[[except]]\nform = "old"\nwhy = "x"')


def test_detail_crosses_axes_only_for_the_techniques_it_names() -> None:
    """Threads and options multiply where they tell something, and are named in the id."""
    detail = '[matrix]\ntechniques = ["float32", "int8"]\n[matrix.detail]\ntechniques = ["int8"]\nthreads = [1, 2]\nxnnpack = ["on", "off"]'
    ids = [job.id for job in planned(extra=detail).jobs]

    assert ids == [
        "m/keras/tflite/float32/python.litert/cpu/t1@host",
        "m/keras/tflite/int8/python.litert:xnnpack=on/cpu/t1@host",
        "m/keras/tflite/int8/python.litert:xnnpack=off/cpu/t1@host",
        "m/keras/tflite/int8/python.litert:xnnpack=on/cpu/t2@host",
        "m/keras/tflite/int8/python.litert:xnnpack=off/cpu/t2@host",
    ]


def test_threads_and_options_of_the_cpu_are_not_crossed_with_other_accelerators() -> None:
    """A GPU has neither XNNPACK nor the CPU's threads: one job."""
    detail = '[matrix]\ntechniques = ["int8"]\naccelerators = ["gpu"]\n[matrix.detail]\ntechniques = ["int8"]\nthreads = [1, 2]\nxnnpack = ["on", "off"]'

    assert [job.id for job in planned(extra=detail).jobs] == ["m/keras/tflite/int8/python.litert/gpu/t1@host"]


def test_who_asks_is_crossed_with_how_and_says_nothing_where_nobody_is_asked() -> None:
    """One job in the runner's own process, whoever else would ask."""
    detail = '[matrix]\ntechniques = ["int8"]\n[matrix.detail]\ntechniques = ["int8"]\nserve = ["off", "socket"]\nasked_by = ["app", "harness"]'
    phone = Place("phone", "phone", ("python", "app"))
    jobs = [job for job in planned(phone, extra=detail).jobs if job.runner == "python"]

    assert [job.id.removeprefix("m/keras/tflite/int8/python.litert:").removesuffix("/cpu/t1@phone") for job in jobs] == [
        "serve=off", "serve=socket+asked_by=app", "serve=socket+asked_by=harness",
    ]  # fmt: skip
    assert [job.options.get("asked_by", "") for job in jobs] == ["", "app", "harness"]
    (skip,) = planned(extra=detail).skips
    assert (skip.refusal.reason, skip.refusal.hint) == ("no-runner", 'asked_by = ["harness"] asks from this computer')


def test_a_technique_that_is_named_and_not_of_the_format_is_a_skip() -> None:
    """Nothing that a suite names is silently absent; what cannot be known of the job is a dash."""
    (skip,) = planned(extra='[matrix]\ntechniques = ["float32", "as_is"]').skips

    assert skip.job.id == "m/keras/tflite/as_is/-/-/-@-"
    assert skip.refusal.reason == "technique-not-for-format"


def test_a_ready_made_file_is_run_as_it_is(tmp_path: Path) -> None:
    """Techniques named for it are skips, the file itself is a job."""
    file = tmp_path / "ready.tflite"
    file.write_bytes(b"\x1c\x00\x00\x00TFL3")
    made = planned(source=str(file), extra='[matrix]\ntechniques = ["int8"]')

    assert [job.id for job in made.jobs] == ["m/tflite/tflite/as_is/python.litert/cpu/t1@host"]
    assert [(skip.job.variant.technique, skip.refusal.reason) for skip in made.skips] == [("int8", "technique-not-for-model")]


def test_no_calibration_rows_skip_what_calibrates() -> None:
    """``calibration = 0`` is a wish; techniques that need rows say so."""
    made = planned(data='data = { source = "zoo:digits", calibration = 0 }')

    skips = [skip for skip in made.skips if skip.refusal.reason == "needs-calibration-data"]
    assert {"int8_float_io", "int8", "uint8", "int16x8", "prune80+int8"} <= {skip.job.variant.technique for skip in skips}
    assert "dynamic_int8" in {job.variant.technique for job in made.jobs}


def test_an_accelerator_that_is_named_and_absent_is_one_skip_a_format() -> None:
    """The host has no NNAPI: a typed row instead of silence, and one for all techniques and forms; each device has its own."""
    extra = '[matrix]\ntechniques = ["float32", "int8"]\nforms = ["", "fused"]\naccelerators = ["cpu", "nnapi"]'
    made = planned(HOST, Place("board", "board", ("python",)), extra=extra)

    assert [skip.job.id for skip in made.skips] == ["m/keras/tflite/-/-/nnapi/-@host", "m/keras/tflite/-/-/nnapi/-@board"]
    assert {(skip.refusal.reason, skip.device_kind) for skip in made.skips} == {("accelerator-absent", "host"), ("accelerator-absent", "board")}
    assert len(made.jobs) == 8


def test_a_skip_of_all_techniques_is_found_by_each_of_them() -> None:
    """``--only int8`` still says that the accelerator is not there, under the same id; ``--only float16`` finds nothing."""
    extra = '[matrix]\ntechniques = ["float32", "int8"]\naccelerators = ["nnapi"]'

    for only in ("int8", "m/keras/tflite/-/-/nnapi/-@host"):
        assert [skip.job.id for skip in planned(extra=extra, only=(only,)).skips] == ["m/keras/tflite/-/-/nnapi/-@host"]
    assert planned(extra=extra, only=("float16",)) == Plan((), ())


def test_what_a_frameworks_converters_do_not_have_is_not_among_all_but_a_skip_or_a_job_where_it_is_named() -> None:
    """Torch's way to tflite has no uint8 and no sparse encoding; Keras trains under rounding for tflite alone."""
    train, formats = "train = { rows = 1000 }", '[matrix]\nformats = ["tflite", "torchscript", "executorch", "onnx", "ncnn"]\n'
    rows = 'frameworks = ["keras", "torch"]\n' + train
    found = {(job.variant.framework, job.variant.format, job.variant.technique) for job in planned(data=rows, extra=formats).jobs}

    assert not {technique for framework, kind, technique in found if (framework, kind) == ("torch", "tflite")} & {"uint8", "prune80+sparse"}
    assert ("torch", "tflite", "qat_int8") in found
    assert {kind for framework, kind, technique in found if framework == "keras" and "qat_int8" in technique} == {"tflite"}
    assert {kind for framework, kind, technique in found if framework == "torch" and "qat_int8" in technique} == {"tflite", "torchscript", "executorch", "onnx"}
    named = planned(data=rows, extra=formats + 'techniques = ["uint8"]')
    assert "uint8" in {job.variant.technique for job in named.jobs if job.variant.framework == "torch"}


def test_a_device_without_a_runner_for_the_format_makes_no_row() -> None:
    """``--device`` narrows silently: no job, no skip, no conversion."""
    made = planned(Place("chromium", "browser", ("web",)), extra='[matrix]\ntechniques = ["float32"]')

    assert made == Plan((), ())


BROWSER = Place("browser", "browser", ("web",))


def wished(matrix: str) -> suite.SuiteFile:
    """A suite of one model for some formats and accelerators."""
    text = f'[suite]\nname = "s"\n[[model]]\nname = "m"\nsource = "zoo:digits-cnn"\n[matrix]\ntechniques = ["float32"]\n{matrix}'
    return suite.parse(text, file="s.toml", base=Path())


def test_what_only_a_browser_runs_is_a_skip_with_what_to_type_where_no_device_was_chosen() -> None:
    """One row for all techniques; who chose devices has narrowed it."""
    asked = wished('formats = ["tflite", "tfjs"]')

    (skip,) = plan(asked, [HOST], narrowed=False).skips
    assert (skip.job.id, skip.refusal.reason) == ("m/keras/tfjs/-/-/-/-@-", "no-runner")
    assert skip.refusal.message == "tfjs files are run by tfjs on browser, and this run is on host"
    assert skip.refusal.hint == "--device host --device browser"
    assert plan(asked, [HOST]).skips == ()


def test_what_only_a_browser_has_of_an_engine_is_a_skip_with_what_to_type_where_no_device_was_chosen() -> None:
    """Node.js has no GPU; who chose devices has narrowed it."""
    asked, host = wished('formats = ["tfjs"]\naccelerators = ["wasm", "webgl"]\nforms = [""]'), Place("host", "host", ("python", "node"))

    (skip,) = plan(asked, [host], narrowed=False).skips

    assert (skip.job.id, skip.refusal.reason) == ("m/keras/tfjs/-/-/webgl/-@-", "no-runner")
    assert skip.refusal.hint == "--device host --device browser"
    assert plan(asked, [host]).skips == ()


def test_each_format_goes_to_the_devices_whose_runners_carry_its_engine() -> None:
    """Several devices, one run; accelerators of a browser are asked of browsers, and make no row elsewhere."""
    made = plan(wished('formats = ["tflite", "tfjs"]\naccelerators = ["cpu", "wasm", "webgl", "webgpu"]\nforms = [""]'), [HOST, BROWSER])

    assert [job.id.partition("float32/")[2] for job in made.jobs] == [
        "python.litert/cpu/t1@host", *(f"web.tfjs/{accelerator}/t1@browser" for accelerator in ("cpu", "wasm", "webgl", "webgpu"))
    ]  # fmt: skip
    assert made.skips == ()


def test_what_a_page_has_is_not_asked_of_other_engines_nor_theirs_of_a_page() -> None:
    """Also where Node.js has WebAssembly on the host; what other engines of a kind have is told of those that have not."""
    matrix = 'formats = ["tflite", "onnx", "tfjs"]\naccelerators = ["cpu", "gpu", "wasm"]\nforms = [""]'

    made = plan(wished(matrix), [Place("host", "host", ("python", "node")), BROWSER])

    assert [skip.job.id for skip in made.skips] == ["m/keras/onnx/-/-/gpu/-@host"]


def test_an_accelerator_that_no_format_of_the_suite_has_is_a_skip() -> None:
    """Also one that another device has for other formats."""
    (skip,) = plan(wished('formats = ["tflite"]\naccelerators = ["wasm"]'), [HOST]).skips

    assert (skip.job.id, skip.refusal.reason) == ("m/keras/tflite/-/-/wasm/-@host", "accelerator-absent")


def test_threads_and_options_in_a_browser_are_webassemblys() -> None:
    """Plain JavaScript has neither."""
    detail = 'formats = ["tfjs"]\nforms = [""]\naccelerators = ["cpu", "wasm"]\n[matrix.detail]\ntechniques = ["float32"]\nthreads = [1, 2]'

    ids = [job.id for job in plan(wished(detail), [BROWSER]).jobs]

    assert [name.partition("float32/")[2] for name in ids] == ["web.tfjs/cpu/t1@browser", "web.tfjs/wasm/t1@browser", "web.tfjs/wasm/t2@browser"]


def test_an_except_skips_the_jobs_that_match_every_key() -> None:
    """The suite's own words become the reason shown."""
    rule = '[matrix]\ntechniques = ["float32", "int8"]\n[[except]]\nformat = "tflite"\ntechnique = "int8"\nwhy = "too slow here"'
    (skip,) = planned(extra=rule).skips

    assert skip.job.variant.technique == "int8"
    assert (skip.refusal.reason, skip.refusal.message) == ("excluded-by-suite", "too slow here")


def test_an_except_may_be_of_an_option() -> None:
    """And of nothing else of the same file."""
    detail = '[matrix]\ntechniques = ["float32"]\nformats = ["tflite"]\n[matrix.detail]\ntechniques = ["float32"]\nxnnpack = ["on", "off"]'
    rule = f'{detail}\n[[except]]\noptions = {{ xnnpack = "off" }}\nwhy = "known"'
    made = planned(extra=rule)

    assert {job.options["xnnpack"] for job in made.jobs if "xnnpack" in job.options} == {"on"}
    assert {skip.job.options["xnnpack"] for skip in made.skips} == {"off"}


def test_a_lane_that_is_not_installed_is_a_skip_with_the_line_to_type() -> None:
    """Plain pocketbench plans without any framework."""
    made = planned(lacking={("keras", "tflite"): "pip install x"})

    assert [(skip.job.id, skip.refusal.reason, skip.refusal.hint) for skip in made.skips] == [
        ("m/keras/tflite/-/-/-/-@-", "toolchain-missing", "pip install x")
    ]


@pytest.mark.parametrize(
    ("glob", "expected"),
    [
        ("int8", True), ("int8_float_io", False), ("int*", True), ("tflite/int8", True), ("tflite/cpu", False),
        ("cpu/t1@host", True), ("@host", True), ("t1", True), ("m", True), ("", True), ("python.litert*", True), ("hos", False),
    ],
)  # fmt: skip
def test_only_matches_whole_neighbouring_segments_anywhere(glob: str, expected: bool) -> None:
    """A glob is compared with segments of the id, not with its letters."""
    assert selected("m/keras/tflite/int8/python.litert/cpu/t1@host", (glob,)) is expected


def test_several_globs_choose_what_any_of_them_matches() -> None:
    """``--only @host --only app.*``; none chooses everything."""
    jobs = ["m/keras/tflite/int8/python.litert/cpu/t1@host", "m/keras/tflite/int8/app.tflite/cpu/t1@phone", "m/keras/tflite/int8/python.litert/cpu/t1@phone"]

    assert [selected(job, ("@host", "app.*")) for job in jobs] == [True, True, False]
    assert all(selected(job, ()) for job in jobs)


def test_ids_are_unique_in_a_plan() -> None:
    """Two devices, an absent accelerator, crossed axes, everything said twice: no id twice."""
    matrix = '[matrix]\nformats = ["tflite", "tflite"]\nthreads = [1, 1]\naccelerators = ["cpu", "gpu", "cpu"]\n'
    extra = matrix + '[matrix.detail]\ntechniques = ["float32"]\nthreads = [1, 2, 1]\nxnnpack = ["on", "off", "on"]'
    made = planned(HOST, Place("board", "board", ("python",)), extra=extra)
    ids = [job.id for job in made.jobs] + [skip.job.id for skip in made.skips]

    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("matrix", ["", 'techniques = ["float32", "int8"]', 'techniques = ["float32"]\nforms = [""]'])
def test_the_unconverted_model_is_one_job_whatever_is_done_to_the_others(matrix: str) -> None:
    """Techniques and forms say how to convert: they neither take its job away nor skip anything of it."""
    made = planned(extra=f'[matrix]\nformats = ["source", "tflite"]\n{matrix}')

    assert [job.id for job in made.jobs if job.variant.format == "source"] == ["m/keras/source/as_is/python.keras/cpu/t1@host"]
    assert made.jobs[0].variant.route == "keras"
    assert not any(skip.job.variant.format == "source" for skip in made.skips)


def test_a_ready_made_file_has_no_unconverted_form_but_itself(tmp_path: Path) -> None:
    """Named, it is one skip; the file is a job of its own format."""
    file = tmp_path / "ready.tflite"
    file.write_bytes(b"\x1c\x00\x00\x00TFL3")
    made = planned(source=str(file), extra='[matrix]\nformats = ["source", "tflite"]')

    assert [job.variant.name for job in made.jobs] == ["m/tflite/tflite/as_is"]
    assert [(skip.job.id, skip.refusal.reason) for skip in made.skips] == [("m/tflite/source/-/-/-/-@-", "no-route")]


def test_further_forms_are_of_the_techniques_that_detail_names_and_of_the_formats_that_have_them() -> None:
    """TensorFlow Lite has no form ``vulkan``, and that makes no row: its usual one is there. One that no format has is an error."""
    detail = '[matrix]\nformats = ["tflite", "torchscript"]\ntechniques = ["float32", "int8"]\n[matrix.detail]\ntechniques = ["float32"]\n'
    made = planned(extra=detail + 'forms = ["vulkan"]')

    assert [variant.name for variant in made.variants] == [
        "m/keras/tflite/float32", "m/keras/tflite/int8",
        "m/keras/torchscript/float32", "m/keras/torchscript/float32:vulkan", "m/keras/torchscript/int8",
    ]  # fmt: skip
    assert made.skips == ()
    with pytest.raises(SuiteError, match=r"matrix\.detail\.forms: no format has a form 'vulcan'"):
        planned(extra=detail + 'forms = ["vulcan"]')


def test_an_engine_that_is_not_usual_runs_only_where_it_is_named() -> None:
    """A suite without engines has LiteRT's jobs; one that names both has both, in the order of the registry."""
    usual, named = (
        planned(extra='[matrix]\ntechniques = ["float32"]'),
        planned(extra='[matrix]\ntechniques = ["float32"]\nengines = ["tflite-runtime", "litert"]'),
    )

    assert [job.engine for job in usual.jobs] == ["litert"]
    assert [job.id for job in named.jobs] == [f"m/keras/tflite/float32/python.{engine}/cpu/t1@host" for engine in ("litert", "tflite-runtime")]


def test_an_option_of_the_gpu_is_crossed_on_the_gpu_alone() -> None:
    """And one of the processor on the processor alone: ids name what was crossed."""
    phone = Place("phone", "phone", ("app",))
    detail = '[matrix]\ntechniques = ["float32"]\naccelerators = ["cpu", "gpu"]\n[matrix.detail]\ntechniques = ["float32"]\ngpu_backend = ["opencl", "gles"]\n'

    assert [job.id.split("/", 4)[4] for job in planned(phone, extra=detail + 'xnnpack = ["on", "off"]').jobs] == [
        "app.tflite:xnnpack=on/cpu/t1@phone", "app.tflite:xnnpack=off/cpu/t1@phone",
        "app.tflite:gpu_backend=opencl/gpu/t1@phone", "app.tflite:gpu_backend=gles/gpu/t1@phone",
    ]  # fmt: skip


def test_an_accelerator_of_nnapis_is_asked_for_by_its_name_on_nnapi_alone() -> None:
    """Any name that a phone may give one; the id tells it."""
    phone = Place("phone", "phone", ("app",))
    detail = '[matrix]\ntechniques = ["float32"]\naccelerators = ["cpu", "nnapi"]\n[matrix.detail]\ntechniques = ["float32"]\n'

    assert [job.id.split("/", 4)[4] for job in planned(phone, extra=detail + 'nnapi_accelerator = ["any", "google-edgetpu"]').jobs] == [
        "app.tflite/cpu/t1@phone", "app.tflite:nnapi_accelerator=any/nnapi/t1@phone", "app.tflite:nnapi_accelerator=google-edgetpu/nnapi/t1@phone",
    ]  # fmt: skip


def test_whether_small_tensors_are_left_to_the_cpu_is_crossed_on_a_browsers_gpus_alone() -> None:
    """In WebAssembly and plain JavaScript it would say nothing."""
    matrix = 'formats = ["tfjs"]\naccelerators = ["wasm", "webgl", "webgpu"]\n[matrix.detail]\ntechniques = ["float32"]\ncpu_forward = ["on", "off"]\n'

    assert [job.id.split("/", 4)[4] for job in plan(wished(matrix), [BROWSER]).jobs] == [
        "web.tfjs/wasm/t1@browser",
        *(f"web.tfjs:cpu_forward={value}/{accelerator}/t1@browser" for accelerator in ("webgl", "webgpu") for value in ("on", "off")),
    ]
