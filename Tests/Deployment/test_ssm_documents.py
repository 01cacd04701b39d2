"""The documents of Systems Manager: their scripts are run for real, in network namespaces with a cable between them."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys

import pytest

import network
import uml
from conftest import needs_terraform
from network import METADATA, OTHER, OTHER6, PEER, PEER6, ROOT, SERVER, TABLE, generate, records, run, wait_for
from terraform import AWSTerraform, local_provider

DOCUMENTS = TABLE["documents"]
NAMESPACES = network.allowed()
NETEM = NAMESPACES and network.has_netem()
needs_namespaces = pytest.mark.skipif(not NAMESPACES, reason="network namespaces cannot be made here: root is needed")
needs_netem = pytest.mark.skipif(not NETEM, reason="this kernel has no netem: test_in_a_kernel_with_netem runs it")


# --- The documents as texts ------------------------------------------------------------------------------------------


def test_what_is_generated_is_current():
    for path, text in generate.outputs().items():
        assert path.read_text() == text, f"{path} is old: run Tools/ssm-documents/generate.py"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_shellcheck_finds_nothing(name):
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed")
    text = generate.script(DOCUMENTS[name], TABLE["scripts"])
    found = subprocess.run(["shellcheck", "-"], input=text, text=True, capture_output=True)
    assert found.stdout == ""


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_what_ssm_takes(name):
    content = generate.document(DOCUMENTS[name], TABLE)
    assert len(json.dumps(content)) < 64 * 1024
    text = "\n".join(content["mainSteps"][0]["inputs"]["runCommand"])
    # SSM replaces what has double braces: there are none but those of the parameters, each once, in quotes.
    assert re.findall(r"\{\{.*", text) == ["{{ %s }}'" % key for key in content["parameters"]]
    for key, parameter in content["parameters"].items():
        if "default" in parameter:
            assert re.fullmatch(parameter["allowedPattern"], parameter["default"]), key
            assert parameter["default"] in parameter.get("allowedValues", [parameter["default"]]), key
        # A parameter that nothing reads would be a promise.
        assert text.count(key) > 2 or key in ("direction", "clustername", "excludePorts", "installDependencies"), key


@pytest.mark.parametrize("hostile", ["'; reboot; '", "$(reboot)", "`reboot`", "a\nreboot", "a'b", 'a"b', "a;b", "a\\b"])
def test_no_parameter_can_become_a_command(hostile):
    for name, entry in DOCUMENTS.items():
        for key, parameter in entry["parameters"].items():
            given = re.fullmatch(parameter["allowedPattern"], hostile) is not None
            # Within single quotes only a quote or a line end could end the text.
            assert not given or not set(hostile) & set("'\n`;\"\\"), f"{name}.{key}"


def test_names_and_aliases_are_each_given_once():
    names = [name for key, entry in DOCUMENTS.items() for name in [key, *entry["aliases"]]]
    assert sorted(names) == sorted(set(names))


# --- Faults for real -------------------------------------------------------------------------------------------------


@pytest.fixture
def net(tmp_path):
    """The namespaces, with nothing left behind at the end."""
    made = network.Network(tmp_path)
    before = made.rules()
    yield made
    left = records(made.state)
    after = made.rules()
    made.close()
    assert left == []
    assert after == before


LONG = {"duration": "300", "installDependencies": "False"}
HOLE = {"destinationPorts": "7001,7100-7102", **LONG}


@needs_namespaces
def test_ports_are_blocked_as_client_and_as_server(net):
    for port in (7001, 7101, 7103, 7099):
        net.serve(net.b, port)
        net.serve(net.b, port, socket.AF_INET6)
        net.serve(net.a, port)
    fault = net.fault("BlackHoleByPort", **HOLE).active()
    for address in (PEER, PEER6):
        assert not net.reaches(address, 7001)
        assert not net.reaches(address, 7101)
        assert net.reaches(address, 7103)
        assert net.reaches(address, 7099)
    assert not net.reaches("10.71.0.1", 7001, side="b")
    assert net.reaches("10.71.0.1", 7103, side="b")
    # The document says tcp.
    assert net.answered(PEER, 7001, 20) == 1
    fault.kill(signal.SIGTERM)
    assert net.reaches(PEER, 7001)


@needs_namespaces
@pytest.mark.parametrize("direction, out, incoming", [("OUT", False, True), ("IN", True, False), ("EGRESS", False, True)])
def test_a_direction_leaves_the_other(net, direction, out, incoming):
    net.serve(net.b, 7001)
    net.serve(net.a, 7002)
    fault = net.fault("BlackHoleByPort", destinationPorts="7001 7002", direction=direction, **LONG).active()
    assert net.reaches(PEER, 7001) == out
    assert net.reaches("10.71.0.1", 7002, side="b") == incoming
    fault.kill(signal.SIGTERM)


@needs_namespaces
def test_an_open_connection_stops_too(net):
    net.serve(net.b, 7001)
    client = net.open(net.a, socket.AF_INET, socket.SOCK_STREAM)
    client.connect((PEER, 7001))
    client.sendall(b"a")
    assert client.recv(1) == b"a"
    fault = net.fault("BlackHoleByPort", **HOLE).active()
    client.settimeout(1)
    with pytest.raises(OSError):
        client.sendall(b"b")
        client.recv(1)
    fault.kill(signal.SIGTERM)


@needs_namespaces
@pytest.mark.parametrize("document, parameters", [
    ("BlackHoleByIPAddress", {"ipAddresses": f"{PEER} {PEER6}"}),
    ("BlackholeByIP", {"sourceIP": PEER, "destinationIP": f"{PEER},{PEER6}"}),
    ("BlackHoleByURL", {"urls": f"https://{PEER}/x?y=1 http://[{PEER6}]:8080/"}),
    ("BlackHoleKafka", {"kafkanodes": f"{PEER}:9098 [{PEER6}]:9098"}),
])
def test_addresses_are_blocked(net, document, parameters):
    net.serve(net.b, 7001)
    net.serve(net.b, 7001, socket.AF_INET6)
    fault = net.fault(document, **parameters, **LONG).active()
    assert [net.reaches(address, 7001) for address in (PEER, PEER6, OTHER, OTHER6)] == [False, False, True, True]
    assert net.answered(PEER, 7001, 10) == 0
    assert net.answered(OTHER, 7001, 10) == 1
    fault.kill(signal.SIGTERM)
    assert net.reaches(PEER, 7001)


@needs_namespaces
@pytest.mark.parametrize("document", ["StressAllNetworkIO", "BlockNetworkTrafficOnInstance"])
def test_everything_is_blocked_but_what_must_not_be(net, document, tmp_path):
    resolver = tmp_path / "resolv.conf"
    resolver.write_text(f"nameserver {SERVER}\nnameserver 127.0.0.53\n")
    for port in (53, 80, 7001):
        net.serve(net.b, port)
    fault = net.fault(
        document, resolver=resolver, excludeAddresses="10.71.0.3/32", excludePorts="7001:7002", **LONG).active()
    reached = {
        (address, port): net.reaches(address, port)
        for address in (PEER, OTHER, METADATA, SERVER) for port in (53, 80, 7001)
    }
    assert reached == {
        (PEER, 53): False, (PEER, 80): False, (PEER, 7001): True,
        (OTHER, 53): True, (OTHER, 80): True, (OTHER, 7001): True,
        (METADATA, 53): True, (METADATA, 80): True, (METADATA, 7001): True,
        (SERVER, 53): True, (SERVER, 80): False, (SERVER, 7001): True,
    }
    assert net.answered(SERVER, 53, 10) == 1
    fault.kill(signal.SIGTERM)


@pytest.mark.parametrize("region, domain", [
    ("eu-central-1", "amazonaws.com"), ("us-gov-west-1", "amazonaws.com"), ("cn-north-1", "amazonaws.com.cn"),
    ("eusc-de-east-1", "amazonaws.eu"), ("us-iso-east-1", "c2s.ic.gov"), ("us-isob-east-1", "sc2s.sgov.gov"),
    ("eu-isoe-west-1", "cloud.adc-e.uk"), ("us-isof-south-1", "csp.hci.ic.gov"),
])
def test_the_endpoints_of_the_agent_are_known_in_every_partition(tmp_path, region, domain):
    (tmp_path / "getent").write_text('#!/bin/sh\necho "$2"\n')
    (tmp_path / "getent").chmod(0o755)
    found = run(
        "sh", "-c", TABLE["scripts"]["network"] + "\nagent_peers",
        env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "AWS_SSM_REGION_NAME": region})
    assert [f"{name}.{region}.{domain}" for name in ("ssm", "ssmmessages", "ec2messages")] == found.split()[-3:]


@needs_namespaces
def test_dns_alone_is_blocked(net, tmp_path):
    resolver = tmp_path / "resolv.conf"
    resolver.write_text(f"nameserver {SERVER}\n")
    net.serve(net.b, 53)
    net.serve(net.b, 80)
    fault = net.fault("BlackholeDNS", resolver=resolver, **LONG).active()
    assert not net.reaches(SERVER, 53)
    assert net.answered(SERVER, 53, 10) == 0
    assert net.reaches(SERVER, 80)
    fault.kill(signal.SIGTERM)


@needs_namespaces
def test_what_is_left_out_cannot_be_blocked(net):
    fault = net.fault("BlackHoleByIPAddress", ipAddresses=METADATA, **LONG)
    assert fault.ended() == 1
    assert "never blocked" in fault.text
    assert "nothing would be blocked" in fault.text


# --- Every way of ending ---------------------------------------------------------------------------------------------

ENDINGS = {
    "hole": ("BlackHoleByIPAddress", {"ipAddresses": PEER}, {"ipAddresses": f"{PEER} 999.1.1.1"}),
    "rate": ("StressNetworkUtilization", {"rate": "512", "interface": "va"}, {"excludeAddresses": "999.1.1.1"}),
}


@needs_namespaces
@pytest.mark.parametrize("kind", ENDINGS)
@pytest.mark.parametrize("ending", ["success", "failure", "SIGTERM", "SIGINT", "SIGHUP", "SIGKILL", "SIGKILL of all", "revert"])
def test_what_was_before_is_after(net, kind, ending):
    name, parameters, wrong = ENDINGS[kind]
    before = net.rules()
    if ending == "success":
        fault = net.fault(name, **parameters, duration="2")
        assert wait_for(lambda: net.rules() != before)
        assert fault.ended() == 0, fault.text
    elif ending == "failure":
        fault = net.fault(name, **{**parameters, **wrong}, **LONG)
        assert fault.ended() != 0
        assert "undone" in fault.text
    else:
        fault = net.fault(name, **parameters, **LONG).active()
        assert net.rules() != before
        if ending == "revert":
            assert net.fault("RevertFaults").ended() == 0
            fault.ended()
        elif ending == "SIGKILL of all":
            # As if the SSM agent's whole control group was killed, the watcher with it: the next fault finds out.
            for owner in net.state.glob("[0-9]*-*/watching"):
                os.kill(int(owner.read_text()), signal.SIGKILL)
            fault.kill()
            assert net.rules() != before
            following = net.fault(name, **parameters, duration="1")
            assert following.ended() == 0, following.text
        else:
            assert fault.kill(getattr(signal, ending.split()[0])) != 0
            fault.undone()
    assert net.rules() == before
    assert records(net.state) == []


@needs_namespaces
def test_killed_between_two_changes(net, tmp_path):
    """The half that was done is undone: what undoes a change is written before it."""
    tools = tmp_path / "tools"
    tools.mkdir()
    real = shutil.which("ip", path=net.path)
    (tools / "ip").write_text(f'#!/bin/sh\ncase "$*" in *"-6 -batch"*) kill -KILL 0 ;; esac\nexec {real} "$@"\n')
    (tools / "ip").chmod(0o755)
    before = net.rules()
    fault = net.fault("BlackHoleByPort", tools=tools, **HOLE)
    assert fault.ended() == -signal.SIGKILL
    fault.undone()
    assert net.rules() == before


@needs_namespaces
def test_a_fault_that_is_still_beginning_is_reverted(net, tmp_path):
    """A script heeds a signal after its present command, here one that adds rules."""
    tools = tmp_path / "tools"
    tools.mkdir()
    real = shutil.which("ip", path=net.path)
    begun, waits, go = tmp_path / "begun", tmp_path / "waits", tmp_path / "go"
    (tools / "ip").write_text(
        f'#!/bin/sh\ncase "$*" in "-4 -batch"*) cp "$3" {begun}; until [ -e {go} ]; do sleep 0.1; done; exec {real} -4 -batch {begun} ;; esac\n'
        f'exec {real} "$@"\n')
    (tools / "ip").chmod(0o755)
    others = tmp_path / "others"
    others.mkdir()
    (others / "sleep").write_text(f'#!/bin/sh\ntouch {waits}\nexec {shutil.which("sleep")} "$@"\n')
    (others / "sleep").chmod(0o755)
    before = net.rules()
    fault = net.fault("BlackHoleByPort", tools=tools, **HOLE)
    assert wait_for(begun.exists)
    revert = net.fault("RevertFaults", tools=others)
    assert wait_for(lambda: waits.exists() or revert.process.poll() is not None)
    go.touch()
    assert fault.ended() == 143
    assert revert.ended() == 0, revert.text
    assert net.rules() == before


@needs_namespaces
def test_the_faults_of_some_commands_are_reverted(net, tmp_path):
    ids = [f"0a1b2c3d-0000-4000-8000-00000000000{number}" for number in range(3)]
    sleepers = [subprocess.Popen(["sleep", "600"]) for _ in range(3)]
    faults = []
    # The last one's command is not known.
    for sleeper, place in zip(sleepers, [*(f"document/orchestration/{one}/fault/_script.sh" for one in ids[:2]), None]):
        words = {"processId": str(sleeper.pid), "signal": "SIGSTOP", "duration": "300"}
        faults.append(network.Fault(net, "KillProcess", None, None, words, [], place).active())
    stopped = [pathlib.Path(f"/proc/{sleeper.pid}/stat") for sleeper in sleepers]

    def states() -> str:
        return "".join(state.read_text().split()[2] for state in stopped)

    assert states() == "TTT"
    revert = net.fault("RevertFaults", commandIds=f"{ids[0]} {ids[2]}")
    assert revert.ended() == 0, revert.text
    assert states() == "STS"
    revert = net.fault("RevertFaults")
    assert revert.ended() == 0, revert.text
    assert states() == "SSS"
    for process in [*sleepers, *(fault.process for fault in faults)]:
        process.kill()
        process.wait()


@needs_namespaces
def test_the_timer_of_systemd_undoes_alone(net, tmp_path):
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("systemd-run", "systemctl"):
        (tools / name).write_text(f'#!/bin/sh\nprintf "%s\\n" {name} "$@" >>{tmp_path}/calls\n')
        (tools / name).chmod(0o755)
    before = net.rules()
    fault = net.fault("BlackHoleByPort", tools=tools, **HOLE).active()
    record = next(net.state.glob("[0-9]*-*"))
    words = (tmp_path / "calls").read_text().split("\n")[:-1]
    unit = f"tocsin-undo-{record.name}"
    assert words == [
        "systemd-run", "--quiet", f"--unit={unit}", "--on-active=330s", "--timer-property=AccuracySec=1s",
        "/bin/sh", f"{record}/undo",
    ]
    os.kill(int((record / "watching").read_text()), signal.SIGKILL)
    fault.kill()
    assert net.rules() != before
    net.inside(*words[-2:])
    assert net.rules() == before
    # A script that ends well takes its timer back.
    (tmp_path / "calls").unlink()
    net.fault("BlackHoleByPort", tools=tools, **HOLE).active().kill(signal.SIGTERM)
    assert (tmp_path / "calls").read_text().split("\n")[-4:-2] == ["systemctl", "stop"]


@needs_namespaces
def test_the_watcher_ends_a_script_that_is_late(net):
    before = net.rules()
    fault = net.fault("BlackHoleByPort", destinationPorts="7001", duration="1")
    assert wait_for(lambda: net.rules() != before)
    fault.process.send_signal(signal.SIGSTOP)
    # Its duration and the 30 s that it may take on top.
    fault.undone()
    assert net.rules() == before
    fault.kill()


# --- What is refused, before anything is changed ---------------------------------------------------------------------


@needs_namespaces
def test_a_second_fault_is_refused(net):
    first = net.fault("BlackHoleByPort", **HOLE).active()
    second = net.fault("StressNetworkUtilization", interface="va", **LONG)
    assert second.ended() == 1
    assert "another network fault is active" in second.text
    first.kill(signal.SIGTERM)


@needs_namespaces
@pytest.mark.parametrize("queue", [["tbf", "rate", "1gbit", "burst", "100k", "latency", "1ms"], ["htb"]])
def test_a_queue_that_is_not_the_kernels_is_left_alone(net, queue):
    net.inside("tc", "qdisc", "add", "dev", "va", "root", "handle", "1:", *queue)
    before = net.rules()
    fault = net.fault("StressNetworkUtilization", interface="va", **LONG)
    assert fault.ended() == 1
    assert f"va has the queue {queue[0]}" in fault.text
    assert net.rules() == before
    net.inside("tc", "qdisc", "del", "dev", "va", "root")


@needs_namespaces
def test_rules_of_others_are_left_alone(net):
    net.inside("ip", "rule", "add", "pref", "2", "to", "192.0.2.0/24", "table", "main")
    before = net.rules()
    fault = net.fault("BlackHoleByPort", **HOLE)
    assert fault.ended() == 1
    assert "the priorities 1 to 3 of ip -4 rule are in use" in fault.text
    assert net.rules() == before
    net.inside("ip", "rule", "del", "pref", "2")


@needs_namespaces
@pytest.mark.parametrize("document, parameters, message", [
    ("StressPacketLoss", {"interface": "none0"}, "there is no interface none0"),
    ("BlackHoleByPort", {"destinationPorts": "80 70000"}, "no port or range of ports: 70000"),
    ("StressNetworkUtilization", {"portNumber": "90-80"}, "no port or range of ports: 90-80"),
    ("StressNetworkUtilization", {"excludePorts": "65536"}, "no port or range of ports: 65536"),
    ("BlackHoleByPort", {}, "nothing would be blocked"),
    ("BlackHoleByPort", {"destinationPorts": "1", "duration": "43201"}, "the most is 43200"),
    ("BlackHoleByURL", {"urls": "https:///"}, "no address is known for "),
    ("StressNetworkUtilization", {"portNumber": "1-65534", "portType": "both", "excludePorts": " ".join(
        str(port) for port in range(1, 999, 2))}, "more than 2000 filters"),
])
def test_what_cannot_be_is_refused(net, document, parameters, message):
    fault = net.fault(document, **{"installDependencies": "False", **parameters})
    assert fault.ended() == 1
    assert message in fault.text


# --- Queues ----------------------------------------------------------------------------------------------------------


@needs_namespaces
@pytest.mark.parametrize("family, address", [(socket.AF_INET, PEER), (socket.AF_INET6, PEER6)])
def test_the_rate_is_limited_on_a_port_alone(net, family, address):
    net.serve(net.b, 7001, family)
    net.serve(net.b, 7003, family)
    fault = net.fault(
        "StressNetworkUtilization", rate="800", portNumber="7000-7002", portType="dport", **LONG).active()
    # 100 kB/s pass: of a megabyte in a second or two most is dropped. A port beside it loses none.
    assert burst(net, address, 7001) < 0.5
    assert burst(net, address, 7003) > 0.9
    fault.kill(signal.SIGTERM)
    assert burst(net, address, 7001) > 0.9


def burst(net, address: str, port: int) -> float:
    """The share of a megabyte in fast datagrams that comes back."""
    client = net.open(net.a, socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    back = 0
    for _ in range(100):
        for _ in range(8):
            client.settimeout(0)
            # What is not even taken is as good as lost.
            with contextlib.suppress(BlockingIOError):
                client.sendto(b"x" * 1300, (address, port))
        client.settimeout(0.01)
        with contextlib.suppress(TimeoutError):
            for _ in range(8):
                back += len(client.recv(2000)) == 1300
    client.close()
    return back / 800


@needs_namespaces
@needs_netem
@pytest.mark.parametrize("family, address, other", [(socket.AF_INET, PEER, OTHER), (socket.AF_INET6, PEER6, OTHER6)])
def test_netem_loses_packets(net, family, address, other):
    net.serve(net.b, 7001, family)
    net.serve(net.b, 7002, family)
    fault = net.fault(
        "StressPacketLoss", loss="40", portNumber="7001", portType="dport", excludeAddresses=other, **LONG).active()
    assert 0.5 < net.answered(address, 7001, 1000) < 0.7
    assert net.answered(address, 7002, 200) == 1
    assert net.answered(other, 7001, 200) == 1
    fault.kill(signal.SIGTERM)
    assert net.answered(address, 7001, 200) == 1


@needs_namespaces
@needs_netem
def test_netem_loses_packets_of_a_source_port(net):
    net.serve(net.b, 7001)
    fault = net.fault("StressPacketLoss", loss="100", portNumber="7500", **LONG).active()
    assert net.answered(PEER, 7001, 20, source=7500) == 0
    assert net.answered(PEER, 7001, 20, source=7501) == 1
    fault.kill(signal.SIGTERM)


@needs_namespaces
@needs_netem
def test_netem_spares_what_must_not_be_lost(net, tmp_path):
    resolver = tmp_path / "resolv.conf"
    resolver.write_text(f"nameserver {SERVER}\n")
    net.serve(net.b, 53)
    net.serve(net.b, 7001)
    net.serve(net.b, 7001, socket.AF_INET6)
    fault = net.fault("StressPacketLoss", loss="100", resolver=resolver, **LONG).active()
    assert [net.answered(address, 7001, 20) for address in (PEER, PEER6, METADATA, SERVER)] == [0, 0, 1, 0]
    assert net.answered(SERVER, 53, 20) == 1
    fault.kill(signal.SIGTERM)


@needs_namespaces
@needs_netem
@pytest.mark.parametrize("family, address", [(socket.AF_INET, PEER), (socket.AF_INET6, PEER6)])
def test_netem_delays_packets(net, family, address):
    for port in (7001, 7002):
        net.serve(net.b, port, family)
    fault = net.fault("StressNetworkLatency", delay="300", ports="7001", portType="dport", **LONG).active()
    assert net.round_trip(address, 7001) >= 0.3
    assert net.round_trip(address, 7002) < 0.3
    fault.kill(signal.SIGTERM)
    assert net.round_trip(address, 7001) < 0.3


@needs_namespaces
@needs_netem
@pytest.mark.parametrize("root, ending", [("noqueue", "SIGKILL"), ("fq_codel", "SIGTERM"), ("pfifo_fast", "failure")])
def test_netem_leaves_the_queue_as_it_was(net, root, ending):
    if root != "noqueue":
        pathlib.Path("/proc/sys/net/core/default_qdisc").write_text(root)
        run("ip", "-n", net.a, "link", "set", "va", "txqueuelen", "500")
        net.inside("tc", "qdisc", "add", "dev", "va", "root", "htb")
        net.inside("tc", "qdisc", "del", "dev", "va", "root")
    before = net.rules()
    if ending == "failure":
        fault = net.fault("StressPacketLoss", excludeAddresses="999.1.1.1", **LONG)
        assert fault.ended() == 1
    else:
        fault = net.fault("StressNetworkLatency", jitter="20", **LONG).active()
        fault.kill(getattr(signal, ending))
    fault.undone()
    assert net.rules() == before


@pytest.mark.skipif(NETEM, reason="this kernel has netem: the tests run here")
def test_in_a_kernel_with_netem(tmp_path):
    """The tests above that this kernel cannot run, in one that can: User-Mode Linux."""
    kernel = uml.find()
    if kernel is None:
        pytest.skip("there is no User-Mode Linux in .build/uml: ./build.sh could not fetch it")
    result = uml.run(kernel, tmp_path, [
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "(loses_packets and not source or delays or noqueue) and not kernel", __file__,
    ])
    if result.is_processor_unknown:
        pytest.skip("User-Mode Linux cannot set the registers of this processor, so loss and delay are not tried")
    assert result.status == 0, result.output
    assert re.search(r"\d+ passed", result.output), result.output
    assert "skipped" not in result.output


# --- Containers ------------------------------------------------------------------------------------------------------

NAME = "k8s_shop_shop-7d9f_prod_0a1b_0"
INFO = "\n".join(f'  "io.kubernetes.{key}": "{value}",' for key, value in {
    "container.name": "shop", "pod.name": "shop-7d9f", "pod.namespace": "prod", "pod.uid": "0a1b"}.items())
#: What each runtime's client answers, by the beginnings of its arguments.
RUNTIMES = {
    "docker": [("docker", {"ps": "abc", "inspect": "{pid} /" + NAME})],
    "nerdctl": [("nerdctl", {"-n=k8s.io ps": "abc", "-n=k8s.io inspect": "{pid} " + NAME})],
    "crictl": [("crictl", {"ps": "abc", "inspect": "{pid} " + NAME})],
    "ctr": [("ctr", {
        "namespaces ls": "k8s.io", "-n k8s.io tasks ls": "TASK PID STATUS\nabc {pid} RUNNING\ndef 1 STOPPED",
        "-n k8s.io containers info": INFO})],
}


@pytest.fixture
def container(net):
    """A process with the network of the peer, as a container's."""
    process = subprocess.Popen(["nsenter", f"--net=/run/netns/{net.a}", "--", "sleep", "600"])
    yield process
    process.kill()
    process.wait()


def clients(folder: pathlib.Path, runtime: str, pid: int) -> pathlib.Path:
    folder.mkdir()
    for name, answers in RUNTIMES[runtime]:
        cases = "".join(
            f"'{words}'*) cat <<'ANSWER'\n{answer.replace('{pid}', str(pid))}\nANSWER\n;;\n" for words, answer in answers.items())
        (folder / name).write_text(f'#!/bin/sh\ncase "$*" in\n{cases}*) exit 1 ;;\nesac\n')
        (folder / name).chmod(0o755)
    return folder


@needs_namespaces
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_container_of_each_runtime_is_found_and_hit(net, container, runtime, tmp_path):
    net.serve(net.b, 7001)
    before = net.rules()
    tools = clients(tmp_path / "tools", runtime, container.pid)
    fault = network.Fault(net, "PodBlackholeByPort", tools, None, {
        "containerNamePattern": "^k8s_shop_", "destinationPorts": "7001", **LONG}, []).active()
    assert NAME in fault.text
    assert not net.reaches(PEER, 7001)
    assert net.reaches(PEER, 7001, side="b")
    # Its network is put back when the container itself is gone.
    container.kill()
    container.wait()
    fault.kill()
    fault.undone()
    assert net.rules() == before


@needs_namespaces
def test_a_network_that_cannot_be_kept_leaves_nothing(net, container, tmp_path):
    tools = clients(tmp_path / "tools", "docker", container.pid)
    (tools / "mount").write_text("#!/bin/sh\nexit 1\n")
    (tools / "mount").chmod(0o755)
    fault = network.Fault(net, "PodBlackholeByPort", tools, None, {
        "containerNamePattern": "^k8s_shop_", "destinationPorts": "7001", **LONG}, [])
    assert fault.ended() == 1
    assert "cannot be entered" in fault.text
    assert "not everything is undone" not in fault.text


@needs_namespaces
@pytest.mark.parametrize("pattern, message", [
    ("^k8s_other_", "no running container has a name like ^k8s_other_"),
    ("^k8s_shop_", "has the host's network"),
])
def test_a_container_that_is_not_meant_is_not_hit(net, container, pattern, message, tmp_path):
    tools = clients(tmp_path / "tools", "docker", container.pid)
    # Run where the container is, so that its network is the host's.
    fault = net.fault("PodBlackholeByPort", tools=tools, containerNamePattern=pattern, destinationPorts="1", **LONG)
    assert fault.ended() == 1
    assert message in fault.text


@needs_namespaces
def test_a_process_in_a_container_is_found_and_killed(net, tmp_path):
    tool = tmp_path / "tocsin-work"
    shutil.copy(shutil.which("sleep"), tool)
    container = subprocess.Popen(["unshare", "-p", "-f", "--kill-child", "sh", "-c", f"{tool} 600; sleep 600"])
    try:
        assert wait_for(lambda: children(container.pid))
        pid = children(container.pid)[0]
        assert wait_for(lambda: children(pid))
        tools = clients(tmp_path / "tools", "docker", pid)
        words = {"tools": tools, "containerNamePattern": "shop", "processName": "tocsin-work"}
        check = net.fault("PodProcessInContainerCheck", **words)
        assert check.ended() == 0, check.text
        assert check.text == "UP\n"
        killed = net.fault("PodKillProcessInContainer", **words)
        assert killed.ended() == 0, killed.text
        check = net.fault("PodProcessInContainerCheck", **words)
        assert wait_for(lambda: check.process.poll() is not None)
        assert check.text == "DOWN\n"
        crash = net.fault("PodTerminationCrash", tools=tools, containerNamePattern="shop")
        assert crash.ended() == 0, crash.text
        assert container.wait(60) != 0
    finally:
        container.kill()


@pytest.fixture
def jail(tmp_path):
    """A process with a root of its own, as a container's: the host's programs, and a disk of one MiB for its files."""
    root = tmp_path / "root"
    root.mkdir()
    text = """set -e
        mount -t tmpfs none "$1" && cd "$1" && mkdir usr data proc && mount --rbind /usr usr && mount -t proc proc proc
        for folder in bin lib lib64 sbin; do [ ! -e "/$folder" ] || ln -s "usr/$folder" "$folder"; done
        mount -t tmpfs -o size=1m none data
        exec chroot . sleep 600"""
    process = subprocess.Popen(["unshare", "-m", "-p", "-f", "--kill-child", "sh", "-c", text, "jail", str(root)])
    assert wait_for(lambda: [pid for pid in children(process.pid) if os.readlink(f"/proc/{pid}/root") == str(root)])
    pid = children(process.pid)[0]
    yield pid, pathlib.Path(f"/proc/{pid}/root")
    process.kill()
    process.wait()


@needs_namespaces
def test_the_disk_of_a_container_is_filled(net, jail, tmp_path):
    pid, root = jail
    tools = clients(tmp_path / "tools", "docker", pid)
    fault = net.fault(
        "PodDiskVolumeExhaustion", tools=tools, containerNamePattern="shop", workers="1", path="/data", **LONG).active()
    assert wait_for(lambda: os.statvfs(root / "data").f_bavail == 0), fault.text
    fault.kill(signal.SIGTERM)
    assert wait_for(lambda: os.statvfs(root / "data").f_bavail > 0)
    assert os.listdir(root / "data") == []


@needs_namespaces
def test_a_link_in_a_container_does_not_lead_to_the_host(net, jail, tmp_path):
    pid, root = jail
    tools = clients(tmp_path / "tools", "docker", pid)
    host = tmp_path / "host"
    host.mkdir()
    (root / "out").symlink_to(host)
    words = {"tools": tools, "containerNamePattern": "shop", "workers": "1", **LONG}
    for path in ("/out", "/.."):
        fault = net.fault("PodDiskVolumeExhaustion", path=path, **words)
        assert fault.ended() == 1, fault.text
        assert "leads out of the container" in fault.text
    assert os.listdir(host) == []


@needs_namespaces
def test_a_link_in_place_of_a_file_does_not_lead_to_the_host(net, jail, tmp_path):
    pid, root = jail
    victim = tmp_path / "victim"
    victim.write_text("of the host")
    last = int(pathlib.Path("/proc/sys/kernel/ns_last_pid").read_text())
    for number in range(last, last + 3000):
        (root / f".tocsin-fill.{number}").symlink_to(victim)
    tools = clients(tmp_path / "tools", "docker", pid)
    fault = net.fault(
        "PodDiskVolumeExhaustion", tools=tools, containerNamePattern="shop", workers="1", path="/", **LONG)
    assert fault.ended() == 1, fault.text
    assert "File exists" in fault.text
    assert victim.read_text() == "of the host"


def children(pid: int) -> list[int]:
    return [int(word) for word in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


# --- Load, processes and interfaces ----------------------------------------------------------------------------------


@needs_namespaces
@pytest.mark.parametrize("document, parameters", [
    ("StressCPU", {"cpu": "1", "load": "10"}), ("StressMemory", {"percent": "1"}), ("StressIO", {"percent": "1"}),
    ("DiskVolumeExhaustion", {"workers": "1", "path": "/dev/shm"}),
])
@pytest.mark.parametrize("ending", ["SIGTERM", "SIGKILL"])
def test_load_ends_with_its_script(net, document, parameters, ending):
    fault = net.fault(document, **parameters, **LONG).active()
    pids = loads(net)
    assert pids
    assert all(running(pid) for pid in pids)
    fault.kill(getattr(signal, ending))
    fault.undone()
    assert wait_for(lambda: not any(running(pid) for pid in pids))


def loads(net) -> list[int]:
    return [int(line.split()[0]) for line in next(net.state.glob("[0-9]*-*/pids")).read_text().splitlines()]


@needs_namespaces
@pytest.mark.parametrize("document, parameters", [
    ("StressCPU", {"cpu": "1", "load": "10"}), ("StressMemory", {"percent": "1"}), ("StressIO", {"percent": "1"}),
    ("DiskVolumeExhaustion", {"workers": "1", "path": "/dev/shm"}),
])
def test_a_load_that_is_killed_has_failed(net, document, parameters):
    fault = net.fault(document, **parameters, duration="6", installDependencies="False").active()
    # As the kernel does when memory is out, not the group but one process.
    os.kill(loads(net)[0], signal.SIGKILL)
    assert fault.ended() == 1
    assert "the load ended too early" in fault.text


@needs_namespaces
def test_a_process_with_the_number_of_a_dead_load_lives(net):
    other = subprocess.Popen(["sleep", "600"], start_new_session=True)
    fault = net.fault("StressCPU", cpu="1", **LONG).active()
    with next(net.state.glob("[0-9]*-*/pids")).open("a") as pids:
        pids.write(f"{other.pid} {other.pid}\n")
    fault.kill(signal.SIGTERM)
    assert running(other.pid)
    other.kill()
    other.wait()


@pytest.mark.parametrize("prepare, group", [
    # Undone while it began: nobody would end it.
    ("rm $run/undo", ""),
    # A control group that does not take it: the host would bear the load.
    ("find /sys/fs/cgroup/ -name cgroup.procs -exec mount --bind /dev/full {} \\;", "$$"),
    ("mount -t tmpfs none /sys/fs/cgroup", "$$"),
])
@needs_namespaces
def test_a_load_that_nothing_would_end_or_hold_does_not_run(tmp_path, prepare, group):
    text = "\n".join(TABLE["scripts"][name] for name in ("core", "undo", "load"))
    lines = f"""set -eu
        run={tmp_path}/1-1; mkdir $run; touch $run/undo
        load touch {tmp_path}/first; wait
        {prepare}
        group={group}
        load touch {tmp_path}/second; wait"""
    subprocess.run(["unshare", "-m", "sh", "-c", f"{text}\n{lines}"], check=True)
    assert (tmp_path / "first").exists()
    assert not (tmp_path / "second").exists()


def running(pid: int) -> bool:
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0] not in "ZX"
    except OSError:
        return False


@needs_namespaces
def test_a_stopped_process_goes_on(net):
    process = subprocess.Popen(["sleep", "600"])
    fault = net.fault("KillProcess", processId=str(process.pid), signal="SIGSTOP", duration="300").active()
    state = pathlib.Path(f"/proc/{process.pid}/stat")
    assert state.read_text().split()[2] == "T"
    fault.kill()
    fault.undone()
    assert state.read_text().split()[2] == "S"
    killed = net.fault("KillProcess", processId=str(process.pid), signal="SIGKILL")
    assert killed.ended() == 0, killed.text
    assert process.wait(60) == -signal.SIGKILL
    missing = net.fault("KillProcess", processId=str(process.pid), duration="1")
    assert missing.ended() == 1
    assert "there is no process" in missing.text


@needs_namespaces
def test_a_process_that_ended_with_its_master_is_no_failure(net):
    master = subprocess.Popen(["sleep", "600"])
    gone = subprocess.Popen(["true"])
    gone.wait()
    # As KillProcessByName has them, which finds the processes before it kills the first.
    fault = net.fault("KillProcess", processId=f"{master.pid} {gone.pid}", duration="1")
    assert fault.ended() == 0, fault.text
    assert master.wait(60) == -signal.SIGTERM


@pytest.mark.parametrize("path, unit", [
    ("/system.slice/nginx.service", "nginx.service"),
    ("/system.slice/system-shop.slice/shop@1.service", "shop@1.service"),
    ("/system.slice/nginx.service/workers", "nginx.service"),
    ("/shop.slice/shop.service", "shop.service"),
    # A user's systemd, and one in a container: the host's unit of that name is another.
    ("/user.slice/user-1000.slice/user@1000.service/app.slice/nginx.service", "user@1000.service"),
    ("/system.slice/docker-0a1b.scope/system.slice/nginx.service", ""),
    ("/docker/0a1b/system.slice/nginx.service", ""),
    ("/kubepods.slice/kubepods-pod1.slice/cri-containerd-0a1b.scope/system.slice/nginx.service", ""),
    ("/user.slice/user-1000.slice/session-1.scope", ""),
])
def test_the_unit_of_a_process_is_the_hosts(tmp_path, path, unit):
    (tmp_path / "cgroup").write_text(f"12:pids:/\n0::{path}\n")
    text = TABLE["scripts"]["kill"] + f"\nunit_of {tmp_path}/cgroup"
    assert run("sh", "-c", text).strip() == unit


@needs_namespaces
@pytest.mark.parametrize("ending", ["SIGTERM", "SIGKILL"])
def test_an_interface_comes_back_with_its_routes(net, ending):
    net.serve(net.b, 7001)
    net.inside("ip", "route", "add", "192.0.2.0/24", "via", OTHER)
    net.inside("ip", "-6", "route", "add", "2001:db8::/32", "via", OTHER6, "dev", "va")
    shown = [("ip", "-br", "-4", "addr"), ("ip", "-br", "-6", "addr", "show", "scope", "global"), ("ip", "route"), ("ip", "-6", "route", "show", "2001:db8::/32")]
    before = [net.inside(*words) for words in shown]
    refused = net.fault("ShutDownNetworkInterfaceOnInstance", interface="va", **LONG)
    assert refused.ended() == 1
    assert "set allowAgentInterface to True" in refused.text
    fault = net.fault("ShutDownNetworkInterfaceOnInstance", interface="va", allowAgentInterface="True", **LONG).active()
    assert not net.reaches(PEER, 7001)
    fault.kill(getattr(signal, ending))
    fault.undone()
    assert net.reaches(PEER, 7001)
    assert [net.inside(*words) for words in shown] == before
    net.inside("ip", "route", "del", "192.0.2.0/24")
    net.inside("ip", "-6", "route", "del", "2001:db8::/32")


@needs_namespaces
@pytest.mark.parametrize("family, routes", [
    # The way to a gateway is listed after the default route that needs it.
    ("-4", [["default", "via", "192.0.2.1", "dev", "va", "metric", "7"], ["192.0.2.1", "dev", "va", "scope", "link"]]),
    # Several ways, in another table.
    ("-4", [["198.51.100.0/24", "table", "77", "nexthop", "via", PEER, "dev", "va", "nexthop", "via", OTHER, "dev", "va"]]),
    # As a router's advertisement makes it.
    ("-6", [["default", "via", "fe80::1", "dev", "va", "proto", "ra", "expires", "1798"]]),
])
def test_every_kind_of_route_comes_back(net, family, routes):
    for route in reversed(routes):
        net.inside("ip", family, "route", "add", *route)
    net.inside("ip", "-6", "addr", "add", "2001:db8::5/64", "dev", "va", "nodad", "valid_lft", "9000", "preferred_lft", "8000")

    def shown() -> list[str]:
        """Without what goes by: the time that is left, and that the kernel looks for others with an address."""
        lines = net.inside("ip", family, "route", "show", "table", "all")
        lines += net.inside("ip", "-o", "-6", "addr", "show", "dev", "va", "scope", "global")
        lines = re.sub(r"\d+sec", "later", re.sub(" (nodad|tentative)", "", lines))
        return [line for line in lines.split("\n") if not line.startswith(("local", "anycast", "multicast"))]

    before = shown()
    assert "later" in str(before)
    fault = net.fault("ShutDownNetworkInterfaceOnInstance", interface="va", allowAgentInterface="True", **LONG).active()
    assert shown() != before
    assert fault.kill(signal.SIGTERM) == 143, fault.text
    assert "undone" in fault.text
    assert sorted(shown()) == sorted(before)
    for route in routes:
        net.inside("ip", family, "route", "del", *route[:-2] if "expires" in route else route)


@needs_namespaces
def test_a_route_that_is_missing_is_tried_again(net, tmp_path):
    tools = tmp_path / "tools"
    tools.mkdir()
    real = shutil.which("ip", path=net.path)
    broken = tmp_path / "broken"
    broken.touch()
    (tools / "ip").write_text(f'#!/bin/sh\ncase "$*" in *"-4 -batch"*) [ ! -e {broken} ] || exit 1 ;; esac\nexec {real} "$@"\n')
    (tools / "ip").chmod(0o755)
    before = net.inside("ip", "route")
    fault = net.fault(
        "ShutDownNetworkInterfaceOnInstance", interface="va", allowAgentInterface="True", tools=tools, **LONG).active()
    fault.kill(signal.SIGTERM)
    assert "not everything is undone" in fault.text
    broken.unlink()
    fault.undone()
    assert net.inside("ip", "route") == before


# --- Volumes ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def disk(net, tmp_path):
    """A disk, its two mounts below a folder, one on the other, and what leads into their mount namespace."""
    at, image = tmp_path / "at", tmp_path / "image"
    for name in ("data", "elsewhere"):
        (at / name).mkdir(parents=True)
    image.touch()
    os.truncate(image, 16 << 20)
    try:
        run("mkfs.ext4", "-q", str(image), env=os.environ | {"PATH": net.path})
        device = run("losetup", "--find", "--show", str(image), env=os.environ | {"PATH": net.path}).strip()
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"there are no loop devices here: {error}")
    holder = subprocess.Popen(["unshare", "-m", "sleep", "600"])
    assert wait_for(lambda: os.readlink(f"/proc/{holder.pid}/ns/mnt") != os.readlink("/proc/self/ns/mnt"))
    inside = ["nsenter", f"--mount=/proc/{holder.pid}/ns/mnt", "--"]
    run(*inside, "mount", "-o", "noexec", device, str(at / "data"))
    run(*inside, "mkdir", str(at / "data/part"), str(at / "data/folder"))
    run(*inside, "mount", device, str(at / "data/part"))
    yield device, at, inside
    holder.kill()
    holder.wait()
    run("losetup", "--detach", device, env=os.environ | {"PATH": net.path})


def mounts(inside: list[str]) -> list[list[str]]:
    lines = run(*inside, "cat", "/proc/self/mountinfo").splitlines()
    return [[*line.split()[3:6], line.split(" - ")[1]] for line in lines]


@needs_namespaces
def test_a_volume_comes_back(net, disk):
    device, at, inside = disk
    before = mounts(inside)
    fault = network.Fault(net, "DetachVolume", None, None, {"device": device, "duration": "300"}, inside).active()
    assert not any(str(at) in line[1] for line in mounts(inside))
    fault.kill(signal.SIGTERM)
    assert "differs" not in fault.text
    assert mounts(inside) == before


@needs_namespaces
@pytest.mark.parametrize("change", [
    ["mount", "-t", "tmpfs", "none", "{at}/data/folder"],
    ["mount", "-t", "tmpfs", "none", "{at}/data"],
    ["mount", "--bind", "{at}/data/folder", "{at}/elsewhere"],
])
def test_a_volume_that_others_depend_on_stays(net, disk, change):
    device, at, inside = disk
    run(*inside, *[word.format(at=at) for word in change])
    before = mounts(inside)
    fault = network.Fault(net, "DetachVolume", None, None, {"device": device, "duration": "1"}, inside)
    assert fault.ended() == 1, fault.text
    assert f"other mounts depend on {device}" in fault.text
    assert mounts(inside) == before


# --- As they are delivered -------------------------------------------------------------------------------------------


def expected() -> dict[str, dict]:
    return {
        name: generate.document(entry, TABLE)
        for key, entry in DOCUMENTS.items() for name in [key, *entry["aliases"]]
    }


def test_tocsin_writes_the_documents(tmp_path):
    tocsin = ROOT / "dist/bin/tocsin"
    if not tocsin.exists():
        pytest.skip("not built: dist/bin/tocsin; run ./build.sh")
    subprocess.run([tocsin, "chaos", "documents", "--output-folder", tmp_path / "new/documents"], check=True)
    assert {file.stem: json.loads(file.read_text()) for file in (tmp_path / "new/documents").iterdir()} == expected()


@needs_terraform
def test_terraform_makes_the_documents(plugins, aws, tmp_path):
    root = AWSTerraform(ROOT / "terraform/aws", tmp_path / "root", local_provider(aws.url), f"-plugin-dir={plugins}")
    values = {"name": "faults", "chaos_executor": {"documents": ["*"]}}
    root.run("apply", "-auto-approve", "-input=false", root.variables(values))
    ssm = aws.client("ssm")
    made = {
        name: json.loads(ssm.get_document(Name=name)["Content"]) for name in expected()
    }
    assert made == expected()
    assert "No changes" in root.run("plan", "-detailed-exitcode", root.variables(values))
    some = {"name": "faults", "chaos_executor": {"documents": ["StressCPU", "Pod*ole*"]}}
    root.run("apply", "-auto-approve", "-input=false", root.variables(some))
    left = {d["Name"] for d in ssm.list_documents(Filters=[{"Key": "Owner", "Values": ["Self"]}])["DocumentIdentifiers"]}
    assert left & set(expected()) == {
        "StressCPU", "PodBlackholeByPort", "PodBlackHoleByPort", "PodBlackholeByIP", "PodBlackHoleByIP",
        "PodBlackholeByIPAddress",
    }
    root.run("destroy", "-auto-approve", "-input=false", root.variables(some))
