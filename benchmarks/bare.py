"""Each runtime's own loop, as its documentation has it, in as few lines: what the harness is held against.

Each is a program of three words: the model's file or folder, a file with one row, how many seconds to run. It prints the
median in nanoseconds, without the first fifth.
"""

_LOOP = """
end = time.perf_counter() + float(sys.argv[3])
samples = []
while time.perf_counter() < end:
    began = time.perf_counter_ns()
    invoke()
    samples.append(time.perf_counter_ns() - began)
samples = sorted(samples[len(samples) // 5:])
print(samples[len(samples) // 2])
"""
_ROW = "import sys, time, warnings\nimport numpy as np\nwarnings.simplefilter('ignore')\n"
_TORCH = (
    f"{_ROW}import torch\ntorch.set_num_threads(1)\ntorch.set_grad_enabled(False)\n"
    "row = torch.from_numpy(np.fromfile(sys.argv[2], np.float32).reshape(1, 32, 32, 3))\n"
)

LITERT = f"""{_ROW}
from ai_edge_litert.interpreter import Interpreter
interpreter = Interpreter(model_path=sys.argv[1], num_threads=1)
interpreter.allocate_tensors()
tensor = interpreter.get_input_details()[0]
interpreter.set_tensor(tensor["index"], np.fromfile(sys.argv[2], dtype=tensor["dtype"], count=int(np.prod(tensor["shape"]))).reshape(tensor["shape"]))
invoke = interpreter.invoke
{_LOOP}"""

ONNXRUNTIME = f"""{_ROW}
import onnxruntime
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
given = session.get_inputs()[0]
feed = {{given.name: np.fromfile(sys.argv[2], np.float32).reshape(given.shape)}}
invoke = lambda: session.run(None, feed)
{_LOOP}"""

TORCHSCRIPT = f"""{_TORCH}
module = torch.jit.load(sys.argv[1]).eval()
invoke = lambda: module(row)
{_LOOP}"""

PYTORCH_LITE = f"""{_TORCH}
from torch.jit.mobile import _load_for_lite_interpreter
module = _load_for_lite_interpreter(sys.argv[1])
invoke = lambda: module(row)
{_LOOP}"""

EXECUTORCH = f"""{_TORCH}
from executorch.extension.pybindings import _portable_lib
_portable_lib._unsafe_reset_threadpool(1)
from executorch.runtime import Runtime
program = Runtime.get().load_program(sys.argv[1])
method = program.load_method("forward")
invoke = lambda: method.execute([row])
{_LOOP}"""

NCNN = f"""{_ROW}
import ncnn
net = ncnn.Net()
net.opt.num_threads = 1
net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = False
net.load_param(sys.argv[1] + "/model.ncnn.param")
net.load_model(sys.argv[1] + "/model.ncnn.bin")
row = ncnn.Mat(np.fromfile(sys.argv[2], np.float32).reshape(32, 32, 3)).clone()
def invoke():
    extractor = net.create_extractor()
    extractor.input("in0", row)
    extractor.extract("out0")
{_LOOP}"""

LOOPS = {
    ("litert", "tflite"): LITERT, ("onnxruntime", "onnx"): ONNXRUNTIME, ("torchscript", "torchscript"): TORCHSCRIPT,
    ("pytorch-lite", "torchscript"): PYTORCH_LITE, ("executorch", "executorch"): EXECUTORCH, ("ncnn", "ncnn"): NCNN,
}  # fmt: skip
