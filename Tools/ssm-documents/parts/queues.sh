# --- Queues: HTB leaves everything alone that no filter sends to its class; the fault is the class's own queue -------

handle=7c05 # of our root queue

need_module() {
    [ -d "/sys/module/$1" ] || modprobe -q "$1" 2>/dev/null || install "kernel-modules-extra-$(uname -r)" >&2 2>/dev/null || true
    modprobe -q "$1" 2>/dev/null || true
}

# A range of ports as values and masks.
port_masks() {
    local low=${1%-*} high=${1#*-} size
    while [ "$low" -le "$high" ]; do
        size=1
        while [ $((low % (size * 2))) = 0 ] && [ $((low + size * 2 - 1)) -le "$high" ]; do size=$((size * 2)); done
        printf '%d:0x%x\n' "$low" $(((65536 - size) & 65535))
        low=$((low + size))
    done
}

# filters PRIORITY PORTS DIRECTIONS CLASS: the tc lines for both families and TCP and UDP.
filters() {
    local port mask side protocol
    for port in $(port_words "$2"); do
        for mask in $(port_masks "$port"); do
            for side in $3; do
                for protocol in 6 17; do
                    say "filter add dev $device parent $handle: protocol ip prio $1 u32 match u8 5 0xf at 0 match ip protocol $protocol 0xff match ip $side ${mask%:*} ${mask#*:} flowid $handle:$4"
                    say "filter add dev $device parent $handle: protocol ipv6 prio $(($1 + 1)) u32 match ip6 protocol $protocol 0xff match ip6 $side ${mask%:*} ${mask#*:} flowid $handle:$4"
                done
            done
        done
    done
}

# slow PORTS SIDE QUEUE…: a queue for what leaves by the ports, or for everything (0).
slow() {
    local ports=$1 sides=$2 address family word protocol type
    shift 2
    check_ports "$ports"
    [ "$sides" != both ] || sides='sport dport'
    find_interface
    in_ns tc qdisc show dev "$device" | awk '$2 !~ /^(ingress|clsact)$/ { print $2, $3 }' | while read -r word type; do
        case $word in
            mq | noqueue | fq_codel | fq | pfifo_fast) ;;
            *) die "$device has the queue $word, which is not a default of the kernel: it could not be put back as it is" ;;
        esac
        [ "$type" = 0: ] || die "$device has a queue that somebody has set ($word $type): it could not be put back as it is"
    done
    for word in qdisc class filter; do
        snapshot "$word.$(basename "${ns:-host}")" "$(prefix)tc $word show dev $device"
    done
    {
        say "qdisc add dev $device root handle $handle: htb"
        say "class add dev $device parent $handle: classid $handle:1 htb rate 100gbit quantum 60000"
        say "qdisc add dev $device parent $handle:1 handle ${handle%?}6: $*"
        for address in $exempt; do
            family=$(family_of "$address")
            if [ "$family" = 4 ]; then say "filter add dev $device parent $handle: protocol ip prio 1 u32 match ip dst $address flowid $handle:0"
            else say "filter add dev $device parent $handle: protocol ipv6 prio 2 u32 match ip6 dst $address flowid $handle:0"; fi
        done
        for address in $servers; do
            for protocol in 6 17; do
                if [ "$(family_of "$address")" = 4 ]; then say "filter add dev $device parent $handle: protocol ip prio 1 u32 match ip dst $address match ip protocol $protocol 0xff match ip dport 53 0xffff flowid $handle:0"
                else say "filter add dev $device parent $handle: protocol ipv6 prio 2 u32 match ip6 dst $address match ip6 protocol $protocol 0xff match ip6 dport 53 0xffff flowid $handle:0"; fi
            done
        done
        filters 1 "$excludePorts 67 547" "dport" 0
        filters 1 "$excludePorts" "sport" 0
        # Neighbour discovery, IPv6's ARP.
        for word in '133 0xff' '134 0xfe' '136 0xfe'; do
            say "filter add dev $device parent $handle: protocol ipv6 prio 2 u32 match ip6 protocol 58 0xff match u8 $word at 40 flowid $handle:0"
        done
        if [ "$ports" = 0 ]; then
            say "filter add dev $device parent $handle: protocol ip prio 3 u32 match u32 0 0 flowid $handle:1"
            say "filter add dev $device parent $handle: protocol ipv6 prio 4 u32 match u32 0 0 flowid $handle:1"
        else filters 3 "$ports" "$sides" 1; fi
    } >"$run/batch"
    [ "$(wc -l <"$run/batch")" -le 2000 ] || die "more than 2000 filters are wanted; name fewer ports or larger networks"
    remember "$(prefix)tc qdisc show dev $device 2>/dev/null | grep -q '^qdisc htb $handle: root' || exit 0; $(prefix)tc qdisc del dev $device root"
    in_ns tc -batch "$run/batch" || die "tc -batch failed (does this kernel have ${1}? Amazon Linux 2023: dnf install kernel-modules-extra); what was added is taken back"
    say "$device: $*, ports $ports"
}
