# Nothing to undo: kubelet or Docker's restart policy starts a container again, or the experiment shows that it does not.
crash() { kill -KILL "$group" && say "killed process $group"; }
choose_containers
in_each_container crash
