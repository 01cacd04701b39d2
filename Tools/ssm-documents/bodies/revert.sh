# Scripts that still run undo their faults themselves when they are told to end; the dead ones' are undone here.
left=0

# Whether a fault is of a command that is meant. One whose command is not known is always undone.
is_meant() {
    local id=''
    [ -e "$1/undo" ] || return 1
    [ ! -s "$1/command" ] || read -r id <"$1/command" || true
    case " $(say "$commandIds" | tr , ' ') " in *" $id "*) ;; *) [ -z "$id" ] || [ -z "$commandIds" ] ;; esac
}

for folder in "$state"/[0-9]*-*/; do
    is_meant "$folder" || continue
    read -r pid start <"$folder/owner" || continue
    if [ -n "$start" ] && [ "$(start_of "$pid")" = "$start" ]; then kill -TERM "$pid" 2>/dev/null || true; fi
done
for folder in "$state"/[0-9]*-*/; do
    is_meant "$folder" || continue
    folder=${folder%/}
    # Until a script has ended it may still add to what it breaks: its signal is only heeded after the present command.
    read -r pid start <"$folder/owner" || continue
    tries=0
    while [ -n "$start" ] && [ "$(start_of "$pid")" = "$start" ]; do
        tries=$((tries + 1))
        [ "$tries" -le 300 ] || { kill -KILL "$pid" 2>/dev/null; break; }
        sleep 0.1
    done
    if [ ! -d "$folder" ]; then say "undone by its script: $folder"; continue; fi
    if sh "$folder/undo"; then say "undone: $folder"; else say "not undone: $folder" >&2; left=1; fi
done
exit "$left"
