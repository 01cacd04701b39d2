"""The documents of Systems Manager: parameters, and of which parts their scripts are made."""

WORD = r"[A-Za-z0-9_.^$|()+*?\[\]-]{1,200}"
PORT = r"[0-9]{1,5}([-:][0-9]{1,5})?"
ADDRESS = r"[0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?"
URL = r"[A-Za-z0-9\[][A-Za-z0-9:/._%?&=@~\[\]-]{0,500}"
DIRECTIONS = ["BOTH", "IN", "OUT", "INGRESS", "EGRESS"]
SIGNALS = [f"SIG{name}" for name in "TERM KILL STOP CONT HUP INT QUIT USR1 USR2 ABRT".split()]


def several(item: str, *, empty: bool = True) -> str:
    """A list with spaces or commas between; what a shell would read as more than text is not allowed in any."""
    return rf"^({item}([ ,]+{item})*){'?' if empty else ''}$"


def text(default, description, pattern=None, values=None) -> dict:
    """A parameter; without a default it has to be given."""
    parameter = {"type": "String", "description": description}
    if default is not None:
        parameter["default"] = default
    if values:
        parameter["allowedValues"] = values
    # Whatever else is checked: no quote, no line end, nothing that could leave the quotes of the script.
    parameter["allowedPattern"] = pattern or "^[A-Za-z0-9]+$"
    return parameter


def duration(default="60", pattern="^[1-9][0-9]{0,4}$"):
    return {"duration": text(default, "How long the fault lasts, in seconds, up to 43200 (12 hours).", pattern)}


DEPENDENCIES = {
    "installDependencies": text(
        "True", "Whether missing packages (stress-ng, iproute, kernel modules) are installed.", values=["True", "False"])
}
EXCLUDED = {
    "excludeAddresses": text(
        "", "Addresses and networks that are never hit, in addition to DNS, metadata and the SSM agent.", several(ADDRESS)),
    "excludePorts": text("", "Ports and ranges of ports, of either side, that are never hit.", several(PORT)),
}
CONTAINERS = {
    "containerNamePattern": text(
        "k8s_coredns", "Containers by a regular expression on k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT.", f"^{WORD}$"),
    "numContainersToTarget": text(
        "1", "How many of them: a number (the first by name), ALL, or RANDOM for one.", "^([1-9][0-9]{0,3}|ALL|RANDOM)$"),
}
INTERFACE = {
    "interface": text(
        "DEFAULT", "The interface; DEFAULT is that of the default route.", r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$")
}
PERCENT = "^(100|[1-9][0-9]?)$"
SMALL = "^[1-9][0-9]{0,2}$"


def queue(ports="portNumber", **more):
    return {
        **INTERFACE,
        ports: text("0", "Ports and ranges of ports; 0 is all traffic.", several(PORT, empty=False)),
        "portType": text("sport", "The side whose ports they are.", values=["sport", "dport", "both"]),
        **more,
    }


def loss():
    return queue(loss=text("7", "How many of the packets are lost, in percent.", r"^(100|[0-9]{1,2}(\.[0-9]{1,3})?)$"))


def delay(ports):
    return queue(
        ports,
        delay=text("100", "The delay of what leaves, in milliseconds.", "^[1-9][0-9]{0,4}$"),
        jitter=text("0", "How much the delay varies, in milliseconds.", "^[0-9]{1,5}$"))


def rate():
    return queue(rate=text("1024", "The rate that is left, in kbit/s.", "^[1-9][0-9]{0,7}$"))


def protocol(default):
    return {"protocol": text(default, "Protocols.", several("(tcp|udp)", empty=False))}


DIRECTION = {"direction": text("BOTH", "Connections from here (OUT), to here (IN), or both.", values=DIRECTIONS)}


def ports(default):
    return {
        **protocol(default),
        "sourcePorts": text("", "Source ports and ranges.", several(PORT)),
        "destinationPorts": text("", "Destination ports and ranges.", several(PORT)),
        **DIRECTION,
    }


BY_IP = {
    "protocol": text("all", "Protocols, or all.", several("(all|tcp|udp|icmp)", empty=False)),
    "sourceIP": text("", "Addresses and networks.", several(ADDRESS)),
    "destinationIP": text("", "Addresses and networks.", several(ADDRESS)),
    **DIRECTION,
}
CPU = {
    "cpu": text("0", "How many workers; 0 is one for each processor.", "^[0-9]{1,3}$"),
    "load": text("100", "The load of each, in percent.", PERCENT),
}
MEMORY = {
    "workers": text("1", "How many workers share the memory.", SMALL),
    "percent": text("80", "How much of the memory that is available, of a container: of its limit.", PERCENT),
}
IO = {
    "iomix": text("1", "How many workers.", SMALL),
    "percent": text("80", "How much of the free space each uses, in percent.", PERCENT),
}
DISK = {
    "workers": text("4", "How many files.", SMALL),
    "filesize": text("1", "The size of each, in GiB.", "^[1-9][0-9]{0,3}$"),
    "path": text("/", "The folder whose file system is filled.", r"^/[A-Za-z0-9_./-]*$"),
}
NAMESPACE = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"
POD = {"podNamePattern": text(None, "Pods by a regular expression on their names.", f"^{WORD}$")}
PROCESS = {"processName": text(None, "The name of the program.", "^[A-Za-z0-9_.@:+-]{1,100}$")}


def signal(default, values=SIGNALS):
    return {"signal": text(default, "The signal.", values=values)}


RUN = ["core", "undo"]
NETWORK = [*RUN, "packages", "network"]
HOLES = [*NETWORK, "holes"]
QUEUES = [*NETWORK, "interface", "queues"]
LOAD = [*RUN, "load"]
ON_HOST = "on_host fault"
IN_CONTAINERS = "in_containers fault"
#: What runs a load on a host, and in containers, in which it counts as theirs.
LOAD_ON_HOST = "begin_load\n{}\nhold_load"
LOAD_IN_CONTAINERS = "choose_containers\nbegin_load\nin_each_container {}\nhold_load"


#: What each body of a network fault is made of.
BODIES = {"loss": QUEUES, "latency": QUEUES, "rate": QUEUES, "shut-interface": [*NETWORK, "interface"]}


def network(description, body, parameters, seconds="60", setup="", aliases=()):
    return {
        "description": description, "aliases": list(aliases),
        "scripts": [*BODIES.get(body, HOLES), "host-network", body], "end": setup + ON_HOST,
        "parameters": {**duration(seconds), **parameters, **EXCLUDED, **DEPENDENCIES},
    }


def pod_network(description, body, parameters, seconds="60", aliases=()):
    return network(description, body, {**CONTAINERS, **parameters}, seconds, "", aliases) | {
        "scripts": [*BODIES.get(body, HOLES), "containers", "container-networks", body], "end": IN_CONTAINERS,
    }


def load(description, body, command, parameters):
    tools = [] if body == "disk" else ["packages", "stress-ng"]
    return {
        "description": description, "aliases": [], "scripts": [*LOAD, *tools, body],
        "end": LOAD_ON_HOST.format(command),
        "parameters": {**duration(), **parameters, **DEPENDENCIES},
    }


def pod_load(description, body, command, parameters, setup=""):
    alone = load(description, body, command, parameters)
    return alone | {
        "scripts": [*alone["scripts"], "containers"], "end": setup + LOAD_IN_CONTAINERS.format(command),
    }


def plain(description, scripts, parameters, end=""):
    return {"description": description, "aliases": [], "scripts": scripts, "end": end, "parameters": parameters}


LATENCY_OF_PORTS = "portNumber=$ports\n"
POD_CONTAINERS = 'containerNamePattern="^k8s_[^_]+_[^_]*($podNamePattern)[^_]*_${namespace}_" numContainersToTarget=ALL\n'

DOCUMENTS = {
    # Load on a host
    "StressMemory": load("Uses memory.", "memory", "stress_memory", MEMORY),
    "StressCPU": load("Uses the processors.", "cpu", "stress_cpu", CPU),
    "StressIO": load("Reads and writes files.", "io", "stress_io", IO),
    "DiskVolumeExhaustion": load("Fills a file system.", "disk", 'fill_disk "$path"', DISK),
    # The network of a host
    "StressPacketLoss": network("Loses packets that leave.", "loss", loss()),
    "StressNetworkLatency": network("Delays packets that leave.", "latency", delay("ports"), setup=LATENCY_OF_PORTS),
    "StressNetworkUtilization": network("Limits the rate of what leaves.", "rate", rate()),
    "StressAllNetworkIO": network(
        "Blocks all traffic but that of DNS, metadata and the SSM agent.", "all-traffic", {}),
    "BlackHoleByIPAddress": network(
        "Blocks addresses and networks.", "by-address",
        {"ipAddresses": text(None, "Addresses and networks, of both families.", several(ADDRESS, empty=False))},
        seconds="180", aliases=["BlackholeByIPAddress"]),
    "BlackholeByIP": network("Blocks addresses and networks.", "by-ip", BY_IP, aliases=["BlackHoleByIP"]),
    "BlackHoleByPort": network("Blocks ports.", "by-port", ports("tcp"), aliases=["BlackholeByPort"]),
    "BlackHoleByURL": network(
        "Blocks the addresses of URLs.", "by-name",
        {"urls": text(None, "URLs or names of hosts.", several(URL, empty=False))},
        setup="names=$urls\n", aliases=["gpnBlackHoleByURL", "BlackholeByURL"]),
    "BlackHoleKafka": network(
        "Blocks the brokers of Kafka.", "by-name",
        {"kafkanodes": text(None, "Brokers as host or host:port.", several(URL, empty=False))},
        setup="names=$kafkanodes\n", aliases=["BlackholeKafka"]),
    "BlackholeDNS": network("Blocks DNS.", "dns", {}, aliases=["BlackHoleDNS"]),
    "BlockNetworkTrafficOnInstance": network(
        "Blocks all traffic but that of DNS, metadata and the SSM agent.", "all-traffic", {}),
    "ShutDownNetworkInterfaceOnInstance": network(
        "Takes an interface down, and up again with its addresses and routes.", "shut-interface",
        {
            "interface": text(None, "The interface.", INTERFACE["interface"]["allowedPattern"]),
            "allowAgentInterface": text(
                "False", "Whether it may be the one of DNS, metadata and the SSM agent.", values=["True", "False"]),
        }),
    # Processes and volumes of a host
    "KillProcess": plain(
        "Sends a signal to a process. Its service is started again after the duration; a stopped process goes on.",
        [*RUN, "kill", "kill-by-id"],
        {"processId": text(None, "The process.", "^[1-9][0-9]{0,9}$"), **signal("SIGTERM"), **duration()}),
    "KillProcessByName": plain(
        "Sends a signal to all processes of a name. Their services are started again; stopped processes go on.",
        [*RUN, "processes", "kill", "kill-by-name"], {**PROCESS, **signal("SIGTERM"), **duration()}),
    "DetachVolume": plain(
        "Unmounts a volume, and mounts it again after the duration.", [*RUN, "detach-volume"],
        {
            "device": text("", "The device.", r"^(/dev/)?[A-Za-z0-9/_-]{0,60}$"),
            "volumeId": text("", "The volume, instead of a device.", r"^(vol-[0-9a-f]{8,17})?$"),
            **duration(pattern="^[0-9]{1,5}$"),
        }),
    "InstallStressNG": plain("Installs stress-ng.", ["core", "packages", "install"], {}),
    "RevertFaults": plain(
        "Undoes at once what these documents have broken on a host.", ["core", "revert"],
        {"commandIds": text("", "The commands whose faults are undone; empty for all.", several("[0-9a-f-]{36}"))}),
    # Pods
    "DeletePod": plain(
        "Deletes pods.", ["core", "kubectl", "delete-pod"],
        {"namespace": text("resiliency", "The namespace.", NAMESPACE), **POD}),
    "PodHealthCheck": plain(
        "Prints the health of pods, a line for each: UP, or what their endpoint says.", ["core", "kubectl", "pod-health"],
        {
            "clustername": text("blueprint", "The EKS cluster, for a host without a kubeconfig.", r"^[A-Za-z0-9_-]{0,100}$"),
            "namespace": text("public", "The namespace.", NAMESPACE), **POD,
            "podHealthPort": text("80", "The port of the endpoint.", "^[0-9]{1,5}$"),
            "podHealthPath": text("health", "The path of the endpoint.", r"^[A-Za-z0-9_./-]{0,200}$"),
        }),
    "PodStressCPU": pod_load("Uses the processors of containers.", "cpu", "stress_cpu", {**CONTAINERS, **CPU}),
    "PodHighCPU": pod_load(
        "Uses the processors of the containers of pods.", "cpu", "stress_cpu",
        {"namespace": text("default", "The namespace.", NAMESPACE), **POD, **CPU}, setup=POD_CONTAINERS),
    "PodStressMemory": pod_load("Uses the memory of containers.", "memory", "stress_memory", {**CONTAINERS, **MEMORY}),
    "PodStressIO": pod_load("Reads and writes files as a container.", "io", "stress_io", {**CONTAINERS, **IO}),
    "PodDiskVolumeExhaustion": pod_load(
        "Fills a file system of containers.", "disk", "fill_container", {**CONTAINERS, **DISK},
        setup='fill_container() { fill_disk "/proc/$group/root$path"; }\n'),
    "PodStressAllNetworkIO": pod_network(
        "Blocks all traffic of containers but that of DNS and metadata.", "all-traffic", {}, seconds="120"),
    "PodStressNetworkUtilization": pod_network("Limits the rate of what leaves containers.", "rate", rate()),
    "PodStressPacketLoss": pod_network("Loses packets that leave containers.", "loss", loss()),
    "PodStressNetworkLatency": pod_network("Delays packets that leave containers.", "latency", delay("portNumber")),
    "PodBlackholeByPort": pod_network(
        "Blocks ports of containers.", "by-port", ports("tcp udp"), seconds="120", aliases=["PodBlackHoleByPort"]),
    "PodBlackholeByIP": pod_network(
        "Blocks addresses for containers.", "by-ip", BY_IP, aliases=["PodBlackHoleByIP", "PodBlackholeByIPAddress"]),
    "PodTerminationCrash": plain(
        "Kills containers.", ["core", "containers", "pod-crash"],
        {**CONTAINERS, "numContainersToTarget": CONTAINERS["numContainersToTarget"] | {"default": "2"}}),
    "PodKillProcessInContainer": plain(
        "Sends a signal to processes in containers.", ["core", "containers", "processes", "pod-kill-process"],
        # It ends at once, so nothing would let a stopped process go on.
        {**CONTAINERS, **PROCESS, **signal("SIGKILL", [name for name in SIGNALS if name != "SIGSTOP"])}),
    "PodProcessInContainerCheck": plain(
        "Prints UP or DOWN for a process, a line for each container.", ["core", "containers", "processes", "pod-process-check"],
        {**CONTAINERS, **PROCESS}),
}
