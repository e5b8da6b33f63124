"""Ask a TensorFlow Lite runtime which operations and versions it knows, and write its column of tflite_versions.csv anew.

    python docs/operators/probe.py litert
    python docs/operators/probe.py tflite-runtime --python PYTHON --interpreter tflite_runtime.interpreter:Interpreter
    python docs/operators/probe.py tflite --python PYTHON --interpreter tensorflow:lite.Interpreter

An interpreter looks up every operator code of a file when it is made, whether an operation uses it or not. So a file with one
code and no operation is enough to ask: "Didn't find op for builtin opcode 'X' version 'N'" is a no, and no kernel is run.
A custom operation is looked up when its tensors are allocated; there the answer no is "unresolved custom op".

PYTHON is one that has the runtime; this script itself needs LiteRT, whose schema it writes files with.
"""

import argparse
import csv
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import flatbuffers
from ai_edge_litert import schema_py_generated as schema

TABLE = Path(__file__).parents[2] / "harness/pocketbench/tflite_versions.csv"
LITERT = "ai_edge_litert.interpreter:Interpreter"
MOST_VERSIONS = 32  # of one operation; the highest in LiteRT 2.3.0 is 14
# The custom operations that tensorflow/lite/core/kernels/register.cc adds to the built-in ones.
CUSTOM = ("AudioSpectrogram", "Mfcc", "NumericVerify", "TFLite_Detection_PostProcess")
NO = ("Didn't find op for builtin opcode", "Op builtin_code out of range")
NO_CUSTOM = "unresolved custom op"
# Reads a file in hexadecimal a line, and says yes or what the interpreter says.
ASK = """
import importlib, operator, sys
module, _, name = sys.argv[1].partition(":")
interpreter = operator.attrgetter(name)(importlib.import_module(module))
for line in sys.stdin:
    try:
        made = interpreter(model_content=bytes.fromhex(line))
        if "allocate" in sys.argv:
            made.allocate_tensors()
        said = "yes"
    except (ValueError, RuntimeError) as error:
        said = " ".join(str(error).split())
    print(said, flush=True)
"""


def known(python: str, interpreter: str) -> dict[str, str]:
    """What a runtime knows: the lowest and highest version of each operation, as ``"1-14"``. Raises RuntimeError for an answer that is neither yes nor no."""
    codes = {number: name for name, number in vars(schema.BuiltinOperator).items() if isinstance(number, int) and name != "CUSTOM"}
    asked = [(code, version) for code in sorted(codes) for version in range(1, MOST_VERSIONS + 1)]
    said = _ask(python, interpreter, [file(code, version) for code, version in asked])
    found: dict[str, list[int]] = {}
    for (code, version), answer in zip(asked, said, strict=True):
        if answer == "yes":
            found.setdefault(codes[code], []).append(version)
        elif not answer.startswith(NO):
            raise RuntimeError(f"{codes[code]} version {version}: {answer}")
    found |= {f"CUSTOM:{name}": versions for name in CUSTOM if (versions := _custom(python, interpreter, name))}
    return {name: _range(name, versions) for name, versions in found.items()}


def file(code: int, version: int, custom: str = "") -> bytes:
    """A file with one operator code, which no operation uses; where ``custom`` names it, one operation does, from one tensor to another."""
    model, graph, operator, buffer = schema.ModelT(), schema.SubGraphT(), schema.OperatorCodeT(), schema.BufferT()
    operator.builtinCode, operator.deprecatedBuiltinCode, operator.version = code, min(code, 127), version
    operator.customCode = custom or None
    graph.tensors, graph.operators, graph.inputs, graph.outputs = [], [], [], []
    if custom:
        operation = schema.OperatorT()
        operation.opcodeIndex, operation.inputs, operation.outputs = 0, [0], [1]
        graph.tensors, graph.operators, graph.inputs, graph.outputs = [_tensor("x"), _tensor("y")], [operation], [0], [1]
    model.version, model.subgraphs, model.operatorCodes, model.buffers = 3, [graph], [operator], [buffer]
    builder = flatbuffers.Builder(256)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def write(column: str, versions: Mapping[str, str]) -> None:
    """Put a runtime's answers into its column of the table; what the lines before the table say stays."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    said = [line for line in lines if line.startswith("#")]
    rows = {row["operation"]: row for row in csv.DictReader(line for line in lines if not line.startswith("#"))}
    columns = next(line for line in lines if not line.startswith("#")).split(",")
    for name in {*rows, *versions}:
        rows.setdefault(name, dict.fromkeys(columns, ""))
        rows[name] |= {"operation": name, column: versions.get(name, "")}
    table = [",".join(rows[name][key] for key in columns) for name in sorted(rows)]
    TABLE.write_text("\n".join([*said, ",".join(columns), *table, ""]), encoding="utf-8")


def _custom(python: str, interpreter: str, name: str) -> list[int]:
    """The versions of a custom operation that a runtime has a kernel for. Such a kernel may not survive a file that makes no sense to it."""
    files = {version: file(schema.BuiltinOperator.CUSTOM, version, name) for version in (1, 2)}
    return [version for version, content in files.items() if not any(NO_CUSTOM in line for line in _ask(python, interpreter, [content], "allocate"))]


def _ask(python: str, interpreter: str, files: Sequence[bytes], *words: str) -> list[str]:
    """What the interpreter says to each file. Raises RuntimeError when it says nothing at all of files that must not harm it."""
    asked = "\n".join(content.hex() for content in files)
    ended = subprocess.run([python, "-c", ASK, interpreter, *words], input=asked, capture_output=True, text=True, check=False)
    said = ended.stdout.splitlines()
    if len(said) != len(files) and not words:
        raise RuntimeError(ended.stderr)
    return said


def _tensor(name: str) -> schema.TensorT:
    """Four numbers, float32."""
    tensor = schema.TensorT()
    tensor.name, tensor.shape, tensor.type, tensor.buffer = name, [1, 4], schema.TensorType.FLOAT32, 0
    return tensor


def _range(name: str, versions: Sequence[int]) -> str:
    """The lowest and the highest. Raises RuntimeError where one between them is missing."""
    low, high = min(versions), max(versions)
    if len(versions) != high - low + 1:
        raise RuntimeError(f"{name}: the versions {versions} have a gap")
    return f"{low}-{high}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("column")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--interpreter", default=LITERT)
    given = parser.parse_args()
    write(given.column, known(given.python, given.interpreter))
