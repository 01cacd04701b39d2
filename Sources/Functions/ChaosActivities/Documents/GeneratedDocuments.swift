// Written by Tools/ssm-documents/generate.py.

extension SSMDocuments {
    /// The scripts, each once, and of which of them every document is made.
    // swift-format-ignore
    static let table = ##"""
        {
         "timeout": "46800",
         "scripts": {
          "container-networks": "# in_each_network FUNCTION\u2026: once in every network of the chosen containers; those of a pod have one together.\nin_each_network() {\n    local pid name inode seen=' ' number=0\n    while read -r pid name <&4; do\n        inode=$(stat -Lc %i \"/proc/$pid/ns/net\") || die \"the container $name has ended\"\n        [ \"$inode\" != \"$(stat -Lc %i /proc/self/ns/net)\" ] || die \"$name has the host's network: the fault would hit the whole host\"\n        case $seen in *\" $inode \"*) continue ;; esac\n        seen=\"$seen$inode \" number=$((number + 1))\n        # Kept by a mount: the network can be entered and put back when the container's process is gone.\n        : >\"$run/ns.$number\"\n        mount --bind \"/proc/$pid/ns/net\" \"$run/ns.$number\" || die \"the network of $name cannot be entered\"\n        ns=$run/ns.$number resolver=/proc/$pid/root/etc/resolv.conf\n        prepare_exemptions\n        claim_network\n        \"$@\"\n    done 4<<CHOSEN\n$chosen\nCHOSEN\n    ns=''\n}\n\n# in_containers FUNCTION\u2026: a network fault of the chosen containers.\nin_containers() {\n    need_network_tools\n    choose_containers\n    begin\n    in_each_network \"$@\"\n    hold\n}",
          "containers": "# --- Containers of Docker and containerd: lines of \"PID NAME\"; names are kubelet's for Docker, whatever the runtime.\n# Two quotes part the braces of Go's templates, since SSM takes double braces for its own parameters ---\n\ndocker_containers() {\n    local ids\n    command -v \"$1\" >/dev/null || return 0\n    # shellcheck disable=SC2046,SC2086  # a command of two words\n    ids=$($1 ${2:-} ps -q --no-trunc 2>/dev/null) && [ -n \"$ids\" ] || return 0\n    # shellcheck disable=SC2086\n    $1 ${2:-} inspect --format '{''{.State.Pid}''} {''{.Name}''}' $ids 2>/dev/null | sed 's, /, ,'\n}\n\ncri_containers() {\n    local id label='index .status.labels \"io.kubernetes'\n    command -v crictl >/dev/null || return 0\n    for id in $(crictl ps -q 2>/dev/null); do\n        crictl inspect --output go-template --template '{''{.info.pid}''} k8s_{''{'\"$label\"'.container.name\"}''}_{''{'\"$label\"'.pod.name\"}''}_{''{'\"$label\"'.pod.namespace\"}''}_{''{'\"$label\"'.pod.uid\"}''}_{''{.status.metadata.attempt}''}' \"$id\" 2>/dev/null &&\n            printf '\\n'\n    done\n}\n\nctr_label() { printf '%s' \"$1\" | sed -n \"s/.*\\\"$2\\\": *\\\"\\\\([^\\\"]*\\\\)\\\".*/\\\\1/p\" | head -n 1; }\n\nctr_containers() {\n    local namespace id pid status info\n    command -v ctr >/dev/null || return 0\n    for namespace in $(ctr namespaces ls -q 2>/dev/null); do\n        ctr -n \"$namespace\" tasks ls 2>/dev/null | while read -r id pid status; do\n            [ \"$status\" = RUNNING ] || continue\n            info=$(ctr -n \"$namespace\" containers info \"$id\" 2>/dev/null) || continue\n            case $info in\n                *'\"io.cri-containerd.kind\": \"sandbox\"'*) continue ;;\n                *'\"io.kubernetes.container.name\"'*)\n                    id=k8s_$(ctr_label \"$info\" io.kubernetes.container.name)_$(ctr_label \"$info\" io.kubernetes.pod.name)_$(ctr_label \"$info\" io.kubernetes.pod.namespace)_$(ctr_label \"$info\" io.kubernetes.pod.uid)_0 ;;\n            esac\n            say \"$pid $id\"\n        done\n    done\n}\n\n# The same container may be known to several; the first one's name is the best.\nall_containers() {\n    { docker_containers docker; cri_containers; docker_containers nerdctl '-n=k8s.io'; ctr_containers; } |\n        awk '$1 > 0 && $2 !~ /^k8s_POD_/ && !seen[$1]++ { print $1, $2 }' | sort -k 2\n}\n\n# Sets `chosen` to the lines of the containers that the parameters mean.\nchoose_containers() {\n    local found count\n    found=$(all_containers | awk -v pattern=\"$containerNamePattern\" '$2 ~ pattern') || true\n    [ -n \"$found\" ] || die \"no running container has a name like $containerNamePattern\"\n    count=$numContainersToTarget\n    case $count in\n        ALL) chosen=$found ;;\n        RANDOM) chosen=$(say \"$found\" | shuf -n 1) ;;\n        *) chosen=$(say \"$found\" | head -n \"$count\") ;;\n    esac\n    say \"containers: $(say \"$chosen\" | awk '{ printf \"%s \", $2 }')\"\n}\n\n# in_each_container FUNCTION: with `group` set to its process.\nin_each_container() {\n    local name\n    while read -r group name <&4; do\n        [ -d \"/proc/$group\" ] || die \"the container $name has ended\"\n        \"$@\"\n    done 4<<CHOSEN\n$chosen\nCHOSEN\n}",
          "core": "# --- Basics ----------------------------------------------------------------------------------------------------------\n\nPATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin\nexport PATH LC_ALL=C\nstate=${TOCSIN_FAULTS:-/run/tocsin-faults} # in memory, as rules and queues are: both are gone after a reboot\n\nsay() { printf '%s\\n' \"$*\"; }\ndie() { printf 'error: %s\\n' \"$*\" >&2; exit 1; }\n\n# The start time of a process, which its number alone does not tell apart from a later one's. Empty when it is dead.\nstart_of() {\n    sed 's/.*) //' \"/proc/$1/stat\" 2>/dev/null | {\n        read -r state_letter fields || exit 0\n        # shellcheck disable=SC2086  # a list of numbers\n        set -- $fields\n        case $state_letter in Z | X) ;; *) say \"${19}\" ;; esac\n    }\n}",
          "holes": "# --- Black holes: lines for `ip -batch`, one file for each family. The three priorities follow the table \"local\":\n# what is left out jumps over the holes to an empty rule, so that the rules of others still hold for it.\n\nholes=0\n\nbegin_holes() {\n    case $(uname -r | awk -F. '{ print ($1 > 4 || ($1 == 4 && $2 >= 17)) ? \"new\" : \"old\" }') in\n        old) die \"Linux $(uname -r) cannot match ports in rules and would block everything; 4.17 is needed (Amazon Linux 2: amazon-linux-extras install kernel-5.10)\" ;;\n    esac\n    local family local_rule\n    base=0\n    rm -f \"$run\"/holes.*\n    for family in 4 6; do\n        [ \"$family\" = 4 ] || has_ipv6 || continue\n        local_rule=$(in_ns ip -$family rule show | sed -n 's/^\\([0-9]*\\):[[:space:]]*from all lookup local *$/\\1/p' | head -n 1)\n        [ -n \"$local_rule\" ] || die \"ip -$family rule has no rule for the table local; this host's rules are too unusual\"\n        [ \"$base\" -gt \"$local_rule\" ] || base=$((local_rule + 1))\n    done\n    for family in 4 6; do\n        [ \"$family\" = 4 ] || has_ipv6 || continue\n        ! in_ns ip -$family rule show | grep -qE \"^($base|$((base + 1))|$((base + 2))):\" ||\n            die \"the priorities $base to $((base + 2)) of ip -$family rule are in use\"\n        : >\"$run/holes.$family\"\n    done\n}\n\n# hole FAMILY|both SELECTOR\nhole() {\n    local family\n    for family in 4 6; do\n        case $1 in both | \"$family\") ;; *) continue ;; esac\n        [ -e \"$run/holes.$family\" ] || continue\n        say \"rule add pref $((base + 1)) $2 blackhole\" >>\"$run/holes.$family\"\n        holes=$((holes + 1))\n    done\n    [ \"$holes\" -le 4000 ] || die \"more than 4000 rules are wanted; name larger networks\"\n}\n\ndig_holes() {\n    local address port protocol family\n    [ \"$holes\" -gt 0 ] || die \"nothing would be blocked\"\n    for family in 4 6; do\n        [ -e \"$run/holes.$family\" ] || continue\n        {\n            for address in $exempt; do\n                [ \"$(family_of \"$address\")\" != \"$family\" ] || say \"rule add pref $base to $address goto $((base + 2))\"\n            done\n            for address in $servers; do\n                [ \"$(family_of \"$address\")\" = \"$family\" ] || continue\n                for protocol in udp tcp; do\n                    say \"rule add pref $base to $address ipproto $protocol dport 53 goto $((base + 2))\"\n                done\n            done\n            for protocol in udp tcp; do\n                for port in $(port_words \"$excludePorts\"); do\n                    say \"rule add pref $base ipproto $protocol dport $port goto $((base + 2))\"\n                    say \"rule add pref $base ipproto $protocol sport $port goto $((base + 2))\"\n                done\n            done\n            # A lease that is not renewed takes the address away.\n            say \"rule add pref $base ipproto udp dport 67 goto $((base + 2))\"\n            say \"rule add pref $base ipproto udp dport 547 goto $((base + 2))\"\n            cat \"$run/holes.$family\"\n        } >\"$run/rules.$family\"\n        snapshot \"rule$family.$(basename \"${ns:-host}\")\" \"$(prefix)ip -$family rule show\"\n        for port in $((base + 1)) \"$base\" $((base + 2)); do\n            remember \"while $(prefix)ip -$family rule del pref $port 2>/dev/null; do :; done\"\n        done\n        # The place to jump to comes first: the order in which they are undone is the other way round.\n        say \"rule add pref $((base + 2)) nop\" >\"$run/batch\"\n        sort -u \"$run/rules.$family\" >>\"$run/batch\"\n        in_ns ip -$family -batch \"$run/batch\" || die \"ip -$family -batch failed; what was added is taken back\"\n        [ \"$(in_ns ip -$family rule show | grep -c \"^$((base + 1)):\")\" = \"$(sort -u \"$run/holes.$family\" | wc -l)\" ] ||\n            die \"the kernel did not take the rules as they were meant\"\n    done\n    say \"$holes rules of black holes, left out: $(printf '%s %s' \"$exempt\" \"$servers\" | tr '\\n' ' ')\"\n    holes=0\n}\n\n# block_ports PROTOCOLS SOURCES DESTINATIONS DIRECTION. Rules only see what leaves: what comes in to a local port is\n# stopped at its answer, whose source is that port.\nblock_ports() {\n    local protocol port\n    for protocol in $(words \"$1\"); do\n        for port in $(port_words \"$3\"); do\n            case $4 in BOTH | OUT | EGRESS) hole both \"ipproto $protocol dport $port\" ;; esac\n            case $4 in BOTH | IN | INGRESS) hole both \"ipproto $protocol sport $port\" ;; esac\n        done\n        for port in $(port_words \"$2\"); do\n            case $4 in BOTH | OUT | EGRESS) hole both \"ipproto $protocol sport $port\" ;; esac\n            case $4 in BOTH | IN | INGRESS) hole both \"ipproto $protocol dport $port\" ;; esac\n        done\n    done\n}\n\n# block_addresses ADDRESSES [SELECTOR]. Both ways: who gets no answer has no connection. \"from\" is for what is forwarded.\nblock_addresses() {\n    local address\n    for address in $(words \"$1\" | sort -u); do\n        if say \"$exempt\" | grep -qxF \"${address%/32}\"; then say \"left out, for it is never blocked: $address\"; continue; fi\n        hole \"$(family_of \"$address\")\" \"to $address ${2:-}\"\n        hole \"$(family_of \"$address\")\" \"from $address ${2:-}\"\n    done\n}",
          "host-network": "# on_host FUNCTION\u2026: a network fault of this host.\non_host() {\n    need_network_tools\n    prepare_exemptions\n    begin\n    claim_network\n    \"$@\"\n    hold\n}",
          "interface": "find_interface() {\n    local wanted=$interface\n    if [ \"$wanted\" = eth0 ] && ! in_ns ip link show dev eth0 >/dev/null 2>&1; then wanted=DEFAULT; fi\n    if [ \"$wanted\" = DEFAULT ]; then\n        wanted=$({ in_ns ip -4 route show default; in_ns ip -6 route show default; } 2>/dev/null |\n            sed -n 's/.* dev \\([^ ]*\\).*/\\1/p' | head -n 1)\n        [ -n \"$wanted\" ] || die \"there is no default route; name the interface\"\n    fi\n    in_ns ip link show dev \"$wanted\" >/dev/null 2>&1 || die \"there is no interface $wanted ($(in_ns ip -o link show | awk -F': ' '{ printf \"%s \", $2 }'))\"\n    device=$wanted\n}",
          "load": "# --- Load: processes of a session of their own, ended by the undo -----------------------------------------------------\n\ngroup='' # the process whose control groups the load joins\n\n# load COMMAND\u2026: runs it until the undo; a container's load counts as the container's own. What cannot be written down,\n# or cannot join, is not run: nothing would end it, or the host would bear it.\nload() {\n    # shellcheck disable=SC2016  # the inner shell's variables\n    setsid sh -c '\n        run=$1 group=$2 start=$(sed \"s/.*) //\" /proc/$$/stat | cut -d\" \" -f20); shift 2\n        flock \"${run%/*}/lock\" sh -c \"[ -e \\\"\\$1/undo\\\" ] && echo \\\"\\$2\\\" >>\\\"\\$1/pids\\\"\" load \"$run\" \"$$ $start\" || exit 1\n        [ -z \"$group\" ] || while IFS=: read -r number controllers path; do\n            for folder in \"/sys/fs/cgroup/$controllers\" /sys/fs/cgroup/unified /sys/fs/cgroup; do\n                [ -w \"$folder$path/cgroup.procs\" ] || continue\n                echo $$ >\"$folder$path/cgroup.procs\" || exit 1\n                joined=yes\n                break\n            done\n        done <\"/proc/$group/cgroup\"\n        [ -z \"$group\" ] || [ -n \"${joined:-}\" ] || { echo \"there is no control group of $group\" >&2; exit 1; }\n        exec \"$@\"' load \"$run\" \"$group\" \"$@\" </dev/null >\"$run/output\" 2>&1 &\n    loads=$((${loads:-0} + 1))\n}\n\n# A number alone may by now be another's. A group outlives its leader, whose number is not given away until then.\nbegin_load() {\n    begin\n    : >\"$run/pids\"\n    remember \"while read -r pid start; do now=\\$(sed 's/.*) //' /proc/\\$pid/stat 2>/dev/null | cut -d' ' -f20); [ \\\"\\${now:-\\$start}\\\" != \\\"\\$start\\\" ] || kill -KILL -\\$pid 2>/dev/null; done <'$run/pids'; true\"\n}\n\ncheck_load() {\n    local pid start\n    while read -r pid start; do\n        [ \"$(start_of \"$pid\")\" = \"$start\" ] || die \"the load ended too early: $(tail -n 3 \"$run/output\")\"\n    done <\"$run/pids\"\n    [ \"$(wc -l <\"$run/pids\")\" = \"$loads\" ] || die \"a load did not start: $(tail -n 3 \"$run/output\")\"\n}\n\n# Load that ended early was none.\nhold_load() {\n    local tries=0\n    while [ \"$(wc -l <\"$run/pids\")\" -lt \"$loads\" ] && [ \"$tries\" -lt 100 ]; do\n        tries=$((tries + 1))\n        sleep 0.1\n    done\n    sleep 1\n    check_load\n    hold\n    check_load\n}",
          "network": "# --- Network faults -------------------------------------------------------------------------------------------------\n\nns='' keep_dns=yes\nalways='169.254.169.254 169.254.169.253 169.254.169.123 169.254.170.2 169.254.170.23\n    fd00:ec2::254 fd00:ec2::253 fd00:ec2::123 fd00:ec2::23'\n\n# The words of a list, on lines.\nwords() {\n    local IFS=' ,\n'\n    set -f\n    # shellcheck disable=SC2048,SC2086  # it is split here, at commas too\n    set -- $*\n    set +f\n    [ $# = 0 ] || printf '%s\\n' \"$@\"\n}\n# iptables has a colon in a range of ports.\nport_words() { words \"$(printf '%s' \"$*\" | tr : -)\"; }\n# ip takes 70000 for 4464.\ncheck_ports() {\n    local wrong\n    wrong=$(port_words \"$*\" | awk -F- '$1 > 65535 || $NF > 65535 || $1 > $NF')\n    [ -z \"$wrong\" ] || die \"no port or range of ports: $wrong\"\n}\nfamily_of() { case $1 in *:*) say 6 ;; *) say 4 ;; esac; }\nin_ns() { if [ -n \"$ns\" ]; then nsenter --net=\"$ns\" -- \"$@\"; else \"$@\"; fi; }\nprefix() { if [ -n \"$ns\" ]; then printf 'nsenter --net=%s -- ' \"$ns\"; fi; }\nhas_ipv6() { in_ns test -e /proc/net/if_inet6 && in_ns ip -6 rule show >/dev/null 2>&1; }\n\nneed_network_tools() {\n    need ip iproute iproute2 || die \"ip is missing (package iproute or iproute2), and could not be installed\"\n    need tc iproute-tc iproute2 || die \"tc is missing (package iproute-tc or iproute2), and could not be installed\"\n}\n\n# One network fault at a time in a network namespace: two would undo each other's.\nclaim_network() {\n    local link owner\n    link=$state/net-$(in_ns stat -Lc %i /proc/self/ns/net)\n    until ln -sn \"$run\" \"$link\" 2>/dev/null; do\n        owner=$(readlink \"$link\") || continue\n        if [ -d \"$owner\" ]; then\n            ! is_alive \"$owner\" || die \"another network fault is active here ($owner); wait for its end, or send RevertFaults\"\n            sh \"$owner/undo\" || die \"a dead network fault could not be undone ($owner)\"\n        else rm -f \"$link\"; fi\n    done\n}\n\nis_alive() {\n    local pid start\n    read -r pid start <\"$1/owner\" && [ \"$(start_of \"$pid\")\" = \"$start\" ]\n}\n\n# Who never loses the network: DNS, metadata, credentials, time, the SSM agent, and what excludeAddresses has.\nagent_peers() {\n    local region domain host\n    if command -v ss >/dev/null; then\n        ss -Htnp state established 2>/dev/null | awk '/ssm-|amazon-ssm/ { print $4 }' | sed 's/:[0-9]*$//; s/[][]//g; s/^::ffff://'\n    fi\n    region=$(sed -n 's/.*\"[Rr]egion\"[: ]*\"\\([a-z0-9-]*\\)\".*/\\1/p' /var/lib/amazon/ssm/registration 2>/dev/null | head -n 1)\n    region=${AWS_SSM_REGION_NAME:-${region:-${AWS_REGION:-${AWS_DEFAULT_REGION:-}}}}\n    [ -n \"$region\" ] || return 0\n    case $region in\n        cn-*) domain=amazonaws.com.cn ;;\n        eusc-*) domain=amazonaws.eu ;;\n        us-iso-*) domain=c2s.ic.gov ;;\n        us-isob-*) domain=sc2s.sgov.gov ;;\n        eu-isoe-*) domain=cloud.adc-e.uk ;;\n        us-isof-*) domain=csp.hci.ic.gov ;;\n        *) domain=amazonaws.com ;;\n    esac\n    for host in ssm ssmmessages ec2messages; do\n        timeout 5 getent ahosts \"$host.$region.$domain\" | awk '{ print $1 }' || true\n    done\n}\n\nname_servers() {\n    cat /etc/resolv.conf /run/systemd/resolve/resolv.conf \"${resolver:-/dev/null}\" 2>/dev/null |\n        sed -n 's/^nameserver[[:space:]]*\\([0-9a-fA-F.:]*\\).*/\\1/p' | grep -vE '^(127\\.|::1$)' | sort -u\n}\n\nprepare_exemptions() {\n    check_ports \"$excludePorts\"\n    exempt=$(words \"$always $(agent_peers | tr '\\n' ' ') $excludeAddresses\" | sort -u)\n    servers=''\n    [ \"$keep_dns\" = no ] || servers=$(name_servers || true)\n}",
          "packages": "# --- Packages --------------------------------------------------------------------------------------------------------\n\ninstall() {\n    [ \"$installDependencies\" = True ] || return 1\n    if command -v dnf >/dev/null; then dnf install -y -q \"$@\" >/dev/null\n    elif command -v amazon-linux-extras >/dev/null; then\n        amazon-linux-extras install -y epel >/dev/null 2>&1 || true\n        yum install -y -q \"$@\" >/dev/null\n    elif command -v yum >/dev/null; then yum install -y -q \"$@\" >/dev/null\n    elif command -v apt-get >/dev/null; then\n        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \"$@\" >/dev/null 2>&1 ||\n            { apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \"$@\" >/dev/null; }\n    else return 1; fi\n}\n\n# need COMMAND PACKAGE\u2026: true when the command is there or could be installed.\nneed() {\n    local command=$1 package\n    shift\n    if command -v \"$command\" >/dev/null; then return 0; fi\n    for package in \"$@\"; do\n        if install \"$package\" >&2 && command -v \"$command\" >/dev/null; then return 0; fi\n    done\n    return 1\n}",
          "processes": "# Those whose program has the name, as killall knows it: 15 characters are in comm, more in the command line.\npids_named() {\n    local folder pid first\n    for folder in /proc/[0-9]*; do\n        pid=${folder#/proc/}\n        [ \"$pid\" != $$ ] || continue\n        first=$(tr '\\0' '\\n' 2>/dev/null <\"$folder/cmdline\" | head -n 1) || continue\n        if [ \"$(cat \"$folder/comm\" 2>/dev/null)\" = \"$1\" ] || [ \"${first##*/}\" = \"$1\" ]; then say \"$pid\"; fi\n    done\n}",
          "queues": "# --- Queues: HTB leaves everything alone that no filter sends to its class; the fault is the class's own queue -------\n\nhandle=7c05 # of our root queue\n\nneed_module() {\n    [ -d \"/sys/module/$1\" ] || modprobe -q \"$1\" 2>/dev/null || install \"kernel-modules-extra-$(uname -r)\" >&2 2>/dev/null || true\n    modprobe -q \"$1\" 2>/dev/null || true\n}\n\n# A range of ports as values and masks.\nport_masks() {\n    local low=${1%-*} high=${1#*-} size\n    while [ \"$low\" -le \"$high\" ]; do\n        size=1\n        while [ $((low % (size * 2))) = 0 ] && [ $((low + size * 2 - 1)) -le \"$high\" ]; do size=$((size * 2)); done\n        printf '%d:0x%x\\n' \"$low\" $(((65536 - size) & 65535))\n        low=$((low + size))\n    done\n}\n\n# filters PRIORITY PORTS DIRECTIONS CLASS: the tc lines for both families and TCP and UDP.\nfilters() {\n    local port mask side protocol\n    for port in $(port_words \"$2\"); do\n        for mask in $(port_masks \"$port\"); do\n            for side in $3; do\n                for protocol in 6 17; do\n                    say \"filter add dev $device parent $handle: protocol ip prio $1 u32 match u8 5 0xf at 0 match ip protocol $protocol 0xff match ip $side ${mask%:*} ${mask#*:} flowid $handle:$4\"\n                    say \"filter add dev $device parent $handle: protocol ipv6 prio $(($1 + 1)) u32 match ip6 protocol $protocol 0xff match ip6 $side ${mask%:*} ${mask#*:} flowid $handle:$4\"\n                done\n            done\n        done\n    done\n}\n\n# slow PORTS SIDE QUEUE\u2026: a queue for what leaves by the ports, or for everything (0).\nslow() {\n    local ports=$1 sides=$2 address family word protocol type\n    shift 2\n    check_ports \"$ports\"\n    [ \"$sides\" != both ] || sides='sport dport'\n    find_interface\n    in_ns tc qdisc show dev \"$device\" | awk '$2 !~ /^(ingress|clsact)$/ { print $2, $3 }' | while read -r word type; do\n        case $word in\n            mq | noqueue | fq_codel | fq | pfifo_fast) ;;\n            *) die \"$device has the queue $word, which is not a default of the kernel: it could not be put back as it is\" ;;\n        esac\n        [ \"$type\" = 0: ] || die \"$device has a queue that somebody has set ($word $type): it could not be put back as it is\"\n    done\n    for word in qdisc class filter; do\n        snapshot \"$word.$(basename \"${ns:-host}\")\" \"$(prefix)tc $word show dev $device\"\n    done\n    {\n        say \"qdisc add dev $device root handle $handle: htb\"\n        say \"class add dev $device parent $handle: classid $handle:1 htb rate 100gbit quantum 60000\"\n        say \"qdisc add dev $device parent $handle:1 handle ${handle%?}6: $*\"\n        for address in $exempt; do\n            family=$(family_of \"$address\")\n            if [ \"$family\" = 4 ]; then say \"filter add dev $device parent $handle: protocol ip prio 1 u32 match ip dst $address flowid $handle:0\"\n            else say \"filter add dev $device parent $handle: protocol ipv6 prio 2 u32 match ip6 dst $address flowid $handle:0\"; fi\n        done\n        for address in $servers; do\n            for protocol in 6 17; do\n                if [ \"$(family_of \"$address\")\" = 4 ]; then say \"filter add dev $device parent $handle: protocol ip prio 1 u32 match ip dst $address match ip protocol $protocol 0xff match ip dport 53 0xffff flowid $handle:0\"\n                else say \"filter add dev $device parent $handle: protocol ipv6 prio 2 u32 match ip6 dst $address match ip6 protocol $protocol 0xff match ip6 dport 53 0xffff flowid $handle:0\"; fi\n            done\n        done\n        filters 1 \"$excludePorts 67 547\" \"dport\" 0\n        filters 1 \"$excludePorts\" \"sport\" 0\n        # Neighbour discovery, IPv6's ARP.\n        for word in '133 0xff' '134 0xfe' '136 0xfe'; do\n            say \"filter add dev $device parent $handle: protocol ipv6 prio 2 u32 match ip6 protocol 58 0xff match u8 $word at 40 flowid $handle:0\"\n        done\n        if [ \"$ports\" = 0 ]; then\n            say \"filter add dev $device parent $handle: protocol ip prio 3 u32 match u32 0 0 flowid $handle:1\"\n            say \"filter add dev $device parent $handle: protocol ipv6 prio 4 u32 match u32 0 0 flowid $handle:1\"\n        else filters 3 \"$ports\" \"$sides\" 1; fi\n    } >\"$run/batch\"\n    [ \"$(wc -l <\"$run/batch\")\" -le 2000 ] || die \"more than 2000 filters are wanted; name fewer ports or larger networks\"\n    remember \"$(prefix)tc qdisc show dev $device 2>/dev/null | grep -q '^qdisc htb $handle: root' || exit 0; $(prefix)tc qdisc del dev $device root\"\n    in_ns tc -batch \"$run/batch\" || die \"tc -batch failed (does this kernel have ${1}? Amazon Linux 2023: dnf install kernel-modules-extra); what was added is taken back\"\n    say \"$device: $*, ports $ports\"\n}",
          "stress-ng": "have_stress() { need stress-ng stress-ng || { say \"stress-ng is not to be had: plain shell load is used\"; return 1; }; }",
          "undo": "# --- A fault that ends: what each change writes down first, and the two dead men who undo it -------------------------\n\ngrace=30 # what applying and undoing may take on top of the duration, in seconds\nrun='' sleeper='' timer='' started='' keep=no\n\nseconds() { cut -d. -f1 /proc/uptime; }\n\n# Starts the record of what is to be undone, and the dead men. Nothing is changed before.\nbegin() {\n    [ \"$(id -u)\" = 0 ] || die \"this needs root, as the SSM agent has it\"\n    [ \"$duration\" -le 43200 ] || die \"duration is $duration s; the most is 43200 (12 hours)\"\n    for tool in flock setsid tac timeout; do\n        command -v \"$tool\" >/dev/null || die \"$tool is missing; without it a fault cannot be undone safely\"\n    done\n    umask 077\n    mkdir -p \"$state\"\n    run=$state/$$-$(start_of $$)\n    mkdir \"$run\" || die \"$run exists\"\n    say \"$$ $(start_of $$)\" >\"$run/owner\"\n    # The SSM agent has a folder for each command, in which the script is.\n    case $0 in */document/orchestration/*) say \"${0#*/document/orchestration/}\" | cut -d/ -f1 >\"$run/command\" ;; esac\n    : >\"$run/log\"\n    : >\"$run/checks\"\n    write_undo\n    [ \"$keep\" = no ] || return 0\n    trap 'finish $?' EXIT\n    trap 'exit 129' HUP\n    trap 'exit 130' INT\n    trap 'exit 143' TERM\n    start_dead_men\n}\n\n# Undoes the newest first. Every line of the log can be run twice, and when its change never happened.\nwrite_undo() {\n    cat >\"$run/undo\" <<'UNDO'\nhere=${0%/*}\nexec 9>>\"${here%/*}/lock\"\nflock 9\n[ -f \"$here/log\" ] || exit 0\nfailed=0\ntac \"$here/log\" >\"$here/todo\"\nwhile IFS= read -r line <&3; do\n    timeout 120 sh -c \"$line\" </dev/null 3<&- 9>&- || { printf 'not undone: %s\\n' \"$line\"; failed=1; }\ndone 3<\"$here/todo\"\n[ \"$failed\" = 0 ] || exit 1\n# Others may have changed something meanwhile, which is told and left as it is.\nwhile IFS='\t' read -r name command <&3; do\n    sh -c \"$command\" >\"$here/now\" 2>/dev/null </dev/null 3<&- 9>&- || continue\n    cmp -s \"$here/$name\" \"$here/now\" || { printf 'differs from before (%s):\\n' \"$command\"; diff \"$here/$name\" \"$here/now\"; }\ndone 3<\"$here/checks\"\n# The mount was never made, or an undo that was killed has taken it away.\nfor file in \"$here\"/ns.*; do\n    umount -l \"$file\" 2>/dev/null || ! grep -qF \" $file \" /proc/self/mountinfo || exit 1\ndone\nfor link in \"${here%/*}\"/net-*; do\n    [ \"$(readlink \"$link\")\" != \"$here\" ] || rm -f \"$link\"\ndone\nrm -rf \"$here\"\nUNDO\n    # Undoes when the script is dead or late. In a session of its own: the SSM agent kills the script's process group.\n    cat >\"$run/watch\" <<'WATCH'\nhere=${0%/*} owner=$1 start=$2 deadline=$3\necho \"$$\" >\"$here/watching\"\nalive() { [ \"$(sed 's/.*) //' \"/proc/$owner/stat\" 2>/dev/null | awk '$1 != \"Z\" && $1 != \"X\" { print $20 }')\" = \"$start\" ]; }\nwhile [ -d \"$here\" ] && alive && [ \"$(cut -d. -f1 /proc/uptime)\" -lt \"$deadline\" ]; do sleep 1; done\nwhile [ -d \"$here\" ] && ! sh \"$here/undo\"; do sleep 5; done\nWATCH\n}\n\nstart_dead_men() {\n    local wait_for=$((duration + grace)) tries=0\n    started=$(seconds)\n    # The systemd timer also outlives a restart of the SSM agent that takes its whole control group along.\n    timer=tocsin-undo-${run##*/}\n    if ! command -v systemd-run >/dev/null ||\n        ! systemd-run --quiet --unit=\"$timer\" --on-active=\"${wait_for}s\" --timer-property=AccuracySec=1s \\\n            /bin/sh \"$run/undo\" >/dev/null 2>&1\n    then timer=''; fi\n    setsid sh \"$run/watch\" $$ \"$(start_of $$)\" $((started + wait_for)) </dev/null >/dev/null 2>&1 &\n    while [ ! -s \"$run/watching\" ]; do\n        tries=$((tries + 1))\n        [ \"$tries\" -le 50 ] || die \"the process that undoes the fault did not start; nothing was changed\"\n        sleep 0.1\n    done\n}\n\n# Written before the change that it undoes.\nremember() { printf '%s\\n' \"$1\" >>\"$run/log\"; }\n\n# Keeps what a command prints, to be compared after the undo.\nsnapshot() {\n    printf '%s\\t%s\\n' \"$1\" \"$2\" >>\"$run/checks\"\n    sh -c \"$2\" >\"$run/$1\" 2>/dev/null || true\n}\n\n# The rest of the duration. A foreground sleep would hold back the traps.\nhold() {\n    local left=$((duration - ($(seconds) - started)))\n    say \"active for ${left} s\"\n    [ \"$left\" -gt 0 ] || return 0\n    sleep \"$left\" 9>&- &\n    sleeper=$!\n    wait \"$sleeper\"\n    sleeper=''\n}\n\nfinish() {\n    local status=$1\n    trap - EXIT\n    trap '' HUP INT TERM\n    [ -z \"$sleeper\" ] || kill \"$sleeper\" 2>/dev/null || true\n    if sh \"$run/undo\"; then\n        [ -z \"$timer\" ] || systemctl stop \"$timer.timer\" >/dev/null 2>&1 || true\n        if [ \"$status\" = 0 ]; then say \"undone\"; else say \"undone; the fault itself ended with status $status\" >&2; fi\n    else\n        say \"error: not everything is undone; $run/undo is run again every 5 s\" >&2\n        [ \"$status\" != 0 ] || status=1\n    fi\n    exit \"$status\"\n}",
          "all-traffic": "fault() {\n    begin_holes\n    hole both ''\n    dig_holes\n}",
          "by-address": "fault() {\n    begin_holes\n    block_addresses \"$ipAddresses\"\n    dig_holes\n}",
          "by-ip": "# A rule stops what leaves, so an address is always blocked both ways, whatever `direction` says.\nfault() {\n    begin_holes\n    for word in $(words \"$protocol\"); do\n        case $word in\n            all) block_addresses \"$sourceIP $destinationIP\" ;;\n            *) block_addresses \"$sourceIP $destinationIP\" \"ipproto $word\" ;;\n        esac\n    done\n    say \"direction $direction: an address that gets no answer is blocked both ways\"\n    dig_holes\n}",
          "by-name": "# The addresses of names or URLs or of host:port, on lines.\naddresses_of() {\n    local host found\n    for host in $(words \"$1\"); do\n        host=${host#*://} host=${host%%/*} host=${host##*@}\n        case $host in\n            \\[*) host=${host#\\[} host=${host%%\\]*} ;;\n            *:*:*) ;;\n            *) host=${host%:*} ;;\n        esac\n        found=$(timeout 10 getent ahosts \"$host\" | awk '{ print $1 }' | sort -u) || true\n        [ -n \"$found\" ] || die \"no address is known for $host\"\n        say \"$found\"\n    done\n}\n\n\n# Looked up once, before anything is blocked.\nfault() {\n    targets=$(addresses_of \"$names\") || exit 1\n    begin_holes\n    block_addresses \"$(say \"$targets\" | tr '\\n' ' ')\"\n    dig_holes\n}",
          "by-port": "fault() {\n    check_ports \"$sourcePorts $destinationPorts\"\n    begin_holes\n    block_ports \"$protocol\" \"$sourcePorts\" \"$destinationPorts\" \"$direction\"\n    dig_holes\n}",
          "cpu": "stress_cpu() {\n    local count=$cpu\n    [ \"$count\" != 0 ] || count=$(nproc)\n    if have_stress; then load stress-ng --cpu \"$count\" --cpu-load \"$load\" --cpu-method matrixprod --timeout $((duration + grace))\n    else\n        [ \"$load\" = 100 ] || say \"all of the processors is used, not $load %\"\n        while [ \"$count\" -gt 0 ]; do\n            load sh -c 'while :; do :; done'\n            count=$((count - 1))\n        done\n    fi\n}",
          "delete-pod": "find_kubectl\npods=$(pods_named \"$namespace\" \"$podNamePattern\") || exit 1\n# shellcheck disable=SC2086  # a list of names\nkubectl -n \"$namespace\" delete pod --wait=false $pods",
          "detach-volume": "# Unmounts, and mounts again after the duration; detaching is EC2's, which ebs.detach_volume calls after it.\nfind_device() {\n    local path found\n    for path in \"/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_$(say \"$volumeId\" | tr -d -)\" \"$device\" \"/dev/${device#/dev/}\" \"/dev/$(say \"${device#/dev/}\" | sed 's/^sd/xvd/')\"; do\n        case $path in /dev/ | */nvme-Amazon_Elastic_Block_Store_ | '') continue ;; esac\n        [ -b \"$path\" ] || continue\n        found=$(readlink -f \"$path\")\n        break\n    done\n    [ -n \"${found:-}\" ] || die \"there is no device $device $volumeId\"\n    disk=$found\n}\nfind_device\npartition='[0-9]+'\ncase $disk in *[0-9]) partition=p$partition ;; esac\nsources=\"^$disk($partition)?\\$\"\nmounts=$(awk -v sources=\"$sources\" '$1 ~ sources' /proc/mounts)\n[ -n \"$mounts\" ] || die \"$disk is not mounted\"\nsay \"$mounts\" | awk '$2 ~ /^\\/(|boot|usr|var|etc|boot\\/efi)$/ { exit 1 }' || die \"$disk has the system on it: it is not unmounted\"\n! say \"$mounts\" | grep -q \"[\\\\\\\\']\" || die \"a mount of $disk has characters in its path that cannot be put back safely\"\n# `umount -l` takes along what is mounted on or below a mount point, and a bind mount of a folder of the disk would come\n# back as one of the whole disk.\ntangled=$(awk -v sources=\"$sources\" '\n    { for (i = 7; $i != \"-\"; i++); parent[$1] = $2; root[$1] = $4; target[$1] = $5; ours[$1] = $(i + 2) ~ sources }\n    END { for (id in target) if (ours[id] ? root[id] != \"/\" : ours[parent[id]]) print target[id] }' /proc/self/mountinfo)\n[ -z \"$tangled\" ] || die \"other mounts depend on $disk (below its own, or of one of its folders) and could not be put back: $(say \"$tangled\" | sort | tr '\\n' ' ')\"\nkeep=no\nif [ \"$duration\" = 0 ]; then keep=yes; fi\nbegin\nsnapshot before \"awk -v sources='$sources' '\\$1 ~ sources' /proc/mounts\"\n# The newest mount goes first, since it can be on another one, and comes back last.\ntac \"$run/before\" | while read -r source target type options rest; do\n    remember \"grep -q '^$source $target ' /proc/mounts || mount -t $type -o '$options' '$source' '$target'\"\n    umount -l \"$target\" || exit 1\n    say \"unmounted $target ($source)\"\ndone\nif [ \"$keep\" = yes ]; then say \"stays unmounted until RevertFaults\"; else hold; fi",
          "disk": "# The files have no name: they end with the process that holds them, also by a reboot. A container chooses what links\n# lead to a folder and what is in it. So the folder has to be on one of the container's own mounts, and the file is\n# opened by dd, which follows no link (conv=excl); all else reaches it by dd's descriptor.\nfill_disk() {\n    local folder=$1 count=0\n    [ -d \"$folder\" ] || die \"there is no folder $folder\"\n    while [ \"$count\" -lt \"$workers\" ]; do\n        count=$((count + 1))\n        # shellcheck disable=SC2016\n        load sh -c 'exec >/dev/null\n            cd -P \"$1\" && exec 7<. || exit 1\n            mount=$(sed -n \"s/^mnt_id:[[:space:]]*//p\" /proc/$$/fdinfo/7)\n            [ -z \"$4\" ] || grep -q \"^$mount \" \"/proc/$4/mountinfo\" || { echo \"$1 leads out of the container by a link; name the folder itself\" >&2; exit 1; }\n            sleep \"$3\" | dd of=\"./.tocsin-fill.$$\" conv=excl &\n            file=/proc/$!/fd/1\n            until [ -f \"$file\" ]; do [ -e \"$file\" ] || exit 1; sleep 0.1; done # until then it is /dev/null\n            rm -f \"./.tocsin-fill.$$\"\n            fallocate -l \"$2G\" \"$file\" 2>/dev/null || dd if=/dev/zero of=\"$file\" bs=1M count=$(($2 * 1024)) 2>/dev/null\n            wait' fill \"$folder\" \"$filesize\" $((duration + grace)) \"$group\"\n    done\n    sleep 2\n    say \"$folder: $(df -Ph \"$folder\" | awk 'NR == 2 { print $5 \" used, \" $4 \" left\" }')\"\n}",
          "dns": "# DNS is what is blocked, so here its servers are not left out. Resolvers on the loopback answer from their caches.\nfault() {\n    begin_holes\n    block_ports 'udp tcp' '' '53 853' OUT\n    dig_holes\n}\nkeep_dns=no",
          "install": "installDependencies=True\nneed stress-ng stress-ng || die \"stress-ng could not be installed\"\nstress-ng --version",
          "io": "stress_io() {\n    local folder=${TMPDIR:-/var/tmp} file\n    # shellcheck disable=SC2016\n    if have_stress; then load sh -c 'cd \"$1\" && shift && exec \"$@\"' io \"$folder\" stress-ng --iomix \"$iomix\" --iomix-bytes \"$percent%\" --timeout $((duration + grace))\n    else\n        file=$(mktemp \"$folder/tocsin-io.XXXXXX\")\n        load sh -c 'exec 8>\"$1\"; rm -f \"$1\"; while :; do dd if=/dev/zero of=/proc/self/fd/8 bs=1M count=64 oflag=dsync; done' io \"$file\"\n    fi\n}",
          "kill-by-id": "kill_all \"$processId\"",
          "kill-by-name": "pids=$(pids_named \"$processName\")\n[ -n \"$pids\" ] || die \"no process has the name $processName\"\nkill_all \"$pids\"",
          "kill": "# The host's own unit, below its slices. systemd in a container and a user's systemd have units of the same names.\nunit_of() { sed -nE 's,^[^:]*:[^:]*:(/[^/]*\\.slice)+/([A-Za-z0-9@_.:-]*\\.service)(/.*)?$,\\2,p' \"$1\" | head -n 1; }\n\n# A killed process does not come back, but its service is started again; a stopped one goes on.\nkill_one() {\n    local pid=$1 start unit command\n    command=$(cat \"/proc/$pid/comm\" 2>/dev/null) || return 0\n    [ \"$pid\" -gt 1 ] || die \"process 1 is never killed\"\n    case $command in *ssm-*) die \"$command ($pid) is the SSM agent: it is never killed\" ;; esac\n    start=$(start_of \"$pid\")\n    case ${signal#SIG} in\n        STOP) remember \"[ \\\"\\$(sed 's/.*) //' /proc/$pid/stat 2>/dev/null | cut -d' ' -f20)\\\" != $start ] || kill -CONT $pid\" ;;\n        CONT) ;;\n        *)\n            unit=$(unit_of \"/proc/$pid/cgroup\")\n            [ -z \"$unit\" ] || remember \"systemctl is-active -q '$unit' || systemctl start '$unit'\" ;;\n    esac\n    if ! kill -s \"${signal#SIG}\" \"$pid\"; then\n        [ -z \"$(start_of \"$pid\")\" ] || die \"$signal could not be sent to $command ($pid)\"\n        return 0\n    fi\n    hit=yes\n    say \"$signal to $command ($pid)${unit:+, of $unit}\"\n}\n\n# What there is to undo is undone after the duration; without such, the end need not be awaited.\nkill_all() {\n    local pid hit=no\n    begin\n    # A service's main process takes its others along, which are then gone.\n    for pid in $1; do kill_one \"$pid\"; done\n    [ \"$hit\" = yes ] || die \"there is no process $1\"\n    [ ! -s \"$run/log\" ] || hold\n}",
          "kubectl": "find_kubectl() {\n    command -v kubectl >/dev/null || die \"kubectl is missing on this host\"\n    if [ -z \"${KUBECONFIG:-}\" ] && [ ! -e \"${HOME:-/root}/.kube/config\" ] && [ -e /var/lib/kubelet/kubeconfig ]; then\n        KUBECONFIG=/var/lib/kubelet/kubeconfig\n        export KUBECONFIG\n    fi\n}\n\npods_named() {\n    local found\n    found=$(kubectl -n \"$1\" get pods --no-headers -o custom-columns=:metadata.name) || die \"kubectl cannot list the pods of $1\"\n    found=$(say \"$found\" | grep -E -- \"$2\") || die \"no pod of $1 has a name like $2\"\n    say \"$found\"\n}",
          "latency": "fault() {\n    need_module sch_netem\n    if [ \"$jitter\" = 0 ]; then slow \"$portNumber\" \"$portType\" netem delay \"${delay}ms\" limit 100000\n    else slow \"$portNumber\" \"$portType\" netem delay \"${delay}ms\" \"${jitter}ms\" distribution normal limit 100000; fi\n}",
          "loss": "fault() {\n    need_module sch_netem\n    slow \"$portNumber\" \"$portType\" netem loss \"$loss%\" limit 100000\n}",
          "memory": "# Percent of the container's limit where there is one, else of what is available on the host.\nmemory_bytes() {\n    local limit='' path file total\n    if [ -n \"$group\" ]; then\n        path=$(awk -F: '$2 == \"\" || $2 ~ /memory/ { print $3; exit }' \"/proc/$group/cgroup\")\n        for file in \"/sys/fs/cgroup$path/memory.max\" \"/sys/fs/cgroup/memory$path/memory.limit_in_bytes\"; do\n            [ ! -r \"$file\" ] || limit=$(cat \"$file\")\n        done\n    fi\n    total=$(awk '$1 == \"MemAvailable:\" { printf \"%.0f\", $2 * 1024 }' /proc/meminfo)\n    case $limit in '' | max) limit=$total ;; esac\n    awk -v limit=\"$limit\" -v total=\"$total\" -v percent=\"$percent\" 'BEGIN { if (limit > total) limit = total; printf \"%.0f\\n\", limit * percent / 100 }'\n}\n\nstress_memory() {\n    local bytes count=$workers\n    bytes=$(memory_bytes)\n    # stress-ng shares the bytes among its workers.\n    if have_stress; then load stress-ng --vm \"$workers\" --vm-bytes \"$bytes\" --vm-keep --timeout $((duration + grace))\n    else\n        while [ \"$count\" -gt 0 ]; do\n            # tail keeps what has no line end. It is the process that is watched, since the kernel kills the largest.\n            # shellcheck disable=SC2016\n            load sh -c 'mkfifo \"$1.$$\" || exit 1\n                { head -c \"$2\" /dev/zero; exec sleep \"$3\"; } >\"$1.$$\" &\n                exec tail <\"$1.$$\"' memory \"$run/zeros\" $((bytes / workers)) $((duration + grace))\n            count=$((count - 1))\n        done\n    fi\n}",
          "pod-crash": "# Nothing to undo: kubelet or Docker's restart policy starts a container again, or the experiment shows that it does not.\ncrash() { kill -KILL \"$group\" && say \"killed process $group\"; }\nchoose_containers\nin_each_container crash",
          "pod-health": "find_kubectl\nif [ -n \"$clustername\" ] && command -v aws >/dev/null && ! kubectl config current-context >/dev/null 2>&1; then\n    aws eks update-kubeconfig --name \"$clustername\" >/dev/null || die \"there is no kubeconfig for $clustername\"\nfi\npods=$(pods_named \"$namespace\" \"$podNamePattern\") || exit 1\naddress=http://localhost:$podHealthPort/$podHealthPath\nfor pod in $pods; do\n    answer=$(kubectl -n \"$namespace\" exec \"$pod\" -- wget -qO- \"$address\" 2>/dev/null ||\n        kubectl -n \"$namespace\" exec \"$pod\" -- curl -sf \"$address\" 2>/dev/null) || answer=''\n    status=$(say \"$answer\" | tr -d '\\n' | sed -n 's/^[^{]*{\\([^{]*[,[:space:]]\\)*\"status\"[[:space:]]*:[[:space:]]*\"\\([A-Za-z]*\\)\".*/\\2/p')\n    say \"${status:-DOWN}\"\ndone",
          "pod-kill-process": "# What a container's supervisor or kubelet does not start again stays dead: that is the fault.\nkill_in_container() {\n    local pid space found=''\n    space=$(readlink \"/proc/$group/ns/pid\")\n    [ \"$space\" != \"$(readlink /proc/self/ns/pid)\" ] || die \"the container has the host's processes: all of the host's would be hit\"\n    for pid in $(pids_named \"$processName\"); do\n        [ \"$(readlink \"/proc/$pid/ns/pid\" 2>/dev/null)\" = \"$space\" ] || continue\n        kill -s \"${signal#SIG}\" \"$pid\" && found=\"$found $pid\"\n    done\n    [ -n \"$found\" ] || die \"no process in the container has the name $processName\"\n    say \"$signal to $processName ($found )\"\n}\nchoose_containers\nin_each_container kill_in_container",
          "pod-process-check": "check_container() {\n    local pid space status=DOWN\n    space=$(readlink \"/proc/$group/ns/pid\")\n    for pid in $(pids_named \"$processName\"); do\n        [ \"$(readlink \"/proc/$pid/ns/pid\" 2>/dev/null)\" != \"$space\" ] || status=UP\n    done\n    printf '%s\\n' \"$status\"\n}\nchoose_containers >/dev/null\nin_each_container check_container",
          "rate": "# A burst below the MTU drops every full packet, one below what a tick lets through never reaches the rate.\nfault() {\n    find_interface\n    burst=$(in_ns ip -o link show dev \"$device\" | sed -n 's/.* mtu \\([0-9]*\\).*/\\1/p')\n    burst=$((burst + 40))\n    [ $((rate / 2)) -le \"$burst\" ] || burst=$((rate / 2))\n    slow \"$portNumber\" \"$portType\" tbf rate \"${rate}kbit\" burst \"$burst\" latency 50ms\n}",
          "revert": "# Scripts that still run undo their faults themselves when they are told to end; the dead ones' are undone here.\nleft=0\n\n# Whether a fault is of a command that is meant. One whose command is not known is always undone.\nis_meant() {\n    local id=''\n    [ -e \"$1/undo\" ] || return 1\n    [ ! -s \"$1/command\" ] || read -r id <\"$1/command\" || true\n    case \" $(say \"$commandIds\" | tr , ' ') \" in *\" $id \"*) ;; *) [ -z \"$id\" ] || [ -z \"$commandIds\" ] ;; esac\n}\n\nfor folder in \"$state\"/[0-9]*-*/; do\n    is_meant \"$folder\" || continue\n    read -r pid start <\"$folder/owner\" || continue\n    if [ -n \"$start\" ] && [ \"$(start_of \"$pid\")\" = \"$start\" ]; then kill -TERM \"$pid\" 2>/dev/null || true; fi\ndone\nfor folder in \"$state\"/[0-9]*-*/; do\n    is_meant \"$folder\" || continue\n    folder=${folder%/}\n    # Until a script has ended it may still add to what it breaks: its signal is only heeded after the present command.\n    read -r pid start <\"$folder/owner\" || continue\n    tries=0\n    while [ -n \"$start\" ] && [ \"$(start_of \"$pid\")\" = \"$start\" ]; do\n        tries=$((tries + 1))\n        [ \"$tries\" -le 300 ] || { kill -KILL \"$pid\" 2>/dev/null; break; }\n        sleep 0.1\n    done\n    if [ ! -d \"$folder\" ]; then say \"undone by its script: $folder\"; continue; fi\n    if sh \"$folder/undo\"; then say \"undone: $folder\"; else say \"not undone: $folder\" >&2; left=1; fi\ndone\nexit \"$left\"",
          "shut-interface": "# What the kernel drops with a link that goes down is put back in this order: link, IPv6 addresses, routes.\nfault() {\n    find_interface\n    [ \"$device\" != lo ] || die \"lo is not shut down: the SSM agent and much else need it\"\n    for address in $exempt $servers; do\n        case $address in */*) continue ;; esac\n        if [ \"$allowAgentInterface\" != True ] && ip route get \"$address\" 2>/dev/null | grep -q \" dev $device \"; then\n            die \"$device is the way to $address (DNS, metadata or the SSM agent); set allowAgentInterface to True to cut it for $duration s\"\n        fi\n    done\n    ip link show dev \"$device\" | grep -q '[<,]UP[,>]' || die \"$device is down already\"\n    snapshot addresses \"ip -br addr show dev $device\"\n    gone=\"! ip link show dev $device >/dev/null 2>&1\"\n    for family in 4 6; do\n        # With `dev` ip would leave out the routes of several ways, which -o puts on one line.\n        routes=\"ip -o -$family route show table all | sed -E '/ dev $device( |\\$)/!d; / proto kernel|^(local|broadcast|multicast|anycast|ff00::)/d; s/ (linkdown|dead|nhid [0-9]+)//g; s/\\\\\\\\//g; s/[[:space:]]+/ /g; s/ \\$//'\"\n        sh -c \"$routes\" | sed -E 's/^/route replace /; s/ expires ([0-9]+)sec/ expires \\1/' >\"$run/replace$family\"\n        sed -E 's/^route replace //; s/ expires -?[0-9]+(sec)?//' \"$run/replace$family\" >\"$run/routes$family\"\n        # Twice, since a route can need one that comes after it, as to its gateway. The step fails while one is missing.\n        batch=\"ip -force -$family -batch '$run/replace$family' >/dev/null 2>&1\"\n        remember \"$gone || { $batch; $batch; ! { $routes; } | sed -E 's/ expires -?[0-9]+sec//' | grep -vxFf - '$run/routes$family'; }\"\n    done\n    ip -6 -o addr show dev \"$device\" scope global | sed -E 's/([0-9])sec/\\1/g' |\n        sed -nE 's/.* inet6 ([^ ]*) .*( valid_lft [0-9a-z]+ preferred_lft [0-9a-z]+).*/\\1\\2/p' | while read -r address; do\n            remember \"$gone || ip -6 addr replace dev $device $address\"\n        done\n    remember \"ip link set dev $device up 2>/dev/null || $gone\"\n    ip link set dev \"$device\" down\n    say \"$device is down\"\n}"
         },
         "documents": {
          "BlackHoleByIPAddress": {
           "aliases": [
            "BlackholeByIPAddress"
           ],
           "description": "Blocks addresses and networks.",
           "parameters": {
            "duration": {
             "type": "String",
             "description": "How long the fault lasts, in seconds, up to 43200 (12 hours).",
             "default": "180",
             "allowedPattern": "^[1-9][0-9]{0,4}$"
            },
            "ipAddresses": {
             "type": "String",
             "description": "Addresses and networks, of both families.",
             "allowedPattern": "^([0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?([ ,]+[0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?)*)$"
            },
            "excludeAddresses": {
             "type": "String",
             "description": "Addresses and networks that are never hit, in addition to DNS, metadata and the SSM agent.",
             "default": "",
             "allowedPattern": "^([0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?([ ,]+[0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?)*)?$"
            },
            "excludePorts": {
             "type": "String",
             "description": "Ports and ranges of ports, of either side, that are never hit.",
             "default": "",
             "allowedPattern": "^([0-9]{1,5}([-:][0-9]{1,5})?([ ,]+[0-9]{1,5}([-:][0-9]{1,5})?)*)?$"
            },
            "installDependencies": {
             "type": "String",
             "description": "Whether missing packages (stress-ng, iproute, kernel modules) are installed.",
             "default": "True",
             "allowedValues": [
              "True",
              "False"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            }
           },
           "start": "#!/bin/sh\n# shellcheck shell=dash disable=SC2034,SC2317\nset -eu\nduration='{{ duration }}'\nipAddresses='{{ ipAddresses }}'\nexcludeAddresses='{{ excludeAddresses }}'\nexcludePorts='{{ excludePorts }}'\ninstallDependencies='{{ installDependencies }}'",
           "scripts": [
            "core",
            "undo",
            "packages",
            "network",
            "holes",
            "host-network",
            "by-address"
           ],
           "end": "on_host fault"
          },
          "BlackHoleByPort": {
           "aliases": [
            "BlackholeByPort"
           ],
           "description": "Blocks ports.",
           "parameters": {
            "duration": {
             "type": "String",
             "description": "How long the fault lasts, in seconds, up to 43200 (12 hours).",
             "default": "60",
             "allowedPattern": "^[1-9][0-9]{0,4}$"
            },
            "protocol": {
             "type": "String",
             "description": "Protocols.",
             "default": "tcp",
             "allowedPattern": "^((tcp|udp)([ ,]+(tcp|udp))*)$"
            },
            "sourcePorts": {
             "type": "String",
             "description": "Source ports and ranges.",
             "default": "",
             "allowedPattern": "^([0-9]{1,5}([-:][0-9]{1,5})?([ ,]+[0-9]{1,5}([-:][0-9]{1,5})?)*)?$"
            },
            "destinationPorts": {
             "type": "String",
             "description": "Destination ports and ranges.",
             "default": "",
             "allowedPattern": "^([0-9]{1,5}([-:][0-9]{1,5})?([ ,]+[0-9]{1,5}([-:][0-9]{1,5})?)*)?$"
            },
            "direction": {
             "type": "String",
             "description": "Connections from here (OUT), to here (IN), or both.",
             "default": "BOTH",
             "allowedValues": [
              "BOTH",
              "IN",
              "OUT",
              "INGRESS",
              "EGRESS"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            },
            "excludeAddresses": {
             "type": "String",
             "description": "Addresses and networks that are never hit, in addition to DNS, metadata and the SSM agent.",
             "default": "",
             "allowedPattern": "^([0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?([ ,]+[0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?)*)?$"
            },
            "excludePorts": {
             "type": "String",
             "description": "Ports and ranges of ports, of either side, that are never hit.",
             "default": "",
             "allowedPattern": "^([0-9]{1,5}([-:][0-9]{1,5})?([ ,]+[0-9]{1,5}([-:][0-9]{1,5})?)*)?$"
            },
            "installDependencies": {
             "type": "String",
             "description": "Whether missing packages (stress-ng, iproute, kernel modules) are installed.",
             "default": "True",
             "allowedValues": [
              "True",
              "False"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            }
           },
           "start": "#!/bin/sh\n# shellcheck shell=dash disable=SC2034,SC2317\nset -eu\nduration='{{ duration }}'\nprotocol='{{ protocol }}'\nsourcePorts='{{ sourcePorts }}'\ndestinationPorts='{{ destinationPorts }}'\ndirection='{{ direction }}'\nexcludeAddresses='{{ excludeAddresses }}'\nexcludePorts='{{ excludePorts }}'\ninstallDependencies='{{ installDependencies }}'",
           "scripts": [
            "core",
            "undo",
            "packages",
            "network",
            "holes",
            "host-network",
            "by-port"
           ],
           "end": "on_host fault"
          },
          "BlackHoleByURL": {
           "aliases": [
            "gpnBlackHoleByURL",
            "BlackholeByURL"
           ],
           "description": "Blocks the addresses of URLs.",
           "parameters": {
            "duration": {
             "type": "String",
             "description": "How long the fault lasts, in seconds, up to 43200 (12 hours).",
             "default": "60",
             "allowedPattern": "^[1-9][0-9]{0,4}$"
            },
            "urls": {
             "type": "String",
             "description": "URLs or names of hosts.",
             "allowedPattern": "^([A-Za-z0-9\\[][A-Za-z0-9:/._%?&=@~\\[\\]-]{0,500}([ ,]+[A-Za-z0-9\\[][A-Za-z0-9:/._%?&=@~\\[\\]-]{0,500})*)$"
            },
            "excludeAddresses": {
             "type": "String",
             "description": "Addresses and networks that are never hit, in addition to DNS, metadata and the SSM agent.",
             "default": "",
             "allowedPattern": "^([0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?([ ,]+[0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?)*)?$"
            },
            "excludePorts": {
             "type": "String",
             "description": "Ports and ranges of ports, of either side, that are never hit.",
             "default": "",
             "allowedPattern": "^([0-9]{1,5}([-:][0-9]{1,5})?([ ,]+[0-9]{1,5}([-:][0-9]{1,5})?)*)?$"
            },
            "installDependencies": {
             "type": "String",
             "description": "Whether missing packages (stress-ng, iproute, kernel modules) are installed.",
             "default": "True",
             "allowedValues": [
              "True",
              "False"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            }
           },
           "start": "#!/bin/sh\n# shellcheck shell=dash disable=SC2034,SC2317\nset -eu\nduration='{{ duration }}'\nurls='{{ urls }}'\nexcludeAddresses='{{ excludeAddresses }}'\nexcludePorts='{{ excludePorts }}'\ninstallDependencies='{{ installDependencies }}'",
           "scripts": [
            "core",
            "undo",
            "packages",
            "network",
            "holes",
            "host-network",
            "by-name"
           ],
           "end": "names=$urls\non_host fault"
          },
          "BlackHoleKafka": {
           "aliases": [
            "BlackholeKafka"
           ],
           "description": "Blocks the brokers of Kafka.",
           "parameters": {
            "duration": {
             "type": "String",
             "description": "How long the fault lasts, in seconds, up to 43200 (12 hours).",
             "default": "60",
             "allowedPattern": "^[1-9][0-9]{0,4}$"
            },
            "kafkanodes": {
             "type": "String",
             "description": "Brokers as host or host:port.",
             "allowedPattern": "^([A-Za-z0-9\\[][A-Za-z0-9:/._%?&=@~\\[\\]-]{0,500}([ ,]+[A-Za-z0-9\\[][A-Za-z0-9:/._%?&=@~\\[\\]-]{0,500})*)$"
            },
            "excludeAddresses": {
             "type": "String",
             "description": "Addresses and networks that are never hit, in addition to DNS, metadata and the SSM agent.",
             "default": "",
             "allowedPattern": "^([0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?([ ,]+[0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?)*)?$"
            },
            "excludePorts": {
             "type": "String",
             "description": "Ports and ranges of ports, of either side, that are never hit.",
             "default": "",
             "allowedPattern": "^([0-9]{1,5}([-:][0-9]{1,5})?([ ,]+[0-9]{1,5}([-:][0-9]{1,5})?)*)?$"
            },
            "installDependencies": {
             "type": "String",
             "description": "Whether missing packages (stress-ng, iproute, kernel modules) are installed.",
             "default": "True",
             "allowedValues": [
              "True",
              "False"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            }
           },
           "start": "#!/bin/sh\n# shellcheck shell=dash disable=SC2034,SC2317\nset -eu\nduration='{{ duration }}'\nkafkanodes='{{ kafkanodes }}'\nexcludeAddresses='{{ excludeAddresses }}'\nexcludePorts='{{ excludePorts }}'\ninstallDependencies='{{ installDependencies }}'",
           "scripts": [
            "core",
            "undo",
            "packages",
            "network",
            "holes",
            "host-network",
            "by-name"
           ],
           "end": "names=$kafkanodes\non_host fault"
          },
          "BlackholeByIP": {
           "aliases": [
            "BlackHoleByIP"
           ],
           "description": "Blocks addresses and networks.",
           "parameters": {
            "duration": {
             "type": "String",
             "description": "How long the fault lasts, in seconds, up to 43200 (12 hours).",
             "default": "60",
             "allowedPattern": "^[1-9][0-9]{0,4}$"
            },
            "protocol": {
             "type": "String",
             "description": "Protocols, or all.",
             "default": "all",
             "allowedPattern": "^((all|tcp|udp|icmp)([ ,]+(all|tcp|udp|icmp))*)$"
            },
            "sourceIP": {
             "type": "String",
             "description": "Addresses and networks.",
             "default": "",
             "allowedPattern": "^([0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?([ ,]+[0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?)*)?$"
            },
            "destinationIP": {
             "type": "String",
             "description": "Addresses and networks.",
             "default": "",
             "allowedPattern": "^([0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?([ ,]+[0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?)*)?$"
            },
            "direction": {
             "type": "String",
             "description": "Connections from here (OUT), to here (IN), or both.",
             "default": "BOTH",
             "allowedValues": [
              "BOTH",
              "IN",
              "OUT",
              "INGRESS",
              "EGRESS"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            },
            "excludeAddresses": {
             "type": "String",
             "description": "Addresses and networks that are never hit, in addition to DNS, metadata and the SSM agent.",
             "default": "",
             "allowedPattern": "^([0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?([ ,]+[0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?)*)?$"
            },
            "excludePorts": {
             "type": "String",
             "description": "Ports and ranges of ports, of either side, that are never hit.",
             "default": "",
             "allowedPattern": "^([0-9]{1,5}([-:][0-9]{1,5})?([ ,]+[0-9]{1,5}([-:][0-9]{1,5})?)*)?$"
            },
            "installDependencies": {
             "type": "String",
             "description": "Whether missing packages (stress-ng, iproute, kernel modules) are installed.",
             "default": "True",
             "allowedValues": [
              "True",
              "False"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            }
           },
           "start": "#!/bin/sh\n# shellcheck shell=dash disable=SC2034,SC2317\nset -eu\nduration='{{ duration }}'\nprotocol='{{ protocol }}'\nsourceIP='{{ sourceIP }}'\ndestinationIP='{{ destinationIP }}'\ndirection='{{ direction }}'\nexcludeAddresses='{{ excludeAddresses }}'\nexcludePorts='{{ excludePorts }}'\ninstallDependencies='{{ installDependencies }}'",
           "scripts": [
            "core",
            "undo",
            "packages",
            "network",
            "holes",
            "host-network",
            "by-ip"
           ],
           "end": "on_host fault"
          },
          "BlackholeDNS": {
           "aliases": [
            "BlackHoleDNS"
           ],
           "description": "Blocks DNS.",
           "parameters": {
            "duration": {
             "type": "String",
             "description": "How long the fault lasts, in seconds, up to 43200 (12 hours).",
             "default": "60",
             "allowedPattern": "^[1-9][0-9]{0,4}$"
            },
            "excludeAddresses": {
             "type": "String",
             "description": "Addresses and networks that are never hit, in addition to DNS, metadata and the SSM agent.",
             "default": "",
             "allowedPattern": "^([0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?([ ,]+[0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?)*)?$"
            },
            "excludePorts": {
             "type": "String",
             "description": "Ports and ranges of ports, of either side, that are never hit.",
             "default": "",
             "allowedPattern": "^([0-9]{1,5}([-:][0-9]{1,5})?([ ,]+[0-9]{1,5}([-:][0-9]{1,5})?)*)?$"
            },
            "installDependencies": {
             "type": "String",
             "description": "Whether missing packages (stress-ng, iproute, kernel modules) are installed.",
             "default": "True",
             "allowedValues": [
              "True",
              "False"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            }
           },
           "start": "#!/bin/sh\n# shellcheck shell=dash disable=SC2034,SC2317\nset -eu\nduration='{{ duration }}'\nexcludeAddresses='{{ excludeAddresses }}'\nexcludePorts='{{ excludePorts }}'\ninstallDependencies='{{ installDependencies }}'",
           "scripts": [
            "core",
            "undo",
            "packages",
            "network",
            "holes",
            "host-network",
            "dns"
           ],
           "end": "on_host fault"
          },
          "BlockNetworkTrafficOnInstance": {
           "aliases": [],
           "description": "Blocks all traffic but that of DNS, metadata and the SSM agent.",
           "parameters": {
            "duration": {
             "type": "String",
             "description": "How long the fault lasts, in seconds, up to 43200 (12 hours).",
             "default": "60",
             "allowedPattern": "^[1-9][0-9]{0,4}$"
            },
            "excludeAddresses": {
             "type": "String",
             "description": "Addresses and networks that are never hit, in addition to DNS, metadata and the SSM agent.",
             "default": "",
             "allowedPattern": "^([0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?([ ,]+[0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?)*)?$"
            },
            "excludePorts": {
             "type": "String",
             "description": "Ports and ranges of ports, of either side, that are never hit.",
             "default": "",
             "allowedPattern": "^([0-9]{1,5}([-:][0-9]{1,5})?([ ,]+[0-9]{1,5}([-:][0-9]{1,5})?)*)?$"
            },
            "installDependencies": {
             "type": "String",
             "description": "Whether missing packages (stress-ng, iproute, kernel modules) are installed.",
             "default": "True",
             "allowedValues": [
              "True",
              "False"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            }
           },
           "start": "#!/bin/sh\n# shellcheck shell=dash disable=SC2034,SC2317\nset -eu\nduration='{{ duration }}'\nexcludeAddresses='{{ excludeAddresses }}'\nexcludePorts='{{ excludePorts }}'\ninstallDependencies='{{ installDependencies }}'",
           "scripts": [
            "core",
            "undo",
            "packages",
            "network",
            "holes",
            "host-network",
            "all-traffic"
           ],
           "end": "on_host fault"
          },
          "DeletePod": {
           "aliases": [],
           "description": "Deletes pods.",
           "parameters": {
            "namespace": {
             "type": "String",
             "description": "The namespace.",
             "default": "resiliency",
             "allowedPattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"
            },
            "podNamePattern": {
             "type": "String",
             "description": "Pods by a regular expression on their names.",
             "allowedPattern": "^[A-Za-z0-9_.^$|()+*?\\[\\]-]{1,200}$"
            }
           },
           "start": "#!/bin/sh\n# shellcheck shell=dash disable=SC2034,SC2317\nset -eu\nnamespace='{{ namespace }}'\npodNamePattern='{{ podNamePattern }}'",
           "scripts": [
            "core",
            "kubectl",
            "delete-pod"
           ],
           "end": ""
          },
          "DetachVolume": {
           "aliases": [],
           "description": "Unmounts a volume, and mounts it again after the duration.",
           "parameters": {
            "device": {
             "type": "String",
             "description": "The device.",
             "default": "",
             "allowedPattern": "^(/dev/)?[A-Za-z0-9/_-]{0,60}$"
            },
            "volumeId": {
             "type": "String",
             "description": "The volume, instead of a device.",
             "default": "",
             "allowedPattern": "^(vol-[0-9a-f]{8,17})?$"
            },
            "duration": {
             "type": "String",
             "description": "How long the fault lasts, in seconds, up to 43200 (12 hours).",
             "default": "60",
             "allowedPattern": "^[0-9]{1,5}$"
            }
           },
           "start": "#!/bin/sh\n# shellcheck shell=dash disable=SC2034,SC2317\nset -eu\ndevice='{{ device }}'\nvolumeId='{{ volumeId }}'\nduration='{{ duration }}'",
           "scripts": [
            "core",
            "undo",
            "detach-volume"
           ],
           "end": ""
          },
          "DiskVolumeExhaustion": {
           "aliases": [],
           "description": "Fills a file system.",
           "parameters": {
            "duration": {
             "type": "String",
             "description": "How long the fault lasts, in seconds, up to 43200 (12 hours).",
             "default": "60",
             "allowedPattern": "^[1-9][0-9]{0,4}$"
            },
            "workers": {
             "type": "String",
             "description": "How many files.",
             "default": "4",
             "allowedPattern": "^[1-9][0-9]{0,2}$"
            },
            "filesize": {
             "type": "String",
             "description": "The size of each, in GiB.",
             "default": "1",
             "allowedPattern": "^[1-9][0-9]{0,3}$"
            },
            "path": {
             "type": "String",
             "description": "The folder whose file system is filled.",
             "default": "/",
             "allowedPattern": "^/[A-Za-z0-9_./-]*$"
            },
            "installDependencies": {
             "type": "String",
             "description": "Whether missing packages (stress-ng, iproute, kernel modules) are installed.",
             "default": "True",
             "allowedValues": [
              "True",
              "False"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            }
           },
           "start": "#!/bin/sh\n# shellcheck shell=dash disable=SC2034,SC2317\nset -eu\nduration='{{ duration }}'\nworkers='{{ workers }}'\nfilesize='{{ filesize }}'\npath='{{ path }}'\ninstallDependencies='{{ installDependencies }}'",
           "scripts": [
            "core",
            "undo",
            "load",
            "disk"
           ],
           "end": "begin_load\nfill_disk \"$path\"\nhold_load"
          },
          "InstallStressNG": {
           "aliases": [],
           "description": "Installs stress-ng.",
           "parameters": {},
           "start": "#!/bin/sh\n# shellcheck shell=dash disable=SC2034,SC2317\nset -eu",
           "scripts": [
            "core",
            "packages",
            "install"
           ],
           "end": ""
          },
          "KillProcess": {
           "aliases": [],
           "description": "Sends a signal to a process. Its service is started again after the duration; a stopped process goes on.",
           "parameters": {
            "processId": {
             "type": "String",
             "description": "The process.",
             "allowedPattern": "^[1-9][0-9]{0,9}$"
            },
            "signal": {
             "type": "String",
             "description": "The signal.",
             "default": "SIGTERM",
             "allowedValues": [
              "SIGTERM",
              "SIGKILL",
              "SIGSTOP",
              "SIGCONT",
              "SIGHUP",
              "SIGINT",
              "SIGQUIT",
              "SIGUSR1",
              "SIGUSR2",
              "SIGABRT"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            },
            "duration": {
             "type": "String",
             "description": "How long the fault lasts, in seconds, up to 43200 (12 hours).",
             "default": "60",
             "allowedPattern": "^[1-9][0-9]{0,4}$"
            }
           },
           "start": "#!/bin/sh\n# shellcheck shell=dash disable=SC2034,SC2317\nset -eu\nprocessId='{{ processId }}'\nsignal='{{ signal }}'\nduration='{{ duration }}'",
           "scripts": [
            "core",
            "undo",
            "kill",
            "kill-by-id"
           ],
           "end": ""
          },
          "KillProcessByName": {
           "aliases": [],
           "description": "Sends a signal to all processes of a name. Their services are started again; stopped processes go on.",
           "parameters": {
            "processName": {
             "type": "String",
             "description": "The name of the program.",
             "allowedPattern": "^[A-Za-z0-9_.@:+-]{1,100}$"
            },
            "signal": {
             "type": "String",
             "description": "The signal.",
             "default": "SIGTERM",
             "allowedValues": [
              "SIGTERM",
              "SIGKILL",
              "SIGSTOP",
              "SIGCONT",
              "SIGHUP",
              "SIGINT",
              "SIGQUIT",
              "SIGUSR1",
              "SIGUSR2",
              "SIGABRT"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            },
            "duration": {
             "type": "String",
             "description": "How long the fault lasts, in seconds, up to 43200 (12 hours).",
             "default": "60",
             "allowedPattern": "^[1-9][0-9]{0,4}$"
            }
           },
           "start": "#!/bin/sh\n# shellcheck shell=dash disable=SC2034,SC2317\nset -eu\nprocessName='{{ processName }}'\nsignal='{{ signal }}'\nduration='{{ duration }}'",
           "scripts": [
            "core",
            "undo",
            "processes",
            "kill",
            "kill-by-name"
           ],
           "end": ""
          },
          "PodBlackholeByIP": {
           "aliases": [
            "PodBlackHoleByIP",
            "PodBlackholeByIPAddress"
           ],
           "description": "Blocks addresses for containers.",
           "parameters": {
            "duration": {
             "type": "String",
             "description": "How long the fault lasts, in seconds, up to 43200 (12 hours).",
             "default": "60",
             "allowedPattern": "^[1-9][0-9]{0,4}$"
            },
            "containerNamePattern": {
             "type": "String",
             "description": "Containers by a regular expression on k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT.",
             "default": "k8s_coredns",
             "allowedPattern": "^[A-Za-z0-9_.^$|()+*?\\[\\]-]{1,200}$"
            },
            "numContainersToTarget": {
             "type": "String",
             "description": "How many of them: a number (the first by name), ALL, or RANDOM for one.",
             "default": "1",
             "allowedPattern": "^([1-9][0-9]{0,3}|ALL|RANDOM)$"
            },
            "protocol": {
             "type": "String",
             "description": "Protocols, or all.",
             "default": "all",
             "allowedPattern": "^((all|tcp|udp|icmp)([ ,]+(all|tcp|udp|icmp))*)$"
            },
            "sourceIP": {
             "type": "String",
             "description": "Addresses and networks.",
             "default": "",
             "allowedPattern": "^([0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?([ ,]+[0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?)*)?$"
            },
            "destinationIP": {
             "type": "String",
             "description": "Addresses and networks.",
             "default": "",
             "allowedPattern": "^([0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?([ ,]+[0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?)*)?$"
            },
            "direction": {
             "type": "String",
             "description": "Connections from here (OUT), to here (IN), or both.",
             "default": "BOTH",
             "allowedValues": [
              "BOTH",
              "IN",
              "OUT",
              "INGRESS",
              "EGRESS"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            },
            "excludeAddresses": {
             "type": "String",
             "description": "Addresses and networks that are never hit, in addition to DNS, metadata and the SSM agent.",
             "default": "",
             "allowedPattern": "^([0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?([ ,]+[0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?)*)?$"
            },
            "excludePorts": {
             "type": "String",
             "description": "Ports and ranges of ports, of either side, that are never hit.",
             "default": "",
             "allowedPattern": "^([0-9]{1,5}([-:][0-9]{1,5})?([ ,]+[0-9]{1,5}([-:][0-9]{1,5})?)*)?$"
            },
            "installDependencies": {
             "type": "String",
             "description": "Whether missing packages (stress-ng, iproute, kernel modules) are installed.",
             "default": "True",
             "allowedValues": [
              "True",
              "False"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            }
           },
           "start": "#!/bin/sh\n# shellcheck shell=dash disable=SC2034,SC2317\nset -eu\nduration='{{ duration }}'\ncontainerNamePattern='{{ containerNamePattern }}'\nnumContainersToTarget='{{ numContainersToTarget }}'\nprotocol='{{ protocol }}'\nsourceIP='{{ sourceIP }}'\ndestinationIP='{{ destinationIP }}'\ndirection='{{ direction }}'\nexcludeAddresses='{{ excludeAddresses }}'\nexcludePorts='{{ excludePorts }}'\ninstallDependencies='{{ installDependencies }}'",
           "scripts": [
            "core",
            "undo",
            "packages",
            "network",
            "holes",
            "containers",
            "container-networks",
            "by-ip"
           ],
           "end": "in_containers fault"
          },
          "PodBlackholeByPort": {
           "aliases": [
            "PodBlackHoleByPort"
           ],
           "description": "Blocks ports of containers.",
           "parameters": {
            "duration": {
             "type": "String",
             "description": "How long the fault lasts, in seconds, up to 43200 (12 hours).",
             "default": "120",
             "allowedPattern": "^[1-9][0-9]{0,4}$"
            },
            "containerNamePattern": {
             "type": "String",
             "description": "Containers by a regular expression on k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT.",
             "default": "k8s_coredns",
             "allowedPattern": "^[A-Za-z0-9_.^$|()+*?\\[\\]-]{1,200}$"
            },
            "numContainersToTarget": {
             "type": "String",
             "description": "How many of them: a number (the first by name), ALL, or RANDOM for one.",
             "default": "1",
             "allowedPattern": "^([1-9][0-9]{0,3}|ALL|RANDOM)$"
            },
            "protocol": {
             "type": "String",
             "description": "Protocols.",
             "default": "tcp udp",
             "allowedPattern": "^((tcp|udp)([ ,]+(tcp|udp))*)$"
            },
            "sourcePorts": {
             "type": "String",
             "description": "Source ports and ranges.",
             "default": "",
             "allowedPattern": "^([0-9]{1,5}([-:][0-9]{1,5})?([ ,]+[0-9]{1,5}([-:][0-9]{1,5})?)*)?$"
            },
            "destinationPorts": {
             "type": "String",
             "description": "Destination ports and ranges.",
             "default": "",
             "allowedPattern": "^([0-9]{1,5}([-:][0-9]{1,5})?([ ,]+[0-9]{1,5}([-:][0-9]{1,5})?)*)?$"
            },
            "direction": {
             "type": "String",
             "description": "Connections from here (OUT), to here (IN), or both.",
             "default": "BOTH",
             "allowedValues": [
              "BOTH",
              "IN",
              "OUT",
              "INGRESS",
              "EGRESS"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            },
            "excludeAddresses": {
             "type": "String",
             "description": "Addresses and networks that are never hit, in addition to DNS, metadata and the SSM agent.",
             "default": "",
             "allowedPattern": "^([0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?([ ,]+[0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?)*)?$"
            },
            "excludePorts": {
             "type": "String",
             "description": "Ports and ranges of ports, of either side, that are never hit.",
             "default": "",
             "allowedPattern": "^([0-9]{1,5}([-:][0-9]{1,5})?([ ,]+[0-9]{1,5}([-:][0-9]{1,5})?)*)?$"
            },
            "installDependencies": {
             "type": "String",
             "description": "Whether missing packages (stress-ng, iproute, kernel modules) are installed.",
             "default": "True",
             "allowedValues": [
              "True",
              "False"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            }
           },
           "start": "#!/bin/sh\n# shellcheck shell=dash disable=SC2034,SC2317\nset -eu\nduration='{{ duration }}'\ncontainerNamePattern='{{ containerNamePattern }}'\nnumContainersToTarget='{{ numContainersToTarget }}'\nprotocol='{{ protocol }}'\nsourcePorts='{{ sourcePorts }}'\ndestinationPorts='{{ destinationPorts }}'\ndirection='{{ direction }}'\nexcludeAddresses='{{ excludeAddresses }}'\nexcludePorts='{{ excludePorts }}'\ninstallDependencies='{{ installDependencies }}'",
           "scripts": [
            "core",
            "undo",
            "packages",
            "network",
            "holes",
            "containers",
            "container-networks",
            "by-port"
           ],
           "end": "in_containers fault"
          },
          "PodDiskVolumeExhaustion": {
           "aliases": [],
           "description": "Fills a file system of containers.",
           "parameters": {
            "duration": {
             "type": "String",
             "description": "How long the fault lasts, in seconds, up to 43200 (12 hours).",
             "default": "60",
             "allowedPattern": "^[1-9][0-9]{0,4}$"
            },
            "containerNamePattern": {
             "type": "String",
             "description": "Containers by a regular expression on k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT.",
             "default": "k8s_coredns",
             "allowedPattern": "^[A-Za-z0-9_.^$|()+*?\\[\\]-]{1,200}$"
            },
            "numContainersToTarget": {
             "type": "String",
             "description": "How many of them: a number (the first by name), ALL, or RANDOM for one.",
             "default": "1",
             "allowedPattern": "^([1-9][0-9]{0,3}|ALL|RANDOM)$"
            },
            "workers": {
             "type": "String",
             "description": "How many files.",
             "default": "4",
             "allowedPattern": "^[1-9][0-9]{0,2}$"
            },
            "filesize": {
             "type": "String",
             "description": "The size of each, in GiB.",
             "default": "1",
             "allowedPattern": "^[1-9][0-9]{0,3}$"
            },
            "path": {
             "type": "String",
             "description": "The folder whose file system is filled.",
             "default": "/",
             "allowedPattern": "^/[A-Za-z0-9_./-]*$"
            },
            "installDependencies": {
             "type": "String",
             "description": "Whether missing packages (stress-ng, iproute, kernel modules) are installed.",
             "default": "True",
             "allowedValues": [
              "True",
              "False"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            }
           },
           "start": "#!/bin/sh\n# shellcheck shell=dash disable=SC2034,SC2317\nset -eu\nduration='{{ duration }}'\ncontainerNamePattern='{{ containerNamePattern }}'\nnumContainersToTarget='{{ numContainersToTarget }}'\nworkers='{{ workers }}'\nfilesize='{{ filesize }}'\npath='{{ path }}'\ninstallDependencies='{{ installDependencies }}'",
           "scripts": [
            "core",
            "undo",
            "load",
            "disk",
            "containers"
           ],
           "end": "fill_container() { fill_disk \"/proc/$group/root$path\"; }\nchoose_containers\nbegin_load\nin_each_container fill_container\nhold_load"
          },
          "PodHealthCheck": {
           "aliases": [],
           "description": "Prints the health of pods, a line for each: UP, or what their endpoint says.",
           "parameters": {
            "clustername": {
             "type": "String",
             "description": "The EKS cluster, for a host without a kubeconfig.",
             "default": "blueprint",
             "allowedPattern": "^[A-Za-z0-9_-]{0,100}$"
            },
            "namespace": {
             "type": "String",
             "description": "The namespace.",
             "default": "public",
             "allowedPattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"
            },
            "podNamePattern": {
             "type": "String",
             "description": "Pods by a regular expression on their names.",
             "allowedPattern": "^[A-Za-z0-9_.^$|()+*?\\[\\]-]{1,200}$"
            },
            "podHealthPort": {
             "type": "String",
             "description": "The port of the endpoint.",
             "default": "80",
             "allowedPattern": "^[0-9]{1,5}$"
            },
            "podHealthPath": {
             "type": "String",
             "description": "The path of the endpoint.",
             "default": "health",
             "allowedPattern": "^[A-Za-z0-9_./-]{0,200}$"
            }
           },
           "start": "#!/bin/sh\n# shellcheck shell=dash disable=SC2034,SC2317\nset -eu\nclustername='{{ clustername }}'\nnamespace='{{ namespace }}'\npodNamePattern='{{ podNamePattern }}'\npodHealthPort='{{ podHealthPort }}'\npodHealthPath='{{ podHealthPath }}'",
           "scripts": [
            "core",
            "kubectl",
            "pod-health"
           ],
           "end": ""
          },
          "PodHighCPU": {
           "aliases": [],
           "description": "Uses the processors of the containers of pods.",
           "parameters": {
            "duration": {
             "type": "String",
             "description": "How long the fault lasts, in seconds, up to 43200 (12 hours).",
             "default": "60",
             "allowedPattern": "^[1-9][0-9]{0,4}$"
            },
            "namespace": {
             "type": "String",
             "description": "The namespace.",
             "default": "default",
             "allowedPattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"
            },
            "podNamePattern": {
             "type": "String",
             "description": "Pods by a regular expression on their names.",
             "allowedPattern": "^[A-Za-z0-9_.^$|()+*?\\[\\]-]{1,200}$"
            },
            "cpu": {
             "type": "String",
             "description": "How many workers; 0 is one for each processor.",
             "default": "0",
             "allowedPattern": "^[0-9]{1,3}$"
            },
            "load": {
             "type": "String",
             "description": "The load of each, in percent.",
             "default": "100",
             "allowedPattern": "^(100|[1-9][0-9]?)$"
            },
            "installDependencies": {
             "type": "String",
             "description": "Whether missing packages (stress-ng, iproute, kernel modules) are installed.",
             "default": "True",
             "allowedValues": [
              "True",
              "False"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            }
           },
           "start": "#!/bin/sh\n# shellcheck shell=dash disable=SC2034,SC2317\nset -eu\nduration='{{ duration }}'\nnamespace='{{ namespace }}'\npodNamePattern='{{ podNamePattern }}'\ncpu='{{ cpu }}'\nload='{{ load }}'\ninstallDependencies='{{ installDependencies }}'",
           "scripts": [
            "core",
            "undo",
            "load",
            "packages",
            "stress-ng",
            "cpu",
            "containers"
           ],
           "end": "containerNamePattern=\"^k8s_[^_]+_[^_]*($podNamePattern)[^_]*_${namespace}_\" numContainersToTarget=ALL\nchoose_containers\nbegin_load\nin_each_container stress_cpu\nhold_load"
          },
          "PodKillProcessInContainer": {
           "aliases": [],
           "description": "Sends a signal to processes in containers.",
           "parameters": {
            "containerNamePattern": {
             "type": "String",
             "description": "Containers by a regular expression on k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT.",
             "default": "k8s_coredns",
             "allowedPattern": "^[A-Za-z0-9_.^$|()+*?\\[\\]-]{1,200}$"
            },
            "numContainersToTarget": {
             "type": "String",
             "description": "How many of them: a number (the first by name), ALL, or RANDOM for one.",
             "default": "1",
             "allowedPattern": "^([1-9][0-9]{0,3}|ALL|RANDOM)$"
            },
            "processName": {
             "type": "String",
             "description": "The name of the program.",
             "allowedPattern": "^[A-Za-z0-9_.@:+-]{1,100}$"
            },
            "signal": {
             "type": "String",
             "description": "The signal.",
             "default": "SIGKILL",
             "allowedValues": [
              "SIGTERM",
              "SIGKILL",
              "SIGCONT",
              "SIGHUP",
              "SIGINT",
              "SIGQUIT",
              "SIGUSR1",
              "SIGUSR2",
              "SIGABRT"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            }
           },
           "start": "#!/bin/sh\n# shellcheck shell=dash disable=SC2034,SC2317\nset -eu\ncontainerNamePattern='{{ containerNamePattern }}'\nnumContainersToTarget='{{ numContainersToTarget }}'\nprocessName='{{ processName }}'\nsignal='{{ signal }}'",
           "scripts": [
            "core",
            "containers",
            "processes",
            "pod-kill-process"
           ],
           "end": ""
          },
          "PodProcessInContainerCheck": {
           "aliases": [],
           "description": "Prints UP or DOWN for a process, a line for each container.",
           "parameters": {
            "containerNamePattern": {
             "type": "String",
             "description": "Containers by a regular expression on k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT.",
             "default": "k8s_coredns",
             "allowedPattern": "^[A-Za-z0-9_.^$|()+*?\\[\\]-]{1,200}$"
            },
            "numContainersToTarget": {
             "type": "String",
             "description": "How many of them: a number (the first by name), ALL, or RANDOM for one.",
             "default": "1",
             "allowedPattern": "^([1-9][0-9]{0,3}|ALL|RANDOM)$"
            },
            "processName": {
             "type": "String",
             "description": "The name of the program.",
             "allowedPattern": "^[A-Za-z0-9_.@:+-]{1,100}$"
            }
           },
           "start": "#!/bin/sh\n# shellcheck shell=dash disable=SC2034,SC2317\nset -eu\ncontainerNamePattern='{{ containerNamePattern }}'\nnumContainersToTarget='{{ numContainersToTarget }}'\nprocessName='{{ processName }}'",
           "scripts": [
            "core",
            "containers",
            "processes",
            "pod-process-check"
           ],
           "end": ""
          },
          "PodStressAllNetworkIO": {
           "aliases": [],
           "description": "Blocks all traffic of containers but that of DNS and metadata.",
           "parameters": {
            "duration": {
             "type": "String",
             "description": "How long the fault lasts, in seconds, up to 43200 (12 hours).",
             "default": "120",
             "allowedPattern": "^[1-9][0-9]{0,4}$"
            },
            "containerNamePattern": {
             "type": "String",
             "description": "Containers by a regular expression on k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT.",
             "default": "k8s_coredns",
             "allowedPattern": "^[A-Za-z0-9_.^$|()+*?\\[\\]-]{1,200}$"
            },
            "numContainersToTarget": {
             "type": "String",
             "description": "How many of them: a number (the first by name), ALL, or RANDOM for one.",
             "default": "1",
             "allowedPattern": "^([1-9][0-9]{0,3}|ALL|RANDOM)$"
            },
            "excludeAddresses": {
             "type": "String",
             "description": "Addresses and networks that are never hit, in addition to DNS, metadata and the SSM agent.",
             "default": "",
             "allowedPattern": "^([0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?([ ,]+[0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?)*)?$"
            },
            "excludePorts": {
             "type": "String",
             "description": "Ports and ranges of ports, of either side, that are never hit.",
             "default": "",
             "allowedPattern": "^([0-9]{1,5}([-:][0-9]{1,5})?([ ,]+[0-9]{1,5}([-:][0-9]{1,5})?)*)?$"
            },
            "installDependencies": {
             "type": "String",
             "description": "Whether missing packages (stress-ng, iproute, kernel modules) are installed.",
             "default": "True",
             "allowedValues": [
              "True",
              "False"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            }
           },
           "start": "#!/bin/sh\n# shellcheck shell=dash disable=SC2034,SC2317\nset -eu\nduration='{{ duration }}'\ncontainerNamePattern='{{ containerNamePattern }}'\nnumContainersToTarget='{{ numContainersToTarget }}'\nexcludeAddresses='{{ excludeAddresses }}'\nexcludePorts='{{ excludePorts }}'\ninstallDependencies='{{ installDependencies }}'",
           "scripts": [
            "core",
            "undo",
            "packages",
            "network",
            "holes",
            "containers",
            "container-networks",
            "all-traffic"
           ],
           "end": "in_containers fault"
          },
          "PodStressCPU": {
           "aliases": [],
           "description": "Uses the processors of containers.",
           "parameters": {
            "duration": {
             "type": "String",
             "description": "How long the fault lasts, in seconds, up to 43200 (12 hours).",
             "default": "60",
             "allowedPattern": "^[1-9][0-9]{0,4}$"
            },
            "containerNamePattern": {
             "type": "String",
             "description": "Containers by a regular expression on k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT.",
             "default": "k8s_coredns",
             "allowedPattern": "^[A-Za-z0-9_.^$|()+*?\\[\\]-]{1,200}$"
            },
            "numContainersToTarget": {
             "type": "String",
             "description": "How many of them: a number (the first by name), ALL, or RANDOM for one.",
             "default": "1",
             "allowedPattern": "^([1-9][0-9]{0,3}|ALL|RANDOM)$"
            },
            "cpu": {
             "type": "String",
             "description": "How many workers; 0 is one for each processor.",
             "default": "0",
             "allowedPattern": "^[0-9]{1,3}$"
            },
            "load": {
             "type": "String",
             "description": "The load of each, in percent.",
             "default": "100",
             "allowedPattern": "^(100|[1-9][0-9]?)$"
            },
            "installDependencies": {
             "type": "String",
             "description": "Whether missing packages (stress-ng, iproute, kernel modules) are installed.",
             "default": "True",
             "allowedValues": [
              "True",
              "False"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            }
           },
           "start": "#!/bin/sh\n# shellcheck shell=dash disable=SC2034,SC2317\nset -eu\nduration='{{ duration }}'\ncontainerNamePattern='{{ containerNamePattern }}'\nnumContainersToTarget='{{ numContainersToTarget }}'\ncpu='{{ cpu }}'\nload='{{ load }}'\ninstallDependencies='{{ installDependencies }}'",
           "scripts": [
            "core",
            "undo",
            "load",
            "packages",
            "stress-ng",
            "cpu",
            "containers"
           ],
           "end": "choose_containers\nbegin_load\nin_each_container stress_cpu\nhold_load"
          },
          "PodStressIO": {
           "aliases": [],
           "description": "Reads and writes files as a container.",
           "parameters": {
            "duration": {
             "type": "String",
             "description": "How long the fault lasts, in seconds, up to 43200 (12 hours).",
             "default": "60",
             "allowedPattern": "^[1-9][0-9]{0,4}$"
            },
            "containerNamePattern": {
             "type": "String",
             "description": "Containers by a regular expression on k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT.",
             "default": "k8s_coredns",
             "allowedPattern": "^[A-Za-z0-9_.^$|()+*?\\[\\]-]{1,200}$"
            },
            "numContainersToTarget": {
             "type": "String",
             "description": "How many of them: a number (the first by name), ALL, or RANDOM for one.",
             "default": "1",
             "allowedPattern": "^([1-9][0-9]{0,3}|ALL|RANDOM)$"
            },
            "iomix": {
             "type": "String",
             "description": "How many workers.",
             "default": "1",
             "allowedPattern": "^[1-9][0-9]{0,2}$"
            },
            "percent": {
             "type": "String",
             "description": "How much of the free space each uses, in percent.",
             "default": "80",
             "allowedPattern": "^(100|[1-9][0-9]?)$"
            },
            "installDependencies": {
             "type": "String",
             "description": "Whether missing packages (stress-ng, iproute, kernel modules) are installed.",
             "default": "True",
             "allowedValues": [
              "True",
              "False"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            }
           },
           "start": "#!/bin/sh\n# shellcheck shell=dash disable=SC2034,SC2317\nset -eu\nduration='{{ duration }}'\ncontainerNamePattern='{{ containerNamePattern }}'\nnumContainersToTarget='{{ numContainersToTarget }}'\niomix='{{ iomix }}'\npercent='{{ percent }}'\ninstallDependencies='{{ installDependencies }}'",
           "scripts": [
            "core",
            "undo",
            "load",
            "packages",
            "stress-ng",
            "io",
            "containers"
           ],
           "end": "choose_containers\nbegin_load\nin_each_container stress_io\nhold_load"
          },
          "PodStressMemory": {
           "aliases": [],
           "description": "Uses the memory of containers.",
           "parameters": {
            "duration": {
             "type": "String",
             "description": "How long the fault lasts, in seconds, up to 43200 (12 hours).",
             "default": "60",
             "allowedPattern": "^[1-9][0-9]{0,4}$"
            },
            "containerNamePattern": {
             "type": "String",
             "description": "Containers by a regular expression on k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT.",
             "default": "k8s_coredns",
             "allowedPattern": "^[A-Za-z0-9_.^$|()+*?\\[\\]-]{1,200}$"
            },
            "numContainersToTarget": {
             "type": "String",
             "description": "How many of them: a number (the first by name), ALL, or RANDOM for one.",
             "default": "1",
             "allowedPattern": "^([1-9][0-9]{0,3}|ALL|RANDOM)$"
            },
            "workers": {
             "type": "String",
             "description": "How many workers share the memory.",
             "default": "1",
             "allowedPattern": "^[1-9][0-9]{0,2}$"
            },
            "percent": {
             "type": "String",
             "description": "How much of the memory that is available, of a container: of its limit.",
             "default": "80",
             "allowedPattern": "^(100|[1-9][0-9]?)$"
            },
            "installDependencies": {
             "type": "String",
             "description": "Whether missing packages (stress-ng, iproute, kernel modules) are installed.",
             "default": "True",
             "allowedValues": [
              "True",
              "False"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            }
           },
           "start": "#!/bin/sh\n# shellcheck shell=dash disable=SC2034,SC2317\nset -eu\nduration='{{ duration }}'\ncontainerNamePattern='{{ containerNamePattern }}'\nnumContainersToTarget='{{ numContainersToTarget }}'\nworkers='{{ workers }}'\npercent='{{ percent }}'\ninstallDependencies='{{ installDependencies }}'",
           "scripts": [
            "core",
            "undo",
            "load",
            "packages",
            "stress-ng",
            "memory",
            "containers"
           ],
           "end": "choose_containers\nbegin_load\nin_each_container stress_memory\nhold_load"
          },
          "PodStressNetworkLatency": {
           "aliases": [],
           "description": "Delays packets that leave containers.",
           "parameters": {
            "duration": {
             "type": "String",
             "description": "How long the fault lasts, in seconds, up to 43200 (12 hours).",
             "default": "60",
             "allowedPattern": "^[1-9][0-9]{0,4}$"
            },
            "containerNamePattern": {
             "type": "String",
             "description": "Containers by a regular expression on k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT.",
             "default": "k8s_coredns",
             "allowedPattern": "^[A-Za-z0-9_.^$|()+*?\\[\\]-]{1,200}$"
            },
            "numContainersToTarget": {
             "type": "String",
             "description": "How many of them: a number (the first by name), ALL, or RANDOM for one.",
             "default": "1",
             "allowedPattern": "^([1-9][0-9]{0,3}|ALL|RANDOM)$"
            },
            "interface": {
             "type": "String",
             "description": "The interface; DEFAULT is that of the default route.",
             "default": "DEFAULT",
             "allowedPattern": "^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$"
            },
            "portNumber": {
             "type": "String",
             "description": "Ports and ranges of ports; 0 is all traffic.",
             "default": "0",
             "allowedPattern": "^([0-9]{1,5}([-:][0-9]{1,5})?([ ,]+[0-9]{1,5}([-:][0-9]{1,5})?)*)$"
            },
            "portType": {
             "type": "String",
             "description": "The side whose ports they are.",
             "default": "sport",
             "allowedValues": [
              "sport",
              "dport",
              "both"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            },
            "delay": {
             "type": "String",
             "description": "The delay of what leaves, in milliseconds.",
             "default": "100",
             "allowedPattern": "^[1-9][0-9]{0,4}$"
            },
            "jitter": {
             "type": "String",
             "description": "How much the delay varies, in milliseconds.",
             "default": "0",
             "allowedPattern": "^[0-9]{1,5}$"
            },
            "excludeAddresses": {
             "type": "String",
             "description": "Addresses and networks that are never hit, in addition to DNS, metadata and the SSM agent.",
             "default": "",
             "allowedPattern": "^([0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?([ ,]+[0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?)*)?$"
            },
            "excludePorts": {
             "type": "String",
             "description": "Ports and ranges of ports, of either side, that are never hit.",
             "default": "",
             "allowedPattern": "^([0-9]{1,5}([-:][0-9]{1,5})?([ ,]+[0-9]{1,5}([-:][0-9]{1,5})?)*)?$"
            },
            "installDependencies": {
             "type": "String",
             "description": "Whether missing packages (stress-ng, iproute, kernel modules) are installed.",
             "default": "True",
             "allowedValues": [
              "True",
              "False"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            }
           },
           "start": "#!/bin/sh\n# shellcheck shell=dash disable=SC2034,SC2317\nset -eu\nduration='{{ duration }}'\ncontainerNamePattern='{{ containerNamePattern }}'\nnumContainersToTarget='{{ numContainersToTarget }}'\ninterface='{{ interface }}'\nportNumber='{{ portNumber }}'\nportType='{{ portType }}'\ndelay='{{ delay }}'\njitter='{{ jitter }}'\nexcludeAddresses='{{ excludeAddresses }}'\nexcludePorts='{{ excludePorts }}'\ninstallDependencies='{{ installDependencies }}'",
           "scripts": [
            "core",
            "undo",
            "packages",
            "network",
            "interface",
            "queues",
            "containers",
            "container-networks",
            "latency"
           ],
           "end": "in_containers fault"
          },
          "PodStressNetworkUtilization": {
           "aliases": [],
           "description": "Limits the rate of what leaves containers.",
           "parameters": {
            "duration": {
             "type": "String",
             "description": "How long the fault lasts, in seconds, up to 43200 (12 hours).",
             "default": "60",
             "allowedPattern": "^[1-9][0-9]{0,4}$"
            },
            "containerNamePattern": {
             "type": "String",
             "description": "Containers by a regular expression on k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT.",
             "default": "k8s_coredns",
             "allowedPattern": "^[A-Za-z0-9_.^$|()+*?\\[\\]-]{1,200}$"
            },
            "numContainersToTarget": {
             "type": "String",
             "description": "How many of them: a number (the first by name), ALL, or RANDOM for one.",
             "default": "1",
             "allowedPattern": "^([1-9][0-9]{0,3}|ALL|RANDOM)$"
            },
            "interface": {
             "type": "String",
             "description": "The interface; DEFAULT is that of the default route.",
             "default": "DEFAULT",
             "allowedPattern": "^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$"
            },
            "portNumber": {
             "type": "String",
             "description": "Ports and ranges of ports; 0 is all traffic.",
             "default": "0",
             "allowedPattern": "^([0-9]{1,5}([-:][0-9]{1,5})?([ ,]+[0-9]{1,5}([-:][0-9]{1,5})?)*)$"
            },
            "portType": {
             "type": "String",
             "description": "The side whose ports they are.",
             "default": "sport",
             "allowedValues": [
              "sport",
              "dport",
              "both"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            },
            "rate": {
             "type": "String",
             "description": "The rate that is left, in kbit/s.",
             "default": "1024",
             "allowedPattern": "^[1-9][0-9]{0,7}$"
            },
            "excludeAddresses": {
             "type": "String",
             "description": "Addresses and networks that are never hit, in addition to DNS, metadata and the SSM agent.",
             "default": "",
             "allowedPattern": "^([0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?([ ,]+[0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?)*)?$"
            },
            "excludePorts": {
             "type": "String",
             "description": "Ports and ranges of ports, of either side, that are never hit.",
             "default": "",
             "allowedPattern": "^([0-9]{1,5}([-:][0-9]{1,5})?([ ,]+[0-9]{1,5}([-:][0-9]{1,5})?)*)?$"
            },
            "installDependencies": {
             "type": "String",
             "description": "Whether missing packages (stress-ng, iproute, kernel modules) are installed.",
             "default": "True",
             "allowedValues": [
              "True",
              "False"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            }
           },
           "start": "#!/bin/sh\n# shellcheck shell=dash disable=SC2034,SC2317\nset -eu\nduration='{{ duration }}'\ncontainerNamePattern='{{ containerNamePattern }}'\nnumContainersToTarget='{{ numContainersToTarget }}'\ninterface='{{ interface }}'\nportNumber='{{ portNumber }}'\nportType='{{ portType }}'\nrate='{{ rate }}'\nexcludeAddresses='{{ excludeAddresses }}'\nexcludePorts='{{ excludePorts }}'\ninstallDependencies='{{ installDependencies }}'",
           "scripts": [
            "core",
            "undo",
            "packages",
            "network",
            "interface",
            "queues",
            "containers",
            "container-networks",
            "rate"
           ],
           "end": "in_containers fault"
          },
          "PodStressPacketLoss": {
           "aliases": [],
           "description": "Loses packets that leave containers.",
           "parameters": {
            "duration": {
             "type": "String",
             "description": "How long the fault lasts, in seconds, up to 43200 (12 hours).",
             "default": "60",
             "allowedPattern": "^[1-9][0-9]{0,4}$"
            },
            "containerNamePattern": {
             "type": "String",
             "description": "Containers by a regular expression on k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT.",
             "default": "k8s_coredns",
             "allowedPattern": "^[A-Za-z0-9_.^$|()+*?\\[\\]-]{1,200}$"
            },
            "numContainersToTarget": {
             "type": "String",
             "description": "How many of them: a number (the first by name), ALL, or RANDOM for one.",
             "default": "1",
             "allowedPattern": "^([1-9][0-9]{0,3}|ALL|RANDOM)$"
            },
            "interface": {
             "type": "String",
             "description": "The interface; DEFAULT is that of the default route.",
             "default": "DEFAULT",
             "allowedPattern": "^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$"
            },
            "portNumber": {
             "type": "String",
             "description": "Ports and ranges of ports; 0 is all traffic.",
             "default": "0",
             "allowedPattern": "^([0-9]{1,5}([-:][0-9]{1,5})?([ ,]+[0-9]{1,5}([-:][0-9]{1,5})?)*)$"
            },
            "portType": {
             "type": "String",
             "description": "The side whose ports they are.",
             "default": "sport",
             "allowedValues": [
              "sport",
              "dport",
              "both"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            },
            "loss": {
             "type": "String",
             "description": "How many of the packets are lost, in percent.",
             "default": "7",
             "allowedPattern": "^(100|[0-9]{1,2}(\\.[0-9]{1,3})?)$"
            },
            "excludeAddresses": {
             "type": "String",
             "description": "Addresses and networks that are never hit, in addition to DNS, metadata and the SSM agent.",
             "default": "",
             "allowedPattern": "^([0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?([ ,]+[0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?)*)?$"
            },
            "excludePorts": {
             "type": "String",
             "description": "Ports and ranges of ports, of either side, that are never hit.",
             "default": "",
             "allowedPattern": "^([0-9]{1,5}([-:][0-9]{1,5})?([ ,]+[0-9]{1,5}([-:][0-9]{1,5})?)*)?$"
            },
            "installDependencies": {
             "type": "String",
             "description": "Whether missing packages (stress-ng, iproute, kernel modules) are installed.",
             "default": "True",
             "allowedValues": [
              "True",
              "False"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            }
           },
           "start": "#!/bin/sh\n# shellcheck shell=dash disable=SC2034,SC2317\nset -eu\nduration='{{ duration }}'\ncontainerNamePattern='{{ containerNamePattern }}'\nnumContainersToTarget='{{ numContainersToTarget }}'\ninterface='{{ interface }}'\nportNumber='{{ portNumber }}'\nportType='{{ portType }}'\nloss='{{ loss }}'\nexcludeAddresses='{{ excludeAddresses }}'\nexcludePorts='{{ excludePorts }}'\ninstallDependencies='{{ installDependencies }}'",
           "scripts": [
            "core",
            "undo",
            "packages",
            "network",
            "interface",
            "queues",
            "containers",
            "container-networks",
            "loss"
           ],
           "end": "in_containers fault"
          },
          "PodTerminationCrash": {
           "aliases": [],
           "description": "Kills containers.",
           "parameters": {
            "containerNamePattern": {
             "type": "String",
             "description": "Containers by a regular expression on k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT.",
             "default": "k8s_coredns",
             "allowedPattern": "^[A-Za-z0-9_.^$|()+*?\\[\\]-]{1,200}$"
            },
            "numContainersToTarget": {
             "type": "String",
             "description": "How many of them: a number (the first by name), ALL, or RANDOM for one.",
             "default": "2",
             "allowedPattern": "^([1-9][0-9]{0,3}|ALL|RANDOM)$"
            }
           },
           "start": "#!/bin/sh\n# shellcheck shell=dash disable=SC2034,SC2317\nset -eu\ncontainerNamePattern='{{ containerNamePattern }}'\nnumContainersToTarget='{{ numContainersToTarget }}'",
           "scripts": [
            "core",
            "containers",
            "pod-crash"
           ],
           "end": ""
          },
          "RevertFaults": {
           "aliases": [],
           "description": "Undoes at once what these documents have broken on a host.",
           "parameters": {
            "commandIds": {
             "type": "String",
             "description": "The commands whose faults are undone; empty for all.",
             "default": "",
             "allowedPattern": "^([0-9a-f-]{36}([ ,]+[0-9a-f-]{36})*)?$"
            }
           },
           "start": "#!/bin/sh\n# shellcheck shell=dash disable=SC2034,SC2317\nset -eu\ncommandIds='{{ commandIds }}'",
           "scripts": [
            "core",
            "revert"
           ],
           "end": ""
          },
          "ShutDownNetworkInterfaceOnInstance": {
           "aliases": [],
           "description": "Takes an interface down, and up again with its addresses and routes.",
           "parameters": {
            "duration": {
             "type": "String",
             "description": "How long the fault lasts, in seconds, up to 43200 (12 hours).",
             "default": "60",
             "allowedPattern": "^[1-9][0-9]{0,4}$"
            },
            "interface": {
             "type": "String",
             "description": "The interface.",
             "allowedPattern": "^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$"
            },
            "allowAgentInterface": {
             "type": "String",
             "description": "Whether it may be the one of DNS, metadata and the SSM agent.",
             "default": "False",
             "allowedValues": [
              "True",
              "False"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            },
            "excludeAddresses": {
             "type": "String",
             "description": "Addresses and networks that are never hit, in addition to DNS, metadata and the SSM agent.",
             "default": "",
             "allowedPattern": "^([0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?([ ,]+[0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?)*)?$"
            },
            "excludePorts": {
             "type": "String",
             "description": "Ports and ranges of ports, of either side, that are never hit.",
             "default": "",
             "allowedPattern": "^([0-9]{1,5}([-:][0-9]{1,5})?([ ,]+[0-9]{1,5}([-:][0-9]{1,5})?)*)?$"
            },
            "installDependencies": {
             "type": "String",
             "description": "Whether missing packages (stress-ng, iproute, kernel modules) are installed.",
             "default": "True",
             "allowedValues": [
              "True",
              "False"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            }
           },
           "start": "#!/bin/sh\n# shellcheck shell=dash disable=SC2034,SC2317\nset -eu\nduration='{{ duration }}'\ninterface='{{ interface }}'\nallowAgentInterface='{{ allowAgentInterface }}'\nexcludeAddresses='{{ excludeAddresses }}'\nexcludePorts='{{ excludePorts }}'\ninstallDependencies='{{ installDependencies }}'",
           "scripts": [
            "core",
            "undo",
            "packages",
            "network",
            "interface",
            "host-network",
            "shut-interface"
           ],
           "end": "on_host fault"
          },
          "StressAllNetworkIO": {
           "aliases": [],
           "description": "Blocks all traffic but that of DNS, metadata and the SSM agent.",
           "parameters": {
            "duration": {
             "type": "String",
             "description": "How long the fault lasts, in seconds, up to 43200 (12 hours).",
             "default": "60",
             "allowedPattern": "^[1-9][0-9]{0,4}$"
            },
            "excludeAddresses": {
             "type": "String",
             "description": "Addresses and networks that are never hit, in addition to DNS, metadata and the SSM agent.",
             "default": "",
             "allowedPattern": "^([0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?([ ,]+[0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?)*)?$"
            },
            "excludePorts": {
             "type": "String",
             "description": "Ports and ranges of ports, of either side, that are never hit.",
             "default": "",
             "allowedPattern": "^([0-9]{1,5}([-:][0-9]{1,5})?([ ,]+[0-9]{1,5}([-:][0-9]{1,5})?)*)?$"
            },
            "installDependencies": {
             "type": "String",
             "description": "Whether missing packages (stress-ng, iproute, kernel modules) are installed.",
             "default": "True",
             "allowedValues": [
              "True",
              "False"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            }
           },
           "start": "#!/bin/sh\n# shellcheck shell=dash disable=SC2034,SC2317\nset -eu\nduration='{{ duration }}'\nexcludeAddresses='{{ excludeAddresses }}'\nexcludePorts='{{ excludePorts }}'\ninstallDependencies='{{ installDependencies }}'",
           "scripts": [
            "core",
            "undo",
            "packages",
            "network",
            "holes",
            "host-network",
            "all-traffic"
           ],
           "end": "on_host fault"
          },
          "StressCPU": {
           "aliases": [],
           "description": "Uses the processors.",
           "parameters": {
            "duration": {
             "type": "String",
             "description": "How long the fault lasts, in seconds, up to 43200 (12 hours).",
             "default": "60",
             "allowedPattern": "^[1-9][0-9]{0,4}$"
            },
            "cpu": {
             "type": "String",
             "description": "How many workers; 0 is one for each processor.",
             "default": "0",
             "allowedPattern": "^[0-9]{1,3}$"
            },
            "load": {
             "type": "String",
             "description": "The load of each, in percent.",
             "default": "100",
             "allowedPattern": "^(100|[1-9][0-9]?)$"
            },
            "installDependencies": {
             "type": "String",
             "description": "Whether missing packages (stress-ng, iproute, kernel modules) are installed.",
             "default": "True",
             "allowedValues": [
              "True",
              "False"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            }
           },
           "start": "#!/bin/sh\n# shellcheck shell=dash disable=SC2034,SC2317\nset -eu\nduration='{{ duration }}'\ncpu='{{ cpu }}'\nload='{{ load }}'\ninstallDependencies='{{ installDependencies }}'",
           "scripts": [
            "core",
            "undo",
            "load",
            "packages",
            "stress-ng",
            "cpu"
           ],
           "end": "begin_load\nstress_cpu\nhold_load"
          },
          "StressIO": {
           "aliases": [],
           "description": "Reads and writes files.",
           "parameters": {
            "duration": {
             "type": "String",
             "description": "How long the fault lasts, in seconds, up to 43200 (12 hours).",
             "default": "60",
             "allowedPattern": "^[1-9][0-9]{0,4}$"
            },
            "iomix": {
             "type": "String",
             "description": "How many workers.",
             "default": "1",
             "allowedPattern": "^[1-9][0-9]{0,2}$"
            },
            "percent": {
             "type": "String",
             "description": "How much of the free space each uses, in percent.",
             "default": "80",
             "allowedPattern": "^(100|[1-9][0-9]?)$"
            },
            "installDependencies": {
             "type": "String",
             "description": "Whether missing packages (stress-ng, iproute, kernel modules) are installed.",
             "default": "True",
             "allowedValues": [
              "True",
              "False"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            }
           },
           "start": "#!/bin/sh\n# shellcheck shell=dash disable=SC2034,SC2317\nset -eu\nduration='{{ duration }}'\niomix='{{ iomix }}'\npercent='{{ percent }}'\ninstallDependencies='{{ installDependencies }}'",
           "scripts": [
            "core",
            "undo",
            "load",
            "packages",
            "stress-ng",
            "io"
           ],
           "end": "begin_load\nstress_io\nhold_load"
          },
          "StressMemory": {
           "aliases": [],
           "description": "Uses memory.",
           "parameters": {
            "duration": {
             "type": "String",
             "description": "How long the fault lasts, in seconds, up to 43200 (12 hours).",
             "default": "60",
             "allowedPattern": "^[1-9][0-9]{0,4}$"
            },
            "workers": {
             "type": "String",
             "description": "How many workers share the memory.",
             "default": "1",
             "allowedPattern": "^[1-9][0-9]{0,2}$"
            },
            "percent": {
             "type": "String",
             "description": "How much of the memory that is available, of a container: of its limit.",
             "default": "80",
             "allowedPattern": "^(100|[1-9][0-9]?)$"
            },
            "installDependencies": {
             "type": "String",
             "description": "Whether missing packages (stress-ng, iproute, kernel modules) are installed.",
             "default": "True",
             "allowedValues": [
              "True",
              "False"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            }
           },
           "start": "#!/bin/sh\n# shellcheck shell=dash disable=SC2034,SC2317\nset -eu\nduration='{{ duration }}'\nworkers='{{ workers }}'\npercent='{{ percent }}'\ninstallDependencies='{{ installDependencies }}'",
           "scripts": [
            "core",
            "undo",
            "load",
            "packages",
            "stress-ng",
            "memory"
           ],
           "end": "begin_load\nstress_memory\nhold_load"
          },
          "StressNetworkLatency": {
           "aliases": [],
           "description": "Delays packets that leave.",
           "parameters": {
            "duration": {
             "type": "String",
             "description": "How long the fault lasts, in seconds, up to 43200 (12 hours).",
             "default": "60",
             "allowedPattern": "^[1-9][0-9]{0,4}$"
            },
            "interface": {
             "type": "String",
             "description": "The interface; DEFAULT is that of the default route.",
             "default": "DEFAULT",
             "allowedPattern": "^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$"
            },
            "ports": {
             "type": "String",
             "description": "Ports and ranges of ports; 0 is all traffic.",
             "default": "0",
             "allowedPattern": "^([0-9]{1,5}([-:][0-9]{1,5})?([ ,]+[0-9]{1,5}([-:][0-9]{1,5})?)*)$"
            },
            "portType": {
             "type": "String",
             "description": "The side whose ports they are.",
             "default": "sport",
             "allowedValues": [
              "sport",
              "dport",
              "both"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            },
            "delay": {
             "type": "String",
             "description": "The delay of what leaves, in milliseconds.",
             "default": "100",
             "allowedPattern": "^[1-9][0-9]{0,4}$"
            },
            "jitter": {
             "type": "String",
             "description": "How much the delay varies, in milliseconds.",
             "default": "0",
             "allowedPattern": "^[0-9]{1,5}$"
            },
            "excludeAddresses": {
             "type": "String",
             "description": "Addresses and networks that are never hit, in addition to DNS, metadata and the SSM agent.",
             "default": "",
             "allowedPattern": "^([0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?([ ,]+[0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?)*)?$"
            },
            "excludePorts": {
             "type": "String",
             "description": "Ports and ranges of ports, of either side, that are never hit.",
             "default": "",
             "allowedPattern": "^([0-9]{1,5}([-:][0-9]{1,5})?([ ,]+[0-9]{1,5}([-:][0-9]{1,5})?)*)?$"
            },
            "installDependencies": {
             "type": "String",
             "description": "Whether missing packages (stress-ng, iproute, kernel modules) are installed.",
             "default": "True",
             "allowedValues": [
              "True",
              "False"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            }
           },
           "start": "#!/bin/sh\n# shellcheck shell=dash disable=SC2034,SC2317\nset -eu\nduration='{{ duration }}'\ninterface='{{ interface }}'\nports='{{ ports }}'\nportType='{{ portType }}'\ndelay='{{ delay }}'\njitter='{{ jitter }}'\nexcludeAddresses='{{ excludeAddresses }}'\nexcludePorts='{{ excludePorts }}'\ninstallDependencies='{{ installDependencies }}'",
           "scripts": [
            "core",
            "undo",
            "packages",
            "network",
            "interface",
            "queues",
            "host-network",
            "latency"
           ],
           "end": "portNumber=$ports\non_host fault"
          },
          "StressNetworkUtilization": {
           "aliases": [],
           "description": "Limits the rate of what leaves.",
           "parameters": {
            "duration": {
             "type": "String",
             "description": "How long the fault lasts, in seconds, up to 43200 (12 hours).",
             "default": "60",
             "allowedPattern": "^[1-9][0-9]{0,4}$"
            },
            "interface": {
             "type": "String",
             "description": "The interface; DEFAULT is that of the default route.",
             "default": "DEFAULT",
             "allowedPattern": "^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$"
            },
            "portNumber": {
             "type": "String",
             "description": "Ports and ranges of ports; 0 is all traffic.",
             "default": "0",
             "allowedPattern": "^([0-9]{1,5}([-:][0-9]{1,5})?([ ,]+[0-9]{1,5}([-:][0-9]{1,5})?)*)$"
            },
            "portType": {
             "type": "String",
             "description": "The side whose ports they are.",
             "default": "sport",
             "allowedValues": [
              "sport",
              "dport",
              "both"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            },
            "rate": {
             "type": "String",
             "description": "The rate that is left, in kbit/s.",
             "default": "1024",
             "allowedPattern": "^[1-9][0-9]{0,7}$"
            },
            "excludeAddresses": {
             "type": "String",
             "description": "Addresses and networks that are never hit, in addition to DNS, metadata and the SSM agent.",
             "default": "",
             "allowedPattern": "^([0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?([ ,]+[0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?)*)?$"
            },
            "excludePorts": {
             "type": "String",
             "description": "Ports and ranges of ports, of either side, that are never hit.",
             "default": "",
             "allowedPattern": "^([0-9]{1,5}([-:][0-9]{1,5})?([ ,]+[0-9]{1,5}([-:][0-9]{1,5})?)*)?$"
            },
            "installDependencies": {
             "type": "String",
             "description": "Whether missing packages (stress-ng, iproute, kernel modules) are installed.",
             "default": "True",
             "allowedValues": [
              "True",
              "False"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            }
           },
           "start": "#!/bin/sh\n# shellcheck shell=dash disable=SC2034,SC2317\nset -eu\nduration='{{ duration }}'\ninterface='{{ interface }}'\nportNumber='{{ portNumber }}'\nportType='{{ portType }}'\nrate='{{ rate }}'\nexcludeAddresses='{{ excludeAddresses }}'\nexcludePorts='{{ excludePorts }}'\ninstallDependencies='{{ installDependencies }}'",
           "scripts": [
            "core",
            "undo",
            "packages",
            "network",
            "interface",
            "queues",
            "host-network",
            "rate"
           ],
           "end": "on_host fault"
          },
          "StressPacketLoss": {
           "aliases": [],
           "description": "Loses packets that leave.",
           "parameters": {
            "duration": {
             "type": "String",
             "description": "How long the fault lasts, in seconds, up to 43200 (12 hours).",
             "default": "60",
             "allowedPattern": "^[1-9][0-9]{0,4}$"
            },
            "interface": {
             "type": "String",
             "description": "The interface; DEFAULT is that of the default route.",
             "default": "DEFAULT",
             "allowedPattern": "^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$"
            },
            "portNumber": {
             "type": "String",
             "description": "Ports and ranges of ports; 0 is all traffic.",
             "default": "0",
             "allowedPattern": "^([0-9]{1,5}([-:][0-9]{1,5})?([ ,]+[0-9]{1,5}([-:][0-9]{1,5})?)*)$"
            },
            "portType": {
             "type": "String",
             "description": "The side whose ports they are.",
             "default": "sport",
             "allowedValues": [
              "sport",
              "dport",
              "both"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            },
            "loss": {
             "type": "String",
             "description": "How many of the packets are lost, in percent.",
             "default": "7",
             "allowedPattern": "^(100|[0-9]{1,2}(\\.[0-9]{1,3})?)$"
            },
            "excludeAddresses": {
             "type": "String",
             "description": "Addresses and networks that are never hit, in addition to DNS, metadata and the SSM agent.",
             "default": "",
             "allowedPattern": "^([0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?([ ,]+[0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?)*)?$"
            },
            "excludePorts": {
             "type": "String",
             "description": "Ports and ranges of ports, of either side, that are never hit.",
             "default": "",
             "allowedPattern": "^([0-9]{1,5}([-:][0-9]{1,5})?([ ,]+[0-9]{1,5}([-:][0-9]{1,5})?)*)?$"
            },
            "installDependencies": {
             "type": "String",
             "description": "Whether missing packages (stress-ng, iproute, kernel modules) are installed.",
             "default": "True",
             "allowedValues": [
              "True",
              "False"
             ],
             "allowedPattern": "^[A-Za-z0-9]+$"
            }
           },
           "start": "#!/bin/sh\n# shellcheck shell=dash disable=SC2034,SC2317\nset -eu\nduration='{{ duration }}'\ninterface='{{ interface }}'\nportNumber='{{ portNumber }}'\nportType='{{ portType }}'\nloss='{{ loss }}'\nexcludeAddresses='{{ excludeAddresses }}'\nexcludePorts='{{ excludePorts }}'\ninstallDependencies='{{ installDependencies }}'",
           "scripts": [
            "core",
            "undo",
            "packages",
            "network",
            "interface",
            "queues",
            "host-network",
            "loss"
           ],
           "end": "on_host fault"
          }
         }
        }
        """##
}
