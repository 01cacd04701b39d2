find_interface() {
    local wanted=$interface
    if [ "$wanted" = eth0 ] && ! in_ns ip link show dev eth0 >/dev/null 2>&1; then wanted=DEFAULT; fi
    if [ "$wanted" = DEFAULT ]; then
        wanted=$({ in_ns ip -4 route show default; in_ns ip -6 route show default; } 2>/dev/null |
            sed -n 's/.* dev \([^ ]*\).*/\1/p' | head -n 1)
        [ -n "$wanted" ] || die "there is no default route; name the interface"
    fi
    in_ns ip link show dev "$wanted" >/dev/null 2>&1 || die "there is no interface $wanted ($(in_ns ip -o link show | awk -F': ' '{ printf "%s ", $2 }'))"
    device=$wanted
}
