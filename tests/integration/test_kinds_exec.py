"""The truth table of exec: every way a command can end, with real commands.

As root, what is registered comes from another user (nobody), as root may have only what the configuration names.
"""
import contextlib
import os
import pathlib
import signal
import tempfile
import time
import unittest

from box import SLOW, Box, Socket, eventually

NOBODY = 65534
IS_ROOT = os.geteuid() == 0
# The words of a check are those of its first failure: a busy machine must not make a time-out of it.
FAST = {"interval": "300ms", "timeout": "60s", "failure_threshold": 1}
SECOND = f"{int(1000 * SLOW)}ms"
CRITICAL, PASSING, WARNING = "critical", "passing", "warning"


class AsUser:
    """A connection to the daemon of another user, where we are root (SO_PEERCRED is taken at connect)."""

    def __init__(self, box, uid=None):
        uid = (NOBODY if IS_ROOT else os.geteuid()) if uid is None else uid
        before = os.geteuid()
        os.seteuid(uid)
        try:
            self.socket = Socket(box.path)
        finally:
            os.seteuid(before)

    def register(self, name, command, **options):
        check = {"kind": "exec", **FAST, "command": [word.replace("@", str(os.getpid())) for word in command], **options}
        return self.socket.ask("register", service="job", id=name, address="127.0.0.1", port=7, checks=[check])


class Exec(unittest.TestCase):
    extra = ""

    @classmethod
    def setUpClass(cls):
        cls.stack = contextlib.ExitStack()
        cls.addClassCleanup(cls.stack.close)
        cls.folder = pathlib.Path(cls.stack.enter_context(tempfile.TemporaryDirectory(prefix="rollcall-exec-")))
        cls.folder.chmod(0o755)
        cls.writable = cls.folder / "writable"
        cls.box = cls.stack.enter_context(
            Box(extra="health: {exec: {enabled: true, grace: 200ms, processes: 40, "
                      f"root_commands: [/bin/true, {cls.writable}]}}}}\n"))
        cls.box.folder.chmod(0o755)
        cls.user = AsUser(cls.box)
        cls.addClassCleanup(cls.user.socket.close)

    def script(self, name, text, mode=0o755, shebang="#!/bin/sh\n"):
        path = self.folder / name
        path.write_text(shebang + text)
        path.chmod(mode)
        return str(path)

    def check_of(self, name):
        for instance in self.box.ask("get", service="job", healthy=False)["instances"]:
            if instance["id"] == name:
                return instance["checks"][0]
        return {}

    def expect(self, name, health, *words, within=20):
        def told():
            check = self.check_of(name)
            self.last = check.get("status"), check.get("output", "")
            return check.get("since") is not None and self.last[0] == health and all(w in self.last[1] for w in words)
        try:
            eventually(told, within, 0.05)
        except AssertionError:
            self.fail(f"{name}: expected {health}, {words}; it is {self.last}")

    def judge(self, name, command, health, *words, **options):
        answer = self.user.register(name, command, **options)
        self.assertTrue(answer.get("ok"), answer)
        self.expect(name, health, *words)
        self.box.ask("deregister", id=name)

    def judge_end(self, name, command, *words):
        """A command that does not end. The helper says so, with what the command said, a quarter of a second before
        the engine would; where the machine is too busy for that, there is another command."""
        for attempt in range(5):
            here = f"{name}-{attempt}"
            self.assertTrue(self.user.register(here, command, timeout="3s", interval="1h")["ok"])
            self.expect(here, CRITICAL, "did not answer in time")
            said = self.check_of(here)["output"]
            self.box.ask("deregister", id=here)
            if "did not end in time" in said:
                break
        for part in ("did not end in time", *words):
            self.assertIn(part, said)


class Endings(Exec):
    def test_exit_0_passes_and_its_output_is_kept(self):
        self.judge("pass", ["/bin/echo", "all  is", "well"], PASSING, "all is well")

    def test_exit_1_is_a_warning(self):
        self.judge("warn", ["/bin/sh", "-c", "echo disk at 91%; exit 1"], WARNING, "has a check command that warns",
                   "exited with 1: disk at 91%")

    def test_exit_2_is_critical(self):
        self.judge("fail", ["/bin/sh", "-c", "echo out; echo err >&2; exit 2"], CRITICAL,
                   "has a check command that fails", "exited with 2: out err")

    def test_exit_255_is_critical(self):
        self.judge("fail255", ["/bin/sh", "-c", "exit 255"], CRITICAL, "exited with 255")

    def test_a_signal_is_named(self):
        self.judge("signal", ["/bin/sh", "-c", "kill -SEGV $$"], CRITICAL, "that died", "SIGSEGV")

    def test_a_missing_file_is_named(self):
        self.judge("missing", ["/no/such/program"], CRITICAL, "has a check command that does not exist")

    def test_a_missing_interpreter_is_named(self):
        self.judge("interpreter", [self.script("odd", "", shebang="#!/no/such/interpreter\n")], CRITICAL,
                   "does not exist", "interpreter")

    def test_a_file_that_is_not_executable_is_named(self):
        self.judge("mode", [self.script("plain", "exit 0", 0o644)], CRITICAL, "that cannot be run",
                   "Permission denied")

    def test_a_folder_is_not_executable(self):
        self.judge("folder", ["/usr/bin"], CRITICAL, "that cannot be run")

    def test_a_script_without_interpreter_is_not_guessed(self):
        path = self.script("bare", "exit 0\n", shebang="")
        self.judge("bare", [path], CRITICAL, "that cannot be run", "Exec format error")

    def test_a_time_out_kills_and_keeps_what_was_said(self):
        self.judge_end("late", ["/bin/sh", "-c", "echo waiting for the lock; sleep 60"], "waiting for the lock")

    def test_arguments_go_through_no_shell(self):
        self.judge("arguments", ["/bin/echo", "$HOME", "a;b", "*", ""], PASSING, "$HOME a;b *")

    def test_endless_output_is_cut(self):
        self.judge_end("endless", ["/usr/bin/yes", "abcdefgh"], "abcdefgh abcdefgh", "...")

    def test_output_that_no_terminal_should_see_is_cleaned(self):
        self.judge("escape", ["/usr/bin/printf", "a\\033[2Jb\\nc\\001d\\377"], PASSING, "a [2Jb c d")

    def test_long_output_ends_with_dots(self):
        self.judge("long", ["/bin/sh", "-c", "yes x | head -c 5000"], PASSING, "x x x", "...")


class Surroundings(Exec):
    def test_the_environment_is_clean_and_says_who_is_checked(self):
        self.judge("env", ["/usr/bin/env"], PASSING, "PATH=/usr/local/sbin", "ROLLCALL_SERVICE=job", "ROLLCALL_ID=env",
                   "ROLLCALL_ADDRESS=127.0.0.1", "ROLLCALL_PORT=7")
        self.user.register("env4", ["/bin/sh", "-c", "env | grep -c ROLLCALL_; env | wc -l; pwd"])
        self.expect("env4", PASSING, "4 ", " /")
        self.assertNotIn("HOME", self.check_of("env4")["output"])

    def test_descriptors_are_closed(self):
        self.judge("fds", ["/bin/sh", "-c", "ls /proc/self/fd | tr '\\n' ' '"], PASSING, "0 1 2 3")
        # 3 is the folder that ls reads

    def test_it_runs_as_who_registered_it(self):
        uid = NOBODY if IS_ROOT else os.geteuid()
        self.judge("uid", ["/bin/sh", "-c", "id -u; id -ru"], PASSING, f"{uid} {uid}")

    def test_a_setuid_program_gains_nothing(self):
        program = next((p for p in ("/usr/bin/su", "/usr/bin/passwd", "/usr/bin/mount") if os.path.exists(p)), None)
        if program is None or not os.stat(program).st_mode & 0o4000:
            self.skipTest("no setuid program here")
        self.judge("nnp", ["/bin/grep", "NoNewPrivs", "/proc/self/status"], PASSING, "NoNewPrivs: 1")

    @unittest.skipUnless(IS_ROOT, "needs root to make a setuid program")
    def test_a_setuid_program_of_root_runs_as_its_user(self):
        copy = self.folder / "id"
        copy.write_bytes(pathlib.Path("/usr/bin/id").read_bytes())
        copy.chmod(0o4755)
        self.judge("setuid", [str(copy), "-u"], PASSING, str(NOBODY))

    def test_it_has_a_group_and_a_session_of_its_own(self):
        self.judge("group", ["/bin/sh", "-c", "set -- $(cat /proc/$$/stat); test $1 = $5 && test $1 = $6 && echo own"],
                   PASSING, "own")

    def test_limits_are_set(self):
        self.judge("limits", ["/bin/sh", "-c", "ulimit -c; ulimit -n; nice"], PASSING, "0 256 10")

    def test_memory_is_bounded(self):
        self.judge("memory", ["/bin/sh", "-c", "perl -e '$x = q(a) x 1e9' || exit 3"], CRITICAL,
                   "exited with 3: Out of memory")


def processes_of(marker):
    """Numbers of the processes whose command line has `marker`; @ is the number of this test run."""
    marker = marker.replace("@", str(os.getpid()))
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if marker.encode() in path.read_bytes() and int(path.parent.name) != os.getpid():
                found.append(int(path.parent.name))
        except OSError:
            pass
    return found


class Killing(Exec):
    def gone(self, marker):
        try:
            eventually(lambda: not processes_of(marker), 10, 0.05)
        except AssertionError:
            self.fail(f"still there: {processes_of(marker)}")

    def test_a_command_that_ignores_sigterm_is_killed(self):
        # Who says so first is another matter: the helper, or the engine when that is late on a busy machine.
        self.judge("deaf", ["/bin/sh", "-c", "trap '' TERM; while :; do sleep 4711.@; done"], CRITICAL,
                   "did not answer in time", timeout=SECOND, interval="60s")
        self.gone("4711.@")

    def test_a_command_may_tidy_up_at_sigterm(self):
        place = self.folder / "open"
        place.mkdir()
        place.chmod(0o777)
        mark = place / "tidy"
        self.judge("tidy", ["/bin/sh", "-c", f"trap 'echo x > {mark}; exit' TERM; sleep 4712.@ & wait"], CRITICAL,
                   "did not answer in time", timeout=SECOND, interval="60s")
        eventually(mark.exists, 5, 0.05)
        self.gone("4712.@")

    def test_what_a_command_leaves_behind_is_killed(self):
        self.judge("litter", ["/bin/sh", "-c", "sleep 4713.@ & sleep 4713.@ & echo left"], PASSING, "left",
                   interval="60s", timeout="5s")
        self.gone("4713.@")

    def test_what_left_its_group_is_killed_too(self):
        self.judge("escaped", ["/bin/sh", "-c", "setsid sh -c 'setsid sleep 4714.@ & sleep 0.1' & echo left; sleep 0.3"],
                   PASSING, "left", interval="60s", timeout="5s")
        self.gone("4714.@")

    def test_a_fork_bomb_is_bounded_and_ends(self):
        self.user.register("bomb", ["/usr/bin/perl", "-e", "fork while 1; # rollcall-bomb.@"], timeout=SECOND,
                           interval="60s")
        most, end = 0, time.monotonic() + 20 * SLOW
        while time.monotonic() < end and "did not answer in time" not in self.check_of("bomb").get("output", ""):
            most = max(most, len(processes_of("rollcall-bomb.@")))
            time.sleep(0.02)
        self.expect("bomb", CRITICAL, "did not answer in time")
        self.box.ask("deregister", id="bomb")
        self.gone("rollcall-bomb.@")
        self.assertGreater(most, 5)
        self.assertLessEqual(most, 80)  # others of that user may have ended meanwhile

    def test_deregistering_ends_the_command(self):
        self.user.register("away", ["/bin/sleep", "4715.@"], timeout="30s", interval="60s")
        eventually(lambda: processes_of("4715.@"), 5, 0.02)
        self.box.ask("deregister", id="away")
        self.gone("4715.@")


class Rights(Exec):
    def refused(self, answer, field, words):
        error = answer.get("error", {})
        self.assertEqual((error.get("code"), error.get("field")), ("unauthorized", field), answer)
        self.assertIn(words, error["message"])

    @unittest.skipUnless(IS_ROOT, "root's commands need root")
    def test_root_has_only_what_the_configuration_names(self):
        root = AsUser(self.box, 0)
        self.refused(root.register("root1", ["/bin/sh", "-c", "true"]), "checks[0].command",
                     "health.exec.root_commands does not name \"/bin/sh\"")
        self.assertTrue(root.register("root2", ["/bin/true"])["ok"])
        self.expect("root2", PASSING)

    @unittest.skipUnless(IS_ROOT, "root's commands need root")
    def test_roots_command_is_written_by_root_alone(self):
        ran = self.folder / "ran"
        path = self.script("writable", f"echo ran > {ran}\n")
        root = AsUser(self.box, 0)
        self.assertTrue(root.register("root3", [path])["ok"])
        eventually(lambda: "others than root can write to it" in self.box.log_text(), 10, 0.05)
        self.assertFalse(ran.exists())

    @unittest.skipUnless(IS_ROOT, "two users need root")
    def test_another_user_cannot_change_the_command(self):
        self.assertTrue(self.user.register("mine", ["/bin/true"])["ok"])
        self.refused(AsUser(self.box, 12345).register("mine", ["/bin/false"]), "id", "belongs to uid")

    @unittest.skipIf(IS_ROOT, "an ordinary daemon needs an ordinary user")
    def test_an_ordinary_daemon_runs_commands_as_itself(self):
        self.assertTrue(self.user.register("self", ["/bin/true"])["ok"])
        self.expect("self", PASSING)

    def test_definitions_are_looked_at(self):
        for command, code, words in ((None, "missing_field", "command is missing"),
                                     ([], "missing_field", "command is missing"),
                                     (["true"], "invalid_field", "is not an absolute path"),
                                     (["/bin/echo", "a\nb"], "invalid_field", "control character")):
            check = {"kind": "exec", **({} if command is None else {"command": command})}
            answer = self.user.socket.ask("register", service="job", id="bad", address="127.0.0.1", port=7,
                                          checks=[check])
            error = answer.get("error", {})
            self.assertEqual((error.get("code"), error.get("field")), (code, "checks[0].command"), answer)
            self.assertIn(words, error["message"])


class Off(unittest.TestCase):
    def test_commands_are_off_unless_the_configuration_turns_them_on(self):
        with Box() as box:
            box.folder.chmod(0o755)
            answer = AsUser(box).register("off", ["/bin/true"])
            self.assertEqual(answer["error"]["code"], "unauthorized")
            self.assertIn("exec: {enabled: true}", answer["error"]["message"])
            self.assertEqual(helpers(box), [])


    def test_what_was_registered_before_does_not_run_when_they_are_off_again(self):
        with Box(extra="health: {exec: {enabled: true}}\n") as box:
            box.folder.chmod(0o755)
            AsUser(box).register("off", ["/bin/sh", "-c", "echo $$"], interval="200ms")
            eventually(lambda: box.ask("get", service="job")["instances"], 10, 0.05)
            box.config.write_text(box.config.read_text().replace("enabled: true", "enabled: false"))
            box.restart()
            eventually(lambda: "commands are off" in box.log_text(), 10, 0.05)


def parent_of(pid):
    return int(pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


def helpers(box):
    """Numbers of the keeper and below."""
    def children(pid):
        found = []
        for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                text = path.read_text()
            except OSError:
                continue
            if int(text.rsplit(")", 1)[1].split()[1]) == pid:
                found.append(int(path.parent.name))
        return found
    return children(box.process.pid)


class Helper(unittest.TestCase):
    def setUp(self):
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        self.box = stack.enter_context(Box(extra="health: {exec: {enabled: true}}\n"))
        self.box.folder.chmod(0o755)
        self.user = AsUser(self.box)
        self.addCleanup(self.user.socket.close)

    def helper(self):
        keeper, = helpers(self.box)
        for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                text = path.read_text()
            except OSError:
                continue
            if int(text.rsplit(")", 1)[1].split()[1]) == keeper:
                return int(path.parent.name)
        return None

    def test_the_daemon_itself_can_execute_nothing(self):
        status = pathlib.Path(f"/proc/{self.box.process.pid}/status").read_text()
        if "Seccomp:" not in status:
            self.skipTest("this kernel has no filters of system calls")
        self.assertIn("Seccomp:\t2\n", status)

    def test_a_helper_that_dies_is_made_anew(self):
        self.user.register("again", ["/bin/sh", "-c", "echo $PPID"], interval="200ms")
        eventually(lambda: self.box.ask("get", service="job")["instances"], 10, 0.05)
        first = eventually(self.helper)
        os.kill(first, signal.SIGKILL)
        eventually(lambda: "a new one starts" in self.box.log_text(), 10, 0.05)
        eventually(lambda: self.helper() not in (None, first), 10, 0.05)
        self.user.register("later", ["/bin/echo", "it runs again"], interval="200ms")
        eventually(lambda: any("it runs again" in i["checks"][0].get("output", "") for i in
                               self.box.ask("get", service="job", healthy=False)["instances"]), 10, 0.05)

    def test_without_keeper_checks_say_so_and_nothing_leaves_dns(self):
        self.user.register("stays", ["/bin/true"], interval="200ms")
        eventually(lambda: self.box.ask("get", service="job")["instances"], 10, 0.05)
        keeper, = helpers(self.box)
        os.kill(keeper, signal.SIGKILL)
        eventually(lambda: "no command runs until rollcalld is started again" in self.box.log_text(), 10, 0.05)
        eventually(lambda: "the helper that runs commands is gone; start rollcalld again" in self.box.log_text(),
                   10, 0.05)
        self.assertTrue(self.box.ask("get", service="job")["instances"])

    def test_a_command_whose_warden_dies_is_lost_and_killed(self):
        self.user.register("lost", ["/bin/sh", "-c", "sleep 4718.@; true"], timeout="60s", interval="60s")
        eventually(lambda: len(processes_of("4718.@")) == 2, 5, 0.02)
        parents = {parent_of(pid) for pid in processes_of("4718.@")} - set(processes_of("4718.@"))
        os.kill(parents.pop(), signal.SIGKILL)  # the warden, parent of the shell
        eventually(lambda: not processes_of("4718.@"), 10, 0.05)
        eventually(lambda: "the process that ran it died" in self.box.log_text(), 10, 0.05)

    def test_nothing_outlives_the_daemon(self):
        self.user.register("long", ["/bin/sleep", "4716.@"], timeout="60s", interval="60s")
        eventually(lambda: processes_of("4716.@"), 5, 0.02)
        self.box.process.kill()
        self.box.process.wait()
        eventually(lambda: not processes_of("4716.@"), 10, 0.05)

    def test_the_daemon_stops_with_commands_under_way(self):
        self.user.register("long", ["/bin/sh", "-c", "trap '' TERM; sleep 4717.@; sleep 4717.@"], timeout="60s",
                           interval="60s")
        eventually(lambda: processes_of("4717.@"), 5, 0.02)
        self.box.process.terminate()
        self.assertEqual(self.box.process.wait(20 * SLOW), 0)
        eventually(lambda: not processes_of("4717.@"), 10, 0.05)


if __name__ == "__main__":
    unittest.main()
