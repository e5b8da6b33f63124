"""Workers, tried on real processes that crash, hang, grow, leave and lie."""

import json
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from pocketbench import toolchains, worker_main
from pocketbench.errors import (
    DataError,
    DeadlinePassed,
    MemoryExceeded,
    ProtocolError,
    Refused,
    SourceError,
    TaskRaised,
    UnknownName,
    WorkerCrashed,
)
from pocketbench.worker import Worker, Workers
from pocketbench.worker import log as worker_log

MIB = 1 << 20
PLENTY = 4096 * MIB
SOON_S = 60.0
HERE = Path(__file__).parent

Made = Callable[..., Worker]


def environment() -> dict[str, str]:
    """What lets a child find this folder's modules and the package."""
    return {"PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parent / "harness"), *filter(None, [os.environ.get("PYTHONPATH")])])}


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Made]:
    """Make workers that may call this folder's tasks, and end them."""
    made: list[Worker] = []

    def new(*, memory_limit_bytes: int = PLENTY, recycle_bytes: int = PLENTY, allowed: tuple[str, ...] = ("worker_tasks:", "os:"), **more: object) -> Worker:
        chosen = {"environment": environment(), "preload": (), **more}
        log = tmp_path / f"log-{len(made)}.txt"
        made.append(Worker("test", log=log, memory_limit_bytes=memory_limit_bytes, recycle_bytes=recycle_bytes, allowed=allowed, **chosen))  # type: ignore[arg-type]
        return made[-1]

    yield new
    for worker in made:
        worker.close()


@pytest.fixture
def worker(make: Made) -> Worker:
    """One worker with plenty of memory."""
    return make()


def task(worker: Worker, name: str, deadline_s: float = SOON_S, **arguments: object) -> object:
    """Call one of the tasks."""
    return worker.call(f"worker_tasks:{name}", arguments, deadline_s=deadline_s)


def gone(pids: list[int]) -> bool:
    """Wait, for a bounded time, until no process of these ids lives; a zombie whose parent has not noticed counts as gone."""
    processes = []
    for pid in pids:
        try:
            processes.append(psutil.Process(pid))
        except psutil.NoSuchProcess:
            continue
    alive = [process for process in psutil.wait_procs(processes, timeout=20)[1] if process.is_running()]
    return all(process.status() == psutil.STATUS_ZOMBIE for process in alive)


def test_a_task_is_called_with_its_arguments_and_gives_its_value(worker: Worker) -> None:
    """The plain case."""
    assert task(worker, "add", first=2, second=3) == 5


def test_one_process_serves_many_calls(worker: Worker) -> None:
    """Imports are paid once."""
    assert task(worker, "pid") == task(worker, "pid") == worker.pid


def test_a_segfault_is_named_and_the_next_call_has_a_new_process(worker: Worker) -> None:
    """A converter that crashes costs its own variant only, and the log says where it was."""
    first = task(worker, "pid")

    with pytest.raises(WorkerCrashed, match=r"worker_tasks:segfault in the test worker died of SIGSEGV") as caught:
        task(worker, "segfault")

    assert "about to read address 0" in caught.value.log
    assert "in segfault" in caught.value.log
    assert task(worker, "pid") not in (first, None)


def test_an_exit_of_its_own_is_a_crash_with_the_exit_code(worker: Worker) -> None:
    """A task that ends the process did not answer."""
    with pytest.raises(WorkerCrashed, match="exit code 3") as caught:
        task(worker, "leave", code=3)

    assert caught.value.log == "leaving"


def test_an_exit_is_noticed_although_a_descendant_holds_the_channel_open(worker: Worker) -> None:
    """The end of the channel is not the only sign of an end."""
    with pytest.raises(WorkerCrashed, match="exit code 4"):
        task(worker, "leave_a_child_with_the_channel")


def test_sys_exit_ends_the_task_and_not_the_worker(worker: Worker) -> None:
    """A converter's command-line habits are an error like another."""
    before = task(worker, "pid")

    with pytest.raises(TaskRaised, match="SystemExit: usage: converter MODEL"):
        task(worker, "system_exit")

    assert task(worker, "pid") == before


@pytest.mark.slow
def test_a_deadline_ends_the_process_and_what_it_started(worker: Worker, tmp_path: Path) -> None:
    """Even native code that holds the interpreter is ended."""
    task(worker, "pid")

    with pytest.raises(DeadlinePassed, match=r"worker_tasks:hang in the test worker was still busy after 5 s"):
        task(worker, "hang", deadline_s=5, pids=str(tmp_path / "pids"))

    assert worker.pid is None
    assert gone(json.loads((tmp_path / "pids").read_text()))
    assert task(worker, "add", first=1, second=1) == 2


@pytest.mark.slow
def test_a_deadline_also_ends_what_left_the_group(worker: Worker, tmp_path: Path) -> None:
    """A descendant in a session of its own is not forgotten."""
    task(worker, "pid")

    with pytest.raises(DeadlinePassed):
        task(worker, "hang_beside_a_session_of_its_own", deadline_s=5, pids=str(tmp_path / "pids"))

    assert gone(json.loads((tmp_path / "pids").read_text()))


def test_a_task_that_grows_past_the_limit_is_ended(make: Made) -> None:
    """The resident size is watched while it runs."""
    worker = make(memory_limit_bytes=150 * MIB)

    with pytest.raises(MemoryExceeded, match="its limit is 150 MiB"):
        task(worker, "grow", step_bytes=4 * MIB, most_bytes=300 * MIB)

    assert worker.pid is None
    assert task(worker, "add", first=1, second=1) == 2


def test_memory_of_descendants_counts(make: Made) -> None:
    """A converter that hands its work to a child process is held to the same limit."""
    with pytest.raises(MemoryExceeded):
        task(make(memory_limit_bytes=150 * MIB), "grow_in_a_child", most_bytes=200 * MIB)


def test_a_worker_left_large_is_replaced_before_the_next_call(make: Made) -> None:
    """The task that grew still gives its answer."""
    worker = make(recycle_bytes=100 * MIB)

    first = task(worker, "keep", held_bytes=MIB)
    second = task(worker, "keep", held_bytes=150 * MIB)

    assert first == second
    assert worker.pid is None
    assert task(worker, "pid") != first


def test_a_worker_killed_between_two_calls_is_started_again(worker: Worker) -> None:
    """The second task is not blamed for it."""
    pid = task(worker, "pid")
    assert isinstance(pid, int)
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)

    assert task(worker, "pid") != pid


def test_what_tasks_print_is_bounded_and_its_end_kept(worker: Worker, tmp_path: Path) -> None:
    """A hundred megabytes of a framework's chatter neither fill the disk nor reach the answer."""
    assert task(worker, "talk", total_bytes=100_000_000) == "said"

    log = (tmp_path / "log-0.txt").read_text()
    assert len(log) <= worker_log.LIMIT_BYTES
    assert log.endswith("the last line\n")


def test_a_log_that_cannot_be_written_costs_the_file_and_not_the_call(tmp_path: Path) -> None:
    """The end of it is known all the same."""
    log = worker_log.Log(tmp_path / "no-such-folder" / "log.txt")
    log.begin()
    log.add(b"printed")

    assert log.tail() == "printed"


def test_what_a_task_prints_is_cut_while_it_runs(worker: Worker, tmp_path: Path) -> None:
    """A task that prints for hours does not fill the disk."""
    assert task(worker, "talk_until_it_is_cut", log=str(tmp_path / "log-0.txt"))


def test_the_last_words_before_a_crash_are_kept_after_a_flood(worker: Worker) -> None:
    """What is told of a crash is what was printed last."""
    with pytest.raises(WorkerCrashed) as caught:
        task(worker, "talk_and_leave", total_bytes=20_000_000)

    assert caught.value.log.endswith("the last line")


def test_a_task_that_closes_its_output_still_answers(worker: Worker) -> None:
    """And what it prints afterwards is nobody's."""
    assert task(worker, "close_output") == "closed"
    assert task(worker, "add", first=1, second=1) == 2


def test_the_log_of_an_error_is_that_of_its_own_call(worker: Worker) -> None:
    """An earlier task's output is not shown as this one's."""
    task(worker, "talk", total_bytes=10)

    with pytest.raises(TaskRaised) as caught:
        task(worker, "talk_and_raise")

    assert caught.value.log.startswith("converting layer 3")
    assert "the last line" not in caught.value.log


def test_an_error_from_outside_the_tree_comes_with_its_class_and_traceback(worker: Worker) -> None:
    """Callers choose the reason; users see where it was raised."""
    with pytest.raises(TaskRaised, match="KeyError: 'layer 3'") as caught:
        task(worker, "talk_and_raise")

    assert caught.value.type_name == "KeyError"
    assert "worker_tasks.py" in caught.value.log


def test_a_refusal_keeps_its_reason_message_and_hint(worker: Worker) -> None:
    """A typed reason crosses the channel."""
    with pytest.raises(Refused) as caught:
        task(worker, "refuse")

    assert (caught.value.reason, caught.value.message, caught.value.hint) == ("unsupported-operation", "no translation for Erfinv", "leave it out")


def test_an_error_of_the_tree_is_raised_again_as_itself(worker: Worker) -> None:
    """With its message and hint."""
    with pytest.raises(SourceError) as caught:
        task(worker, "source_error")

    assert (caught.value.message, caught.value.hint) == ("model.keras: no model", "save it again")


def test_a_derived_error_is_raised_again_as_the_nearest_of_the_tree(worker: Worker) -> None:
    """The parent builds only classes that it knows."""
    with pytest.raises(DataError, match="no rows"):
        task(worker, "derived_error")


def test_a_task_cannot_pretend_that_its_worker_was_lost(worker: Worker) -> None:
    """Those errors are the parent's to raise."""
    with pytest.raises(TaskRaised, match="DeadlinePassed: never"):
        task(worker, "lost_error")


def test_an_error_without_a_text_is_told_all_the_same(worker: Worker) -> None:
    """An error that breaks while it is printed does not break the worker."""
    with pytest.raises(TaskRaised, match="_UnprintableError"):
        task(worker, "unprintable")


def test_an_answer_that_is_too_long_is_an_error_of_its_task(worker: Worker) -> None:
    """The process lives on."""
    with pytest.raises(TaskRaised, match="at most"):
        task(worker, "answer", length=worker_main.ANSWER_LIMIT_BYTES)

    assert task(worker, "add", first=1, second=1) == 2


def test_a_large_request_and_a_large_answer_pass(worker: Worker) -> None:
    """Neither side waits for the other for ever."""
    said = task(worker, "answer", length=8 * MIB)

    assert isinstance(said, str)
    assert len(said) == 8 * MIB
    with pytest.raises(TaskRaised, match="TypeError"):
        task(worker, "pid", unwanted="x" * 8 * MIB)


@pytest.mark.parametrize("name", ["no_json", "nested"])
def test_an_answer_that_is_no_json_is_an_error_of_its_task(worker: Worker, name: str) -> None:
    """Sets and endless nestings have no word."""
    with pytest.raises(TaskRaised, match=r"TypeError|RecursionError"):
        task(worker, name, **({"depth": 100_000} if name == "nested" else {}))


@pytest.mark.parametrize(
    "forged",
    [
        '{"call": 1, "ok": 5}\n{"call": 2, "ok": 6}\n',
        '{"call": 7, "ok": 5}\n',
        "[1]\n",
        "no json\n",
        "[" * 200_000 + "\n",
        '{"call": 1, "raised": 3}\n',
        "\xff\n",
    ],
)
def test_a_forged_answer_is_a_protocol_error(make: Made, forged: str) -> None:
    """What comes back over the channel is checked, whoever wrote it."""
    worker = make()

    with pytest.raises(ProtocolError):
        task(worker, "write_to_the_channel", text=forged)


def test_an_endless_answer_is_cut_off(worker: Worker) -> None:
    """The parent's memory is bounded too."""
    with pytest.raises(ProtocolError, match="longer than"):
        task(worker, "write_to_the_channel", text="x" * (worker_main.ANSWER_LIMIT_BYTES + MIB))


def test_only_functions_that_are_allowed_are_called(make: Made) -> None:
    """A suite cannot name any function of any module."""
    with pytest.raises(TaskRaised, match=r"os:getpid may not be called"):
        make(allowed=("pocketbench.",)).call("os:getpid", {}, deadline_s=SOON_S)


@pytest.mark.parametrize("name", ["missing", "not_a_function"])
def test_a_function_that_is_none_is_an_error_of_its_task(worker: Worker, name: str) -> None:
    """A wrong name is told, not a crash."""
    with pytest.raises(TaskRaised, match=r"AttributeError|TypeError"):
        task(worker, name)


def test_random_numbers_do_not_depend_on_the_order_of_tasks(make: Made) -> None:
    """Every call begins as in a fresh process."""
    with_numpy = {"preload": ("numpy",)}
    first, second = make(**with_numpy), make(**with_numpy)
    alone = task(first, "dice", count=3)

    task(second, "dice", count=50)

    assert task(second, "dice", count=3) == alone
    assert second.call("worker_tasks:dice", {"count": 3}, deadline_s=SOON_S, seed=1) != alone


def test_sets_of_strings_are_gone_through_in_one_order(make: Made) -> None:
    """Converters that walk a set write the same file in every process."""
    assert task(make(), "order_of_a_set") == task(make(), "order_of_a_set")


def test_every_call_begins_in_the_same_folder(worker: Worker, tmp_path: Path) -> None:
    """A task that moves away does not break relative paths of the next."""
    assert task(worker, "move_away", folder=str(tmp_path)) == task(worker, "move_away", folder=str(tmp_path)) == str(Path.cwd())


def test_a_worker_has_the_environment_it_is_given(make: Made) -> None:
    """A toolchain's variables reach its process."""
    assert task(make(environment={**environment(), "POCKETBENCH_TEST": "yes"}), "environment", variable="POCKETBENCH_TEST") == "yes"


def test_a_modules_name_in_the_working_folder_shadows_nothing(make: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user's folder may hold a file random.py."""
    (tmp_path / "random.py").write_text("raise SystemExit('shadowed')")
    monkeypatch.chdir(tmp_path)

    assert task(make(), "add", first=1, second=1) == 2


def test_a_task_that_reads_its_input_reads_nothing(worker: Worker) -> None:
    """Nobody sits before it."""
    assert task(worker, "read_input") == ""


def test_a_python_that_is_not_there_is_told(make: Made) -> None:
    """An environment that was removed is no traceback."""
    with pytest.raises(WorkerCrashed, match="/nowhere/python cannot be started"):
        task(make(python="/nowhere/python"), "pid")


def test_a_worker_serves_threads_one_after_another(worker: Worker) -> None:
    """Answers never cross, and a worker outlives the thread that started it."""
    given: dict[int, object] = {}
    threads = [threading.Thread(target=lambda n=number: given.update({n: task(worker, "add", first=n, second=n)})) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    before = worker.pid

    assert given == {0: 0, 1: 2, 2: 4, 3: 6}
    assert task(worker, "pid") == before


PARENT = """
import os, sys
from pathlib import Path
from pocketbench.worker import Worker
worker = Worker("test", log=Path(sys.argv[1]) / "log.txt", memory_limit_bytes=1 << 40, recycle_bytes=1 << 40, allowed=("worker_tasks:",), preload=())
worker.call("worker_tasks:hang", {"pids": str(Path(sys.argv[1]) / "pids")}, deadline_s=600)
"""


def start_parent(folder: Path) -> tuple[subprocess.Popen[bytes], list[int]]:
    """Start a process whose worker hangs, in a process group of its own; give the ids of the worker and of what that started."""
    os.mkfifo(folder / "pids")
    with (folder / "errors.txt").open("wb") as output:
        parent = subprocess.Popen([sys.executable, "-c", PARENT, str(folder)], env={**os.environ, **environment()}, start_new_session=True, stderr=output)
    descriptor = os.open(folder / "pids", os.O_RDWR)
    try:
        assert select.select([descriptor], [], [], SOON_S)[0], (folder / "errors.txt").read_text()
        return parent, json.loads(os.read(descriptor, 1000))
    finally:
        os.close(descriptor)


def test_a_killed_parent_leaves_no_worker_and_nothing_that_it_started(tmp_path: Path) -> None:
    """Even when the worker sits in native code and cannot look."""
    parent, children = start_parent(tmp_path)
    assert all(psutil.pid_exists(pid) for pid in children)

    parent.kill()
    parent.wait()

    assert gone(children)


def test_control_c_is_answered_by_the_parent_alone(tmp_path: Path) -> None:
    """One KeyboardInterrupt, in the parent; the worker is in a session of its own, says nothing and goes."""
    parent, children = start_parent(tmp_path)
    assert os.getsid(children[0]) == children[0]

    os.killpg(parent.pid, signal.SIGINT)
    parent.wait(timeout=30)

    assert gone(children)
    assert (tmp_path / "errors.txt").read_text().count("KeyboardInterrupt") == 1
    assert (tmp_path / "log.txt").read_text() == ""


def test_closing_ends_the_process(make: Made) -> None:
    """And closing twice does no harm."""
    with closing(make()) as worker:
        pid = task(worker, "pid")
    worker.close()

    assert isinstance(pid, int)
    assert gone([pid])


def test_workers_start_on_demand_and_all_end(tmp_path: Path) -> None:
    """One a toolchain, with its log in the folder given."""
    with Workers(tmp_path) as workers:
        assert not list(tmp_path.iterdir())
        assert workers.call("plain", "pocketbench.toolchains:mismatched", {"lane": "tflite"}, deadline_s=SOON_S) == []
        pid = workers._worker("plain").pid
        assert pid
        assert [path.name for path in tmp_path.iterdir()] == ["worker-plain.txt"]

    assert gone([pid])


def test_an_unknown_toolchain_is_told_with_the_known_ones(tmp_path: Path) -> None:
    """A wrong word in an adapter is found at the first call."""
    with Workers(tmp_path) as workers, pytest.raises(UnknownName, match=r"known: .*tensorflow"):
        workers.call("tensorflo", "pocketbench.toolchains:version", {"distribution": "numpy"}, deadline_s=SOON_S)


@pytest.mark.slow
def test_training_and_names_of_layers_do_not_depend_on_the_order_of_tasks(make: Made) -> None:
    """The same weights to the last bit, first or second, in one process or another."""
    tensorflow = toolchains.TOOLCHAINS.get("tensorflow")
    chosen = {"environment": {**environment(), **tensorflow.environment}, "preload": tensorflow.preload}
    worker = make(**chosen)
    alone = task(worker, "train", rows=64, deadline_s=300)
    thrown = task(worker, "tensorflow_dice")
    worker.close()

    again = task(worker, "tensorflow_dice", deadline_s=300)
    task(worker, "train", rows=32)

    assert again == thrown
    assert task(worker, "train", rows=64) == alone


@pytest.mark.slow
def test_what_a_task_sets_of_torch_is_not_there_for_the_next(make: Made) -> None:
    """Types, devices, threads, gradients, determinism and the engine of integers are those that torch came with."""
    torch = toolchains.TOOLCHAINS.get("torch")
    worker = make(environment={**environment(), **torch.environment}, preload=torch.preload)
    before = task(worker, "torch_found", deadline_s=300)

    other = task(worker, "torch_left_otherwise")

    assert isinstance(before, list)
    assert isinstance(other, list)
    assert all(was != now for was, now in zip(before, other, strict=True))
    assert task(worker, "torch_found") == before
