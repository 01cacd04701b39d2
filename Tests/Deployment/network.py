"""Two network namespaces and a cable between them, and what the tests of the SSM documents do in them."""

import contextlib
import ctypes
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tools/ssm-documents"))

import generate  # noqa: E402

TABLE = generate.table()
PEER, OTHER, METADATA, SERVER = "10.71.0.2", "10.71.0.3", "169.254.169.254", "10.71.0.53"
PEER6, OTHER6 = "fd71::2", "fd71::3"
LIBC = ctypes.CDLL(None, use_errno=True)


#: A shell cannot trap what was ignored when it began, as in a job in the background. Not by Python in the child: its
#: fork disturbs libraries with threads that other tests have loaded.
HEED_SIGNALS = ["env", "--default-signal=INT,HUP,TERM"]


def run(*words: str, check: bool = True, **more) -> str:
    return subprocess.run(words, check=check, capture_output=True, text=True, **more).stdout


def script(name: str, **parameters: str) -> str:
    """A document's script as SSM runs it: parameters in their places."""
    entry = TABLE["documents"][name]
    text = generate.script(entry, TABLE["scripts"])
    for key, parameter in entry["parameters"].items():
        text = text.replace("{{ %s }}" % key, parameters.pop(key, parameter.get("default")))
    assert not parameters, f"{name} has no {parameters}"
    return text


class Network:
    """The host `a`, where the faults are, and its peer `b`, which has all the addresses."""

    def __init__(self, folder: pathlib.Path):
        self.folder, self.state = folder, folder / "state"
        self.a, self.b = (f"tocsin-{side}-{os.getpid()}" for side in "ab")
        self.path = os.environ["PATH"] + ":/usr/sbin:/sbin"
        for name in (self.a, self.b):
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
        run("ip", "-n", self.a, "link", "add", "va", "type", "veth", "peer", "name", "vb", "netns", self.b)
        for name, link, addresses in (
            (self.a, "va", ["10.71.0.1/24", "fd71::1/64"]),
            (self.b, "vb", [f"{PEER}/24", f"{OTHER}/24", f"{SERVER}/24", f"{METADATA}/32", f"{PEER6}/64", f"{OTHER6}/64"]),
        ):
            for address in addresses:
                words = ["nodad"] if ":" in address else []
                run("ip", "-n", name, "addr", "add", address, "dev", link, *words)
            run("ip", "-n", name, "link", "set", link, "up")
        run("ip", "-n", self.a, "route", "add", "default", "via", PEER)
        self.sockets: list[socket.socket] = []

    def close(self):
        for one in self.sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for name in (self.a, self.b):
            run("ip", "netns", "del", name, check=False)

    def rules(self) -> str:
        """What has to be byte for byte the same after a fault."""
        shown = [["ip", "rule", "show"], ["ip", "-6", "rule", "show"]]
        shown += [["tc", word, "show", "dev", "va"] for word in ("qdisc", "class", "filter")]
        text = "\n".join(f"{words}\n" + self.inside(*words) for words in shown)
        # A counter, of packets that were on the way anyhow.
        return re.sub(r"direct_packets_stat \d+", "direct_packets_stat", text)

    def inside(self, *words: str) -> str:
        return run("nsenter", f"--net=/run/netns/{self.a}", "--", *words, env=os.environ | {"PATH": self.path})

    def open(self, name: str, family, kind) -> socket.socket:
        """A socket of a namespace. A thread alone changes its namespace, so nothing else does."""
        made = []

        def make():
            with open(f"/run/netns/{name}") as handle:
                if LIBC.setns(handle.fileno(), 0x40000000) != 0:
                    raise OSError(ctypes.get_errno(), "setns")
            made.append(socket.socket(family, kind))

        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        made[0].settimeout(5)
        self.sockets.append(made[0])
        return made[0]

    def serve(self, name: str, port: int, family=socket.AF_INET):
        """Echoes datagrams and streams on a port of a namespace."""
        any_address = "::" if family == socket.AF_INET6 else "0.0.0.0"
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            server = self.open(name, family, kind)
            server.settimeout(None)
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            server.bind((any_address, port))
            if kind == socket.SOCK_STREAM:
                server.listen(50)
            threading.Thread(target=self.echo, args=(server, kind), daemon=True).start()

    def echo(self, server: socket.socket, kind):
        with contextlib.suppress(OSError):
            while True:
                if kind == socket.SOCK_DGRAM:
                    data, address = server.recvfrom(65536)
                    if address is None:  # shut down
                        return
                    with contextlib.suppress(OSError):
                        server.sendto(data, address)
                else:
                    one, _ = server.accept()
                    self.sockets.append(one)
                    threading.Thread(target=self.echo_stream, args=(one,), daemon=True).start()

    def echo_stream(self, one: socket.socket):
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                one.sendall(data)

    def reaches(self, address: str, port: int, side: str = "a") -> bool:
        """Whether a connection can be made and its bytes come back."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        client = self.open(self.a if side == "a" else self.b, family, socket.SOCK_STREAM)
        client.settimeout(2.5)  # a first packet may be lost to the search for the neighbour
        try:
            client.connect((address, port))
            client.sendall(b"hello")
            return client.recv(5) == b"hello"
        except OSError:
            return False
        finally:
            client.close()

    def answered(self, address: str, port: int, count: int, source: int = 0) -> float:
        """The share of datagrams that come back."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        client = self.open(self.a, family, socket.SOCK_DGRAM)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        client.bind(("", source))
        client.settimeout(0)
        back = 0
        for number in range(count):
            with contextlib.suppress(OSError):
                client.sendto(b"%d" % number, (address, port))
            with contextlib.suppress(BlockingIOError):
                while client.recv(100):
                    back += 1
        client.settimeout(2)
        with contextlib.suppress(OSError):
            while back < count and client.recv(100):
                back += 1
        client.close()
        return back / count

    def round_trip(self, address: str, port: int) -> float:
        """The shortest of some round trips, in seconds: what others do on the machine only makes one longer."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        client = self.open(self.a, family, socket.SOCK_DGRAM)
        best = 5.0
        for _ in range(5):
            start = time.monotonic()
            client.sendto(b"x", (address, port))
            client.recv(10)
            best = min(best, time.monotonic() - start)
        client.close()
        return best

    def fault(self, name: str, tools: pathlib.Path | None = None, resolver: pathlib.Path | None = None, **parameters):
        return Fault(self, name, tools, resolver, parameters)


class Fault:
    """A document's script in the namespace `a`, or where `prefix` leads, in a process group of its own, as the SSM agent starts it."""

    def __init__(self, network: Network, name, tools, resolver, parameters, prefix: list[str] | None = None, place: str | None = None):
        self.network = network
        file = network.folder / (place or f"{name}-{time.monotonic_ns()}.sh")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(script(name, **parameters))
        self.output = file.with_suffix(".txt")
        words = [*(prefix if prefix is not None else ["nsenter", f"--net=/run/netns/{network.a}", "--"]), "sh", str(file)]
        if resolver:
            words = ["unshare", "-m", "sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"', str(resolver), *words]
        path = f"{tools}:{network.path}" if tools else network.path
        self.process = subprocess.Popen(
            HEED_SIGNALS + words, stdin=subprocess.DEVNULL, stdout=self.output.open("w"), stderr=subprocess.STDOUT,
            start_new_session=True,
            env={"PATH": path, "TOCSIN_FAULTS": str(network.state), "HOME": "/root"})

    def active(self) -> "Fault":
        """Waits until the fault is there."""
        wait_for(lambda: "active for" in self.text or self.process.poll() is not None)
        assert "active for" in self.text, self.text
        return self

    @property
    def text(self) -> str:
        return self.output.read_text()

    def ended(self) -> int:
        return self.process.wait(60)

    def kill(self, number=signal.SIGKILL):
        os.killpg(self.process.pid, number)
        return self.process.wait(60)

    def undone(self):
        """Waits until nothing is left that would have to be undone."""
        assert wait_for(lambda: not records(self.network.state)), (self.text, records(self.network.state))


def records(state: pathlib.Path) -> list[str]:
    return sorted(path.name for path in state.glob("*") if path.name != "lock")


def wait_for(condition, seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


def allowed() -> bool:
    """Whether network namespaces can be made here."""
    name = f"tocsin-try-{os.getpid()}"
    try:
        run("ip", "netns", "add", name)
        run("ip", "-n", name, "link", "add", "va", "type", "veth", "peer", "name", "vb")
        return True
    except (OSError, subprocess.CalledProcessError):
        return False
    finally:
        with contextlib.suppress(OSError):
            run("ip", "netns", "del", name, check=False)


def has_netem() -> bool:
    name = f"tocsin-try-{os.getpid()}"
    try:
        run("ip", "netns", "add", name)
        run("ip", "netns", "exec", name, "tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms")
        return True
    except (OSError, subprocess.CalledProcessError):
        return False
    finally:
        with contextlib.suppress(OSError):
            run("ip", "netns", "del", name, check=False)
