# --- Containers of Docker and containerd: lines of "PID NAME"; names are kubelet's for Docker, whatever the runtime.
# Two quotes part the braces of Go's templates, since SSM takes double braces for its own parameters ---

docker_containers() {
    local ids
    command -v "$1" >/dev/null || return 0
    # shellcheck disable=SC2046,SC2086  # a command of two words
    ids=$($1 ${2:-} ps -q --no-trunc 2>/dev/null) && [ -n "$ids" ] || return 0
    # shellcheck disable=SC2086
    $1 ${2:-} inspect --format '{''{.State.Pid}''} {''{.Name}''}' $ids 2>/dev/null | sed 's, /, ,'
}

cri_containers() {
    local id label='index .status.labels "io.kubernetes'
    command -v crictl >/dev/null || return 0
    for id in $(crictl ps -q 2>/dev/null); do
        crictl inspect --output go-template --template '{''{.info.pid}''} k8s_{''{'"$label"'.container.name"}''}_{''{'"$label"'.pod.name"}''}_{''{'"$label"'.pod.namespace"}''}_{''{'"$label"'.pod.uid"}''}_{''{.status.metadata.attempt}''}' "$id" 2>/dev/null &&
            printf '\n'
    done
}

ctr_label() { printf '%s' "$1" | sed -n "s/.*\"$2\": *\"\\([^\"]*\\)\".*/\\1/p" | head -n 1; }

ctr_containers() {
    local namespace id pid status info
    command -v ctr >/dev/null || return 0
    for namespace in $(ctr namespaces ls -q 2>/dev/null); do
        ctr -n "$namespace" tasks ls 2>/dev/null | while read -r id pid status; do
            [ "$status" = RUNNING ] || continue
            info=$(ctr -n "$namespace" containers info "$id" 2>/dev/null) || continue
            case $info in
                *'"io.cri-containerd.kind": "sandbox"'*) continue ;;
                *'"io.kubernetes.container.name"'*)
                    id=k8s_$(ctr_label "$info" io.kubernetes.container.name)_$(ctr_label "$info" io.kubernetes.pod.name)_$(ctr_label "$info" io.kubernetes.pod.namespace)_$(ctr_label "$info" io.kubernetes.pod.uid)_0 ;;
            esac
            say "$pid $id"
        done
    done
}

# The same container may be known to several; the first one's name is the best.
all_containers() {
    { docker_containers docker; cri_containers; docker_containers nerdctl '-n=k8s.io'; ctr_containers; } |
        awk '$1 > 0 && $2 !~ /^k8s_POD_/ && !seen[$1]++ { print $1, $2 }' | sort -k 2
}

# Sets `chosen` to the lines of the containers that the parameters mean.
choose_containers() {
    local found count
    found=$(all_containers | awk -v pattern="$containerNamePattern" '$2 ~ pattern') || true
    [ -n "$found" ] || die "no running container has a name like $containerNamePattern"
    count=$numContainersToTarget
    case $count in
        ALL) chosen=$found ;;
        RANDOM) chosen=$(say "$found" | shuf -n 1) ;;
        *) chosen=$(say "$found" | head -n "$count") ;;
    esac
    say "containers: $(say "$chosen" | awk '{ printf "%s ", $2 }')"
}

# in_each_container FUNCTION: with `group` set to its process.
in_each_container() {
    local name
    while read -r group name <&4; do
        [ -d "/proc/$group" ] || die "the container $name has ended"
        "$@"
    done 4<<CHOSEN
$chosen
CHOSEN
}
