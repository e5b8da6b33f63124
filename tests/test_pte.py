"""What is inside ExecuTorch programs: five recorded files of one linear model, y = x · W + b with W of shape (4, 3), whole and damaged.

They were made by ExecuTorch 1.3.1 of the weights in ``linear_model.py``: float32 and int8 for XNNPACK, int8 for ExecuTorch's own kernels, float32 for Vulkan,
float16 for CoreML.
"""

import tempfile
from pathlib import Path

import numpy as np
import pytest

from linear_model import WEIGHTS
from pocketbench import pte_delegates, pte_reader
from pocketbench.errors import Refused
from pocketbench.executorch_anatomy import anatomy_of
from pocketbench.flatbuffer import Buffer
from pocketbench.model import KERNEL, Tensor

FILES = Path(__file__).parent / "recorded" / "pte"
NAMES = ("linear", "linear-int8", "linear-portable-int8", "linear-vulkan", "linear-coreml")


@pytest.mark.parametrize(
    ("name", "dtype"),
    [("linear", "float32"), ("linear-int8", "int8"), ("linear-portable-int8", "int8"), ("linear-vulkan", "float32"), ("linear-coreml", "float16")],
)
def test_weights_are_counted_wherever_they_lie(name: str, dtype: str) -> None:
    """Twelve elements in the dtype of the technique, in a back end's data or in the program's own; no bias, no scale."""
    seen = anatomy_of(FILES / f"{name}.pte")

    assert seen.parameters_by_dtype == {dtype: WEIGHTS.size}
    assert seen.parameters_quantized == (WEIGHTS.size if dtype == "int8" else 0)
    assert seen.zeros == pytest.approx(1 / WEIGHTS.size)
    assert 0 < seen.zip_bytes < seen.size_bytes == (FILES / f"{name}.pte").stat().st_size


def test_the_values_are_the_models() -> None:
    """XNNPACK holds them with the outputs first, (3, 4), float32."""
    file = pte_reader.read(FILES / "linear.pte")
    graph = pte_delegates.graph_of(file.delegates[0].backend, file.delegates[0].program, file.named)

    assert graph is not None
    (kernel,) = (each for each in graph.constants if each.operation)
    np.testing.assert_array_equal(kernel.raw.view("<f4").reshape(kernel.shape), WEIGHTS.T)


@pytest.mark.parametrize(
    ("name", "operations"),
    [
        ("linear", {"XnnpackBackend FullyConnected": 1}),
        ("linear-int8", {"XnnpackBackend Convert": 2, "XnnpackBackend FullyConnected": 1}),
        ("linear-vulkan", {"VulkanBackend aten.linear.default": 1}),
        ("linear-coreml", {"CoreMLBackend cast": 2, "CoreMLBackend linear": 1}),
    ],
)
def test_operations_left_to_a_back_end_are_named_with_it(name: str, operations: dict[str, int]) -> None:
    """What XNNPACK, Vulkan or CoreML is left is counted one by one."""
    assert anatomy_of(FILES / f"{name}.pte").operations == operations


def test_operations_of_its_own_have_their_names_and_overloads() -> None:
    """Without a back end integers are turned into floats for a float kernel: two operations quantise, three bring back."""
    seen = anatomy_of(FILES / "linear-portable-int8.pte").operations

    assert seen["aten::addmm.out"] == 1
    assert {name: count for name, count in seen.items() if name.startswith("quantized_decomposed::")} == {
        "quantized_decomposed::dequantize_per_tensor.out": 2, "quantized_decomposed::quantize_per_tensor.out": 2,
        "quantized_decomposed::dequantize_per_channel.out": 1,
    }  # fmt: skip


def test_inputs_and_outputs_are_named_by_their_place_and_take_one_row() -> None:
    """A program has no names for them; floats go in and come out whatever is inside."""
    for name in NAMES:
        seen = anatomy_of(FILES / f"{name}.pte")
        assert (seen.inputs, seen.outputs) == ((Tensor("input_0", (1, 4), "float32"),), (Tensor("output_0", (1, 3), "float32"),))


@pytest.mark.parametrize("name", ["linear", "linear-int8", "linear-portable-int8"])
def test_a_kernel_is_described_with_its_input_axis_last(name: str) -> None:
    """Of one group of four inputs a row, one row has a zero: none has two."""
    (kernel,) = anatomy_of(FILES / f"{name}.pte").kernels

    assert (kernel.kind, kernel.elements, kernel.two_of_four) == (KERNEL, 12, 0.0)
    assert kernel.channel_values == 4
    assert bool(kernel.scales) == ("int8" in name)


def test_a_program_cut_short_is_refused_wherever_it_ends() -> None:
    """Its constants lie at its end: no shorter file is a whole one."""
    whole = (FILES / "linear.pte").read_bytes()
    for size in (*range(0, 200, 7), *range(200, len(whole), 101), len(whole) - 1):
        assert _refused(whole[:size]), size


def test_a_damaged_program_is_refused_or_read_and_nothing_else() -> None:
    """Whatever byte is changed, what comes out is an anatomy or a typed refusal, at once."""
    numbers = np.random.default_rng(4)
    for name in NAMES:
        whole = (FILES / f"{name}.pte").read_bytes()
        for _ in range(150):
            changed = bytearray(whole)
            for at in numbers.integers(0, len(whole), 3):
                changed[at] = numbers.choice([0, 255, int(numbers.integers(256))])
            _refused(bytes(changed))


def test_another_file_is_refused_with_its_name(tmp_path: Path) -> None:
    """The message says what it is not."""
    (tmp_path / "model.pte").write_bytes(b"TFL3" * 40)
    with pytest.raises(Refused, match=r"model\.pte is not a whole ExecuTorch program") as caught:
        anatomy_of(tmp_path / "model.pte")
    assert caught.value.reason == "engine-cannot-read"


def test_lists_longer_than_the_file_are_not_walked() -> None:
    """A list that claims four billion entries is an error before the first is read."""
    content = np.zeros(64, np.uint8)
    content[:8] = np.frombuffer(b"\x10\x00\x00\x00ET12", np.uint8)
    content[16:20] = np.frombuffer((8).to_bytes(4, "little"), np.uint8)  # the table, its virtual table before it
    content[8:14] = np.frombuffer(bytes((6, 0, 8, 0, 4, 0)), np.uint8)
    content[20:24] = np.frombuffer((4).to_bytes(4, "little"), np.uint8)
    content[24:28] = 255
    table = Buffer(content).root(b"ET12")
    for walk in (lambda: table.numbers(0), lambda: list(table.tables(0)), lambda: table.bytes(0)):
        with pytest.raises(ValueError, match="it ends inside its data"):
            walk()


def _refused(content: bytes) -> bool:
    """Whether a file is refused; anything raised but Refused is an error."""
    with tempfile.NamedTemporaryFile(suffix=".pte") as file:
        file.write(content)
        file.flush()
        try:
            anatomy_of(Path(file.name))
        except Refused as error:
            return error.reason == "engine-cannot-read"
    return False
