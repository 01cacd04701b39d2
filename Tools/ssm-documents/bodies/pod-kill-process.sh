# What a container's supervisor or kubelet does not start again stays dead: that is the fault.
kill_in_container() {
    local pid space found=''
    space=$(readlink "/proc/$group/ns/pid")
    [ "$space" != "$(readlink /proc/self/ns/pid)" ] || die "the container has the host's processes: all of the host's would be hit"
    for pid in $(pids_named "$processName"); do
        [ "$(readlink "/proc/$pid/ns/pid" 2>/dev/null)" = "$space" ] || continue
        kill -s "${signal#SIG}" "$pid" && found="$found $pid"
    done
    [ -n "$found" ] || die "no process in the container has the name $processName"
    say "$signal to $processName ($found )"
}
choose_containers
in_each_container kill_in_container
