"""Build the archive that installs riskml where there is no internet: ``make offline`` writes it into dist/.

It holds the wheels of everything that requirements.lock names and riskml needs when it runs, each with the hash that is
locked, for x86-64 and aarch64 machines and Python 3.11; riskml's own wheel; a Chinese font; the installer, the units of
systemd and an example of a reverse proxy; and the hashes of all of it.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent
ROOT = HERE.parent
PLATFORMS = {
    machine: [f"{kind}_{machine}" for kind in ("manylinux2014", "manylinux_2_17", "manylinux_2_27", "manylinux_2_28")]
    for machine in ("x86_64", "aarch64")
}
FONT_FAMILY = "Noto Sans CJK SC"


def run(*command: str | Path) -> str:
    """What a command prints; it fails loudly."""
    ended = subprocess.run([str(part) for part in command], cwd=ROOT, capture_output=True, text=True, check=False)
    if ended.returncode:
        sys.exit(f"{' '.join(map(str, command[:4]))} …\n{ended.stderr.strip()}")
    return ended.stdout


def runtime_lock(folder: Path) -> Path:
    """What is needed to run, PostgreSQL's client among it: the versions and hashes of requirements.lock."""
    lock = folder / "requirements.txt"
    run(
        Path(sys.executable).parent / "uv", "pip", "compile", "pyproject.toml", "--extra", "postgresql",
        "--constraints", "requirements.lock", "--generate-hashes", "--no-header", "--no-emit-index-url",
        "--no-annotate", "--python-version", "3.11", "--universal", "--quiet", "--output-file", lock,
    )  # fmt: skip
    return lock


def fetch_wheels(lock: Path, wheels: Path) -> None:
    """Every wheel for every platform; of those that run anywhere there is one. pip refuses what has another hash."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps"]
    for machine, names in PLATFORMS.items():
        print(f"wheels for {machine} …", flush=True)
        tags = [part for name in names for part in ("--platform", name)]
        run(
            *pip, "--only-binary=:all:", "--python-version", "3.11", "--implementation", "cp", *tags,
            "--require-hashes", "--requirement", lock, "--dest", wheels,
        )  # fmt: skip
    run(*pip, "--dest", wheels, "pip")  # a bare Python may have none


def add_font(fonts: Path) -> None:
    """The Chinese font of this machine, with its licence."""
    found = [
        Path(line) for line in run("fc-list", f":family={FONT_FAMILY}:style=Regular", "-f", "%{file}\n").split("\n")
    ]
    path = next((one for one in found if one.is_file()), None)
    if path is None:
        sys.exit(f"There is no font {FONT_FAMILY} on this machine: apt-get install fonts-noto-cjk")
    fonts.mkdir()
    shutil.copy(path, fonts)
    shutil.copy("/usr/share/doc/fonts-noto-cjk/copyright", fonts / "LICENCE")


def write_hashes(folder: Path) -> int:
    """SHA256SUMS over every file, as sha256sum reads it; gives how many there are."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n" for path in files
    ]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")
    return len(files)


def pack(folder: Path, to: Path) -> None:
    """A tar.gz of a folder, whose owners and times are nobody's: built twice it has the same files."""

    def nobodys(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = entry.mtime = 0
        entry.uname = entry.gname = "root"
        return entry

    draft = to.with_suffix(".writing")
    with tarfile.open(draft, "w:gz", compresslevel=1) as tar:  # wheels are compressed already
        tar.add(folder, arcname=folder.name, filter=nobodys)
    draft.replace(to)


def main() -> None:
    """Build it."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    dist = ROOT / "dist"
    dist.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=dist) as scratch:
        folder = Path(scratch) / f"riskml-{version}-offline"
        wheels = folder / "wheels"
        wheels.mkdir(parents=True)
        fetch_wheels(runtime_lock(folder), wheels)
        print("riskml's own wheel …", flush=True)
        run(
            sys.executable,
            "-m",
            "pip",
            "--disable-pip-version-check",
            "wheel",
            "--quiet",
            "--no-deps",
            "--wheel-dir",
            wheels,
            ".",
        )
        add_font(folder / "fonts")
        for name in ("install.sh", "check.sh", "desk_check.py", "README", "systemd", "nginx.conf"):
            source = HERE / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
        count = write_hashes(folder)
        archive = dist / f"{folder.name}.tar.gz"
        pack(folder, archive)
    print(f"{archive.relative_to(ROOT)}: {archive.stat().st_size / 2**20:,.0f} MiB, {count} files")


if __name__ == "__main__":
    main()
