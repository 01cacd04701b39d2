# --- Black holes: lines for `ip -batch`, one file for each family. The three priorities follow the table "local":
# what is left out jumps over the holes to an empty rule, so that the rules of others still hold for it.

holes=0

begin_holes() {
    case $(uname -r | awk -F. '{ print ($1 > 4 || ($1 == 4 && $2 >= 17)) ? "new" : "old" }') in
        old) die "Linux $(uname -r) cannot match ports in rules and would block everything; 4.17 is needed (Amazon Linux 2: amazon-linux-extras install kernel-5.10)" ;;
    esac
    local family local_rule
    base=0
    rm -f "$run"/holes.*
    for family in 4 6; do
        [ "$family" = 4 ] || has_ipv6 || continue
        local_rule=$(in_ns ip -$family rule show | sed -n 's/^\([0-9]*\):[[:space:]]*from all lookup local *$/\1/p' | head -n 1)
        [ -n "$local_rule" ] || die "ip -$family rule has no rule for the table local; this host's rules are too unusual"
        [ "$base" -gt "$local_rule" ] || base=$((local_rule + 1))
    done
    for family in 4 6; do
        [ "$family" = 4 ] || has_ipv6 || continue
        ! in_ns ip -$family rule show | grep -qE "^($base|$((base + 1))|$((base + 2))):" ||
            die "the priorities $base to $((base + 2)) of ip -$family rule are in use"
        : >"$run/holes.$family"
    done
}

# hole FAMILY|both SELECTOR
hole() {
    local family
    for family in 4 6; do
        case $1 in both | "$family") ;; *) continue ;; esac
        [ -e "$run/holes.$family" ] || continue
        say "rule add pref $((base + 1)) $2 blackhole" >>"$run/holes.$family"
        holes=$((holes + 1))
    done
    [ "$holes" -le 4000 ] || die "more than 4000 rules are wanted; name larger networks"
}

dig_holes() {
    local address port protocol family
    [ "$holes" -gt 0 ] || die "nothing would be blocked"
    for family in 4 6; do
        [ -e "$run/holes.$family" ] || continue
        {
            for address in $exempt; do
                [ "$(family_of "$address")" != "$family" ] || say "rule add pref $base to $address goto $((base + 2))"
            done
            for address in $servers; do
                [ "$(family_of "$address")" = "$family" ] || continue
                for protocol in udp tcp; do
                    say "rule add pref $base to $address ipproto $protocol dport 53 goto $((base + 2))"
                done
            done
            for protocol in udp tcp; do
                for port in $(port_words "$excludePorts"); do
                    say "rule add pref $base ipproto $protocol dport $port goto $((base + 2))"
                    say "rule add pref $base ipproto $protocol sport $port goto $((base + 2))"
                done
            done
            # A lease that is not renewed takes the address away.
            say "rule add pref $base ipproto udp dport 67 goto $((base + 2))"
            say "rule add pref $base ipproto udp dport 547 goto $((base + 2))"
            cat "$run/holes.$family"
        } >"$run/rules.$family"
        snapshot "rule$family.$(basename "${ns:-host}")" "$(prefix)ip -$family rule show"
        for port in $((base + 1)) "$base" $((base + 2)); do
            remember "while $(prefix)ip -$family rule del pref $port 2>/dev/null; do :; done"
        done
        # The place to jump to comes first: the order in which they are undone is the other way round.
        say "rule add pref $((base + 2)) nop" >"$run/batch"
        sort -u "$run/rules.$family" >>"$run/batch"
        in_ns ip -$family -batch "$run/batch" || die "ip -$family -batch failed; what was added is taken back"
        [ "$(in_ns ip -$family rule show | grep -c "^$((base + 1)):")" = "$(sort -u "$run/holes.$family" | wc -l)" ] ||
            die "the kernel did not take the rules as they were meant"
    done
    say "$holes rules of black holes, left out: $(printf '%s %s' "$exempt" "$servers" | tr '\n' ' ')"
    holes=0
}

# block_ports PROTOCOLS SOURCES DESTINATIONS DIRECTION. Rules only see what leaves: what comes in to a local port is
# stopped at its answer, whose source is that port.
block_ports() {
    local protocol port
    for protocol in $(words "$1"); do
        for port in $(port_words "$3"); do
            case $4 in BOTH | OUT | EGRESS) hole both "ipproto $protocol dport $port" ;; esac
            case $4 in BOTH | IN | INGRESS) hole both "ipproto $protocol sport $port" ;; esac
        done
        for port in $(port_words "$2"); do
            case $4 in BOTH | OUT | EGRESS) hole both "ipproto $protocol sport $port" ;; esac
            case $4 in BOTH | IN | INGRESS) hole both "ipproto $protocol dport $port" ;; esac
        done
    done
}

# block_addresses ADDRESSES [SELECTOR]. Both ways: who gets no answer has no connection. "from" is for what is forwarded.
block_addresses() {
    local address
    for address in $(words "$1" | sort -u); do
        if say "$exempt" | grep -qxF "${address%/32}"; then say "left out, for it is never blocked: $address"; continue; fi
        hole "$(family_of "$address")" "to $address ${2:-}"
        hole "$(family_of "$address")" "from $address ${2:-}"
    done
}
