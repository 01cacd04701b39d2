pids=$(pids_named "$processName")
[ -n "$pids" ] || die "no process has the name $processName"
kill_all "$pids"
