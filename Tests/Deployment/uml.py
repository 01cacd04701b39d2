"""User-Mode Linux: a kernel of Debian as a process, with modules that the machine's own may lack."""

import ctypes
import dataclasses
import os
import pathlib
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".build/uml"
#: In the order in which they need each other.
MODULES = ["lib/crc-ccitt", "net/ipv6/ipv6", "drivers/net/veth", *(f"net/sched/{name}" for name in (
    "sch_htb", "sch_netem", "sch_tbf", "sch_fq_codel", "cls_u32"))]


@dataclasses.dataclass
class Result:
    status: int
    output: str

    @property
    def is_processor_unknown(self) -> bool:
        """Whether the kernel died before its first program, since it cannot set this processor's registers."""
        return self.status == -1 and "put_fp_registers" in self.output and "run_init_process" in self.output


def find() -> pathlib.Path | None:
    kernel = FOLDER / "usr/bin/linux.uml"
    return kernel if kernel.exists() else None


def run(kernel: pathlib.Path, folder: pathlib.Path, command: list[str]) -> Result:
    """Boots, runs a command as root on the machine's own files, and powers off."""
    start = folder / "init"
    start.write_text(
        "#!/bin/sh\n"
        f"export PATH={shlex.quote(os.environ['PATH'])}:/usr/sbin:/sbin HOME=/root\n"
        "mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t tmpfs run /run\n"
        f"{shlex.quote(sys.executable)} {shlex.quote(__file__)} {shlex.quote(str(kernel.parents[2]))}\n"
        f"cd {shlex.quote(str(ROOT))}\n"
        f"{shlex.join(command)} >{shlex.quote(str(folder / 'output'))} 2>&1 </dev/null\n"
        f"echo $? >{shlex.quote(str(folder / 'status'))}\n"
        "sync; echo o >/proc/sysrq-trigger; sleep 60\n")
    start.chmod(0o755)
    boot = subprocess.run(
        [str(kernel), "mem=768M", "rootfstype=hostfs", "rootflags=/", "rw", f"init={start}", "con=null", "con0=null,fd:1"],
        capture_output=True, text=True, timeout=850, stdin=subprocess.DEVNULL)
    if not (folder / "status").exists():
        return Result(-1, boot.stdout + boot.stderr)
    return Result(int((folder / "status").read_text()), (folder / "output").read_text())


def load_modules(folder: pathlib.Path):
    """Without modprobe, which a machine need not have."""
    kernel = next((folder / "usr/lib/uml/modules").iterdir()) / "kernel"
    libc = ctypes.CDLL(None, use_errno=True)
    for name in MODULES:
        file = os.open(kernel / f"{name}.ko", os.O_RDONLY)
        if libc.syscall(313, file, b"", 0) != 0:  # finit_module
            print(f"{name}: {os.strerror(ctypes.get_errno())}")


if __name__ == "__main__":
    load_modules(pathlib.Path(sys.argv[1]))
