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
    gone="! ip link show dev $device >/dev/null 2>&1"
    for family in 4 6; do
        # With `dev` ip would leave out the routes of several ways, which -o puts on one line.
        routes="ip -o -$family route show table all | sed -E '/ dev $device( |\$)/!d; / proto kernel|^(local|broadcast|multicast|anycast|ff00::)/d; s/ (linkdown|dead|nhid [0-9]+)//g; s/\\\\//g; s/[[:space:]]+/ /g; s/ \$//'"
        sh -c "$routes" | sed -E 's/^/route replace /; s/ expires ([0-9]+)sec/ expires \1/' >"$run/replace$family"
        sed -E 's/^route replace //; s/ expires -?[0-9]+(sec)?//' "$run/replace$family" >"$run/routes$family"
        # Twice, since a route can need one that comes after it, as to its gateway. The step fails while one is missing.
        batch="ip -force -$family -batch '$run/replace$family' >/dev/null 2>&1"
        remember "$gone || { $batch; $batch; ! { $routes; } | sed -E 's/ expires -?[0-9]+sec//' | grep -vxFf - '$run/routes$family'; }"
    done
    ip -6 -o addr show dev "$device" scope global | sed -E 's/([0-9])sec/\1/g' |
        sed -nE 's/.* inet6 ([^ ]*) .*( valid_lft [0-9a-z]+ preferred_lft [0-9a-z]+).*/\1\2/p' | while read -r address; do
            remember "$gone || ip -6 addr replace dev $device $address"
        done
    remember "ip link set dev $device up 2>/dev/null || $gone"
    ip link set dev "$device" down
    say "$device is down"
}
