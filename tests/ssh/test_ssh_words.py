"""Where boards are, and what ssh says, read: pure."""

import pytest

from pocketbench.errors import CommandFailed, DeviceError, LoginRefused, PhoneFull, PhoneUnusable, WireCut, WireError
from pocketbench.ssh import Address, framed, told
from pocketbench.ssh.framed import Marked, TooMuch

MARK = "pocketbench-0123"


@pytest.mark.parametrize(
    ("which", "words"),
    [
        ("board", ["--", "board"]),
        ("pi@board.local", ["-l", "pi", "--", "board.local"]),
        ("pi@10.0.0.7:2222", ["-l", "pi", "-p", "2222", "--", "10.0.0.7"]),
        ("[fe80::1%eth0]:22", ["-p", "22", "--", "fe80::1%eth0"]),
        ("pi@[::1]", ["-l", "pi", "--", "::1"]),
    ],
)
def test_an_address_is_read_and_written_as_it_was(which: str, words: list[str]) -> None:
    """Host, user and port; what is not named is ssh's to know."""
    assert Address.read(which).words == words
    assert str(Address.read(which)) == which


@pytest.mark.parametrize(
    "which",
    ["-oProxyCommand=x", "a b", "pi@-x", "-l@board", "board:0", "board:99999", "board:22:22", "$(id)", "a;b", "::1", "", "pi@", "a\nb", "a" * 300],
)
def test_what_is_no_address_is_refused(which: str) -> None:
    """Nothing that ssh or a shell could take for something else."""
    with pytest.raises(DeviceError, match="no host is named so"):
        Address.read(which)


UNCONNECTED: list[tuple[str, type[WireError], str]] = [
    ("Host key verification failed.", LoginRefused, "then say yes"),
    ("No ED25519 host key is known for board and you have requested strict checking.\nHost key verification failed.", LoginRefused, "fingerprint"),
    ("@@@@\n@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\n@@@@\nHost key verification failed.", LoginRefused, "ssh-keygen -R '[board]:2222'"),
    ("pi@board: Permission denied (publickey,password).", LoginRefused, "ssh-copy-id -p 2222 pi@board"),
    ("This account is currently not available.", LoginRefused, "ssh -p 2222 pi@board"),
    (
        "/home/me/.ssh/config: line 3: Bad configuration option: foo\n/home/me/.ssh/config: terminating",
        LoginRefused,
        "~/.ssh/config",
    ),
    ("ssh: Could not resolve hostname board: Name or service not known", PhoneUnusable, "must ask nothing"),
    ("ssh: connect to host board port 22: Connection refused", PhoneUnusable, "must ask nothing"),
    ("ssh: connect to host board port 22: No route to host", PhoneUnusable, "must ask nothing"),
    ("kex_exchange_identification: Connection closed by remote host", PhoneUnusable, "must ask nothing"),
    ("", WireCut, "must ask nothing"),
]


@pytest.mark.parametrize(("said", "kind", "hint"), UNCONNECTED)
def test_sshs_words_are_told_as_the_error_that_they_mean_with_what_to_type(said: str, kind: type[WireError], hint: str) -> None:
    """What another try does not mend is not transient."""
    error = told.unconnected(said, Address.read("pi@board:2222"))

    assert type(error) is kind
    assert hint in error.hint
    assert error.transient == (kind is not LoginRefused)
    assert error.message.startswith("ssh:pi@board:2222: ")


def test_a_commands_words_are_told_as_the_error_that_they_mean() -> None:
    """A full disk is told apart."""
    full = told.failure("cat: write error: No space left on device", Address("board"), command="send x", exit_status=1)
    other = told.failure("rm: cannot remove 'x'", Address("board"), command="rm x", exit_status=1)

    assert isinstance(full, PhoneFull)
    assert (type(other), other.exit_status, other.stderr) == (CommandFailed, 1, "rm: cannot remove 'x'")


def test_what_is_said_before_the_mark_is_no_answer() -> None:
    """A login shell's own files may print what they like; the mark may come in pieces."""
    given = bytearray()
    stream = Marked(MARK.encode(), 5, given.extend)
    for piece in (b"Welcome!\npocketbe", b"nch-0123", b"\nab", b"c"):
        stream.take(piece)

    assert (bytes(given), stream.before) == (b"abc", b"Welcome!\n")
    with pytest.raises(TooMuch):
        stream.take(b"def")
    with pytest.raises(TooMuch):
        Marked(MARK.encode(), 5, given.extend).take(b"x" * (framed.NOISE_BYTES + 1))


@pytest.mark.parametrize(
    ("complaint", "ended"),
    [
        (b"\npocketbench-0123 0\n", (b"", 0)),
        (b"no such file\n\npocketbench-0123 127\n", (b"no such file\n", 127)),
        (b"\npocketbench-0123 3\nsaid by one that is still there\n", (b"", 3)),
        (b"Shared connection closed.\n", None),
        (b"\npocketbench-0123 x\n", None),
        (b"", None),
    ],
)
def test_an_answer_without_its_end_is_not_whole(complaint: bytes, ended: tuple[bytes, int] | None) -> None:
    """The exit code is said by the far side, for ssh's own may be the command's."""
    assert framed.ended(complaint, MARK) == ended


def test_the_command_line_is_one_that_every_login_shell_takes_as_it_is() -> None:
    """One line; nothing of it is outside the single quotes but two words."""
    for line in (framed.line(MARK), framed.line(MARK, 12)):
        assert line.startswith("exec sh -c '")
        assert line.endswith("'")
        assert not set("'\n!\\") & set(line[len("exec sh -c '") : -1])
