# --- Basics ----------------------------------------------------------------------------------------------------------

PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin
export PATH LC_ALL=C
state=${TOCSIN_FAULTS:-/run/tocsin-faults} # in memory, as rules and queues are: both are gone after a reboot

say() { printf '%s\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# The start time of a process, which its number alone does not tell apart from a later one's. Empty when it is dead.
start_of() {
    sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | {
        read -r state_letter fields || exit 0
        # shellcheck disable=SC2086  # a list of numbers
        set -- $fields
        case $state_letter in Z | X) ;; *) say "${19}" ;; esac
    }
}
