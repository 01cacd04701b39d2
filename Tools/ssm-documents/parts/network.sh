# --- Network faults -------------------------------------------------------------------------------------------------

ns='' keep_dns=yes
always='169.254.169.254 169.254.169.253 169.254.169.123 169.254.170.2 169.254.170.23
    fd00:ec2::254 fd00:ec2::253 fd00:ec2::123 fd00:ec2::23'

# The words of a list, on lines.
words() {
    local IFS=' ,
'
    set -f
    # shellcheck disable=SC2048,SC2086  # it is split here, at commas too
    set -- $*
    set +f
    [ $# = 0 ] || printf '%s\n' "$@"
}
# iptables has a colon in a range of ports.
port_words() { words "$(printf '%s' "$*" | tr : -)"; }
# ip takes 70000 for 4464.
check_ports() {
    local wrong
    wrong=$(port_words "$*" | awk -F- '$1 > 65535 || $NF > 65535 || $1 > $NF')
    [ -z "$wrong" ] || die "no port or range of ports: $wrong"
}
family_of() { case $1 in *:*) say 6 ;; *) say 4 ;; esac; }
in_ns() { if [ -n "$ns" ]; then nsenter --net="$ns" -- "$@"; else "$@"; fi; }
prefix() { if [ -n "$ns" ]; then printf 'nsenter --net=%s -- ' "$ns"; fi; }
has_ipv6() { in_ns test -e /proc/net/if_inet6 && in_ns ip -6 rule show >/dev/null 2>&1; }

need_network_tools() {
    need ip iproute iproute2 || die "ip is missing (package iproute or iproute2), and could not be installed"
    need tc iproute-tc iproute2 || die "tc is missing (package iproute-tc or iproute2), and could not be installed"
}

# One network fault at a time in a network namespace: two would undo each other's.
claim_network() {
    local link owner
    link=$state/net-$(in_ns stat -Lc %i /proc/self/ns/net)
    until ln -sn "$run" "$link" 2>/dev/null; do
        owner=$(readlink "$link") || continue
        if [ -d "$owner" ]; then
            ! is_alive "$owner" || die "another network fault is active here ($owner); wait for its end, or send RevertFaults"
            sh "$owner/undo" || die "a dead network fault could not be undone ($owner)"
        else rm -f "$link"; fi
    done
}

is_alive() {
    local pid start
    read -r pid start <"$1/owner" && [ "$(start_of "$pid")" = "$start" ]
}

# Who never loses the network: DNS, metadata, credentials, time, the SSM agent, and what excludeAddresses has.
agent_peers() {
    local region domain host
    if command -v ss >/dev/null; then
        ss -Htnp state established 2>/dev/null | awk '/ssm-|amazon-ssm/ { print $4 }' | sed 's/:[0-9]*$//; s/[][]//g; s/^::ffff://'
    fi
    region=$(sed -n 's/.*"[Rr]egion"[: ]*"\([a-z0-9-]*\)".*/\1/p' /var/lib/amazon/ssm/registration 2>/dev/null | head -n 1)
    region=${AWS_SSM_REGION_NAME:-${region:-${AWS_REGION:-${AWS_DEFAULT_REGION:-}}}}
    [ -n "$region" ] || return 0
    case $region in
        cn-*) domain=amazonaws.com.cn ;;
        eusc-*) domain=amazonaws.eu ;;
        us-iso-*) domain=c2s.ic.gov ;;
        us-isob-*) domain=sc2s.sgov.gov ;;
        eu-isoe-*) domain=cloud.adc-e.uk ;;
        us-isof-*) domain=csp.hci.ic.gov ;;
        *) domain=amazonaws.com ;;
    esac
    for host in ssm ssmmessages ec2messages; do
        timeout 5 getent ahosts "$host.$region.$domain" | awk '{ print $1 }' || true
    done
}

name_servers() {
    cat /etc/resolv.conf /run/systemd/resolve/resolv.conf "${resolver:-/dev/null}" 2>/dev/null |
        sed -n 's/^nameserver[[:space:]]*\([0-9a-fA-F.:]*\).*/\1/p' | grep -vE '^(127\.|::1$)' | sort -u
}

prepare_exemptions() {
    check_ports "$excludePorts"
    exempt=$(words "$always $(agent_peers | tr '\n' ' ') $excludeAddresses" | sort -u)
    servers=''
    [ "$keep_dns" = no ] || servers=$(name_servers || true)
}
