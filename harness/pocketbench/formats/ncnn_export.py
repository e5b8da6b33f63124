"""One run of pnnx: from a source to the files of ncnn.

pnnx is a program; its Python package also imports the Python code that the program writes, which is not always Python (a
module named "0" becomes ``self.0``) and is not needed. So only the program is run, and what it wrote besides is left behind.
"""

import re
import shutil
import subprocess
import tempfile
import warnings
from pathlib import Path
from typing import Any

import msgspec

from pocketbench import ncnn_reader, torch_model
from pocketbench.errors import Refused
from pocketbench.model import Source, Tensor
from pocketbench.ncnn_reader import BIN, FOLDER, PARAM, TENSORS, Described

# Which axis of each input and output is the batch, as pnnx tells it in the code that it writes: 233 for none.
_INPUT = re.compile(r'ex\.input\("in(\d+)", ncnn\.Mat\(.*batch_index=(\d+)\)')
_OUTPUT = re.compile(r"out(\d+)\.numpy\(batch_index=(\d+)\)")
SECONDS = 600
# pnnx's words for dtypes; ncnn itself has whole numbers of 32 bits.
_WORDS = {"float32": "f32", "int64": "i64", "int32": "i32"}


def exported(source: Source, *, halves: bool, folder: Path) -> Path:
    """Write ``model.ncnn`` into a folder, for one row, with weights as halves or not.

    Raises Refused: unsupported-operation for layers that ncnn does not know, converter-error, and what the source refuses.
    """
    path = folder / FOLDER
    with tempfile.TemporaryDirectory(dir=folder, prefix="pnnx-") as name:
        row = torch_model.example(source)
        _traced(source, row, Path(name, "model.pt"))
        said = _run(source, Path(name), halves=halves)
        _check(Path(name))
        path.mkdir()
        for file in (PARAM, BIN):
            shutil.copyfile(Path(name, file), path / file)
        (path / TENSORS).write_bytes(msgspec.json.format(msgspec.json.encode(said), indent=2))
    return path


def _traced(source: Source, row: tuple[Any, ...], path: Path) -> None:
    """Keep the model as the TorchScript that pnnx reads: its own, or traced for one row. Raises Refused (converter-error)."""
    import torch

    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")  # TorchScript is deprecated; what tracing does not see shows in the file's numbers
            script = torch_model.script(source) or torch.jit.trace(torch_model.module(source), row, check_trace=False)
            torch.jit.save(script, str(path))
    except Refused:
        raise
    except Exception as error:  # tracing raises nearly anything
        first = str(error).strip().partition("\n")[0]
        raise Refused("converter-error", f"torch cannot trace the model: {type(error).__name__}: {first}"[:300]) from error


def _run(source: Source, folder: Path, *, halves: bool) -> Described:
    """Run pnnx on ``model.pt`` in a folder. Raises Refused (converter-error) with its last words where it did not write what ncnn reads."""
    import pnnx

    shapes = ",".join(f"[{','.join(map(str, _one(each).shape))}]{_WORDS[each.dtype]}" for each in source.inputs)
    command = [pnnx.EXEC_PATH, "model.pt", f"inputshape={shapes}", "device=cpu", f"fp16={int(halves)}"]
    try:
        ended = subprocess.run(command, cwd=folder, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise Refused("converter-error", f"pnnx was still busy after {SECONDS} s") from None
    code = folder / "model_ncnn.py"
    if ended.returncode or not (folder / PARAM).exists() or not (folder / BIN).exists() or not code.exists():
        lines = (ended.stderr or ended.stdout).decode(errors="replace").strip().splitlines() or ["it said nothing"]
        how = f"signal {-ended.returncode}" if ended.returncode < 0 else f"exit code {ended.returncode}"
        raise Refused("converter-error", f"pnnx ended with {how}: {lines[-1]}"[:300])
    return _described(source, code.read_text(encoding="utf-8"), halves=halves)


def _described(source: Source, code: str, *, halves: bool) -> Described:
    """What ncnn's files do not say of inputs and outputs. Raises Refused (converter-error) when pnnx has others than the source."""
    takes = {int(place): int(batch) for place, batch in _INPUT.findall(code)}
    gives = {int(place): int(batch) for place, batch in _OUTPUT.findall(code)}
    if sorted(takes) != list(range(len(source.inputs))) or sorted(gives) != list(range(len(source.outputs))):
        message = f"pnnx gave {len(takes)} inputs and {len(gives)} outputs, the model has {len(source.inputs)} and {len(source.outputs)}"
        raise Refused("converter-error", message)
    inputs = tuple(msgspec.structs.replace(_one(each), dtype=each.dtype.replace("64", "32")) for each in source.inputs)
    batches = tuple(takes[place] for place in sorted(takes)), tuple(gives[place] for place in sorted(gives))
    return Described(inputs, tuple(map(_one, source.outputs)), *batches, halves=halves)


def _check(folder: Path) -> None:
    """See that ncnn knows every layer. Raises Refused (unsupported-operation) naming those that it does not."""
    import ncnn

    unknown = [layer.type for layer in ncnn_reader.layers(folder) if ncnn.layer_to_index(layer.type) < 0]
    if unknown:
        raise Refused("unsupported-operation", f"ncnn has no layer for {', '.join(dict.fromkeys(unknown))}"[:300])


def _one(tensor: Tensor) -> Tensor:
    """A tensor for one row."""
    return msgspec.structs.replace(tensor, shape=tuple(1 if size < 0 else size for size in tensor.shape))
