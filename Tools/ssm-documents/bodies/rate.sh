# A burst below the MTU drops every full packet, one below what a tick lets through never reaches the rate.
fault() {
    find_interface
    burst=$(in_ns ip -o link show dev "$device" | sed -n 's/.* mtu \([0-9]*\).*/\1/p')
    burst=$((burst + 40))
    [ $((rate / 2)) -le "$burst" ] || burst=$((rate / 2))
    slow "$portNumber" "$portType" tbf rate "${rate}kbit" burst "$burst" latency 50ms
}
