# in_each_network FUNCTION…: once in every network of the chosen containers; those of a pod have one together.
in_each_network() {
    local pid name inode seen=' ' number=0
    while read -r pid name <&4; do
        inode=$(stat -Lc %i "/proc/$pid/ns/net") || die "the container $name has ended"
        [ "$inode" != "$(stat -Lc %i /proc/self/ns/net)" ] || die "$name has the host's network: the fault would hit the whole host"
        case $seen in *" $inode "*) continue ;; esac
        seen="$seen$inode " number=$((number + 1))
        # Kept by a mount: the network can be entered and put back when the container's process is gone.
        : >"$run/ns.$number"
        mount --bind "/proc/$pid/ns/net" "$run/ns.$number" || die "the network of $name cannot be entered"
        ns=$run/ns.$number resolver=/proc/$pid/root/etc/resolv.conf
        prepare_exemptions
        claim_network
        "$@"
    done 4<<CHOSEN
$chosen
CHOSEN
    ns=''
}

# in_containers FUNCTION…: a network fault of the chosen containers.
in_containers() {
    need_network_tools
    choose_containers
    begin
    in_each_network "$@"
    hold
}
