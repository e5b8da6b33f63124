"""torch models as sources: functions, weights beside code, exported programs, TorchScript, and pickles that nobody asked to open."""

import json
import linecache
import os
import pickle
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch

from pocketbench import sources, torch_kept, torch_model
from pocketbench.errors import Refused, SourceError
from pocketbench.model import Rows, Source, Tensor
from pocketbench.sources.asked import Asked

pytestmark = pytest.mark.slow

CODE = """
import torch
from torch import nn


class Branching(nn.Module):
    def forward(self, x):
        if x.sum() > 0:
            return x * 2
        return x - 1


class Dictionary(nn.Module):
    def __init__(self):
        super().__init__()
        self.line = nn.Linear(3, 2)

    def forward(self, x):
        y = self.line(x)
        return {"whole": y, "parts": (y[:, :1], y[:, 1:])}


class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(7, 4)

    def forward(self, words, image):
        return self.table(words).sum(1), image.flatten(1)


class Whole(nn.Module):
    def forward(self, x):
        return x.sum()


def line():
    return nn.Linear(3, 2), torch.zeros(1, 3)


def alone():
    return nn.Linear(3, 2)


def dropping():
    return nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 2)).train(), torch.zeros(1, 3)


def dictionary():
    return Dictionary(), torch.zeros(1, 3)


def words():
    return Words(), (torch.zeros(1, 5, dtype=torch.int64), torch.zeros(1, 2, 2))


def branching():
    return Branching(), torch.zeros(1, 3)


def whole():
    return Whole(), torch.zeros(2, 3)


def nothing():
    return None
"""


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.mark),)


ALIKE = """
import torch

class By(torch.nn.Module):
    def __init__(self, compute):
        super().__init__()
        self.compute = compute

    def forward(self, x):
        return self.compute(x)

def twice():
    return By(lambda x: 2 * x), torch.zeros(1, 3)

def half():
    return By(lambda x: x / 2), torch.zeros(1, 3)
"""


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A folder with functions that make models."""
    (tmp_path / "made.py").write_text(CODE)
    return tmp_path


def opened(text: str, base: Path, asked: Asked | None = None, framework: str = "torch") -> Source:
    """Open a source as a worker does."""
    folder = base / f"kept{len(list(base.iterdir()))}"
    folder.mkdir()
    said = sources.open_source(source=text, base=str(base), folder=str(folder), framework=framework, asked=msgspec.to_builtins(asked or Asked()))
    return msgspec.convert(said, Source)


def answers(source: Source, folder: Path, *inputs: Any) -> list[Any]:
    """A source's own outputs over rows."""
    for place, array in enumerate(inputs):
        np.save(folder / f"scoring-x{place}.npy", array)
    rows = msgspec.to_builtins(Rows("k", str(folder), len(inputs[0]), 0, 0, labelled=False))
    said = sources.reference(source=msgspec.to_builtins(source), rows=rows, folder=str(folder))
    return [np.load(folder / f"reference-y{place}.npy") for place in range(said["outputs"])]


def random(*shape: int) -> Any:
    """Seeded normal numbers as float32."""
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def test_a_function_may_return_a_module_and_a_row(base: Path) -> None:
    """Names are those of forward, the batch is free, kernels are counted without biases, and the same call gives the same key."""
    source = opened("python:made:line", base)

    assert (source.framework, Path(source.path).name, source.parameters) == ("torch", "torch", 6)
    assert (source.inputs, source.outputs) == ((Tensor("input", (-1, 3), "float32"),), (Tensor("output_0", (-1, 2), "float32"),))
    assert source.operations == {"aten.linear.default": 1}
    assert source.key == opened("python:made:line", base).key


def test_a_models_own_outputs_are_those_of_its_module(base: Path) -> None:
    """Made again by its code with the weights that were kept, as for inference: nothing is dropped, statistics are the learnt ones."""
    x = random(40, 3)
    source = opened("python:made:dropping", base)
    torch.manual_seed(torch_kept.SEED)
    scope: dict[str, Any] = {}
    exec(CODE, scope)  # noqa: S102 - the text above
    module, _ = scope["dropping"]()

    np.testing.assert_allclose(answers(source, base, x)[0], module.eval()(torch.from_numpy(x)).detach().numpy(), rtol=1e-5, atol=1e-6)


def test_shapes_may_be_the_suites(base: Path) -> None:
    """One text an input, with its type where that is not float32."""
    source = opened("python:made:alone", base, Asked(shapes=("1x3",)))
    words = opened("python:made:words", base, Asked(shapes=("1x9:int64", "1x2x2")))

    assert source.inputs == (Tensor("input", (-1, 3), "float32"),)
    assert words.inputs == (Tensor("words", (-1, 9), "int64"), Tensor("image", (-1, 2, 2), "float32"))
    assert [each.shape for each in words.outputs] == [(-1, 4), (-1, 4)]


def test_without_shapes_the_error_says_what_to_type(base: Path) -> None:
    """Nothing in a torch module says what it takes."""
    with pytest.raises(SourceError, match="nothing says what shapes") as caught:
        opened("python:made:alone", base)
    assert 'shapes = ["1x3x224x224"]' in caught.value.hint


@pytest.mark.parametrize(("shapes", "message"), [(("3,4",), "is no shape"), (("1x3:words",), "is no shape"), (("1x4",), "does not run on a row of 1x4")])
def test_shapes_that_are_none_or_do_not_fit_are_errors(base: Path, shapes: tuple[str, ...], message: str) -> None:
    """In torch's words where the model says it."""
    with pytest.raises(SourceError, match=message):
        opened("python:made:alone", base, Asked(shapes=shapes))


def test_several_inputs_integers_and_a_tuple_of_outputs_are_kept_in_order(base: Path) -> None:
    """An embedding and an image."""
    source = opened("python:made:words", base)
    table = torch_kept.state(source)["table.weight"].numpy()
    words, image = np.array([[0, 1, 2, 3, 4], [6, 6, 6, 6, 6]]), random(2, 2, 2)
    summed, flat = answers(source, base, words, image)

    np.testing.assert_allclose(summed, table[words].sum(1), rtol=1e-5)
    np.testing.assert_array_equal(flat, image.reshape(2, 4))


def test_a_dictionary_of_outputs_becomes_a_flat_tuple(base: Path) -> None:
    """In the order of torch's own trees; the eager module too gives a tuple."""
    source = opened("python:made:dictionary", base)
    whole, first, second = answers(source, base, random(4, 3))

    np.testing.assert_allclose(np.concatenate([first, second], 1), whole)
    assert len(torch_model.eager(source)(torch.zeros(1, 3))) == 3


def test_a_branch_that_depends_on_data_is_kept_as_torchscript(base: Path) -> None:
    """It cannot be exported, which its program says; its own outputs take both branches."""
    source = opened("python:made:branching", base)

    assert torch_model.script(source) is not None
    np.testing.assert_array_equal(answers(source, base, np.array([[1, 1, 1], [-1, -1, -1]], np.float32))[0], [[2, 2, 2], [-2, -2, -2]])
    msgspec.structs.replace(source)
    Path(source.path, torch_kept.SCRIPT).rename(base / "elsewhere.pt")
    with pytest.raises(Refused, match="torch cannot export the model") as caught:
        torch_model.program(source)
    assert caught.value.reason == "unsupported-operation"


def test_a_fixed_batch_of_more_than_one_row_is_refused(base: Path) -> None:
    """What cannot be cut into rows cannot be measured a row at a time; the row given is cut to one."""
    source = opened("python:made:whole", base)

    assert (source.inputs[0].shape, source.outputs[0].shape) == ((1, 3), ())


def test_weights_beside_code_are_put_into_it(base: Path) -> None:
    """A state dict of tensors, bare or under "state_dict"."""
    state = {"weight": torch.ones(2, 3), "bias": torch.zeros(2)}
    torch.save(state, base / "bare.pt")
    torch.save({"state_dict": state, "epoch": 3}, base / "checkpoint.pt")
    found = [opened("python:made:line", base, Asked(weights=name)) for name in ("bare.pt", "checkpoint.pt")]

    assert found[0].key == found[1].key != opened("python:made:line", base).key
    np.testing.assert_allclose(answers(found[0], base, np.ones((1, 3), np.float32))[0], [[3, 3]])


def test_weights_of_another_model_are_an_error(base: Path) -> None:
    """Which names are missing is said."""
    torch.save({"other": torch.ones(1)}, base / "other.pt")
    with pytest.raises(SourceError, match=r"not the weights of this model: .*weight"):
        opened("python:made:line", base, Asked(weights="other.pt"))


@pytest.mark.parametrize("where", ["source", "weights", "program"])
def test_a_pickle_bomb_does_not_go_off(base: Path, where: str) -> None:
    """Neither as a model nor as weights, nor inside what calls itself an exported program; the hint says what would open it."""
    mark = base / "exploded"
    name = "bomb.pt2" if where == "program" else "bomb.pt"
    torch.save(Bomb(mark), base / name) if where != "program" else _bomb_program(base / name, Bomb(mark))
    with pytest.raises(SourceError) as caught:
        opened("python:made:line", base, Asked(weights=name)) if where == "weights" else opened(name, base)

    assert not mark.exists()
    assert where == "weights" or "--trust-source" in caught.value.hint


def _bomb_program(file: Path, bomb: Bomb) -> None:
    """An exported program whose rows to show are something else."""
    armed = file.with_name("armed.pt")
    torch.save(bomb, armed)
    _changed_program(file, {"data/sample_inputs/model.pt": armed.read_bytes()})


def _changed_program(file: Path, parts: dict[str, bytes], *, renamed: dict[str, str] | None = None) -> None:
    """An exported program with other content in some parts, or parts under other names."""
    plain = file.with_name("plain.pt2")
    _export(torch.nn.Linear(3, 2), plain)
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as new:
        left = dict(parts)
        for entry in old.infolist():
            top, _, part = entry.filename.partition("/")
            new.writestr(f"{top}/{(renamed or {}).get(part, part)}", left.pop(part, old.read(entry)))
        for part, content in left.items():
            new.writestr(f"{top}/{part}", content)


def _graph(file: Path, old: str = "", new: str = "", **changed: object) -> bytes:
    """The graph of an exported program, with other text in it, or other members."""
    _export(torch.nn.Linear(3, 2), file.with_name("graph.pt2"))
    with zipfile.ZipFile(file.with_name("graph.pt2")) as archive:
        text = archive.read(next(name for name in archive.namelist() if name.endswith("models/model.json"))).decode()
    assert old in text
    return json.dumps({**json.loads(text.replace(old, new)), **changed}).encode()


EVIL = {"expr_str": "exec(input())"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda file: {"parts": {"models/model.json": _graph(file, range_constraints={"s1": EVIL})}}, "names 'exec', which is no size"),
        (lambda _: {"parts": {}, "renamed": {"models/model.json": "models/model.jsox"}}, "'models/model.jsox' in it is no part"),
        (lambda _: {"parts": {"data/aotinductor/model/x.wrapper.so": b"ELF"}}, "is no part of an exported program alone"),
        (lambda _: {"parts": {"models/other.json": b"{}"}}, "'models/other.json' in it is no part"),
        (lambda file: {"parts": {"models/model.json": _graph(file, "aten.linear.default", "aten.from_file.default")}}, "from_file.* is none of torch's own"),
        (lambda file: {"parts": {"models/model.json": _graph(file, "torch.ops.aten.linear.default", "os.system")}}, "'os.system' in it is none of torch's own"),
        (lambda _: {"parts": {"models/model.json": b"[" * 100_000}}, "cannot be read"),
    ],
    ids=["expression", "ending", "library", "second model", "file operation", "foreign function", "nested"],
)  # fmt: skip
def test_an_exported_program_that_is_more_than_one_is_refused(base: Path, change: Any, message: str) -> None:
    """Torch evaluates its expressions as Python, loads libraries in it, and has operations that write files."""
    _changed_program(base / "bad.pt2", **change(base / "bad.pt2"))
    with pytest.raises(SourceError, match=message):
        opened("bad.pt2", base)


def test_guards_of_an_exported_program_are_not_run(base: Path) -> None:
    """They are Python; without them the program computes the same."""
    mark = base / "guarded"
    _changed_program(base / "guarded.pt2", {"models/model.json": _graph(base / "g", guards_code=[f"__import__('os').mkdir({str(mark)!r}) is None"])})
    source = opened("guarded.pt2", base)

    assert (source.parameters, mark.exists()) == (6, False)


def test_an_archive_that_grows_when_it_is_read_is_refused(base: Path) -> None:
    """A few kilobytes that would fill the memory."""
    _export(torch.nn.Linear(3, 2), base / "plain.pt2")
    with zipfile.ZipFile(base / "plain.pt2", "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("plain/data/weights/weight_9", bytes(1 << 28))
    with pytest.raises(SourceError, match="unpacked it would have"):
        opened("plain.pt2", base)


def test_torchscript_that_reaches_files_is_refused(base: Path) -> None:
    """torch.from_file writes, too."""
    (base / "reaching.py").write_text(
        "import torch\n\n\nclass Reaching(torch.nn.Module):\n    def forward(self, x):\n        return x + torch.from_file('victim', True, 3)\n"
    )
    scope: dict[str, Any] = {}
    exec(compile((base / "reaching.py").read_text(), str(base / "reaching.py"), "exec"), scope)  # noqa: S102 - the text above
    with warnings.catch_warnings(action="ignore"):
        linecache.checkcache()
        torch.jit.save(torch.jit.script(scope["Reaching"]()), base / "reaching.torchscript")
    with pytest.raises(SourceError, match="it calls 'from_file', an operation that reaches files") as caught:
        opened("reaching.torchscript", base, Asked(shapes=("1x3",)))
    assert "--trust-source" in caught.value.hint


def test_frozen_files_of_other_weights_are_other_models(base: Path) -> None:
    """Their weights lie in the graph, where no state dict has them; they are counted all the same."""
    found = []
    for name in ("one.torchscript", "two.torchscript"):
        with warnings.catch_warnings(action="ignore"):
            torch.jit.save(torch.jit.freeze(torch.jit.trace(torch.nn.Linear(3, 2).eval(), torch.zeros(1, 3))), base / name)
        found.append(opened(name, base, Asked(shapes=("1x3",))))

    assert found[0].key != found[1].key
    assert [source.parameters for source in found] == [6, 6]


def test_a_module_that_remembers_is_kept_as_it_was_and_begins_anew_with_each_row(base: Path) -> None:
    """Trying it out is no part of what it remembers."""
    (base / "counting.py").write_text(COUNTING)
    source = opened("python:counting:build", base)

    assert (source.stateful, source.inputs[0].shape, torch_kept.state(source)["calls"].item()) == (True, (1, 2), 0)
    np.testing.assert_array_equal(answers(source, base, np.ones((3, 2), np.float32))[0], np.ones((3, 2)))


COUNTING = """
import torch


class Counting(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("calls", torch.zeros(1))

    def forward(self, x):
        self.calls += 1
        return x * 0 + self.calls


def build():
    return Counting(), torch.zeros(1, 2)
"""


def test_a_functions_file_that_changed_since_is_not_taken_for_what_was_opened(base: Path) -> None:
    """The kept weights would meet other code."""
    source = opened("python:made:line", base)
    with (base / "made.py").open("a") as file:
        file.write("\n# changed\n")
    torch_model._LAST.clear()
    with pytest.raises(SourceError, match="was changed since the model was opened"):
        torch_model.eager(source)


def test_a_pickled_module_is_opened_where_it_is_trusted(base: Path) -> None:
    """Shapes are the suite's; Python code makes it again."""
    torch.save(torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.ReLU()), base / "module.pt")
    source = opened("module.pt", base, Asked(shapes=("1x3",), trust=True))

    assert torch_kept.has_eager(source)
    np.testing.assert_allclose(answers(source, base, random(5, 3))[0], torch_model.eager(source)(torch.from_numpy(random(5, 3))).detach().numpy(), rtol=1e-6)


def test_a_pickled_module_of_the_users_own_class_finds_it_beside_the_suite(base: Path) -> None:
    """When it is opened, and when it is made again."""
    (base / "shapes_of_mine.py").write_text("import torch\n\n\nclass Mine(torch.nn.Linear):\n    pass\n")
    program = "import torch, shapes_of_mine; torch.save(shapes_of_mine.Mine(3, 2), 'mine.pt')"
    subprocess.run([sys.executable, "-c", program], cwd=base, check=True, env={**os.environ, "PYTHONPATH": str(base)})
    source = opened("mine.pt", base, Asked(shapes=("1x3",), trust=True))
    sys.modules.pop("shapes_of_mine")

    assert type(torch_model.eager(source)).__name__ == "Mine"


def test_weights_alone_are_no_model(base: Path) -> None:
    """The error says where they go."""
    torch.save({"weight": torch.ones(2, 3)}, base / "weights.pth")
    with pytest.raises(SourceError, match="holds weights alone") as caught:
        opened("weights.pth", base)
    assert 'weights = "weights.pth"' in caught.value.hint


@pytest.mark.parametrize("name", ["model.pt2", "model.pt"])
@pytest.mark.parametrize("content", [b"", b"no model", b"PK\x03\x04" + bytes(40), pickle.dumps({"a": 1})])
def test_a_file_that_torch_cannot_read_is_an_error_that_names_it(base: Path, name: str, content: bytes) -> None:
    """Empty, text, a damaged archive, a pickle: never a traceback."""
    (base / name).write_bytes(content)
    with pytest.raises(SourceError, match=name):
        opened(name, base)


def test_an_exported_program_is_run_as_it_is(base: Path) -> None:
    """With a free batch too; it has no Python code, which is said."""
    module = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4)).eval()
    _export(module, base / "model.pt2", free=True)
    source, x = opened("model.pt2", base), random(6, 3)

    assert (source.inputs[0].shape, source.parameters, torch_kept.has_eager(source)) == ((1, 3), 12, False)
    np.testing.assert_allclose(answers(source, base, x)[0], module(torch.from_numpy(x)).detach().numpy(), rtol=1e-5, atol=1e-6)
    with pytest.raises(Refused, match="the model came as an exported program: there is no Python code of it"):
        torch_model.eager(source)


def test_torchscript_is_run_as_it_is(base: Path) -> None:
    """A branch in it and all; the suite says its shapes."""
    scope: dict[str, Any] = {}
    (base / "branch.py").write_text(CODE)
    exec(compile(CODE, str(base / "branch.py"), "exec"), scope)  # noqa: S102 - the text above
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.trace(torch.nn.Linear(3, 2), torch.zeros(1, 3)), base / "model.torchscript")
    source, x = opened("model.torchscript", base, Asked(shapes=("1x3",))), random(6, 3)

    assert (source.inputs[0].shape, source.parameters) == ((-1, 3), 6)
    with torch_kept.deprecations_unheard():
        expected = torch.jit.load(str(base / "model.torchscript"))(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(answers(source, base, x)[0], expected, rtol=1e-6)


def test_a_keras_function_asked_for_as_torch_says_which_word_is_wrong(base: Path) -> None:
    """And one that returns nothing says what to return."""
    with pytest.raises(SourceError, match="returned None, not a torch module"):
        opened("python:made:nothing", base)


def _export(module: Any, file: Path, *, free: bool = False) -> None:
    """Write an exported program of three inputs."""
    batch = {0: torch.export.Dim("batch", max=64)} if free else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.export.export(module.eval(), (torch.zeros(4 if free else 1, 3),), dynamic_shapes=({**batch},) if batch else None, strict=False)
        torch.export.save(program, file)


def test_modules_that_look_alike_are_two_models_where_functions_or_shapes_differ(base: Path) -> None:
    """Their code is not in their structure, and they may have no weights: each has a key of its own, and answers of its own."""
    (base / "alike.py").write_text(ALIKE)
    twice, half = (opened(f"python:alike:{name}", base) for name in ("twice", "half"))

    assert twice.key != half.key
    assert opened("python:alike:twice", base, Asked(shapes=("1x5",))).key != twice.key
    assert opened("python:alike:twice", base).key == twice.key
    assert [answers(source, base, np.ones((2, 3), np.float32))[0][0, 0] for source in (twice, half)] == [2.0, 0.5]
