check_container() {
    local pid space status=DOWN
    space=$(readlink "/proc/$group/ns/pid")
    for pid in $(pids_named "$processName"); do
        [ "$(readlink "/proc/$pid/ns/pid" 2>/dev/null)" != "$space" ] || status=UP
    done
    printf '%s\n' "$status"
}
choose_containers >/dev/null
in_each_container check_container
