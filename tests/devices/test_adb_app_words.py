"""What Android says when it starts the app, read: pure. The texts have the forms of AOSP's sources (cmds/am, debuggerd, lowmemorykiller)."""

import base64
from pathlib import Path

import msgspec
import pytest

from pocketbench import protocol
from pocketbench.devices import adb_app_death, adb_app_install, adb_app_lock, adb_app_order, adb_app_said
from pocketbench.devices.adb_app_apk import Apk
from pocketbench.devices.adb_app_install import There
from pocketbench.errors import CommandFailed
from pocketbench.protocol import Order, TensorFile

DONE = """INSTRUMENTATION_STATUS: report={"event":"hello"}
INSTRUMENTATION_STATUS_CODE: 1
INSTRUMENTATION_STATUS: report={"event":"done"}
INSTRUMENTATION_STATUS_CODE: 1
INSTRUMENTATION_RESULT: pocketbench=done
INSTRUMENTATION_CODE: -1
"""
LOG = """11-28 06:00:00.000   100   100 I pocketbench: order first is begun
11-28 06:00:00.100   812   840 I ActivityManager: Killing 4000:org.pocketbench.app/u0a99 (adj 0): crash
11-28 06:00:01.000   100   100 I pocketbench : order o-1 is begun
11-28 06:00:01.100   812   840 I ActivityManager: Killing 4242:org.pocketbench.app/u0a99 (adj 0): stop org.pocketbench.app due to from pid 4300
"""


def order(kind: str = "outputs") -> Order:
    """An order of two rows."""
    return Order(protocol.PROTOCOL, "o-1", kind, "tflite", "model-1.tflite", "cpu", 1, {}, 2, (), (TensorFile("y", "it's.bin", (1, 10), "float32"),))


def test_an_order_that_was_carried_out_ends_by_itself() -> None:
    """Its statuses in order, its result, its code."""
    said = adb_app_said.read(DONE)

    assert (said.code, said.results, said.crashed, said.failed) == (-1, {"pocketbench": "done"}, "", "")
    assert list(said.every("report")) == ['{"event":"hello"}', '{"event":"done"}']


@pytest.mark.parametrize(
    ("text", "crashed"),
    [
        ("INSTRUMENTATION_RESULT: shortMsg=Process crashed.\nINSTRUMENTATION_CODE: 0\n", "Process crashed."),
        ("INSTRUMENTATION_STATUS: report={}\nINSTRUMENTATION_STATUS_CODE: 1\n", "Process crashed."),
        ("", "Process crashed."),
        (
            (
                "INSTRUMENTATION_RESULT: longMsg=java.lang.IllegalStateException: two\nlines\n"
                "INSTRUMENTATION_RESULT: shortMsg=java.lang.IllegalStateException\n"
                "INSTRUMENTATION_CODE: 0\n"
            ),
            "java.lang.IllegalStateException java.lang.IllegalStateException: two lines",
        ),
    ],
)
def test_a_process_that_died_is_no_end(text: str, crashed: str) -> None:
    """Android says so, or no code comes at all."""
    assert adb_app_said.read(text).crashed == crashed


@pytest.mark.parametrize(
    ("text", "failed"),
    [
        (
            (
                "android.util.AndroidException: INSTRUMENTATION_FAILED: org.pocketbench.app/.OrderInstrumentation\n\tat com.android.commands.am.Instrument\n"
                "INSTRUMENTATION_STATUS: id=ActivityManagerService\nINSTRUMENTATION_STATUS: Error=Unable to find instrumentation info for: ComponentInfo{a/b}\n"
                "INSTRUMENTATION_STATUS_CODE: -1\n"
            ),
            "Unable to find instrumentation info for: ComponentInfo{a/b}",
        ),
        ("INSTRUMENTATION_ABORTED: System has crashed.\n", "System has crashed."),
    ],
)
def test_an_app_that_is_not_started_is_told_in_androids_words(text: str, failed: str) -> None:
    """Whatever comes first."""
    assert adb_app_said.read(text).failed == failed


def test_report_and_outputs_that_are_told_come_together_again() -> None:
    """Long lines in pieces, outputs in base64; what has another form is left out."""
    statuses = [
        'report_piece={"a":',
        "report=1}",
        "output=y.bin:4:" + base64.b64encode(b"abcd").decode(),
        "output=y.bin:x:AAAA",
        "output=y.bin:0:A",
        "report={}",
    ]
    said = adb_app_said.read("".join(f"INSTRUMENTATION_STATUS: {status}\nINSTRUMENTATION_STATUS_CODE: 1\n" for status in statuses))

    assert said.report == '{"a":1}\n{}\n'
    assert list(adb_app_said.pieces(said)) == [("y.bin", 4, b"abcd")]


def test_an_order_is_one_text_of_quoted_words() -> None:
    """What ran before is ended, the phone is woken, and what is left is told."""
    text = adb_app_order.begin("/sdcard/x/12-ab", order(), elsewhere=False)

    assert text.startswith("am force-stop org.pocketbench.app\n")
    assert "am instrument -w -r -e order 12-ab org.pocketbench.app/.OrderInstrumentation" in text
    assert "input keyevent KEYCODE_WAKEUP" in text
    assert "'it'\"'\"'s.bin'" in text
    assert "-e folder" not in text


def test_an_order_that_knows_a_services_token_does_not_stay_there() -> None:
    """It goes as soon as the app has ended; any other may be looked at."""
    asks = msgspec.structs.replace(order(), engine="service", options={"port": "4000", "token": "5f3c1e0a9b7d42d8"})
    text = adb_app_order.begin("/sdcard/x/12-ab", asks, elsewhere=False)

    assert "\ncode=$?\nrm -f order.json\n" in text
    assert "rm -f order.json" not in adb_app_order.begin("/sdcard/x/12-ab", order(), elsewhere=False)


def test_an_order_that_lies_elsewhere_is_readable_and_named() -> None:
    """And more may be said, for outputs come that way."""
    text = adb_app_order.begin("/data/local/tmp/pocketbench/12-ab", order(), elsewhere=True)

    assert "-e order 12-ab -e folder /data/local/tmp/pocketbench/12-ab " in text
    assert "chmod -R a+rX ." in text
    assert adb_app_order.said_bytes(order(), elsewhere=True) > adb_app_order.said_bytes(order(), elsewhere=False)


def test_what_am_printed_is_told_apart_from_the_files_that_are_there() -> None:
    """By the last line of ours: the app may print one like it."""
    sha = "ab" * 32
    told, left = adb_app_order.split(f"{DONE}pocketbench-ended 7\nfile 1 {sha} other\n\npocketbench-ended 0\nfile 12 {sha} report.jsonl\n")

    assert told.startswith(DONE)
    assert left.files == {"report.jsonl": (12, sha)}
    assert adb_app_order.split("nothing")[1].files == {}


@pytest.mark.parametrize(
    ("lines", "reason", "words"),
    [
        ("", "crashed", ""),
        (
            "11-28 06:00:02.000  4242  4250 F libc    : Fatal signal 11 (SIGSEGV), code 1 (SEGV_MAPERR), fault addr 0x0 in tid 4250 (Instr), pid 4242\n",
            "crashed",
            "Fatal signal 11 (SIGSEGV), code 1 (SEGV_MAPERR), fault addr 0x0 in tid 4250 (Instr), pid 4242",
        ),
        (
            (
                "11-28 06:00:02.000  4300  4300 F DEBUG   : pid: 4242, tid: 4250, name: Instr  >>> org.pocketbench.app <<<\n"
                "11-28 06:00:02.000  4300  4300 F DEBUG   : signal 6 (SIGABRT), code -1 (SI_QUEUE), fault addr --------\n"
                "11-28 06:00:02.000  4300  4300 F DEBUG   : Abort message: 'no memory'\n"
            ),
            "crashed",
            "signal 6 (SIGABRT), code -1 (SI_QUEUE), fault addr --------; Abort message: 'no memory'",
        ),
        (
            (
                "11-28 06:00:02.000  4242  4250 E AndroidRuntime: FATAL EXCEPTION: Instr: org.pocketbench.app\n"
                "11-28 06:00:02.000  4242  4250 E AndroidRuntime: Process: org.pocketbench.app, PID: 4242\n"
                "11-28 06:00:02.000  4242  4250 E AndroidRuntime: java.lang.NullPointerException: x\n"
            ),
            "crashed",
            "java.lang.NullPointerException: x",
        ),
        (
            "11-28 06:00:02.000   500   500 I lowmemorykiller: Kill 'org.pocketbench.app' (4242), uid 10099, oom_score_adj 0 to free 900000kB\n",
            "memory-limit",
            "Android ended it for want of memory",
        ),
        (
            "11-28 06:00:02.000   812   840 I ActivityManager: Killing 4242:org.pocketbench.app/u0a99 (adj 900): remove task\n",
            "crashed",
            "Android ended it: remove task",
        ),
    ],
)
def test_why_the_app_died_is_found_in_the_log_since_its_order_began(lines: str, reason: str, words: str) -> None:
    """Not in an earlier order's lines, and not in our own way of ending it."""
    died = adb_app_death.cause(LOG + lines, "o-1")

    assert (died.reason, died.words) == (reason, words)


def test_the_app_that_is_there_is_known_by_its_files_hash() -> None:
    """None where there is none; a phone that lets nobody read it has one of another hash."""
    assert adb_app_install.read("") is None
    assert adb_app_install.read(f"there\nsha256 {'ab' * 32}\nversion versionName=0.1+ab\n") == There("ab" * 32, "0.1+ab")
    assert adb_app_install.read("there\nsha256 \n") == There()


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"api": 25, "abis": "arm64-v8a"}, "device-too-old"),
        ({"api": 30, "abis": "armeabi-v7a,armeabi"}, "abi-missing"),
        ({"abis": "arm64-v8a"}, "no-runner"),
        ({"api": 26, "abis": "arm64-v8a,armeabi-v7a"}, ""),
        ({"api": 26}, ""),
    ],
)
def test_what_a_phone_tells_of_itself_may_rule_the_app_out(facts: dict[str, str | int | float], reason: str) -> None:
    """Before anything is sent."""
    refused = adb_app_install.beforehand(Apk(Path("a.apk"), "", ("arm64-v8a", "x86_64")), facts, "R58")

    assert (refused.reason if refused else "") == reason


@pytest.mark.parametrize(
    ("word", "reason", "typed"),
    [
        ("INSTALL_FAILED_UPDATE_INCOMPATIBLE", "device-refused", "adb -s R58 uninstall org.pocketbench.app"),
        ("INSTALL_FAILED_VERSION_DOWNGRADE", "device-refused", "adb -s R58 uninstall org.pocketbench.app"),
        ("INSTALL_FAILED_NO_MATCHING_ABIS", "abi-missing", "--abi"),
        ("INSTALL_FAILED_OLDER_SDK", "device-too-old", ""),
        ("INSTALL_FAILED_USER_RESTRICTED", "device-refused", "Install via USB"),
        ("INSTALL_FAILED_SOMETHING_NEW", "device-refused", ""),
    ],
)
def test_every_refusal_of_android_is_typed_with_what_to_do(word: str, reason: str, typed: str) -> None:
    """What nobody knows keeps Android's words."""
    refused = adb_app_install.refusal(word, f"R58: Failure [{word}]", "R58", "phone")

    assert (refused.stage, refused.reason) == ("admit", reason)
    assert typed in refused.hint
    assert refused.message.startswith(("phone: ", "R58: "))


def test_a_phone_that_lets_adb_not_into_the_apps_files_is_known() -> None:
    """By its words."""
    assert adb_app_order.kept_out(CommandFailed("R58: mkdir: '/sdcard/Android/data/x': Permission denied"))
    assert not adb_app_order.kept_out(CommandFailed("R58: no space"))


@pytest.mark.parametrize(
    ("said", "since_boot"),
    [
        ("", False),
        ("Can't find service: trust", False),
        (' User "Owner" (id=0, flags=0x13) (current): trusted=0, trustManaged=0, deviceLocked=0, strongAuthRequired=0x0', False),
        (' User "Owner" (id=0, flags=0x13) (current): trusted=0, trustManaged=0, deviceLocked=1, strongAuthRequired=0x0', False),
        (' User "Owner" (id=0, flags=0x4c13) (current): trustState=UNTRUSTED, trustManaged=0, deviceLocked=1, strongAuthRequired=0x10', False),
        (' User "Owner" (id=0, flags=0x4c13) (current): trustState=UNTRUSTED, deviceLocked=1, isActiveUnlockRunning=0, strongAuthRequired=0x1', True),
        (' User "Owner" (id=0, flags=0x13) (current): trusted=0, trustManaged=1, deviceLocked=1, strongAuthRequired=0x21, etc', True),
    ],
)
def test_a_phone_that_nobody_has_unlocked_since_it_was_started_is_known_by_what_trust_says(said: str, since_boot: bool) -> None:
    """One that is locked otherwise is used; so is one that does not tell."""
    assert adb_app_lock.since_boot(said) is since_boot
