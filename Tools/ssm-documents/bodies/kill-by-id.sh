kill_all "$processId"
