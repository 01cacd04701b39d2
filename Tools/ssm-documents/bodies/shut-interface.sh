# What the kernel drops with a link that goes down is put back in this order: link, IPv6 addresses, routes.
fault() {
    find_interface
    [ "$device" != lo ] || die "lo is not shut down: the SSM agent and much else need it"
    for address in $exempt $servers; do
        case $address in */*) continue ;; esac
        if [ "$allowAgentInterface" != True ] && ip route get "$address" 2>/dev/null | grep -q " dev $device "; then
            die "$device is the way to $address (DNS, metadata or the SSM agent); set allowAgentInterface to True to cut it for $duration s"
        fi
    done
    ip link show dev "$device" | grep -q '[<,]UP[,>]' || die "$device is down already"
    snapshot addresses "ip -br addr show dev $device"
    for family in 4 6; do
        snapshot "routes$family" "ip -$family route show table all dev $device"
        grep -vE 'proto kernel|^(local|broadcast|multicast|anycast|ff00::)' "$run/routes$family" |
            sed "s/^/route replace /; s/ linkdown//; s/\$/ dev $device/" >"$run/replace$family" || true
        remember "ip -force -$family -batch '$run/replace$family' >/dev/null 2>&1; true"
    done
    ip -6 -o addr show dev "$device" scope global |
        sed -n 's/.* inet6 \([^ ]*\) .*/\1/p' | while read -r address; do
            remember "ip -6 addr replace $address dev $device 2>/dev/null; true"
        done
    remember "ip link set dev $device up 2>/dev/null || ! ip link show dev $device >/dev/null 2>&1"
    ip link set dev "$device" down
    say "$device is down"
}
