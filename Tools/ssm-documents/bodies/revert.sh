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
    if sh "$folder/undo"; then say "undone: $folder"; else say "not undone: $folder" >&2; left=1; fi
done
exit "$left"
