# The addresses of names or URLs or of host:port, on lines.
addresses_of() {
    local host found
    for host in $(words "$1"); do
        host=${host#*://} host=${host%%/*} host=${host##*@}
        case $host in
            \[*) host=${host#\[} host=${host%%\]*} ;;
            *:*:*) ;;
            *) host=${host%:*} ;;
        esac
        found=$(timeout 10 getent ahosts "$host" | awk '{ print $1 }' | sort -u) || true
        [ -n "$found" ] || die "no address is known for $host"
        say "$found"
    done
}


# Looked up once, before anything is blocked.
fault() {
    targets=$(addresses_of "$names") || exit 1
    begin_holes
    block_addresses "$(say "$targets" | tr '\n' ' ')"
    dig_holes
}
