# Scripts that still run undo their faults themselves when they are told to end; the dead ones' are undone here.
left=0
for folder in "$state"/[0-9]*-*/; do
    [ -e "$folder/undo" ] || continue
    read -r pid start <"$folder/owner" || continue
    if [ -n "$start" ] && [ "$(start_of "$pid")" = "$start" ]; then kill -TERM "$pid" 2>/dev/null || true; fi
done
for folder in "$state"/[0-9]*-*/; do
    [ -e "$folder/undo" ] || continue
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
